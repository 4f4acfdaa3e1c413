"""Who is told of what happened to a case, by every channel there is; written with the case, so that none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.channels import CHANNELS
from alerts.notices import notification_store
from alerts.notices import store as notice_store
from alerts.notices.news import News
from alerts.notices.rules import TOLD_TOGETHER
from alerts.notices.telling import Telling, as_chosen
from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

__all__ = ["Telling", "begin_tellings", "choose_tellings"]


def choose_tellings(reading: Reading, news: Sequence[News]) -> list[Telling]:
    """Who is to be told, and how; read before the transaction begins."""
    if not news:
        return []
    told = [
        Telling(channel, item, recipient_id)
        for channel in CHANNELS
        for item, recipient_id in channel.choose_recipients(reading, news)
    ]
    return as_chosen(reading, told)


def begin_tellings(uow: UnitOfWork, tellings: Sequence[Telling]) -> None:
    """Write the notifications and let each channel begin; to be called after the entries were written."""
    rows = [(telling.channel, _row(uow, telling)) for telling in _as_chosen_now(uow, tellings)]
    notification_store.insert_notifications(uow, [row for _, row in rows])
    for channel in CHANNELS:
        notices = [row for other, row in rows if other is channel and row["state"] == channel.first_state]
        if notices:
            channel.begin(uow, notices)


def _as_chosen_now(uow: UnitOfWork, tellings: Sequence[Telling]) -> list[Telling]:
    """The tellings without those for a digest that its reader has ended since they were chosen: nothing would bring
    them. The choices are held, so that none is ended while this is written."""
    waiting = {telling.recipient_id for telling in tellings if telling.state == "digest"}
    kept = notice_store.hold_digests(uow, waiting) if waiting else set()
    return [
        telling._replace(state=None) if telling.state == "digest" and telling.recipient_id not in kept else telling
        for telling in tellings
    ]


def _row(uow: UnitOfWork, telling: Telling) -> dict[str, Any]:
    channel, item = telling.channel, telling.news
    due_at = max(telling.due_at or uow.now, uow.now + channel.head_start(uow, item.kind))
    return {
        **ids.new_key(item.case_id),
        "case_id": item.case_id,
        "revision": item.revision,
        "news": item.kind,
        "channel": channel.key,
        "recipient_id": telling.recipient_id,
        "state": telling.state or channel.first_state,
        "due_at": due_at,
        "begun_at": telling.due_at,
        "together_at": due_at if item.kind in TOLD_TOGETHER else None,
        "attempts": 0,
        "created_at": uow.now,
    }
