"""All SQL about partners, contacts, ownership and consent; rows come back as views, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel

from feedback_engine.directory import models
from feedback_engine.directory.views import (
    ContactView,
    OwnershipView,
    PartnerView,
    StaffView,
    SuppressionView,
)
from feedback_engine.foundation import bulk
from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import Instant

_BATCH = 1_000  # values in one IN list; SQLite takes 32,766 at most


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


PARTNER = table_of(models.Partner)
CONTACT = table_of(models.Contact)
OWNERSHIP = table_of(models.Ownership)
STAFF = table_of(models.Staff)
SUPPRESSION = table_of(models.Suppression)

PARTNER_COLUMNS = [PARTNER.c[name] for name in PartnerView._fields]
CONTACT_COLUMNS = [CONTACT.c[name] for name in ContactView._fields]
_SUPPRESSION_COLUMNS = [SUPPRESSION.c[field.name] for field in fields(SuppressionView)]
STAFF_COLUMNS = [
    STAFF.c.disabled_at.is_(None).label("active") if field.name == "active" else STAFF.c[field.name]
    for field in fields(StaffView)
]


_PARTNERS_BY_ID = bulk.Lookup(PARTNER_COLUMNS, by=[PARTNER.c.id])
_PARTNERS_BY_KEY = bulk.Lookup(PARTNER_COLUMNS, by=[PARTNER.c.key])
_ZONES = bulk.Lookup((PARTNER.c.id, PARTNER.c.time_zone), by=[PARTNER.c.id], where=PARTNER.c.time_zone != "")
_CONTACTS_BY_ID = bulk.Lookup(CONTACT_COLUMNS, by=[CONTACT.c.id])
_CONTACTS_BY_PARTNER = bulk.Lookup(CONTACT_COLUMNS, by=[CONTACT.c.partner_id])
_CONTACTS_BY_PERSON = bulk.Lookup(CONTACT_COLUMNS, by=[CONTACT.c.person])
_STAFF_FIELDS = tuple(field.name for field in fields(StaffView))
_STAFF_BY_ID = bulk.Lookup(
    [STAFF.c["disabled_at" if name == "active" else name] for name in _STAFF_FIELDS], by=[STAFF.c.id]
)
_AT = bindparam("at", None, type_=Instant)
_OWNED_AT = bulk.Lookup(
    (OWNERSHIP.c.partner_id, OWNERSHIP.c.staff_id),
    by=[OWNERSHIP.c.partner_id],
    where=and_(OWNERSHIP.c.from_at <= _AT, or_(OWNERSHIP.c.to_at.is_(None), OWNERSHIP.c.to_at > _AT)),
)
_SUPPRESSIONS = bulk.Lookup(_SUPPRESSION_COLUMNS, by=[SUPPRESSION.c.person], where=SUPPRESSION.c.lifted_at.is_(None))


def where_in(
    connection: Connection, query: Select[*tuple[Any, ...]], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of `query` whose `column` is one of `values`, read by lists short enough for one statement."""
    distinct = iter(dict.fromkeys(value for value in values if is_storable(value)))
    while batch := list(islice(distinct, _BATCH)):
        yield from connection.execute(query.where(column.in_(batch)))


def is_storable(value: object) -> bool:
    """Whether a value from outside can stand in a row at all; asking PostgreSQL for a NUL would be an error."""
    return not isinstance(value, str) or "\0" not in value


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that no unique key forbids; another writer's row of the same key stays as it is."""
    if not rows:
        return
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(make(table).on_conflict_do_nothing(), rows)


# ---- partners


_ONE_PARTNER = Prepared(
    select(*PARTNER_COLUMNS).where(PARTNER.c.shard == bindparam("shard"), PARTNER.c.id == bindparam("id"))
)
_ONE_CONTACT = Prepared(
    select(*CONTACT_COLUMNS).where(CONTACT.c.shard == bindparam("shard"), CONTACT.c.id == bindparam("id"))
)


def find_partner(connection: Connection, partner_id: UUID) -> PartnerView | None:
    """The partner of an id, or None."""
    row = _ONE_PARTNER.first(connection, shard=shard_of(partner_id), id=partner_id)
    return None if row is None else PartnerView(*row)


def find_contact(connection: Connection, contact_id: UUID) -> ContactView | None:
    """The contact of an id, or None."""
    row = _ONE_CONTACT.first(connection, shard=shard_of(contact_id), id=contact_id)
    return None if row is None else ContactView(*row)


def partners_by_id(connection: Connection, partner_ids: Iterable[UUID]) -> list[PartnerView]:
    """The partners of these ids that exist."""
    return list(map(PartnerView._make, _PARTNERS_BY_ID.rows(connection, partner_ids)))


def partners_by_key(connection: Connection, keys: Iterable[str], *, lock: bool = False) -> list[PartnerView]:
    """The partners of these keys that exist; with `lock`, nobody else changes them until the transaction ends."""
    if not lock:
        return list(map(PartnerView._make, _PARTNERS_BY_KEY.rows(connection, filter(is_storable, keys))))
    query = select(*PARTNER_COLUMNS).order_by(PARTNER.c.id).with_for_update()
    return [PartnerView(*row) for row in where_in(connection, query, PARTNER.c.key, keys)]


def partner_zones(connection: Connection, partner_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The time zones of these partners, as far as they have one."""
    return dict(_ZONES.rows(connection, partner_ids))


def parents_by_key(connection: Connection, keys: Iterable[str]) -> list[Row[*tuple[Any, ...]]]:
    """Id, key and parent key (`id`, `key`, `parent_key`) of the partners of these keys."""
    query = select(PARTNER.c.id, PARTNER.c.key, PARTNER.c.parent_key)
    return list(where_in(connection, query, PARTNER.c.key, keys))


def children_of(connection: Connection, key: str) -> list[PartnerView]:
    """The partners whose parent has this key, by name."""
    query = select(*PARTNER_COLUMNS).where(PARTNER.c.parent_key == key, PARTNER.c.parent_key != "")
    return [PartnerView(*row) for row in connection.execute(query.order_by(PARTNER.c.search_text, PARTNER.c.id))]


def children_by_key(connection: Connection, parents: Iterable[str]) -> list[Row[*tuple[Any, ...]]]:
    """Id, key and parent key of the partners whose parent is one of these keys."""
    query = select(PARTNER.c.id, PARTNER.c.key, PARTNER.c.parent_key).where(PARTNER.c.parent_key != "")
    return list(where_in(connection, query, PARTNER.c.parent_key, parents))


def update_partners(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write whole partners, one row each, named by `shard` and `id`; key and creation stay."""
    _update_rows(connection, PARTNER, rows, kept=("shard", "id", "key", "created_at"))


def lock_partner(connection: Connection, partner_id: UUID, shard: int) -> bool:
    """Hold a partner still until the transaction ends; False when there is none."""
    query = select(PARTNER.c.id).where(PARTNER.c.shard == shard, PARTNER.c.id == partner_id).with_for_update()
    return connection.execute(query).first() is not None


def _update_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], kept: Sequence[str]) -> None:
    if not rows:
        return
    changed = [name for name in rows[0] if name not in kept]
    statement = (
        table.update()
        .where(table.c.shard == bindparam("of_shard"), table.c.id == bindparam("of_id"))
        .values({name: bindparam("new_" + name) for name in changed})
    )
    connection.execute(
        statement,
        [
            {"of_shard": row["shard"], "of_id": row["id"]} | {"new_" + name: row[name] for name in changed}
            for row in rows
        ],
    )


# ---- contacts


def contacts_by_id(connection: Connection, contact_ids: Iterable[UUID]) -> list[ContactView]:
    """The contacts of these ids that exist."""
    return list(map(ContactView._make, _CONTACTS_BY_ID.rows(connection, contact_ids)))


def contacts_of(connection: Connection, partner_ids: Iterable[UUID]) -> list[ContactView]:
    """All contacts of these partners, in the order in which they were added."""
    return _as_added(map(ContactView._make, _CONTACTS_BY_PARTNER.rows(connection, partner_ids)))


def contacts_of_persons(connection: Connection, persons: Iterable[bytes], *, lock: bool = False) -> list[ContactView]:
    """All contacts behind which these persons stand, at every partner."""
    if not lock:
        return _as_added(map(ContactView._make, _CONTACTS_BY_PERSON.rows(connection, persons)))
    query = select(*CONTACT_COLUMNS).order_by(CONTACT.c.id).with_for_update()
    return [ContactView(*row) for row in where_in(connection, query, CONTACT.c.person, persons)]


def _as_added(contacts: Iterable[ContactView]) -> list[ContactView]:
    return sorted(contacts, key=lambda contact: contact.id.int)


def update_contacts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write whole contacts, one row each, named by `shard` and `id`; partner, person and creation stay."""
    _update_rows(connection, CONTACT, rows, kept=("shard", "id", "partner_id", "person", "created_at"))


def move_contact(
    connection: Connection, shard: int, contact_id: UUID, *, from_state: str, to_state: str, now: datetime
) -> bool:
    """Change a contact's state if it is still `from_state`; False when it is not."""
    statement = (
        CONTACT.update()
        .where(CONTACT.c.shard == shard, CONTACT.c.id == contact_id, CONTACT.c.state == from_state)
        .values(state=to_state, changed_at=now)
    )
    return connection.execute(statement).rowcount == 1


# ---- ownership


def owners_of(connection: Connection, partner_ids: Iterable[UUID], at: datetime) -> dict[UUID, StaffView]:
    """Who answered for each of these partners at `at`; a period holds its beginning and not its end."""
    owned = dict(_OWNED_AT.rows(connection, partner_ids, at=at))
    staff = {member.id: member for member in staff_by_id(connection, owned.values())}
    return {partner_id: staff[staff_id] for partner_id, staff_id in owned.items()}


def staff_by_id(connection: Connection, staff_ids: Iterable[UUID]) -> list[StaffView]:
    """The staff of these ids that exist, disabled ones too."""
    found = [dict(zip(_STAFF_FIELDS, row, strict=True)) for row in _STAFF_BY_ID.rows(connection, staff_ids)]
    return [StaffView(**values | {"active": values["active"] is None}) for values in found]


def ownership_history(connection: Connection, partner_id: UUID) -> list[OwnershipView]:
    """Every period of a partner, newest first."""
    query = _ownerships().where(OWNERSHIP.c.partner_id == partner_id)
    rows = connection.execute(query.order_by(OWNERSHIP.c.from_at.desc(), OWNERSHIP.c.id.desc()))
    return list(map(_period, rows))


def _period(row: Row[*tuple[Any, ...]]) -> OwnershipView:
    return OwnershipView(row.partner_id, StaffView(*row[3:]), row.from_at, row.to_at)


def _ownerships() -> Select[*tuple[Any, ...]]:
    return select(OWNERSHIP.c.partner_id, OWNERSHIP.c.from_at, OWNERSHIP.c.to_at, *STAFF_COLUMNS).join(
        STAFF, STAFF.c.id == OWNERSHIP.c.staff_id
    )


def owners_of_now(connection: Connection, partner_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The member of staff in the open period of each of these partners, whenever it began."""
    query = select(OWNERSHIP.c.partner_id, OWNERSHIP.c.staff_id).where(OWNERSHIP.c.to_at.is_(None))
    return {row.partner_id: row.staff_id for row in where_in(connection, query, OWNERSHIP.c.partner_id, partner_ids)}


def partners_owned_by(connection: Connection, staff_id: UUID) -> list[UUID]:
    """The partners a member of staff answers for now."""
    query = select(OWNERSHIP.c.partner_id).where(OWNERSHIP.c.staff_id == staff_id, OWNERSHIP.c.to_at.is_(None))
    return list(connection.execute(query.order_by(OWNERSHIP.c.partner_id)).scalars())


def periods_begun(connection: Connection, staff_id: UUID, since: datetime) -> list[OwnershipView]:
    """The open periods of a member of staff that began at `since` or later, newest first."""
    query = _ownerships().where(OWNERSHIP.c.staff_id == staff_id, OWNERSHIP.c.to_at.is_(None))
    rows = connection.execute(
        query.where(OWNERSHIP.c.from_at >= since).order_by(OWNERSHIP.c.from_at.desc(), OWNERSHIP.c.partner_id)
    )
    return list(map(_period, rows))


def periods_until(connection: Connection, partner_ids: Iterable[UUID], since: datetime) -> list[OwnershipView]:
    """The periods of these partners that go on, or ended after `since`, newest first."""
    query = _ownerships().where(or_(OWNERSHIP.c.to_at.is_(None), OWNERSHIP.c.to_at > since))
    rows = where_in(connection, query, OWNERSHIP.c.partner_id, partner_ids)
    return sorted(map(_period, rows), key=lambda each: each.from_at, reverse=True)


def close_ownerships(connection: Connection, partners: Sequence[tuple[int, UUID]], now: datetime) -> None:
    """End the open period of each of these partners, named by shard and id."""
    if not partners:
        return
    statement = (
        OWNERSHIP.update()
        .where(
            OWNERSHIP.c.shard == bindparam("of_shard"),
            OWNERSHIP.c.partner_id == bindparam("of_partner"),
            OWNERSHIP.c.to_at.is_(None),
        )
        .values(to_at=now)
    )
    connection.execute(statement, [{"of_shard": shard, "of_partner": partner_id} for shard, partner_id in partners])


def insert_ownerships(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Begin a period for each row."""
    if rows:
        connection.execute(OWNERSHIP.insert(), rows)


# ---- consent


def suppressions_of(connection: Connection, persons: Iterable[bytes]) -> list[SuppressionView]:
    """The reasons in force not to ask these persons, oldest first."""
    found = (SuppressionView(*row) for row in _SUPPRESSIONS.rows(connection, persons))
    return sorted(found, key=lambda suppression: suppression.id.int)


def find_suppression(connection: Connection, suppression_id: UUID) -> SuppressionView | None:
    """A reason in force, by its id."""
    query = select(*_SUPPRESSION_COLUMNS).where(SUPPRESSION.c.id == suppression_id, SUPPRESSION.c.lifted_at.is_(None))
    row = connection.execute(query).first()
    return SuppressionView(*row) if row is not None else None


def lift_suppression(connection: Connection, suppression_id: UUID, now: datetime) -> bool:
    """End a reason if it is still in force."""
    statement = SUPPRESSION.update().where(SUPPRESSION.c.id == suppression_id, SUPPRESSION.c.lifted_at.is_(None))
    return connection.execute(statement.values(lifted_at=now)).rowcount == 1
