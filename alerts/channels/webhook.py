"""Tells other programs of cases by signed HTTP requests, which `delivery` sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from alerts.channels.base import Channel, Notice
from alerts.notices import notification_store
from alerts.notices.news import News
from alerts.notices.rules import GIVEN_AWAY
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

TOPIC = "webhooks"
HEAD_START = timedelta(seconds=30)
"""How long what was handed to a thread of the process that made it is that thread's own. If the process dies, the row
falls due then like any other."""


def choose_recipients(reading: Reading, news: Sequence[News]) -> list[tuple[News, UUID]]:
    """Every endpoint that is switched on hears of everything, and of a case that changes hands once."""
    endpoints = notification_store.endpoints(reading, active_only=True)
    return [(item, endpoint.id) for item in news if item.kind != GIVEN_AWAY for endpoint in endpoints]


def begin(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Hand over what goes at once, or wake whoever runs `deliver_due`."""
    handed = [notice for notice in notices if notice["begun_at"] is None] if uow.can_hand(TOPIC) else []
    uow.hand(TOPIC, handed)
    if len(handed) < len(notices):
        uow.wake(TOPIC)


def head_start(uow: UnitOfWork, news: str) -> timedelta:
    """None where nobody in this process sends."""
    return HEAD_START if uow.can_hand(TOPIC) else timedelta(0)


CHANNEL = Channel("webhook", "pending", choose_recipients, begin, head_start)
