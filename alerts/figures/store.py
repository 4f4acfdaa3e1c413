"""SQL of the cases that the manager's view counts: those somebody may see, opened in a period, or still open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from alerts.casework import waiting_store
from alerts.models import Casework
from alerts.store import CONTACT_KINDS, CaseRow, visible
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]


def opened_between(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> Sequence[CaseRow]:
    """The cases opened in [from_at, to_at) that the viewer may see, oldest first."""
    query = select(_CASE).where(visible(viewer), _CASE.c.opened_at >= from_at, _CASE.c.opened_at < to_at)
    return list(reading.connection.execute(query.order_by(_CASE.c.opened_at, _CASE.c.id)))


def oldest_open(reading: Reading, viewer: Viewer, limit: int) -> Sequence[CaseRow]:
    """The open cases that the viewer may see and whose partner is unhappy, the longest open first."""
    query = select(_CASE).where(visible(viewer), _CASE.c.state != "closed", _CASE.c.kind.in_(CONTACT_KINDS))
    query = query.order_by(waiting_store.open_since(), _CASE.c.id).limit(limit)
    return list(reading.connection.execute(query))
