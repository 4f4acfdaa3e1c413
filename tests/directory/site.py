"""The directory's pages and API on the real application, with sign-in by the real session."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback_engine.app.factory import create_app
from feedback_engine.directory import service
from feedback_engine.directory.views import StaffView
from feedback_engine.directory.web import api, blueprint, principal_loader
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM


def site(engine: Engine) -> Flask:
    """The application with the pages of the directory and nothing else."""
    return create_app(
        engine, blueprints=[blueprint(engine)], api=[api(engine)], load_principal=principal_loader(engine)
    )


def signed_in(engine: Engine, app: Flask, staff: StaffView) -> FlaskClient:
    """A browser in which `staff` pressed their sign-in link."""
    with engine.work.begin(actor=SYSTEM) as uow:
        token = service.issue_sign_in_link(uow, engine.keys, staff.id)
    browser = app.test_client()
    assert post(browser, f"/sign-in/{token}").status_code == 303
    return browser


def without_token(page: str) -> str:
    """A page without the token of its forms, which is another one in every second."""
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", page)


def post(browser: FlaskClient, path: str, page: str | None = None, **fields: object) -> TestResponse:
    """Send a form of `page` (default: the page at the same path), with the token that stands in it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page or path).text)
    assert token, f"there is no form on {page or path}"
    return browser.post(path, data={"csrf_token": token[1], **fields})


def headers(engine: Engine, *scopes: str) -> dict[str, str]:
    """The headers of a program with a key for these scopes."""
    with engine.work.begin(actor=SYSTEM) as uow:
        made = service.add_api_key(uow, "test", scopes)
    return {"Authorization": f"Bearer {made.key}"}
