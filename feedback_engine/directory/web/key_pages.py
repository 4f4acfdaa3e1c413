"""The forms for API keys: `/admin/keys/new`, shown once, and revoking."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import scopes, service
from feedback_engine.directory.web.administration import ADMINS
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow
from feedback_engine.foundation.web.refusals import refusal_shown


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""

    @pages.get("/admin/keys/new")
    @allow(ADMINS)
    def new_key() -> str:
        return _draw()

    @pages.post("/admin/keys/new")
    @allow(ADMINS)
    def add_key() -> tuple[str, int]:
        try:
            with engine.work.begin(actor=actor()) as uow:
                made = service.add_api_key(uow, request.form.get("name", ""), request.form.getlist("scope"))
        except Invalid as error:
            return _draw(error.faults), 422
        # Not a redirect: the key is shown this once and kept nowhere.
        return render_template("directory/key_once.html", made=made), 201

    @pages.post("/admin/keys/<uuid:key_id>/revoke")
    @allow(ADMINS)
    def revoke_key(key_id: UUID) -> Response:
        with refusal_shown(Conflict):
            with engine.work.begin(actor=actor()) as uow:
                service.revoke_api_key(uow, key_id)
            flash(gettext("The key opens nothing any more."))
        return redirect(url_for("directory.show_admin"), 303)


def _draw(faults: tuple[Fault, ...] = ()) -> str:
    return render_template(
        "directory/key_form.html",
        name=request.form.get("name", ""),
        chosen=set(request.form.getlist("scope")),
        scopes=scopes.scope_words(),
        faults=faults,
    )
