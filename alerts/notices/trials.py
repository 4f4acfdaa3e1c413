"""Sends a test to a receiver at once, through the same way and the same guard as everything else, and logs it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from alerts.channels import chat, webhook
from alerts.notices import chat_sending, notification_store, webhook_sending
from alerts.notices import store as notice_store
from alerts.notices.sending import Verdict
from feedback_engine.foundation import attempts, ids, release_gate
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.chat.sending import ChatMessage, chat_process
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork
from feedback_engine.foundation.web.addresses import absolute_url

ABOUT = "test"
MAIL_KIND = "notice-trial"


def try_endpoint(engine: Engine, actor: Actor, endpoint_id: UUID, *, staff_id: UUID | None = None) -> Verdict:
    """Send a signed test to an endpoint, of everybody or of this member of staff. Raises NotFound, and Conflict while
    nothing may leave."""
    with engine.work.read() as view:
        _check_gate(view)
        endpoint = notification_store.endpoint_by_id(view, endpoint_id)
    if endpoint is None or endpoint.staff_id != staff_id:
        raise NotFound(gettext("There is no such webhook."))
    request_id, body = ids.new_reference_id(), webhook_sending.test_message(engine.clock.now())
    verdict = webhook_sending.send(engine, endpoint, f"test-{request_id}", body, request_id)
    _log(engine, actor, webhook.CHANNEL.key, endpoint_id, request_id, verdict)
    return verdict


def try_chat(engine: Engine, actor: Actor, chat_id: UUID, *, staff_id: UUID) -> Verdict:
    """Send a test to a chat of a member of staff. Raises NotFound, and Conflict while nothing may leave."""
    with engine.work.read() as view:
        _check_gate(view)
        row = notice_store.chats_by_id(view, [chat_id]).get(chat_id)
    if row is None or row.staff_id != staff_id:
        raise NotFound(gettext("You have no such chat."))
    url = absolute_url(engine.settings.base_url, "/account/notices")
    words = gettext("This is a test. What concerns you will come here.")
    message = ChatMessage(bytes(row.url).decode(), gettext("Feedback engine"), f"{words}\n{url}")
    request_id = ids.new_reference_id()
    with chat_process(engine.settings) as process:
        verdict = chat_sending.sender(process, message)(request_id)
    _log(engine, actor, chat.CHANNEL.key, chat_id, request_id, verdict)
    return verdict


def order_mail(uow: UnitOfWork, staff_id: UUID) -> None:
    """Queue a test mail to a member of staff."""
    order = MailOrder(
        kind=MAIL_KIND,
        shard=ids.REFERENCE_SHARD,
        ref_id=ids.new_reference_id(),
        due_at=uow.now,
        audience="staff",
        recipient_id=staff_id,
        repeatable=True,
    )
    queue.enqueue(uow, order)


def words_of(verdict: Verdict) -> str:
    """What came of a test, in a sentence."""
    if verdict.outcome == "sent":
        if verdict.status is None:
            return gettext("The test arrived.")
        return gettext("The test arrived; the answer was {status}.", status=verdict.status)
    return gettext("The test did not arrive: {why}", why=verdict.error or "")


def _check_gate(view: Reading) -> None:
    if release_gate.is_held(view):
        words = gettext(
            "This database was restored; nothing leaves until an operator runs: feedback-engine mail release"
        )
        raise Conflict(words)


def _log(engine: Engine, actor: Actor, channel: str, receiver_id: UUID, request_id: UUID, verdict: Verdict) -> None:
    """Keep the test in the log. It is not tried again, whatever came of it."""
    with engine.work.begin(actor=actor) as uow:
        took = verdict.duration or timedelta()
        attempt = Attempt(
            id=request_id,
            ref_id=receiver_id,
            channel=channel,
            recipient_id=receiver_id,
            about=ABOUT,
            at=uow.now,
            outcome="sent" if verdict.outcome == "sent" else "given_up",
            status_code=verdict.status,
            error=verdict.error,
            reply=verdict.reply,
            duration_ms=round(took / timedelta(milliseconds=1)),
        )
        attempts.write(uow, [attempt])
