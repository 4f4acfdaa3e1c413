"""The history of a case that was merged or split: its own timeline, and the lines of those it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alerts import home_store, store
from alerts.store import CaseRow
from alerts.viewing import entry_of
from alerts.views import EntryView
from feedback_engine.foundation.unit_of_work import Reading


def together(reading: Reading, row: CaseRow, own: Sequence[EntryView]) -> tuple[EntryView, ...]:
    """Every line of a case, of the cases merged into it, and of the one it was split off from until then, oldest first.

    Lines of other cases name theirs. What both cases of a merge or split say of it is said once.
    """
    lines = [(entry.at, row.number, entry.revision, entry) for entry in own]
    members = home_store.members_of(reading, row.id)
    known = {str(row.id), *(str(member.id) for member in members)}
    for other in members:
        told = (entry for entry in store.entries_of(reading, other.id) if not _is_said(entry, known))
        lines += [(entry.at, other.number, entry.revision, _of_other(other, entry)) for entry in told]
    origin = store.case_by_id(reading, row.split_from_id) if row.split_from_id else None
    if origin is not None and str(origin.id) not in known:
        parted = own[0].detail["from_revision"] if own else 0
        before = (entry for entry in store.entries_of(reading, origin.id) if entry.revision <= parted)
        lines += [(entry.at, origin.number, entry.revision, _of_other(origin, entry)) for entry in before]
    return tuple(line[-1] for line in sorted(lines, key=lambda line: line[:3]))


def _is_said(entry: CaseRow, known: set[str]) -> bool:
    """Whether the other case of a merge or split, which is shown as well, says the same."""
    return entry.kind in ("merged", "split") and bool(
        {entry.detail.get("into_id"), entry.detail.get("from_id")} & known
    )


def _of_other(other: CaseRow, entry: CaseRow) -> EntryView:
    return replace(entry_of(entry), case_ref=f"C-{other.number}")
