"""SQL of who was on staff, away, and answered for whom, as the audit log and the periods of ownership keep it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from feedback_engine.directory.staff_past import Situation, StaffLine, StaffPast
from feedback_engine.directory.store import OWNERSHIP, PARTNER, STAFF, where_in
from feedback_engine.directory.store_staff import list_staff
from feedback_engine.foundation.audit_rows import AuditEntry

_AUDIT = AuditEntry.__table__  # type: ignore[attr-defined]
_ACTIONS = ("staff.added", "staff.changed", "staff.disabled", "staff.enabled", "staff.absence", "staff.present")


def staff_past(connection: Connection, partner_ids: Iterable[UUID]) -> StaffPast:
    """What is known of the past of all staff, and of who owned these partners."""
    lines = select(_AUDIT.c.object_ref, _AUDIT.c.at, _AUDIT.c.action, _AUDIT.c.detail).where(
        _AUDIT.c.action.in_(_ACTIONS)
    )
    log: dict[UUID, list[StaffLine]] = {}
    for ref, at, action, detail in connection.execute(lines.order_by(_AUDIT.c.at, _AUDIT.c.id)):
        log.setdefault(UUID(ref), []).append(StaffLine(at, action.removeprefix("staff."), detail))
    spans = connection.execute(select(STAFF.c.id, STAFF.c.created_at, STAFF.c.disabled_at))
    return StaffPast(
        staff=tuple(list_staff(connection)),
        spans={row.id: (row.created_at, row.disabled_at) for row in spans},
        log=log,
        owned=_owned(connection, partner_ids),
    )


def _owned(
    connection: Connection, partner_ids: Iterable[UUID]
) -> dict[UUID, list[tuple[datetime, datetime | None, UUID]]]:
    query = select(OWNERSHIP.c.partner_id, OWNERSHIP.c.from_at, OWNERSHIP.c.to_at, OWNERSHIP.c.staff_id)
    found: dict[UUID, list[tuple[datetime, datetime | None, UUID]]] = {}
    for row in where_in(connection, query, OWNERSHIP.c.partner_id, set(partner_ids)):
        found.setdefault(row.partner_id, []).append((row.from_at, row.to_at, row.staff_id))
    return found


def situations(connection: Connection) -> list[Situation]:
    """Every combination of tier, region and having an owner among the partners of today, with one of them each."""
    active = and_(STAFF.c.id == OWNERSHIP.c.staff_id, STAFF.c.disabled_at.is_(None))
    open_period = and_(
        OWNERSHIP.c.shard == PARTNER.c.shard, OWNERSHIP.c.partner_id == PARTNER.c.id, OWNERSHIP.c.to_at.is_(None)
    )
    query = (
        select(PARTNER.c.tier, PARTNER.c.region, STAFF.c.id, func.min(PARTNER.c.name), func.count())
        .outerjoin(OWNERSHIP, open_period)
        .outerjoin(STAFF, active)
        .where(PARTNER.c.side == "theirs")
        .group_by(PARTNER.c.tier, PARTNER.c.region, STAFF.c.id)
        .order_by(PARTNER.c.tier, PARTNER.c.region, STAFF.c.id)
    )
    found: dict[tuple[str, str, bool], Situation] = {}
    for row in connection.execute(query):
        one = Situation(*row)
        key = (one.tier, one.region, one.owner_id is None)
        known = found.get(key)
        found[key] = one if known is None else replace(known, partners=known.partners + one.partners)
    return list(found.values())
