"""All SQL about where alerts belong after merges and splits, and about cases that were merged into others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, delete, exists, func, select, tuple_, update
from sqlmodel import SQLModel

from alerts.models import Alert, CaseEntry, Casework
from alerts.regrouping.models import AlertHome
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys.reading import is_about

CASE = Casework.__table__  # type: ignore[attr-defined]
ALERT = Alert.__table__  # type: ignore[attr-defined]
HOME = AlertHome.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]

_CASE_RECORD, _ALERT_RECORD = record_of(CASE.c), record_of(ALERT.c)
_MERGED = bulk.Lookup(list(CASE.c), by=[CASE.c.shard, CASE.c.partner_id], where=CASE.c.merged_into_id.is_not(None))
_ALERTS = bulk.Lookup(list(ALERT.c), by=[ALERT.c.shard, ALERT.c.id])
_RAISED_AT = bulk.Lookup(list(ALERT.c), by=[ALERT.c.shard, ALERT.c.case_id])
_HOME_COLUMNS = (HOME.c.alert_id, HOME.c.case_id)
_HOMES = bulk.Lookup(_HOME_COLUMNS, by=[HOME.c.shard, HOME.c.alert_id])
_HOMES_AT = bulk.Lookup(_HOME_COLUMNS, by=[HOME.c.case_id])
_LONGEST_CHAIN = 20
"""So many merges one after the other are followed; they are made by hand."""

_OF_ALERT = and_(HOME.c.shard == ALERT.c.shard, HOME.c.alert_id == ALERT.c.id)
CASE_NOW = func.coalesce(HOME.c.case_id, ALERT.c.case_id, type_=ALERT.c.case_id.type).label("case_id")
"""The case that an alert belongs to now."""


def alerts_now() -> Select[Any]:
    """Alerts as they are stored, but with the case that they belong to now."""
    columns = [column for column in ALERT.c if column.name != "case_id"]
    return select(*columns, CASE_NOW).select_from(ALERT.outerjoin(HOME, _OF_ALERT))


def alerts_at(reading: Reading, case_ids: Iterable[UUID]) -> list[Row[Any]]:
    """The alerts that belong to these cases now, oldest first."""
    wanted = set(case_ids)
    keys = [(ids.shard_of(each), each) for each in wanted]
    raised_there = map(_ALERT_RECORD._make, _RAISED_AT.rows(reading.connection, keys))
    # A home may stand in another shard than the case that it names.
    homes = dict(_HOMES_AT.rows(reading.connection, wanted))
    here = {alert.id: alert for alert in raised_there}
    homes |= homes_of(reading, here.keys() - homes.keys())
    elsewhere = [(ids.shard_of(alert_id), alert_id) for alert_id in homes.keys() - here.keys()]
    here |= {alert.id: alert for alert in map(_ALERT_RECORD._make, _ALERTS.rows(reading.connection, elsewhere))}
    found = [alert._replace(case_id=homes.get(alert.id, alert.case_id)) for alert in here.values()]
    return sorted((alert for alert in found if alert.case_id in wanted), key=lambda alert: (alert.raised_at, alert.id))


def raised_in(reading: Reading, case_ids: Iterable[UUID]) -> list[Row[Any]]:
    """The alerts that were raised in these cases, oldest first, wherever they belong now."""
    keys = [(ids.shard_of(each), each) for each in set(case_ids)]
    found = map(_ALERT_RECORD._make, _RAISED_AT.rows(reading.connection, keys))
    return sorted(found, key=lambda alert: (alert.raised_at, alert.id))


def cases_about(reading: Reading, reference: str) -> set[UUID]:
    """The cases of all answers about an event that calls itself `reference`."""
    about = is_about(ALERT.c.shard, ALERT.c.response_id, reference)
    query = select(CASE_NOW).select_from(ALERT.outerjoin(HOME, _OF_ALERT)).where(about)
    return set(reading.connection.execute(query).scalars())


def is_elsewhere() -> Any:
    """The condition that the alert of a query does not belong to the case in which it was raised."""
    return exists(select(HOME.c.id).where(_OF_ALERT).correlate(ALERT))


def moved_alerts(reading: Reading, persons: Iterable[bytes]) -> list[tuple[bytes, UUID]]:
    """Who is behind the alerts of these persons that do not belong where they were raised, and their cases now."""
    query = select(ALERT.c.person, HOME.c.case_id).join(HOME, _OF_ALERT).where(ALERT.c.person.in_(sorted(set(persons))))
    return [(bytes(row.person), row.case_id) for row in reading.connection.execute(query)]


def homes_of(reading: Reading, alert_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The case of each of these alerts that is not where it was raised."""
    keys = [(ids.shard_of(each), each) for each in alert_ids]
    return dict(_HOMES.rows(reading.connection, keys))


def set_homes(uow: UnitOfWork, homes: Mapping[UUID, UUID | None]) -> None:
    """Let each alert belong to a case from now on; None: to the one in which it was raised."""
    if not homes:
        return
    uow.connection.execute(delete(HOME).where(_alerts(homes)))
    rows = [
        {**ids.new_key(alert_id), "alert_id": alert_id, "case_id": case_id}
        for alert_id, case_id in sorted(homes.items())
        if case_id is not None
    ]
    bulk.insert_rows(uow.connection, HOME, rows)


def _alerts(alert_ids: Iterable[UUID]) -> Any:
    keys = [(ids.shard_of(each), each) for each in set(alert_ids)]
    return tuple_(HOME.c.shard, HOME.c.alert_id).in_(keys)


# ---- merged cases


def survivor_of(reading: Reading, row: Row[Any]) -> Row[Any]:
    """The case that stands for a merged one; the same case when it was not merged."""
    for _ in range(_LONGEST_CHAIN):
        if row.merged_into_id is None:
            break
        row = _case(reading, row.merged_into_id)
    return row


def _case(reading: Reading, case_id: UUID) -> Row[Any]:
    query = select(CASE).where(CASE.c.shard == ids.shard_of(case_id), CASE.c.id == case_id)
    return reading.connection.execute(query).one()


def members_of(reading: Reading, case_id: UUID) -> list[Row[Any]]:
    """The cases that were merged into a case, and into those."""
    found: dict[UUID, Row[Any]] = {}
    above = {case_id}
    for _ in range(_LONGEST_CHAIN):
        rows = list(reading.connection.execute(select(CASE).where(CASE.c.merged_into_id.in_(above))))
        above = {row.id for row in rows} - found.keys()
        found |= {row.id: row for row in rows}
        if not above:
            break
    return list(found.values())


def history_of(reading: Reading, row: Row[Any]) -> dict[UUID, datetime]:
    """The cases whose timelines tell the history of a case, each until when: its own and those of cases that were
    merged into it until now, and those of the case from which it was split off until the split."""
    found: dict[UUID, datetime] = {}
    ahead = [(row, reading.now)]
    while ahead:
        case, until = ahead.pop()
        if case.id in found and found[case.id] >= until:
            continue
        found[case.id] = until
        ahead += [(member, until) for member in members_of(reading, case.id) if member.closed_at <= until]
        if case.split_from_id is not None:
            ahead.append((_case(reading, case.split_from_id), min(until, _began_at(reading, case))))
    return found


def _began_at(reading: Reading, part: Row[Any]) -> datetime:
    """When a case was split off: the instant of its first line."""
    query = select(func.min(_ENTRY.c.at)).where(_ENTRY.c.shard == part.shard, _ENTRY.c.case_id == part.id)
    began_at: datetime = reading.connection.execute(query).scalar_one()
    return began_at


def merged_into(reading: Reading, case_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The cases that were merged into these, and into those: each with the one that it was merged into."""
    found: dict[UUID, UUID] = {}
    above = set(case_ids)
    for _ in range(_LONGEST_CHAIN):
        query = select(CASE.c.id, CASE.c.merged_into_id).where(CASE.c.merged_into_id.in_(above))
        below = {row.id: row.merged_into_id for row in reading.connection.execute(query)}
        above = below.keys() - found.keys()
        if not above:
            break
        found |= below
    return found


def merged_of_partners(reading: Reading, partner_ids: Iterable[UUID]) -> list[Row[Any]]:
    """The merged cases of these partners."""
    keys = [(ids.shard_of(each), each) for each in partner_ids]
    return list(map(_CASE_RECORD._make, _MERGED.rows(reading.connection, keys)))


# ---- what hangs on a case


def move_rows(uow: UnitOfWork, tables: Sequence[str], from_id: UUID, to_id: UUID) -> dict[str, list[UUID]]:
    """Let the rows of these tables that name a case name another one of its shard; which rows, by table."""
    moved = {}
    for name in tables:
        table = SQLModel.metadata.tables[name]
        named = (table.c.shard == ids.shard_of(from_id), table.c.case_id == from_id)
        row_ids = list(uow.connection.execute(select(table.c.id).where(*named)).scalars())
        if row_ids:
            uow.connection.execute(update(table).where(*named).values(case_id=to_id))
            moved[name] = row_ids
    return moved


def move_back(uow: UnitOfWork, moved: Mapping[str, Collection[UUID]], to_id: UUID) -> None:
    """Let these rows name the case again that they named before."""
    for name, row_ids in moved.items():
        table = SQLModel.metadata.tables[name]
        named = (table.c.shard == ids.shard_of(to_id), table.c.id.in_(list(row_ids)))
        uow.connection.execute(update(table).where(*named).values(case_id=to_id))
