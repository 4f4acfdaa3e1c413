"""Lets a notice go after all that was withdrawn as no longer so, once an undo has made it so again.

What it tells is looked up when it goes: where it is not so even now, it is withdrawn once more, and told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from alerts.channels import chat, email
from alerts.notices import endings, given, notification_store, rights
from alerts.notices import store as notice_store
from alerts.notices.rules import TOLD_TOGETHER, quiet_until
from alerts.notices.telling import choices_from
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import attempts
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_NOT_SO = frozenset({rights.MOVED, rights.TAKEN_BACK, endings.OPEN_AGAIN, given.CLOSED})
"""Why something was not told that may be so again."""


class Withdrawn(NamedTuple):
    """A notice that was not told, and whose it is."""

    notice: Row[Any]
    staff_id: UUID


def withdrawn_of(view: Reading, case_id: UUID) -> list[Withdrawn]:
    """What was not told of a case to those who gain or lose it, because it was not so when it was looked at."""
    rows = [
        row
        for row in notification_store.notifications_of_case(view, case_id)
        if row.news in TOLD_TOGETHER and row.channel in (email.CHANNEL.key, chat.CHANNEL.key)
    ]
    last = {attempt.ref_id: attempt for attempt in attempts.of_refs(view, [row.id for row in rows])}
    untold = [row for row in rows if row.id in last and _is_not_so(last[row.id])]
    chats = notice_store.chats_by_id(view, [row.recipient_id for row in untold if row.channel == chat.CHANNEL.key])
    owners = {key: each.staff_id for key, each in chats.items()}
    return [
        Withdrawn(row, owners.get(row.recipient_id, row.recipient_id))
        for row in untold
        if row.channel == email.CHANNEL.key or row.recipient_id in owners
    ]


def revive(uow: UnitOfWork, found: Sequence[Withdrawn]) -> None:
    """Let them go now, or when the quiet hours of their readers end."""
    choices = notice_store.choices_of(uow, {each.staff_id for each in found})
    staff = directory.staff_by_id(uow, {each.staff_id for each in found})
    mailed = []
    for row, staff_id in found:
        chosen = choices_from(choices.get(staff_id), staff[staff_id].time_zone)
        due_at = quiet_until(chosen, uow.now) or uow.now
        values: dict[str, Any] = {"due_at": due_at, "together_at": due_at, "begun_at": due_at}
        if row.channel == email.CHANNEL.key:
            mailed.append({**row._mapping, **values})
        else:
            values |= {"state": "pending", "attempts": 0, "settled_at": None, "error": None}
        notification_store.change_notification(uow, row, values)
    email.begin(uow, mailed)
    if len(mailed) < len(found):
        chat.begin(uow, [])


def _is_not_so(attempt: attempts.Attempt) -> bool:
    return attempt.outcome == "withdrawn" and attempt.error in _NOT_SO
