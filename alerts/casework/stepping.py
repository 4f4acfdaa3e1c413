"""Writes one step of a case: its columns, its new revision and the line of its timeline, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts import store
from alerts.casework.changes import Changes
from alerts.casework.undoing import plain
from alerts.store import CaseRow
from feedback_engine.foundation.unit_of_work import UnitOfWork


def take_step(
    uow: UnitOfWork, row: CaseRow, kind: str, changes: Changes, detail: Mapping[str, Any], text: str | None = None
) -> int:
    """Move the case of `row` on by one revision, which is returned. Raises Conflict when it has moved on meanwhile."""
    revision = int(row.revision) + 1
    store.change_case(uow, row.id, row.revision, {**changes, "revision": revision})
    entry = store.entry_row(row.id, revision, kind, text=text, detail=plain(detail))
    store.insert_entries(uow, [{**entry, **store.by(uow)}])
    uow.audit(f"case.{kind}", "case", f"C-{row.number}")
    return revision
