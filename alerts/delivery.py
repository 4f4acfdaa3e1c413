"""Sends what goes to programs and chats: claim and commit, call the world outside of any transaction, mark and log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from alerts import chat_sending, notification_store, receivers, webhook_sending
from alerts.channels import chat, webhook
from alerts.sending import Ready, Verdict, after_try
from feedback_engine.foundation import attempts, ids, logs, release_gate, retry
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Unavailable
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

CLAIM_EXPIRES = timedelta(minutes=10)
BATCH_SIZE = 20
_log = logs.logger(__name__)


class Prepare(Protocol):
    """Makes claimed notifications ready: each its `Ready`, or the verdict that there is nothing to send."""

    def __call__(
        self, engine: Engine, rows: Sequence[Row[Any]]
    ) -> AbstractContextManager[Mapping[UUID, Ready | Verdict]]: ...


_PREPARE: Mapping[str, Prepare] = {
    webhook.CHANNEL.key: webhook_sending.prepared,
    chat.CHANNEL.key: chat_sending.prepared,
}


def deliver_due(engine: Engine, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Send the next webhooks and chats that are due; returns how many were settled or put off, 0 when nothing is due.

    Looks in `shards`, None for all.

    A claim that a crash left behind is sent again after CLAIM_EXPIRES: at least once, under the same id.
    """
    with engine.work.read() as view:
        if release_gate.is_held(view):
            return 0
        stale = view.now - CLAIM_EXPIRES
        due = {key: notification_store.due_notifications(view, key, stale, limit, shards) for key in _PREPARE}
    for key, rows in due.items():
        if rows:
            _deliver_all(engine, key, rows)
    return sum(map(len, due.values()))


def _deliver_all(engine: Engine, channel: str, due: Sequence[Row[Any]]) -> None:
    work = engine.work
    claimed = _claim(work, due)
    silent: set[UUID] = set()
    with _PREPARE[channel](engine, claimed) as ready:
        for row in claimed:
            what = ready.get(row.id, Verdict("given_up", "its receiver was switched off, or the case is gone"))
            if isinstance(what, Verdict):
                _settle(work, row, what, ids.new_id(row.shard))
            elif row.recipient_id in silent:
                # A receiver that just failed costs one timeout a round, not one for each message.
                _put_aside(work, row)
            elif not _send(work, row, what):
                silent.add(row.recipient_id)


def doubtful(view: Reading, made_before: datetime, limit: int | None = None) -> list[Row[Any]]:
    """What was wanted by then and is due: after a restore, the lost installation may have sent it."""
    found = [
        row for key in _PREPARE for row in notification_store.doubtful_notifications(view, key, made_before, limit)
    ]
    return found[:limit]


def give_up(uow: UnitOfWork, rows: Sequence[Row[Any]], reason: str) -> None:
    """Send these no more."""
    for row in rows:
        values = {"state": "dead", "error": reason, "settled_at": uow.now, "claimed_at": None}
        if notification_store.change_notification(uow, row, values):
            attempts.write(uow, [_attempt(row, Verdict("given_up", reason), ids.new_id(row.shard), uow.now)])


def _claim(work: Work, due: Sequence[Row[Any]]) -> list[Row[Any]]:
    with work.begin(actor=SYSTEM) as uow:
        values = {"state": "claimed", "claimed_at": uow.now}
        won = [row for row in due if notification_store.change_notification(uow, row, values)]
        left = Verdict("unclear", "the worker stopped while sending")
        attempts.write(
            uow,
            [
                _attempt(row, left, ids.new_id(row.shard), row.claimed_at, next_at=uow.now)
                for row in won
                if row.state == "claimed"
            ],
        )
        rows = notification_store.notifications_by_id(uow, [row.id for row in won])
    return [rows[row.id] for row in won]


def _send(work: Work, row: Row[Any], ready: Ready) -> bool:
    """Call and settle; False when the receiver should be left alone for now.

    What nobody has foreseen ends this one message, and not the round of all others.
    """
    request_id = ids.new_id(row.shard)
    try:
        verdict = ready.send(request_id)
    except (Unavailable, Conflict):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("notification.not_sent", notification_id=str(row.id))
        verdict = Verdict("given_up", f"it could not be sent: {type(error).__name__}")
    _settle(work, row, verdict, request_id)
    return verdict.outcome != "again"


def _settle(work: Work, row: Row[Any], verdict: Verdict, request_id: UUID) -> None:
    """Write what became of a claim, and log it. A claim that somebody else has taken over is theirs to mark."""
    with work.begin(actor=SYSTEM) as uow:
        values = after_try(
            verdict,
            attempts=row.attempts,
            claimed_at=row.claimed_at,
            begun_at=row.begun_at or row.created_at,
            now=uow.now,
            jitter=ids.jitter(),
        )
        outcome = "given_up" if verdict.outcome == "again" and values["state"] == "dead" else verdict.outcome
        next_at = values["due_at"] if values["state"] == "pending" else None
        notification_store.change_notification(uow, row, values)
        attempts.write(uow, [_attempt(row, verdict, request_id, uow.now, outcome=outcome, next_at=next_at)])
        receivers.note(uow, row.channel, row.recipient_id, verdict)


def _put_aside(work: Work, row: Row[Any]) -> None:
    """Leave a message for later that was not tried."""
    with work.begin(actor=SYSTEM) as uow:
        later = {"state": "pending", "due_at": row.claimed_at + retry.BASE, "claimed_at": None}
        notification_store.change_notification(uow, row, later)


def _attempt(
    row: Row[Any],
    verdict: Verdict,
    request_id: UUID,
    at: datetime,
    *,
    outcome: str | None = None,
    next_at: datetime | None = None,
) -> Attempt:
    duration = verdict.duration
    return Attempt(
        id=request_id,
        ref_id=row.id,
        channel=row.channel,
        recipient_id=row.recipient_id,
        about=row.news,
        at=at,
        outcome=outcome or verdict.outcome,
        status_code=verdict.status,
        error=verdict.error,
        reply=verdict.reply,
        duration_ms=round(duration / timedelta(milliseconds=1)) if duration is not None else None,
        next_at=next_at,
    )
