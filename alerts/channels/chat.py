"""Tells a member of staff by a chat of theirs; `chat_sending` writes the message, a process of its own sends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from alerts.channels.base import Channel, Notice
from alerts.channels.webhook import TOPIC
from alerts.notices.news import News
from alerts.notices.rules import held_back
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork


def choose_recipients(reading: Reading, news: Sequence[News]) -> list[tuple[News, UUID]]:
    """Nobody by itself: whose chats hear of something follows from who is told of it (`telling`)."""
    return []


def begin(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Wake whoever runs `deliver_due`."""
    uow.wake(TOPIC)


def head_start(uow: UnitOfWork, news: str) -> timedelta:
    """As long as it can be taken back."""
    return held_back(news, uow.now)


CHANNEL = Channel("chat", "pending", choose_recipients, begin, head_start)
