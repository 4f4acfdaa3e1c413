"""What one adds to, tries and takes away from one's own ways of being told, on `/account/notices`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts.notices import choices as notice_choices
from alerts.notices import endpoints, notification_store, trials
from alerts.notices.sending import Verdict
from alerts.web.notice_pages import draw_notices
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.http_client import may_lie_inside
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.security import rate_limit

TESTS = "10 per minute"


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""
    _add_chats(pages, engine)
    _add_webhook(pages, engine)

    @pages.post("/account/notices/mail/test")
    @allow(SIGNED_IN)
    @rate_limit(TESTS)
    def test_mail() -> Response:
        with engine.work.begin(actor=actor()) as uow:
            trials.order_mail(uow, current_staff().id)
        flash(gettext("The test is on its way to {address}.", address=current_staff().email))
        return _back()


def _add_chats(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/account/notices/chats")
    @allow(SIGNED_IN)
    def add_chat() -> Response | tuple[str, int]:
        url, settings = request.form.get("chat", "").strip(), engine.settings
        inside = may_lie_inside(settings, url)
        try:
            with engine.work.begin(actor=actor()) as uow:
                notice_choices.add_chat(uow, current_staff().id, url, settings.chats, allow_private=inside)
        except (Invalid, Conflict) as error:
            return draw_notices(engine, (Fault("/chat", error.message),)), 422
        flash(gettext("Added. Send a test to see whether it arrives."))
        return _back()

    @pages.post("/account/notices/chats/<uuid:chat_id>/test")
    @allow(SIGNED_IN)
    @rate_limit(TESTS)
    def test_chat(chat_id: UUID) -> Response:
        with refusal_shown(FeedbackError):
            flash_verdict(trials.try_chat(engine, actor(), chat_id, staff_id=current_staff().id))
        return _back()

    @pages.post("/account/notices/chats/<uuid:chat_id>/remove")
    @allow(SIGNED_IN)
    def remove_chat(chat_id: UUID) -> Response:
        with refusal_shown(NotFound):
            with engine.work.begin(actor=actor()) as uow:
                notice_choices.remove_chat(uow, current_staff().id, chat_id)
            flash(gettext("Taken away. What concerns you still comes by mail."))
        return _back()


def _add_webhook(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/account/notices/webhook")
    @allow(SIGNED_IN)
    def set_own_webhook() -> tuple[str, int]:
        url = request.form.get("webhook", "").strip()
        inside = may_lie_inside(engine.settings, url)
        try:
            with engine.work.begin(actor=actor()) as uow:
                secret = endpoints.set_own_endpoint(uow, current_staff().id, url, allow_private=inside)
        except Invalid as error:
            return draw_notices(engine, (Fault("/webhook", error.message),)), 422
        # Not a redirect: the secret is shown this once.
        return draw_notices(engine, secret=secret), 201

    @pages.post("/account/notices/webhook/off")
    @allow(SIGNED_IN)
    def stop_own_webhook() -> Response:
        with refusal_shown(FeedbackError):
            with engine.work.begin(actor=actor()) as uow:
                endpoints.disable_endpoint(uow, _own(engine))
            flash(gettext("The address hears of nothing any more."))
        return _back()

    @pages.post("/account/notices/webhook/test")
    @allow(SIGNED_IN)
    @rate_limit(TESTS)
    def test_own_webhook() -> Response:
        with refusal_shown(FeedbackError):
            flash_verdict(trials.try_endpoint(engine, actor(), _own(engine), staff_id=current_staff().id))
        return _back()


def flash_verdict(verdict: Verdict) -> None:
    """Say on the next page what came of a test."""
    flash(trials.words_of(verdict), "" if verdict.outcome == "sent" else "warn")


def _own(engine: Engine) -> UUID:
    """The reader's own webhook. Raises NotFound."""
    with engine.work.read() as reading:
        found = notification_store.endpoints_of_staff(reading, [current_staff().id])
    if not found:
        raise NotFound(gettext("There is no such webhook."))
    own_id: UUID = found[0].id
    return own_id


def _back() -> Response:
    return redirect(url_for("alerts.show_notices"), 303)
