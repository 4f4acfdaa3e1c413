"""Sends what goes to programs and chats: claim and commit, call the world outside of any transaction, mark and log.

What a commit of this process has handed over needs no claim: for a while its row is due to nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from alerts.channels import chat, webhook
from alerts.notices import chat_sending, notification_store, receivers, webhook_sending
from alerts.notices.sending import Ready, Verdict, after_try
from feedback_engine.foundation import attempts, http_client, ids, logs, release_gate, retry
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.direct import Direct
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Unavailable
from feedback_engine.foundation.mail.message import Later
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

CLAIM_EXPIRES = timedelta(minutes=10)
BATCH_SIZE = 20
LONGEST_UNMARKED_SECONDS = 0.25
"""How long what was sent may wait for the others of its round, to be marked with one commit."""
_log = logs.logger(__name__)


class Prepare(Protocol):
    """Makes claimed notifications ready: each its `Ready`, the verdict that there is nothing to send, or when that is
    certain."""

    def __call__(
        self, engine: Engine, rows: Sequence[Row[Any]]
    ) -> AbstractContextManager[Mapping[UUID, Ready | Verdict | Later]]: ...


_PREPARE: Mapping[str, Prepare] = {
    webhook.CHANNEL.key: webhook_sending.prepared,
    chat.CHANNEL.key: chat_sending.prepared,
}


def deliver_due(engine: Engine, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Send the next webhooks and chats that are due; returns how many were settled or put off, 0 when nothing is due.

    Looks in `shards`, None for all. What was handed over goes first, wherever it belongs; what is due gets its turn.

    A claim that a crash left behind is sent again after CLAIM_EXPIRES, and what was handed to a process that died once
    it falls due: at least once, under the same id.
    """
    direct = engine.work.direct.get(webhook.TOPIC)
    handed = list(map(notification_store.written, direct.take(limit))) if direct is not None else []
    with engine.work.read() as view:
        if release_gate.is_held(view):
            return 0
        stale = view.now - CLAIM_EXPIRES
        looks = direct is None or direct.looks_elsewhere(view.now, idle=not handed)
        channels = _PREPARE if looks else ()
        due = {key: notification_store.due_notifications(view, key, stale, limit, shards) for key in channels}
    if handed:
        _send_all(engine, webhook.CHANNEL.key, handed)
    for key, rows in due.items():
        if rows:
            _send_all(engine, key, _claim(engine.work, rows))
    return len(handed) + sum(map(len, due.values()))


def give_back(work: Work, direct: Direct) -> int:
    """Let what was handed over and never begun be due at once, for other processes; returns how much that was.

    For a process that stops, once its sending thread has ended: nobody takes what is still in hand. What has fallen due
    meanwhile and was sent by another process no longer stands as it was handed over, and stays as it is.
    """
    handed = list(map(notification_store.written, direct.take_all()))
    if not handed:
        return 0
    with work.begin(actor=SYSTEM) as uow:
        uow.wake(webhook.TOPIC)
        return sum(notification_store.change_notification(uow, row, {"due_at": uow.now}) for row in handed)


def _send_all(engine: Engine, channel: str, rows: Sequence[Row[Any]]) -> None:
    """Send what is ours: claimed, or handed over."""
    silent: set[UUID] = set()
    with _PREPARE[channel](engine, rows) as ready, _marking(engine.work) as marks:
        for row in rows:
            what = ready.get(row.id, Verdict("given_up", "its receiver was switched off, or the case is gone"))
            if row.state != "claimed" and not _is_ours(row, engine.clock.now()):
                continue
            if isinstance(what, Later):
                _put_aside(engine.work, row, what.until)
            elif isinstance(what, Verdict):
                marks.add(row, what, ids.new_id(row.shard))
            elif row.recipient_id in silent:
                # A receiver that just failed costs one timeout a round, not one for each message.
                _put_aside(engine.work, row, (row.claimed_at or row.created_at) + retry.BASE)
            elif not _send(marks, row, what):
                silent.add(row.recipient_id)


def _is_ours(row: Row[Any], now: datetime) -> bool:
    """Whether nobody else can find this due before a call that begins now has ended; else it is left to be found."""
    return bool(now + http_client.DEADLINE < row.due_at)


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


class _Marks:
    """What became of the messages of a round, written together: a commit costs more than most calls."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._settled: list[tuple[Row[Any], Verdict, UUID]] = []
        self._since = 0.0

    def add(self, row: Row[Any], verdict: Verdict, request_id: UUID) -> None:
        """Mark this with the others, and all of them now if the first has waited long."""
        if not self._settled:
            self._since = monotonic()
        self._settled.append((row, verdict, request_id))
        if monotonic() - self._since > LONGEST_UNMARKED_SECONDS:
            self.write()

    def write(self) -> None:
        """Mark what is not marked yet."""
        settled, self._settled = self._settled, []
        if settled:
            with self._work.begin(actor=SYSTEM) as uow:
                # In the order of receivers, of which each may change: else two workers could wait for each other.
                for row, verdict, request_id in sorted(settled, key=lambda each: each[0].recipient_id):
                    _settle(uow, row, verdict, request_id)


@contextmanager
def _marking(work: Work) -> Iterator[_Marks]:
    """The marks of one round; what was sent is marked, whatever stops the others."""
    marks = _Marks(work)
    try:
        yield marks
    finally:
        marks.write()


def _send(marks: _Marks, row: Row[Any], ready: Ready) -> bool:
    """Call and mark; False when the receiver should be left alone for now.

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
    marks.add(row, verdict, request_id)
    return verdict.outcome != "again"


def _settle(uow: UnitOfWork, row: Row[Any], verdict: Verdict, request_id: UUID) -> None:
    """Write what became of a message, and log it. A claim that somebody else has taken over is theirs to mark."""
    values = after_try(
        verdict,
        attempts=row.attempts,
        claimed_at=row.claimed_at or row.created_at,
        begun_at=row.begun_at or row.created_at,
        now=uow.now,
        jitter=ids.jitter(),
    )
    outcome = "given_up" if verdict.outcome == "again" and values["state"] == "dead" else verdict.outcome
    next_at = values["due_at"] if values["state"] == "pending" else None
    notification_store.change_notification(uow, row, values)
    attempts.write(uow, [_attempt(row, verdict, request_id, uow.now, outcome=outcome, next_at=next_at)])
    receivers.note(uow, row.channel, row.recipient_id, verdict)


def _put_aside(work: Work, row: Row[Any], until: datetime) -> None:
    """Leave a message for later that was not tried."""
    with work.begin(actor=SYSTEM) as uow:
        later = {"state": "pending", "due_at": until, "claimed_at": None}
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
