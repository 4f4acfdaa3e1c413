"""How the receivers of hooks and chats are doing: which fail and since when, and what ends them.

410 Gone ends a webhook at once, five days without a single success end either; their owner is told by mail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts.channels import chat, webhook
from alerts.notices import notification_store
from alerts.notices import store as notice_store
from alerts.notices.sending import Verdict
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import UnitOfWork

PATIENCE = timedelta(days=5)
MAIL_KIND = "receiver-off"
GONE, FAILING = "gone", "failing"


def note(uow: UnitOfWork, channel: str, receiver_id: UUID, verdict: Verdict) -> None:
    """Remember how a try went with its receiver, and switch the receiver off when that is enough."""
    if verdict.outcome == "withdrawn":
        return
    row = _find(uow, channel, receiver_id)
    if row is None or row.disabled_at is not None:
        return
    if verdict.outcome == "sent":
        if row.failing_since is not None:
            _change(uow, channel, receiver_id, {"failing_since": None})
    elif verdict.gone:
        _switch_off(uow, channel, row, GONE)
    elif row.failing_since is None:
        _change(uow, channel, receiver_id, {"failing_since": uow.now})
    elif uow.now - row.failing_since >= PATIENCE:
        _switch_off(uow, channel, row, FAILING)


def _find(uow: UnitOfWork, channel: str, receiver_id: UUID) -> Row[Any] | None:
    if channel == webhook.CHANNEL.key:
        return notification_store.endpoint_by_id(uow, receiver_id)
    return notice_store.chats_by_id(uow, [receiver_id]).get(receiver_id) if channel == chat.CHANNEL.key else None


def _change(uow: UnitOfWork, channel: str, receiver_id: UUID, values: dict[str, Any]) -> bool:
    if channel == webhook.CHANNEL.key:
        return notification_store.change_endpoint(uow, receiver_id, values)
    return notice_store.change_chat(uow, receiver_id, values)


def _switch_off(uow: UnitOfWork, channel: str, row: Row[Any], reason: str) -> None:
    if not _change(uow, channel, row.id, {"disabled_at": uow.now, "disabled_reason": reason}):
        return
    uow.audit(f"{channel}.disabled", channel, str(row.id), {"reason": reason})
    queue.enqueue_all(
        uow,
        [
            MailOrder(
                kind=MAIL_KIND,
                shard=ids.REFERENCE_SHARD,
                ref_id=row.id,
                due_at=uow.now,
                audience="staff",
                recipient_id=owner_id,
                repeatable=True,
                attributes={"channel": channel, "reason": reason},
            )
            for owner_id in _owners(uow, row)
        ],
    )


def _owners(uow: UnitOfWork, row: Row[Any]) -> list[UUID]:
    """Whose receiver it is; a program that hears of everything is the business of every admin."""
    if row.staff_id is not None:
        return [row.staff_id]
    return [member.id for member in directory.list_staff(uow) if member.active and member.role == "admin"]
