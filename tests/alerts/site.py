"""The site with the alert pages, as one reader or one program sees it."""

from __future__ import annotations

import html
import re
from uuid import UUID

from flask.testing import FlaskClient

from alerts import web
from feedback_engine.app.factory import create_app
from feedback_engine.directory import web as directory_web
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import ApiPrincipal, Principal, StaffPrincipal
from feedback_engine.foundation.web.slots import Slots


def staff(member: StaffView, locale: str = "en") -> StaffPrincipal:
    """A signed-in member of staff."""
    return StaffPrincipal(member.id, member.name, member.email, member.role, member.team_id, locale, member.time_zone)


def program(*scopes: str) -> ApiPrincipal:
    """A program with an API key."""
    return ApiPrincipal(UUID(int=7), "CRM", frozenset(scopes))


def browser(engine: Engine, principal: Principal | None) -> FlaskClient:
    """Somebody who opens pages, or a program that calls."""
    slots = Slots()
    web.fill_slots(engine, slots)
    app = create_app(
        engine,
        blueprints=[directory_web.blueprint(engine), web.blueprint(engine)],
        api=[web.api(engine)],
        load_principal=lambda request: principal,
        slots=slots,
    )
    return app.test_client()


def token(page: str) -> str:
    """The CSRF token of a page with a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def words(page: str) -> str:
    """The text of a page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
