"""The site with the alert pages, as one reader or one program sees it."""

from __future__ import annotations

import html
import re
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from alerts import service, web
from alerts.reading import duties_of
from alerts.threads.letter_mail import addresses_of
from alerts.web.mail_notes import note_mails
from feedback_engine.app.factory import create_app
from feedback_engine.directory import web as directory_web
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web import outbox
from feedback_engine.foundation.web.access import ApiPrincipal, Principal, StaffPrincipal
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.outer_loop import web as outer_loop_web

_PRINCIPAL = "tests.principal"


def staff(member: StaffView, locale: str = "en") -> StaffPrincipal:
    """A signed-in member of staff."""
    return StaffPrincipal(member.id, member.name, member.email, member.role, member.team_id, locale, member.time_zone)


def program(*scopes: str) -> ApiPrincipal:
    """A program with an API key."""
    return ApiPrincipal(UUID(int=7), "CRM", frozenset(scopes))


_sites: list[tuple[Engine, Flask]] = []
"""The site of the engine that was asked for last: to make one takes longer than most tests."""


def browser(engine: Engine, principal: Principal | None) -> FlaskClient:
    """Somebody who opens pages, or a program that calls; each with cookies of their own."""
    if not _sites or _sites[0][0] is not engine:
        _sites[:] = [(engine, _site(engine))]
    client = _sites[0][1].test_client()
    client.environ_base[_PRINCIPAL] = principal  # type: ignore[assignment]  # what the server puts there is anything
    return client


def _site(engine: Engine) -> Flask:
    slots = Slots()
    web.fill_slots(engine, slots)
    farewell = directory_web.Farewell(duties_of, service.close_account)
    return create_app(
        engine,
        blueprints=[
            directory_web.blueprint(engine, farewell),
            web.blueprint(engine, lambda signs: addresses_of(engine).tags_in(signs)),
            outbox.blueprint(engine, lambda signs: (), note_mails),
            outer_loop_web.blueprint(engine),
        ],
        api=[web.api(engine)],
        load_principal=lambda request: request.environ[_PRINCIPAL],
        slots=slots,
    )


def token(page: str) -> str:
    """The CSRF token of a page with a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def words(page: str) -> str:
    """The text of a page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
