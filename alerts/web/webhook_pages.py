"""The page `/admin/webhooks`: the addresses that hear of cases, and what became of the last messages."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import service, words
from alerts.notices import words as notice_words
from alerts.service import NewEndpoint
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.http_client import may_lie_inside
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow, roles
from feedback_engine.foundation.web.refusals import refusal_shown

ADMINS = roles("admin")
SHOWN = 10


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/admin/webhooks")
    @allow(ADMINS)
    def show_webhooks() -> str:
        return _draw(engine)

    @pages.post("/admin/webhooks")
    @allow(ADMINS)
    def add_webhook() -> tuple[str, int]:
        name, url = request.form.get("name", ""), request.form.get("url", "").strip()
        try:
            with engine.work.begin(actor=actor()) as uow:
                made = service.add_endpoint(uow, name, url, allow_private=may_lie_inside(engine.settings, url))
        except Invalid as error:
            return _draw(engine, faults=error.faults), 422
        except Conflict as error:
            return _draw(engine, faults=(Fault("/name", error.message),)), 409
        # Not a redirect: the secret is shown this once.
        return _draw(engine, made), 201

    @pages.post("/admin/webhooks/<uuid:endpoint_id>/disable")
    @allow(ADMINS)
    def disable_webhook(endpoint_id: UUID) -> Response:
        with refusal_shown(Conflict):
            with engine.work.begin(actor=actor()) as uow:
                service.disable_endpoint(uow, endpoint_id)
            flash(gettext("The address hears of nothing any more."))
        return redirect(url_for("alerts.show_webhooks"), 303)


def _draw(engine: Engine, made: NewEndpoint | None = None, faults: tuple[Fault, ...] = ()) -> str:
    with engine.work.read() as reading:
        found = cases.list_endpoints(reading)
        deliveries = {each.id: cases.list_deliveries(reading, each.id, limit=SHOWN).rows for each in found}
    return render_template(
        "alerts/webhooks.html",
        endpoints=found,
        deliveries=deliveries,
        made=made,
        name="" if made else request.form.get("name", ""),
        url="" if made else request.form.get("url", ""),
        faults=faults,
        words=words,
        switched_off=notice_words.switched_off,
    )
