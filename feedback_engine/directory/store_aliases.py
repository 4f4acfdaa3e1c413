"""All SQL about merged partners; only what is in force is read, what was undone stays as a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from feedback_engine.directory import models
from feedback_engine.directory.store import OWNERSHIP, PARTNER, table_of, where_in
from feedback_engine.foundation.ids import shard_of

ALIAS = table_of(models.PartnerAlias)

AliasRow = Row[Any]


def aliases_of(connection: Connection, partner_ids: Iterable[UUID]) -> list[AliasRow]:
    """The merges in force by which these partners became aliases."""
    query = select(ALIAS).where(ALIAS.c.undone_at.is_(None))
    return list(where_in(connection, query, ALIAS.c.partner_id, partner_ids))


def aliases_into(connection: Connection, into_ids: Iterable[UUID]) -> list[AliasRow]:
    """The merges in force by which others became aliases of these partners, oldest first."""
    query = select(ALIAS).where(ALIAS.c.undone_at.is_(None))
    return sorted(where_in(connection, query, ALIAS.c.into_id, into_ids), key=lambda row: row.id.int)


def keys_of(connection: Connection, partner_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The key of each of these partners."""
    return {
        row.id: row.key for row in where_in(connection, select(PARTNER.c.id, PARTNER.c.key), PARTNER.c.id, partner_ids)
    }


def kin_by_id(connection: Connection, partner_ids: Iterable[UUID]) -> list[Row[Any]]:
    """Id, key and parent key (`id`, `key`, `parent_key`) of these partners."""
    query = select(PARTNER.c.id, PARTNER.c.key, PARTNER.c.parent_key)
    return list(where_in(connection, query, PARTNER.c.id, partner_ids))


def is_alias() -> ColumnElement[bool]:
    """The condition that the partner of a query is an alias now."""
    return exists(
        select(ALIAS.c.id)
        .where(ALIAS.c.shard == PARTNER.c.shard, ALIAS.c.partner_id == PARTNER.c.id, ALIAS.c.undone_at.is_(None))
        .correlate(PARTNER)
    )


def aliases_where(connection: Connection, *conditions: ColumnElement[bool]) -> dict[UUID, UUID]:
    """Alias and what it was merged into, of the aliases in force whose partner fits the conditions."""
    query = (
        select(ALIAS.c.partner_id, ALIAS.c.into_id)
        .select_from(PARTNER)
        .join(ALIAS, (ALIAS.c.shard == PARTNER.c.shard) & (ALIAS.c.partner_id == PARTNER.c.id))
        .where(ALIAS.c.undone_at.is_(None), *conditions)
    )
    return {row.partner_id: row.into_id for row in connection.execute(query)}


def insert_alias(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a merge."""
    connection.execute(ALIAS.insert(), [dict(row)])


def end_alias(connection: Connection, partner_id: UUID, now: datetime) -> bool:
    """Undo the merge in force of a partner; False when there is none."""
    statement = ALIAS.update().where(
        ALIAS.c.shard == shard_of(partner_id), ALIAS.c.partner_id == partner_id, ALIAS.c.undone_at.is_(None)
    )
    return connection.execute(statement.values(undone_at=now)).rowcount == 1


def end_ownership(connection: Connection, ownership_id: UUID, now: datetime) -> None:
    """End one period if it still lasts."""
    statement = OWNERSHIP.update().where(
        OWNERSHIP.c.shard == shard_of(ownership_id), OWNERSHIP.c.id == ownership_id, OWNERSHIP.c.to_at.is_(None)
    )
    connection.execute(statement.values(to_at=now))
