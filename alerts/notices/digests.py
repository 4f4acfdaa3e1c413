"""Sends each of our people their digest when it falls due: one for each person and day, also after a downtime."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from alerts.notices import digest_contents
from alerts.notices import store as notice_store
from alerts.notices.rules import LONGEST_HELD_BACK, held_back, latest_digest, next_digest, span_of
from alerts.notices.telling import choices_from
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

MAIL_KIND = "digest"
BATCH_SIZE = 20


@dataclass(frozen=True, slots=True)
class _Step:
    """What is done for one person now: when to look next, and the digest to write, if one is due."""

    next_at: datetime | None
    digest: dict[str, Any] | None = None
    news: tuple[Row[Any], ...] = ()


def tick(work: Work, limit: int = BATCH_SIZE) -> int:
    """Write the digests that are due; returns how many people were looked at, 0 when nothing is due."""
    with work.read() as view:
        due = notice_store.choices_due(view, limit)
        staff = directory.staff_by_id(view, [row.staff_id for row in due])
    for row in due:
        with work.read() as view:
            step = _decide(view, row, staff[row.staff_id])
        try:
            with work.begin(actor=SYSTEM) as uow:
                _do(uow, row, step)
        except IntegrityError:
            continue  # Another worker wrote the digest of this day a moment ago, and that one counts.
    return len(due)


def is_due(view: Reading) -> bool:
    """Whether any digest is due."""
    return bool(notice_store.choices_due(view, 1))


def _decide(view: Reading, row: Row[Any], member: StaffView) -> _Step:
    """One digest for all that has passed: after three days off it is that of today, and speaks of the three days."""
    choices = choices_from(row, member.time_zone)
    next_at = next_digest(choices, view.now)
    if not member.active:
        return _Step(next_at)
    day, due_at = latest_digest(choices, view.now)
    last = next(iter(notice_store.last_digests(view, member.id)), None)
    # Their clock or zone may have been changed since; then the hour comes again, the day does not.
    if due_at + LONGEST_HELD_BACK < row.next_digest_at or (last is not None and last.period >= day.isoformat()):
        return _Step(next_at)
    waiting_news = notice_store.waiting_news(view, member.id)
    from_at = last.until_at if last is not None else view.now - span_of(choices.rhythm)
    stands_at = {each: each.created_at + held_back(each.news, each.created_at) for each in waiting_news}
    # What came before its hour is told, once nobody can take it back; what came later and can be, by the next one.
    waits_until = max((at for each, at in stands_at.items() if each.created_at <= due_at), default=view.now)
    if waits_until > view.now:
        return _Step(waits_until)
    news = [each for each, at in stands_at.items() if at <= view.now]
    digest = {
        "id": ids.new_reference_id(),
        "staff_id": member.id,
        "period": day.isoformat(),
        "rhythm": choices.rhythm,
        "from_at": from_at,
        "until_at": view.now,
    }
    if news or digest_contents.has_any(view, member, choices.rhythm, from_at):
        return _Step(next_at, {**digest, "state": "sent"}, tuple(news))
    return _Step(next_at, {**digest, "state": "silent" if _pauses(last) else "paused"})


def _pauses(last: Row[Any] | None) -> bool:
    return last is not None and last.state in ("paused", "silent")


def _do(uow: UnitOfWork, row: Row[Any], step: _Step) -> None:
    if not notice_store.move_next_digest(uow, row, step.next_at) or step.digest is None:
        return
    digest = step.digest
    notice_store.insert_digest(uow, digest)
    notice_store.put_into_digest(uow, step.news, digest["id"])
    if digest["state"] != "silent":
        order = MailOrder(
            kind=MAIL_KIND,
            shard=ids.REFERENCE_SHARD,
            ref_id=digest["id"],
            due_at=uow.now,
            audience="staff",
            recipient_id=digest["staff_id"],
            repeatable=True,
        )
        queue.enqueue(uow, order)
