"""Pure. From when to when a case was open, read from its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from alerts.trial.views import Span

CLOSES = ("closed", "dismissed", "merged")
OPENS = ("reopened",)
TURNING = (*CLOSES, *OPENS, "undone", "partner_disputed")
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


def open_at(spans: Sequence[Span], at: datetime) -> bool:
    """Whether a case was open at an instant."""
    return any(start <= at and (end is None or at < end) for start, end in spans)


def _open_after(open_now: bool, lines: Sequence[Line]) -> list[bool]:
    """Whether the case was open after each entry, walked backwards from how it stands now."""
    found: list[bool] = []
    after = open_now
    for line in reversed(lines):
        found.append(after)
        after = _open_before(line, after)
    return found[::-1]


def _open_before(line: Line, after: bool) -> bool:
    state = (line.detail.get("before") or {}).get("state")
    if state is not None:
        return bool(state != "closed")
    if line.kind == "undone":
        undone = line.detail.get("entry")
        return False if undone in CLOSES else True if undone in OPENS else after
    return line.kind in CLOSES or (after and line.kind not in OPENS)
