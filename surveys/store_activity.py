"""SQL of when partners answered, for whoever asks whether one has gone silent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.unit_of_work import Reading
from surveys.models import Response

_RESPONSE = Response.__table__  # type: ignore[attr-defined]


def answered_since(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When each of these partners confirmed an answer after `since`, newest first."""
    shards = sorted({shard_of(partner_id) for partner_id in partner_ids})
    query = (
        select(_RESPONSE.c.partner_id, _RESPONSE.c.confirmed_at)
        .where(_RESPONSE.c.shard.in_(shards), _RESPONSE.c.partner_id.in_(list(partner_ids)))
        .where(_RESPONSE.c.confirmed_at > since, _RESPONSE.c.confirmed_at <= reading.now)
        .order_by(_RESPONSE.c.confirmed_at.desc())
    )
    found: dict[UUID, list[datetime]] = {}
    for partner_id, at in reading.connection.execute(query):
        found.setdefault(partner_id, []).append(at)
    return found
