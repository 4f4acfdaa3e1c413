"""All SQL about notifications and webhook endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from alerts.models import Notification, WebhookEndpoint
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_NOTIFICATION = Notification.__table__  # type: ignore[attr-defined]
_ENDPOINT = WebhookEndpoint.__table__  # type: ignore[attr-defined]


# ---- notifications


def insert_notifications(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write notifications; each entry reaches each recipient once by each channel."""
    bulk.insert_rows(uow.connection, _NOTIFICATION, rows)


def notifications_by_id(reading: Reading, notification_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The notifications of these ids that exist."""
    keys = [(ids.shard_of(each), each) for each in set(notification_ids)]
    query = select(_NOTIFICATION).where(tuple_(_NOTIFICATION.c.shard, _NOTIFICATION.c.id).in_(keys))
    return {row.id: row for row in reading.connection.execute(query)}


def due_notifications(
    reading: Reading, channel: str, stale_before: datetime, limit: int, shards: Sequence[int] | None = None
) -> list[Row[Any]]:
    """What a channel has to send now, earliest first: new, waiting for another try, or left behind in mid-send.

    Looks in `shards`, None for all.
    """
    query = (
        select(_NOTIFICATION)
        .where(_NOTIFICATION.c.channel == channel, _NOTIFICATION.c.due_at <= reading.now)
        .where(
            or_(
                _NOTIFICATION.c.state == "pending",
                and_(_NOTIFICATION.c.state == "claimed", _NOTIFICATION.c.claimed_at <= stale_before),
            )
        )
        .order_by(_NOTIFICATION.c.due_at, _NOTIFICATION.c.id)
        .limit(limit)
    )
    if shards is not None:
        query = query.where(_NOTIFICATION.c.shard.in_(shards))
    return list(reading.connection.execute(query))


def doubtful_notifications(
    reading: Reading, channel: str, made_before: datetime, limit: int | None = None
) -> list[Row[Any]]:
    """What a channel should have sent by now and was asked to by then: after a restore, it may have been sent."""
    query = (
        select(_NOTIFICATION)
        .where(_NOTIFICATION.c.channel == channel, _NOTIFICATION.c.state.in_(("pending", "claimed")))
        .where(_NOTIFICATION.c.due_at <= reading.now, _NOTIFICATION.c.created_at <= made_before)
        .order_by(_NOTIFICATION.c.due_at, _NOTIFICATION.c.id)
        .limit(limit)
    )
    return list(reading.connection.execute(query))


def change_notification(uow: UnitOfWork, row: Row[Any], values: Mapping[str, Any]) -> bool:
    """Change a notification that still stands as `row` was read; False when somebody else was faster."""
    changed = uow.connection.execute(
        update(_NOTIFICATION)
        .where(
            _NOTIFICATION.c.shard == row.shard,
            _NOTIFICATION.c.id == row.id,
            _NOTIFICATION.c.state == row.state,
            _NOTIFICATION.c.claimed_at == row.claimed_at,
        )
        .values(**values)
    ).rowcount
    return changed == 1


def notifications_of(
    reading: Reading, recipient_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Row[Any]]:
    """What one recipient was told, newest first."""
    query = select(_NOTIFICATION).where(_NOTIFICATION.c.recipient_id == recipient_id)
    if before is not None:
        at, last_id = before
        same_instant = and_(_NOTIFICATION.c.created_at == at, _NOTIFICATION.c.id < last_id)
        query = query.where(or_(_NOTIFICATION.c.created_at < at, same_instant))
    query = query.order_by(_NOTIFICATION.c.created_at.desc(), _NOTIFICATION.c.id.desc()).limit(limit)
    return list(reading.connection.execute(query))


# ---- endpoints


def insert_endpoint(uow: UnitOfWork, row: Mapping[str, Any]) -> bool:
    """Write a new endpoint; False when its name is taken, and then the transaction must end."""
    try:
        uow.connection.execute(insert(_ENDPOINT).values(**row))
    except IntegrityError:
        return False
    return True


def endpoints(reading: Reading, *, active_only: bool = False) -> list[Row[Any]]:
    """The endpoints, by name."""
    query = select(_ENDPOINT).order_by(_ENDPOINT.c.name)
    if active_only:
        query = query.where(_ENDPOINT.c.disabled_at.is_(None))
    return list(reading.connection.execute(query))


def endpoint_by_id(reading: Reading, endpoint_id: UUID) -> Row[Any] | None:
    """One endpoint."""
    return reading.connection.execute(select(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id)).first()


def disable_endpoint(uow: UnitOfWork, endpoint_id: UUID) -> bool:
    """Stop telling an endpoint; False when it was stopped before."""
    changed = uow.connection.execute(
        update(_ENDPOINT)
        .where(_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.disabled_at.is_(None))
        .values(disabled_at=uow.now)
    ).rowcount
    return changed == 1
