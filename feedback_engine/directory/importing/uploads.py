"""Keeps uploads for a day at most, and remembers how files of the same columns were understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from feedback_engine.directory.importing import store
from feedback_engine.directory.importing.folding import tidy
from feedback_engine.directory.importing.mapping import ColumnMapping, guess_mapping, header_hash
from feedback_engine.directory.importing.packing import count_rows, pack_table, unpack_table
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.reading import list_staff
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor, Reading, UnitOfWork, Work

KEPT = timedelta(hours=24)
Kind = Literal["partners", "contacts"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was read, with its mapping once one was chosen and the counts once it was imported."""

    id: UUID
    file_name: str
    table: Table
    mapping: ColumnMapping | None
    result: Mapping[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UploadView:
    """A line of the list of uploads; `result` are the counts once it was imported, `row_count` is None where an earlier
    release took the file."""

    id: UUID
    file_name: str
    row_count: int | None
    has_mapping: bool
    result: Mapping[str, Any] | None
    created_at: datetime

    @property
    def is_imported(self) -> bool:
        """Whether it was written to the register."""
        return self.result is not None


def keep_upload(work: Work, actor: Actor, staff_id: UUID, file_name: str, table: Table) -> UUID:
    """Keep a table that was read from a file; older uploads of anybody are erased by the way."""
    upload_id = ids.new_reference_id()
    row = {
        "id": upload_id,
        "staff_id": staff_id,
        "file_name": tidy(file_name)[-200:],
        "packed_table": pack_table(table),  # takes its time, so it is done before the write lock is held
    }
    with work.begin(actor=actor) as uow:
        store.delete_uploads_before(uow.connection, uow.now - KEPT)
        store.insert_upload(uow.connection, row | {"created_at": uow.now})
        uow.audit("import.uploaded", "import", str(upload_id), {"rows": len(table.rows)})
    return upload_id


def get_upload(reading: Reading, staff_id: UUID, upload_id: UUID) -> Upload:
    """A staff member's own upload. Raises NotFound when it is somebody else's, or was erased."""
    row = store.find_upload(reading.connection, upload_id, staff_id, reading.now - KEPT)
    if row is None:
        raise NotFound(gettext("This upload is gone: uploads are kept for a day. Choose the file again."))
    return Upload(row.id, row.file_name, unpack_table(bytes(row.packed_table)), row.mapping, row.result, row.created_at)


def list_uploads(reading: Reading, staff_id: UUID) -> list[UploadView]:
    """A staff member's uploads of the last day, newest first."""
    return [_view(row) for row in store.list_uploads(reading.connection, staff_id, reading.now - KEPT)]


def _view(row: Row[Any]) -> UploadView:
    return UploadView(
        row.id, row.file_name, count_rows(bytes(row.head)), row.mapping is not None, row.result, row.created_at
    )


def discard_upload(uow: UnitOfWork, upload_id: UUID) -> None:
    """Erase an upload before its day is over."""
    store.delete_upload(uow.connection, upload_id)
    uow.audit("import.discarded", "import", str(upload_id))


def erase_old_uploads(work: Work) -> int:
    """Erase uploads older than a day; how many there were. For the scheduler, every hour or so."""
    with work.read() as reading:
        before = reading.now - KEPT
    with work.begin(actor=SYSTEM) as uow:
        return store.delete_uploads_before(uow.connection, before)


def discard_all_uploads(uow: UnitOfWork) -> int:
    """Erase every upload, because a person asked to be forgotten and may stand in any; how many there were."""
    return store.delete_uploads_before(uow.connection, uow.now + KEPT)


def propose_mapping(reading: Reading, kind: Kind, table: Table) -> tuple[dict[str, str], bool]:
    """The mapping to begin with, and whether it is the one chosen last time for a file of these columns."""
    remembered = store.find_mapping(reading.connection, kind, _hash(table))
    staff_names = [member.name for member in list_staff(reading) if member.active]
    return guess_mapping(table, staff_names, remembered), remembered is not None


def remember_mapping(uow: UnitOfWork, kind: Kind, table: Table, mapping: ColumnMapping) -> None:
    """Remember a mapping for the next file of these columns."""
    store.save_mapping(uow.connection, kind, _hash(table), mapping, uow.now)


def choose_mapping(uow: UnitOfWork, upload: Upload, mapping: ColumnMapping) -> None:
    """Settle what the columns of an upload mean, and remember it."""
    store.update_upload(uow.connection, upload.id, {"mapping": dict(mapping)})
    remember_mapping(uow, "partners", upload.table, mapping)


def record_result(uow: UnitOfWork, upload_id: UUID, result: Mapping[str, Any]) -> None:
    """Note what an upload came to; of two confirmations at once, what the first one noted stays."""
    store.update_upload(uow.connection, upload_id, {"result": dict(result)}, only_without_result=True)


def _hash(table: Table) -> bytes:
    return header_hash([column.header for column in table.columns])
