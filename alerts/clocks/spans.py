"""Pure. From when to when a case was open, or merged into another one, read from its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

Span = tuple[datetime, datetime | None]
"""From when to when a case was open; None: it still is."""

CLOSES = ("closed", "dismissed", "merged")
OPENS = ("reopened",)
TURNING = (*CLOSES, *OPENS, "undone", "partner_disputed", "partner_partly", "partner_confirmed")
"""The kinds of entries that may open or close a case."""


class Line(Protocol):
    """An entry of a timeline."""

    @property
    def kind(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def detail(self) -> Mapping[str, Any]: ...


def spans_of(opened_at: datetime, open_now: bool, lines: Sequence[Line]) -> tuple[Span, ...]:
    """When it was open. `lines` are the entries of TURNING, oldest first; `open_now` how it stands after the last.

    What an entry changed is told by the state before the next one, so that an entry that opens or closes nothing, as a
    merge into a case that stays open, is passed over.
    """
    spans: list[Span] = []
    since: datetime | None = opened_at
    for line, is_open in zip(lines, _open_after(open_now, lines), strict=True):
        if since is not None and not is_open:
            spans.append((since, line.at))
            since = None
        elif since is None and is_open:
            since = line.at
    return (*spans, (since, None)) if since is not None else tuple(spans)


def merged_of(lines: Sequence[Line]) -> tuple[tuple[Span, UUID], ...]:
    """When it was merged into which other case: until that was taken back, or it was reopened."""
    return tuple(
        ((line.at, lines[place + 1].at if place + 1 < len(lines) else None), UUID(line.detail["into_id"]))
        for place, line in enumerate(lines)
        if _goes(line)
    )


def open_at(spans: Sequence[Span], at: datetime) -> bool:
    """Whether a case was open at an instant."""
    return any(start <= at and (end is None or at < end) for start, end in spans)


def _open_after(open_now: bool, lines: Sequence[Line]) -> list[bool]:
    """Whether the case was open after each entry, walked backwards from how it stands now."""
    found: list[bool] = []
    after = open_now
    for place in reversed(range(len(lines))):
        found.append(after)
        after = _open_before(lines, place, after)
    return found[::-1]


def _open_before(lines: Sequence[Line], place: int, after: bool) -> bool:
    line = lines[place]
    state = (line.detail.get("before") or {}).get("state")
    if state is not None:
        return bool(state != "closed")
    if line.kind == "undone":
        # What is taken back is the entry before; a merge closed one of its two cases and not the other.
        undone = line.detail.get("entry")
        closed = undone in CLOSES and (undone != "merged" or (place > 0 and _goes(lines[place - 1])))
        return False if closed else True if undone in OPENS else after
    if line.kind == "merged":
        return _goes(line) or after
    return line.kind in CLOSES or (after and line.kind not in OPENS)


def _goes(line: Line) -> bool:
    """Whether the case was merged into another one, and not another one into it."""
    return line.kind == "merged" and "into_id" in line.detail
