"""The page `/admin/notices`: every attempt to tell anybody on staff, or any program, and what may be tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts.notices import telling_log
from alerts.notices import words as notice_words
from alerts.notices.telling_log import LoggedAttempt
from alerts.web.webhook_pages import ADMINS
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow
from feedback_engine.foundation.web.paging import Page, cursor_of, page_of, unknown_cursor
from feedback_engine.foundation.web.refusals import refusal_shown

SHOWN = 50


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/admin/notices")
    @allow(ADMINS)
    def show_log() -> str:
        given_up, before = request.args.get("view") == "given_up", before_of(request.args)
        with engine.work.read() as reading:
            rows = telling_log.log(reading, SHOWN + 1, before, given_up=given_up)
        page, view = page_of_log(rows, SHOWN), "given_up" if given_up else None
        return render_template(
            "alerts/notice_log.html",
            rows=page.rows,
            given_up=given_up,
            next_path=url_for("alerts.show_log", view=view, cursor=page.next_cursor) if page.next_cursor else "",
            first_path=url_for("alerts.show_log", view=view) if before else "",
            notice_words=notice_words,
        )

    @pages.post("/admin/notices/<uuid:ref_id>/retry")
    @allow(ADMINS)
    def retry_notice(ref_id: UUID) -> Response:
        with refusal_shown(Conflict):
            with engine.work.begin(actor=actor()) as uow:
                telling_log.retry(uow, ref_id)
            flash(gettext("It goes again now."))
        return redirect(url_for("alerts.show_log", view="given_up"), 303)


def page_of_log(rows: Sequence[LoggedAttempt], limit: int) -> Page[LoggedAttempt]:
    """A page of attempts; the cursor holds an instant and an id."""
    return page_of(rows, limit, lambda row: (row.attempt.at.isoformat(), str(row.attempt.id)))


def before_of(arguments: Mapping[str, str]) -> tuple[datetime, UUID] | None:
    """Where the page before ended. Raises Invalid for a cursor that is not ours."""
    parts = cursor_of(arguments, 2)
    if parts is None:
        return None
    try:
        at, last_id = datetime.fromisoformat(str(parts[0])), UUID(str(parts[1]))
    except ValueError:
        raise unknown_cursor() from None
    if at.tzinfo is None:
        raise unknown_cursor()
    return at, last_id
