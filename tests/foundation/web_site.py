"""A small site on the real web kit for its tests: an engine without tables, and pages that tests hand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Request

from feedback_engine.app.factory import create_app
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Work
from feedback_engine.foundation.web.access import ApiPrincipal, Principal, Rule, StaffPrincipal, allow
from tests.conftest import START

BASE_URL = "http://feedback.example"
View = Callable[..., Any]


def staff(role: str = "program_owner", locale: str = "en", time_zone: str = "Europe/Rome") -> StaffPrincipal:
    return StaffPrincipal(UUID(int=1), "Priya Raman", "priya@northwind.example", role, None, locale, time_zone)


def api_key(*scopes: str) -> ApiPrincipal:
    return ApiPrincipal(UUID(int=2), "CRM", frozenset(scopes))


def pages(*views: tuple[str, Rule, View], methods: Sequence[str] = ("GET", "POST")) -> Blueprint:
    """A blueprint of `(path, rule, view)`."""
    blueprint = Blueprint("pages", __name__)
    for number, (path, rule, view) in enumerate(views):
        blueprint.add_url_rule(path, f"page{number}", allow(rule)(view), methods=methods)
    return blueprint


def site(
    folder: Path,
    *blueprints: Blueprint,
    principal: Principal | None = None,
    base_url: str = BASE_URL,
    trusted_proxies: int = 0,
    **given: Any,
) -> Flask:
    """The application with these pages; everybody who asks is `principal`."""
    settings = Settings(database_url=f"sqlite:///{folder}/empty.db", base_url=base_url, trusted_proxies=trusted_proxies)
    database, clock = Database(settings.database_url), MovedClock(START)
    engine = Engine(settings, clock, database, Work(database, clock), Keys({1: b"k" * 32}, b"p" * 32))

    def load_principal(request: Request) -> Principal | None:
        return principal

    return create_app(engine, blueprints=blueprints, **{"load_principal": load_principal, **given})
