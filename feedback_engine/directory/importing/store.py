"""All SQL of the import: waiting uploads, remembered mappings, and the register as a whole to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, func, select

from feedback_engine.directory.importing.models import ImportUpload
from feedback_engine.directory.importing.packing import HEAD_LENGTH
from feedback_engine.directory.models import ImportMapping
from feedback_engine.directory.store import CONTACT, PARTNER, SUPPRESSION, insert_missing, table_of
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation import ids

UPLOAD = table_of(ImportUpload)
MAPPING = table_of(ImportMapping)


# ---- the register


def all_partners(connection: Connection) -> list[PartnerView]:
    """Every partner, oldest first."""
    query = select(*(PARTNER.c[name] for name in PartnerView._fields)).order_by(PARTNER.c.id)
    return [PartnerView(*row) for row in connection.execute(query)]


def all_contacts(connection: Connection) -> list[ContactView]:
    """Every contact who has an address, oldest first."""
    query = select(*(CONTACT.c[name] for name in ContactView._fields)).where(CONTACT.c.email != "")
    return [ContactView(*row) for row in connection.execute(query.order_by(CONTACT.c.id))]


def forgotten_persons(connection: Connection) -> frozenset[bytes]:
    """The hashes of everybody who asked to be forgotten."""
    query = select(SUPPRESSION.c.person).where(SUPPRESSION.c.cause == "erased", SUPPRESSION.c.lifted_at.is_(None))
    return frozenset(bytes(person) for person in connection.execute(query).scalars())


# ---- uploads


def insert_upload(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep an upload."""
    connection.execute(UPLOAD.insert().values(row))


def find_upload(connection: Connection, upload_id: UUID, staff_id: UUID, since: datetime) -> Row[Any] | None:
    """A staff member's own upload, if it is not older than `since`."""
    query = select(UPLOAD).where(UPLOAD.c.id == upload_id, UPLOAD.c.staff_id == staff_id, UPLOAD.c.created_at >= since)
    return connection.execute(query).first()


def list_uploads(connection: Connection, staff_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """A staff member's uploads since then, newest first: of their tables only the `head`."""
    head = func.substr(UPLOAD.c.packed_table, 1, HEAD_LENGTH, type_=LargeBinary).label("head")
    columns: list[ColumnElement[Any]] = [*(column for column in UPLOAD.c if column.name != "packed_table"), head]
    query = select(*columns).where(UPLOAD.c.staff_id == staff_id, UPLOAD.c.created_at >= since)
    return connection.execute(query.order_by(UPLOAD.c.created_at.desc(), UPLOAD.c.id.desc())).fetchall()


def update_upload(
    connection: Connection, upload_id: UUID, values: Mapping[str, Any], *, only_without_result: bool = False
) -> None:
    """Change what is known of an upload; `only_without_result` leaves one alone that has its result."""
    statement = UPLOAD.update().where(UPLOAD.c.id == upload_id).values(values)
    connection.execute(statement.where(UPLOAD.c.result.is_(None)) if only_without_result else statement)


def delete_upload(connection: Connection, upload_id: UUID) -> None:
    """Erase an upload."""
    connection.execute(UPLOAD.delete().where(UPLOAD.c.id == upload_id))


def delete_uploads_before(connection: Connection, before: datetime) -> int:
    """Erase older uploads; how many there were."""
    return connection.execute(UPLOAD.delete().where(UPLOAD.c.created_at < before)).rowcount


# ---- remembered mappings


def find_mapping(connection: Connection, kind: str, header_hash: bytes) -> dict[str, str] | None:
    """How the columns of such a file were understood last time."""
    query = select(MAPPING.c.mapping).where(MAPPING.c.kind == kind, MAPPING.c.header_hash == header_hash)
    found: dict[str, str] | None = connection.execute(query).scalar()
    return found


def save_mapping(
    connection: Connection, kind: str, header_hash: bytes, mapping: Mapping[str, str], now: datetime
) -> None:
    """Remember how the columns of such a file are understood, instead of what was remembered before."""
    values = {"headers": list(mapping), "mapping": dict(mapping), "used_at": now}
    changed = connection.execute(
        MAPPING.update().where(MAPPING.c.kind == kind, MAPPING.c.header_hash == header_hash).values(values)
    )
    if not changed.rowcount:
        row = {"id": ids.new_reference_id(), "kind": kind, "header_hash": header_hash} | values
        insert_missing(connection, MAPPING, [row])
