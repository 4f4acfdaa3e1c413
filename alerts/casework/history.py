"""The history of a case: its timeline, the targets it missed, and the lines of the cases it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from alerts import store
from alerts.clocks.misses import misses_of
from alerts.regrouping import home_store
from alerts.store import CaseRow
from alerts.viewing import entry_of
from alerts.views import EntryView
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading


def together(
    reading: Reading, row: CaseRow, own: Sequence[EntryView], members: Sequence[CaseRow]
) -> tuple[EntryView, ...]:
    """Every line of a case, of its `members`, which were merged into it, and of the one it was split off from until
    then, oldest first.

    Lines of other cases name theirs. What both cases of a merge or split say of it is said once. A missed target stands
    at its instant as a line of kind `missed`, with the revision that the case had then: no step of anybody made it.
    """
    lines = [(entry.at, row.number, entry.revision, entry) for entry in (*own, *_missed(reading, row, own))]
    known = {str(row.id), *(str(member.id) for member in members)}
    told = [(other, entry) for other in members for entry in _lines_of(reading, other, known)]
    for other, entry in (*told, *_before_the_split(reading, row, own, known)):
        lines.append((entry.at, other.number, entry.revision, replace(entry, case_ref=f"C-{other.number}")))
    return tuple(line[-1] for line in sorted(lines, key=lambda line: line[:3]))


def _lines_of(reading: Reading, other: CaseRow, known: set[str]) -> list[EntryView]:
    """The lines of another case, and what it missed, without what those known say of a merge or split as well."""
    entries = store.entries_of(reading, other.id)
    told = [entry_of(entry) for entry in entries if not _is_said(entry, known)]
    return [*told, *_missed(reading, other, entries)]


def _missed(reading: Reading, row: CaseRow, entries: Sequence[Any]) -> list[EntryView]:
    return [
        EntryView(
            revision=max((entry.revision for entry in entries if entry.at <= miss.at), default=1),
            kind="missed",
            at=miss.at,
            actor_kind=SYSTEM.kind,
            actor_id=SYSTEM.id,
            actor_name=SYSTEM.name,
            text="",
            detail={"of": miss.of},
        )
        for miss in misses_of(row, entries, reading.now)
    ]


def _before_the_split(
    reading: Reading, row: CaseRow, own: Sequence[EntryView], known: set[str]
) -> Iterator[tuple[CaseRow, EntryView]]:
    """The case that a case was split off from and those merged into it by then, each with its lines until then."""
    origin = store.case_by_id(reading, row.split_from_id) if row.split_from_id and own else None
    if origin is None or str(origin.id) in known:
        return
    parted = own[0].detail["from_revision"]
    yield from ((origin, entry) for entry in _lines_of(reading, origin, set()) if entry.revision <= parted)
    for other in home_store.members_of(reading, origin.id):
        if other.id != row.id and other.closed_at <= own[0].at:
            yield from ((other, entry) for entry in _lines_of(reading, other, {str(origin.id)}))


def _is_said(entry: CaseRow, known: set[str]) -> bool:
    """Whether the other case of a merge or split, which is shown as well, says the same."""
    return entry.kind in ("merged", "split") and bool(
        {entry.detail.get("into_id"), entry.detail.get("from_id")} & known
    )
