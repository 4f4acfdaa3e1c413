"""Who is told of what happened to a case, by every channel there is; written with the case, so that none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from alerts import notification_store
from alerts.channels import CHANNELS
from alerts.channels.base import Channel
from alerts.news import News
from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

Telling = tuple[Channel, News, UUID]
"""One piece of news for one recipient by one channel."""


def choose_tellings(reading: Reading, news: Sequence[News]) -> list[Telling]:
    """Who is to be told, and how; read before the transaction begins."""
    if not news:
        return []
    return [
        (channel, item, recipient_id)
        for channel in CHANNELS
        for item, recipient_id in channel.choose_recipients(reading, news)
    ]


def begin_tellings(uow: UnitOfWork, tellings: Sequence[Telling]) -> None:
    """Write the notifications and let each channel begin; to be called after the entries were written."""
    rows = [(channel, _row(uow, channel, item, recipient_id)) for channel, item, recipient_id in tellings]
    notification_store.insert_notifications(uow, [row for _, row in rows])
    for channel in CHANNELS:
        notices = [row for other, row in rows if other is channel]
        if notices:
            channel.begin(uow, notices)


def _row(uow: UnitOfWork, channel: Channel, item: News, recipient_id: UUID) -> dict[str, Any]:
    return {
        **ids.new_key(item.case_id),
        "case_id": item.case_id,
        "revision": item.revision,
        "news": item.kind,
        "channel": channel.key,
        "recipient_id": recipient_id,
        "state": channel.first_state,
        "due_at": uow.now,
        "attempts": 0,
        "created_at": uow.now,
    }
