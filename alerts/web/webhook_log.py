"""The page `/admin/webhooks/<id>`: every try to reach a program, sending again, its secret, a test."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.notices import endpoints, telling_log, trials
from alerts.notices import words as notice_words
from alerts.web.log_pages import before_of, page_of_log
from alerts.web.own_receivers import TESTS, flash_verdict
from alerts.web.webhook_pages import ADMINS
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, FeedbackError
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.instants import parse_day
from feedback_engine.foundation.web.access import actor, allow, current_staff
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.security import rate_limit

SHOWN = 25
KEEP_HOURS = (1, 24, 72, 168)


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page and its forms to the blueprint."""

    @pages.get("/admin/webhooks/<uuid:endpoint_id>")
    @allow(ADMINS)
    def show_webhook(endpoint_id: UUID) -> str:
        return _draw(engine, endpoint_id)

    @pages.post("/admin/webhooks/<uuid:endpoint_id>/test")
    @allow(ADMINS)
    @rate_limit(TESTS)
    def test_webhook(endpoint_id: UUID) -> Response:
        with refusal_shown(FeedbackError):
            flash_verdict(trials.try_endpoint(engine, actor(), endpoint_id))
        return _back(endpoint_id)

    @pages.post("/admin/webhooks/<uuid:endpoint_id>/enable")
    @allow(ADMINS)
    def enable_webhook(endpoint_id: UUID) -> Response:
        with refusal_shown(Conflict):
            with engine.work.begin(actor=actor()) as uow:
                endpoints.enable_endpoint(uow, endpoint_id)
            flash(gettext("The address hears of what happens from now on."))
        return redirect(url_for("alerts.show_webhooks"), 303)

    _add_secret(pages, engine)
    _add_again(pages, engine)


def _add_secret(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/admin/webhooks/<uuid:endpoint_id>/secret")
    @allow(ADMINS)
    def rotate_webhook_secret(endpoint_id: UUID) -> Response | tuple[str, int]:
        hours = request.form.get("hours", "")
        if hours not in {str(each) for each in KEEP_HOURS}:
            return _draw(engine, endpoint_id, faults=(Fault("/hours", gettext("Choose one.")),)), 422
        with refusal_shown(FeedbackError):
            with engine.work.begin(actor=actor()) as uow:
                secret = endpoints.rotate_secret(uow, endpoint_id, timedelta(hours=int(hours)))
            # Not a redirect: the secret is shown this once.
            return _draw(engine, endpoint_id, secret=secret), 201
        return _back(endpoint_id)


def _add_again(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/admin/webhooks/<uuid:endpoint_id>/redeliver")
    @allow(ADMINS)
    def redeliver(endpoint_id: UUID) -> Response | tuple[str, int]:
        """One message, or all that were made on the days of a range in the reader's zone."""
        form, zone = request.form, ZoneInfo(current_staff().time_zone)
        one = _uuid(form.get("message"))
        from_at, until_at = _day(form.get("from_on"), zone), _day(form.get("until_on"), zone)
        if one is None and (from_at is None or until_at is None):
            return _draw(
                engine, endpoint_id, faults=(Fault("/from_on", gettext("Give the first and the last day.")),)
            ), 422
        end = None if one or until_at is None else until_at + timedelta(days=1)
        with refusal_shown(FeedbackError):
            with engine.work.begin(actor=actor()) as uow:
                count = endpoints.send_again(
                    uow, endpoint_id, notification_id=one, from_at=None if one else from_at, until_at=end
                )
            flash(ngettext("{n} message goes again.", "{n} messages go again.", count))
        return _back(endpoint_id)


def _draw(engine: Engine, endpoint_id: UUID, *, secret: str = "", faults: tuple[Fault, ...] = ()) -> str:
    before = before_of(request.args)
    with engine.work.read() as reading:
        endpoint = cases.get_endpoint(reading, endpoint_id)
        rows = telling_log.log_of_endpoint(reading, endpoint_id, SHOWN + 1, before)
        now = reading.now
    page = page_of_log(rows, SHOWN)
    return render_template(
        "alerts/webhook_log.html",
        endpoint=endpoint,
        rows=page.rows,
        next_path=url_for("alerts.show_webhook", endpoint_id=endpoint_id, cursor=page.next_cursor)
        if page.next_cursor
        else "",
        first_path=url_for("alerts.show_webhook", endpoint_id=endpoint_id) if before else "",
        two_secrets=endpoint.old_secret_until is not None and endpoint.old_secret_until > now,
        hours=[(str(each), _span(each)) for each in KEEP_HOURS],
        secret=secret,
        form={name: request.form.get(name, "") for name in ("from_on", "until_on")},
        faults=faults,
        notice_words=notice_words,
    )


def _span(hours: int) -> str:
    return ngettext("{n} hour", "{n} hours", hours) if hours < 48 else ngettext("{n} day", "{n} days", hours // 24)


def _back(endpoint_id: UUID) -> Response:
    return redirect(url_for("alerts.show_webhook", endpoint_id=endpoint_id), 303)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The first instant of a day in a zone; None when it is no day."""
    try:
        return datetime.combine(parse_day(text or ""), time(), zone)
    except ValueError:
        return None
