"""Composes the web application: middleware, access, security, templates, pages. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.web import (
    access,
    addresses,
    errors,
    guide,
    idempotency,
    reader,
    security,
    templating,
)
from feedback_engine.foundation.web import navigation as frame
from feedback_engine.foundation.web.navigation import Place, ProgramState, ProgramView, UnreadCounts
from feedback_engine.foundation.web.site import Site
from feedback_engine.foundation.web.slots import Slots

API_PREFIX = "/api/v1"

_OWNERS = ("admin", "program_owner")
_STEERING = (*_OWNERS, "viewer")

PLACES: tuple[Place, ...] = (
    Place("my", gettext_noop("My partners"), "/my", bar_for=("alliance_manager",)),
    Place("overview", gettext_noop("Overview"), "/", bar_for=_STEERING),
    Place("journeys", gettext_noop("Journeys"), "/journeys", bar_for=_STEERING),
    Place("sampling", gettext_noop("Sampling"), "/sampling", bar_for=_STEERING),
    Place(
        "inbox",
        gettext_noop("Inbox"),
        "/inbox",
        bar_for=("alliance_manager", *_STEERING),
        covers=("/cases", "/silences", "/handover"),
    ),
    Place("ideas", gettext_noop("Ideas"), "/ideas", bar_for=("alliance_manager",)),
    Place("partners", gettext_noop("Partners"), "/partners", covers=("/partner", "/contacts", "/transfers")),
    Place("surveys", gettext_noop("Surveys"), "/surveys"),
    Place("initiatives", gettext_noop("Initiatives"), "/initiatives"),
    Place("import", gettext_noop("Import"), "/import"),
    Place("waves", gettext_noop("Waves"), "/waves"),
    Place("launch", gettext_noop("Launch"), "/launch"),
    Place("program", gettext_noop("Program"), "/program"),
    Place("alert_bench", gettext_noop("Alert bench"), "/program/alerts/bench"),
    Place("team", gettext_noop("Cases by team"), "/team", shown_to=_OWNERS),
    Place("reports", gettext_noop("Reports"), "/reports"),
    Place("outbox", gettext_noop("Outgoing mail"), "/outbox"),
    Place("admin", gettext_noop("Administration"), "/admin"),
    Place("docs", gettext_noop("Documentation"), "/docs"),
)
"""Every place of the navigation. One shows up for a reader once its page exists and their role may open it."""


def create_app(
    engine: Engine,
    *,
    blueprints: Sequence[Blueprint],
    api: Sequence[Blueprint] = (),
    load_principal: access.LoadPrincipal,
    navigation: Sequence[Place] = PLACES,
    program_state: ProgramState = lambda: ProgramView("Feedback engine"),
    unread_counts: UnreadCounts = lambda staff: {},
    slots: Slots | None = None,
) -> Flask:
    """The whole site as one WSGI application.

    `blueprints` are pages at the root, `api` is mounted under /api/v1. `load_principal` turns a request into the
    staff member or API key behind it, or None. `program_state` and `unread_counts` feed the frame of every staff
    page; the keys of `unread_counts` are the keys of the places. `slots` holds what higher floors show on lower
    pages. Raises RuntimeError when a view declares no access rule.
    """
    app = Site("feedback_engine", template_folder=str(templating.TEMPLATES), static_folder=str(templating.STATIC))
    settings = engine.settings
    # Who asks, in which language, may they; only then forms: an unsigned reader is sent to sign in, not told of CSRF.
    access.install(app, load_principal)
    reader.install(app)
    access.enforce(app)
    security.install(app, settings.base_url, engine.keys.derive("session"))
    idempotency.install(app, engine.work)
    templating.install(app, settings.base_url, slots or Slots())
    frame.install(app, frame.Navigation(navigation, program_state, unread_counts))
    errors.install(app)
    _mount(app, [guide.blueprint(), *blueprints], api)
    addresses.install(app, settings.base_url, settings.trusted_proxies)
    return app


def _mount(app: Flask, pages: Sequence[Blueprint], api: Sequence[Blueprint]) -> None:
    for blueprint in pages:
        app.register_blueprint(blueprint)
    for blueprint in api:
        app.register_blueprint(blueprint, url_prefix=API_PREFIX)
    access.check_rules(app)
