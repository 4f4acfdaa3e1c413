"""Tells other programs of cases by signed HTTP requests, which `delivery` sends."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from alerts import notification_store
from alerts.channels.base import Channel, Notice
from alerts.news import News
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

TOPIC = "webhooks"


def choose_recipients(reading: Reading, news: Sequence[News]) -> list[tuple[News, UUID]]:
    """Every endpoint that is switched on hears of everything."""
    endpoints = notification_store.endpoints(reading, active_only=True)
    return [(item, endpoint.id) for item in news for endpoint in endpoints]


def begin(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Wake whoever runs `deliver_due`."""
    uow.wake(TOPIC)


CHANNEL = Channel("webhook", "pending", choose_recipients, begin)
