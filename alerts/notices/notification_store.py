"""All SQL about notifications and webhook endpoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, and_, bindparam, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from alerts.models import Notification, WebhookEndpoint
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_NOTIFICATION = Notification.__table__  # type: ignore[attr-defined]
_ENDPOINT = WebhookEndpoint.__table__  # type: ignore[attr-defined]
_RECORD, _ENDPOINT_RECORD = record_of(_NOTIFICATION.c), record_of(_ENDPOINT.c)
_BY_ID = bulk.Lookup(list(_NOTIFICATION.c), by=[_NOTIFICATION.c.shard, _NOTIFICATION.c.id])
_LEFT_BEHIND = and_(
    _NOTIFICATION.c.state == "claimed", _NOTIFICATION.c.claimed_at <= bindparam("stale_before", type_=Instant)
)
_DUE = (
    select(_NOTIFICATION)
    .where(_NOTIFICATION.c.channel == bindparam("of_channel"))
    .where(_NOTIFICATION.c.due_at <= bindparam("now", type_=Instant))
    .where(or_(_NOTIFICATION.c.state == "pending", _LEFT_BEHIND))
    .order_by(_NOTIFICATION.c.due_at, _NOTIFICATION.c.id)
    .limit(bindparam("most", type_=Integer))
)
_DUE_ANYWHERE = Prepared(_DUE)
_OF_HOUSE = select(_ENDPOINT).where(_ENDPOINT.c.staff_id.is_(None)).order_by(_ENDPOINT.c.name)
_ENDPOINTS, _ENDPOINTS_IN_USE = Prepared(_OF_HOUSE), Prepared(_OF_HOUSE.where(_ENDPOINT.c.disabled_at.is_(None)))
_ENDPOINTS_OF_STAFF = bulk.Lookup(list(_ENDPOINT.c), by=[_ENDPOINT.c.staff_id])
_ENDPOINTS_BY_ID = bulk.Lookup(list(_ENDPOINT.c), by=[_ENDPOINT.c.id])


# ---- notifications


def insert_notifications(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write notifications; each entry reaches each recipient once by each channel."""
    bulk.insert_rows(uow.connection, _NOTIFICATION, rows)


def notifications_by_id(reading: Reading, notification_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The notifications of these ids that exist."""
    keys = [(ids.shard_of(each), each) for each in notification_ids]
    return {row.id: row for row in map(_RECORD._make, _BY_ID.rows(reading.connection, keys))}


def written(values: Mapping[str, Any]) -> Row[Any]:
    """A notification as it was written, without reading it."""
    row: Row[Any] = _RECORD(**{name: values.get(name) for name in _RECORD._fields})
    return row


def due_notifications(
    reading: Reading, channel: str, stale_before: datetime, limit: int, shards: Sequence[int] | None = None
) -> list[Row[Any]]:
    """What a channel has to send now, earliest first: new, waiting for another try, or left behind in mid-send.

    Looks in `shards`, None for all.
    """
    asked = {"of_channel": channel, "now": reading.now, "stale_before": stale_before, "most": limit}
    if shards is None:
        return list(map(_RECORD._make, _DUE_ANYWHERE.all(reading.connection, **asked)))
    return list(reading.connection.execute(_DUE.where(_NOTIFICATION.c.shard.in_(shards)), asked))


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
    new = {f"new_{name}": value for name, value in values.items()}
    known = {f"of_{name}": getattr(row, name) for name in _KNOWN}
    return _change(tuple(values)).change(uow.connection, **new, **known) == 1


_KNOWN = ("shard", "id", "state", "claimed_at", "due_at")
"""What must still stand. What waits was put off by another one, if it is due at another time."""


@lru_cache(maxsize=32)
def _change(names: tuple[str, ...]) -> Prepared:
    """The statement that changes these columns."""
    known = [_NOTIFICATION.c[name].is_not_distinct_from(_value("of", name)) for name in _KNOWN[2:]]
    return Prepared(
        update(_NOTIFICATION)
        .where(_NOTIFICATION.c.shard == _value("of", "shard"), _NOTIFICATION.c.id == _value("of", "id"), *known)
        .values({name: _value("new", name) for name in names})
    )


def _value(prefix: str, name: str) -> Any:
    return bindparam(f"{prefix}_{name}", type_=_NOTIFICATION.c[name].type)


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


def last_told(
    reading: Reading, channel: str, recipient_id: UUID, news: Sequence[str], case_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """The last of what one recipient is told by a channel of these cases in news of these kinds, by case."""
    keys = [(ids.shard_of(each), each) for each in case_ids]
    query = (
        select(_NOTIFICATION.c.case_id, _NOTIFICATION.c.id)
        .where(tuple_(_NOTIFICATION.c.shard, _NOTIFICATION.c.case_id).in_(keys))
        .where(_NOTIFICATION.c.recipient_id == recipient_id)
        .where(_NOTIFICATION.c.channel == channel, _NOTIFICATION.c.news.in_(news))
    )
    found = reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at, _NOTIFICATION.c.id))
    return {row.case_id: row.id for row in found}


def told_with(reading: Reading, notice: Row[Any], news: Sequence[str]) -> list[Row[Any]]:
    """What one message tells its reader together with a notice, by the same channel and in news of these kinds, oldest
    first; what comes with a digest is told by that."""
    if notice.together_at is None:
        return [notice]
    query = (
        select(_NOTIFICATION)
        .where(_NOTIFICATION.c.recipient_id == notice.recipient_id, _NOTIFICATION.c.together_at == notice.together_at)
        .where(_NOTIFICATION.c.channel == notice.channel, _NOTIFICATION.c.news.in_(news))
        .where(_NOTIFICATION.c.state != "digest")
    )
    return list(reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at, _NOTIFICATION.c.id)))


def notifications_of_case(reading: Reading, case_id: UUID) -> list[Row[Any]]:
    """Everything that anybody was told of a case, newest first."""
    query = select(_NOTIFICATION).where(
        _NOTIFICATION.c.shard == ids.shard_of(case_id), _NOTIFICATION.c.case_id == case_id
    )
    return list(
        reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at.desc(), _NOTIFICATION.c.id.desc()))
    )


def dead_notifications(reading: Reading, limit: int) -> list[Row[Any]]:
    """What was given up, newest first."""
    query = select(_NOTIFICATION).where(_NOTIFICATION.c.state == "dead")
    return list(reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at.desc()).limit(limit)))


def send_again(
    uow: UnitOfWork,
    *,
    notification_id: UUID | None = None,
    recipient_id: UUID | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> int:
    """Let what was sent or given up go once more under its own id; returns how much that is.

    One notification, or all to a recipient that were made in [from_at, until_at).
    """
    query = select(_NOTIFICATION.c.shard, _NOTIFICATION.c.id).where(_NOTIFICATION.c.state.in_(("sent", "dead")))
    if notification_id is not None:
        shard = ids.shard_of(notification_id)
        query = query.where(_NOTIFICATION.c.shard == shard, _NOTIFICATION.c.id == notification_id)
    if recipient_id is not None:
        query = query.where(_NOTIFICATION.c.recipient_id == recipient_id)
    if from_at is not None:
        query = query.where(_NOTIFICATION.c.created_at >= from_at)
    if until_at is not None:
        query = query.where(_NOTIFICATION.c.created_at < until_at)
    again = {"state": "pending", "due_at": uow.now, "begun_at": uow.now, "attempts": 0, "settled_at": None}
    by_shard: defaultdict[int, list[UUID]] = defaultdict(list)
    for shard, row_id in uow.connection.execute(query):
        by_shard[shard].append(row_id)
    for shard, row_ids in sorted(by_shard.items()):
        statement = update(_NOTIFICATION).where(_NOTIFICATION.c.shard == shard, _NOTIFICATION.c.id.in_(row_ids))
        uow.connection.execute(statement.values(**again, error=None, status_code=None))
    return sum(map(len, by_shard.values()))


# ---- endpoints


def insert_endpoint(uow: UnitOfWork, row: Mapping[str, Any]) -> bool:
    """Write a new endpoint; False when its name is taken, and then the transaction must end."""
    try:
        uow.connection.execute(insert(_ENDPOINT).values(**row))
    except IntegrityError:
        return False
    return True


def endpoints(reading: Reading, *, active_only: bool = False) -> list[Row[Any]]:
    """The endpoints that hear of everything, by name; those of single members of staff are not among them."""
    asked = _ENDPOINTS_IN_USE if active_only else _ENDPOINTS
    return list(map(_ENDPOINT_RECORD._make, asked.all(reading.connection)))


def endpoint_by_id(reading: Reading, endpoint_id: UUID) -> Row[Any] | None:
    """One endpoint."""
    return endpoints_by_id(reading, [endpoint_id]).get(endpoint_id)


def endpoints_by_id(reading: Reading, endpoint_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The endpoints of these ids, those of single members of staff too."""
    found = map(_ENDPOINT_RECORD._make, _ENDPOINTS_BY_ID.rows(reading.connection, endpoint_ids))
    return {row.id: row for row in found}


def endpoints_of_staff(reading: Reading, staff_ids: Iterable[UUID]) -> list[Row[Any]]:
    """The endpoints that single members of staff have for themselves."""
    return list(map(_ENDPOINT_RECORD._make, _ENDPOINTS_OF_STAFF.rows(reading.connection, staff_ids)))


def disable_endpoint(uow: UnitOfWork, endpoint_id: UUID, reason: str | None = None) -> bool:
    """Stop telling an endpoint; False when it was stopped before."""
    return change_endpoint(uow, endpoint_id, {"disabled_at": uow.now, "disabled_reason": reason})


def change_endpoint(
    uow: UnitOfWork, endpoint_id: UUID, values: Mapping[str, Any], *, disabled: bool | None = False
) -> bool:
    """Change an endpoint that is in use, or switched off (`disabled`), or either (None); False when it is not so."""
    statement = update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id)
    if disabled is not None:
        off = _ENDPOINT.c.disabled_at.is_not(None) if disabled else _ENDPOINT.c.disabled_at.is_(None)
        statement = statement.where(off)
    return uow.connection.execute(statement.values(**values)).rowcount == 1
