"""The forms that keep an address of the inbox under a name, and forget it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts.casework import saved_views
from alerts.web.case_pages import home_view
from alerts.web.inbox_filters import narrowing_of, query_of, view_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import FeedbackError
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff
from feedback_engine.foundation.web.refusals import refusal_shown


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""

    @pages.post("/inbox/views")
    @allow(SIGNED_IN)
    def save_view() -> Response:
        with engine.work.read() as reading:
            query = query_of(view_of(request.args, home_view(reading)), narrowing_of(request.args))
        with refusal_shown(FeedbackError):
            with engine.work.begin(actor=actor()) as uow:
                saved_views.save_view(uow, current_staff().id, request.form.get("name", ""), query)
            flash(gettext("The view stands under its name, for you alone."))
        return redirect(f"{url_for('alerts.show_inbox')}?{query}", 303)

    @pages.post("/inbox/views/<uuid:view_id>/remove")
    @allow(SIGNED_IN)
    def remove_view(view_id: UUID) -> Response:
        with engine.work.begin(actor=actor()) as uow:
            saved_views.remove_view(uow, current_staff().id, view_id)
        flash(gettext("The view is forgotten; its cases stay."))
        return redirect(url_for("alerts.show_inbox"), 303)
