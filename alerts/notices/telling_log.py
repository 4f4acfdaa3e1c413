"""Who was told what, by which channel, and how each attempt ended: for the page of a case, and for admins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from alerts import published, store
from alerts.channels import email
from alerts.channels.webhook import TOPIC
from alerts.notices import notification_store, words
from alerts.notices import store as notice_store
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import attempts, ids
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.chat.services import service_named
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

STEERS = ("admin", "program_owner")
"""Who may change the alerts of the program."""


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news for one recipient, oldest attempt first; `waits` says why it has not left yet, with `{at}` for
    when it is due."""

    id: UUID
    news: str
    channel: str
    who: str
    state: str
    created_at: datetime
    due_at: datetime
    waits: str
    attempts: Sequence[Attempt]

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def failing(self) -> bool:
        """Whether it was tried and has not got through."""
        return self.last is not None and self.last.outcome in ("again", "given_up", "unclear")


class Untold(NamedTuple):
    """Why nobody was told, in the reader's words; `remedy` is who can name somebody, empty where somebody is named."""

    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class LoggedAttempt:
    """An attempt with the words for whom and what; `may_retry` when it was the last one of something given up."""

    attempt: Attempt
    who: str
    about: str
    case_ref: str
    may_retry: bool


def told_of_case(reading: Reading, case_id: UUID) -> list[Told]:
    """Everything that anybody was told of a case, newest first."""
    rows = notification_store.notifications_of_case(reading, case_id)
    names = _names(reading, {row.recipient_id for row in rows})
    found = attempts_by_ref(reading, [row.id for row in rows])
    mails = [row.id for row in rows if row.channel == email.CHANNEL.key]
    # A mail may have been put off since its notice was written.
    due = queue.due_about(reading, ids.shard_of(case_id), mails) if mails else {}
    return [_told(row, due.get(row.id, row.due_at), reading.now, names, found.get(row.id, [])) for row in rows]


def why_waits(notice: Row[Any], due_at: datetime, now: datetime) -> str:
    """Why the message of a notice that is due at `due_at` has not left yet, with `{at}` for when it does.

    A mail is put off, and its notice stands as it was written.
    """
    is_quiet, is_put_off = notice.begun_at == due_at, due_at > notice.due_at
    return words.wait(notice.news, notice.channel, due_at, now, is_quiet=is_quiet, is_put_off=is_put_off)


def untold_of_miss(reading: Reading, case_id: UUID, told: Sequence[Told]) -> Untold | None:
    """Why nobody was `told` of a time that the case missed; None when somebody was."""
    row = store.case_by_id(reading, case_id)
    if row is None or any(each.news == "escalated" for each in told):
        return None
    levels = published.of_version(reading, row.alerts_version).escalation
    if levels:
        return Untold(words.untold(levels[0].after_hours))
    by_now = published.in_force(reading)
    if by_now is not None and by_now.program.escalation:
        return Untold(words.untold(None, is_named_since=True))
    steering = [each for each in directory.list_staff(reading) if each.active and each.role in STEERS]
    return Untold(words.untold(None), words.who_can_name(sorted(each.name for each in steering)))


def log(
    reading: Reading, limit: int, before: tuple[datetime, UUID] | None = None, *, given_up: bool = False
) -> list[LoggedAttempt]:
    """The latest attempts of all, or of those with which something was given up, newest first."""
    found = attempts.newest(reading, limit, before, outcome="given_up" if given_up else None)
    return _logged(reading, found)


def log_of_endpoint(
    reading: Reading, endpoint_id: UUID, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[LoggedAttempt]:
    """The latest attempts to reach one endpoint, newest first."""
    return _logged(reading, attempts.newest(reading, limit, before, recipient_id=endpoint_id))


def attempts_by_ref(reading: Reading, ref_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The attempts about each of these rows, oldest first."""
    by_ref: dict[UUID, list[Attempt]] = {}
    for attempt in attempts.of_refs(reading, ref_ids):
        by_ref.setdefault(attempt.ref_id, []).append(attempt)
    return by_ref


def retry(uow: UnitOfWork, ref_id: UUID) -> None:
    """Let what was given up go again: a notification, or any mail to staff. Raises Conflict when nothing was."""
    row = notification_store.notifications_by_id(uow, [ref_id]).get(ref_id)
    if row is None or row.channel == email.CHANNEL.key:
        done = queue.retry_failed(uow, ids.shard_of(ref_id), ref_id)
    else:
        done = row.state == "dead" and bool(notification_store.send_again(uow, notification_id=ref_id))
    if not done:
        raise Conflict(gettext("It is not given up any more; look at the list again."))
    uow.audit("notice.retried", "notice", str(ref_id))
    uow.wake(TOPIC)


def _logged(reading: Reading, found: Sequence[Attempt]) -> list[LoggedAttempt]:
    refs = {attempt.ref_id for attempt in found}
    notices = notification_store.notifications_by_id(reading, refs)
    cases = {row.id: row for row in store.cases_by_id(reading, {notice.case_id for notice in notices.values()})}
    names = _names(reading, {attempt.recipient_id for attempt in found if attempt.recipient_id})
    latest = {attempt.ref_id: attempt.id for attempt in attempts.of_refs(reading, refs)}
    return [
        LoggedAttempt(
            attempt,
            about=notices[attempt.ref_id].news if attempt.ref_id in notices else attempt.about,
            who=names.get(attempt.recipient_id, "") if attempt.recipient_id else "",
            case_ref=f"C-{cases[notices[attempt.ref_id].case_id].number}" if attempt.ref_id in notices else "",
            may_retry=attempt.outcome == "given_up" and latest[attempt.ref_id] == attempt.id,
        )
        for attempt in found
    ]


def _told(row: Row[Any], due_at: datetime, now: datetime, names: dict[UUID, str], found: Sequence[Attempt]) -> Told:
    return Told(
        id=row.id,
        news=row.news,
        channel=row.channel,
        who=names.get(row.recipient_id, ""),
        state=row.state,
        created_at=row.created_at,
        due_at=due_at,
        waits=why_waits(row, due_at, now),
        attempts=found,
    )


def _names(reading: Reading, recipient_ids: set[UUID]) -> dict[UUID, str]:
    """Who is behind each recipient: a member of staff, a program, somebody's own webhook or chat."""
    if not recipient_ids:
        return {}
    endpoints = notification_store.endpoints_by_id(reading, recipient_ids)
    chats = notice_store.chats_by_id(reading, recipient_ids)
    owners = {row.staff_id for row in (*endpoints.values(), *chats.values()) if row.staff_id is not None}
    staff = directory.staff_by_id(reading, recipient_ids | owners)
    names = {staff_id: member.name for staff_id, member in staff.items()}
    names |= {each.id: staff[each.staff_id].name if each.staff_id else each.name for each in endpoints.values()}
    return names | {each.id: f"{staff[each.staff_id].name}, {_service(each.service)}" for each in chats.values()}


def _service(key: str) -> str:
    found = service_named(key)
    return found.name if found else key
