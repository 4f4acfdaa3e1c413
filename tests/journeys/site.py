"""The journeys' pages and API on the real application, read by whoever the test names."""

from __future__ import annotations

from uuid import UUID

from flask import Flask, Request
from flask.testing import FlaskClient

from feedback_engine.app.factory import create_app
from feedback_engine.directory.web import blueprint as directory_pages
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import ApiPrincipal, Principal, StaffPrincipal
from feedback_engine.foundation.web.slots import Slots
from journeys.web import api, blueprint, fill_slots

CRM = ApiPrincipal(UUID(int=2), "CRM", frozenset({"events:write", "touchpoints:read"}))


def staff(role: str = "program_owner", locale: str = "en") -> StaffPrincipal:
    """Somebody who reads pages, in Rome."""
    return StaffPrincipal(UUID(int=1), "Priya Raman", "priya@ours.example", role, None, locale, "Europe/Rome")


def site(engine: Engine, reader: Principal | None = None, slots: Slots | None = None) -> Flask:
    """The application with the pages of journeys and directory; everybody who asks is `reader`."""
    slots = slots or Slots()
    fill_slots(engine, slots)

    def load_principal(_request: Request) -> Principal | None:
        return reader

    return create_app(
        engine,
        blueprints=[directory_pages(engine), blueprint(engine)],
        api=[api(engine)],
        load_principal=load_principal,
        slots=slots,
    )


def browser(engine: Engine, reader: Principal | None = None) -> FlaskClient:
    """A client of that application."""
    return site(engine, reader).test_client()
