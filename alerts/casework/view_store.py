"""All SQL about saved views: the addresses of the inbox that people keep under a name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from alerts.models import SavedView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_VIEW = SavedView.__table__  # type: ignore[attr-defined]


def views_of(reading: Reading, staff_id: UUID) -> list[Row[Any]]:
    """The saved views of a member of staff, by name."""
    query = select(_VIEW).where(_VIEW.c.staff_id == staff_id).order_by(func.lower(_VIEW.c.name), _VIEW.c.id)
    return list(reading.connection.execute(query))


def insert_view(uow: UnitOfWork, staff_id: UUID, name: str, address: str) -> UUID:
    """Keep an address. Raises Conflict when the same person has one of this name."""
    view_id = ids.new_reference_id()
    row = {"id": view_id, "staff_id": staff_id, "name": name, "address": address, "created_at": uow.now}
    try:
        uow.connection.execute(insert(_VIEW).values(**row))
    except IntegrityError as error:
        raise Conflict("There is a view of this name.") from error
    return view_id


def delete_view(uow: UnitOfWork, staff_id: UUID, view_id: UUID) -> bool:
    """Forget a saved view of this member of staff; False when they have no such one."""
    statement = delete(_VIEW).where(_VIEW.c.id == view_id, _VIEW.c.staff_id == staff_id)
    return uow.connection.execute(statement).rowcount == 1
