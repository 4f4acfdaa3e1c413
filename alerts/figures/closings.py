"""Pure. What the closings of a case came to that did not stand: whether a target was missed before it was opened again.

A case that is opened again gets new due times. What was counted of it until then must not get better by that, or a
partner's "no" would make us look faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from alerts.clocks.rests import clock_at
from feedback_engine.foundation.instants import parse_instant

KINDS = ("reopened", "partner_confirmed", "partner_partly", "partner_disputed", "undone")
"""The lines of a timeline that are looked at."""


class Line(Protocol):
    """A line of a timeline: its kind, and what it keeps of the columns that it changed."""

    kind: str
    at: datetime
    detail: dict[str, object]


class _Fallen:
    """A closing that did not stand: whether it came too late, and whether the partner denied it."""

    def __init__(self, *, late: bool, denied: bool) -> None:
        self.late, self.denied = late, denied


def is_missed(lines: Iterable[Line], rests: Sequence[tuple[datetime, datetime]] = ()) -> bool:
    """Whether an earlier closing of a case was too late, or was denied by its partner; `lines` are the oldest first.

    `rests` are when its clock stood still: a closing within one is as late as the clock was when it began.

    The partner's last word on a closing counts. A reopening that was taken back, or that the partner took back by
    saying yes after all, never was.
    """
    fallen: list[_Fallen] = []
    for line in lines:
        opened, denied = _opens(line), line.kind == "partner_disputed"
        if line.kind == "undone":
            if line.detail.get("entry") == "reopened" and fallen:
                fallen.pop()
        elif line.kind == "partner_confirmed":
            # What the partner's own word opened, it closes again.
            if "closed_at" in _before(line) and fallen:
                fallen.pop()
        elif opened:
            fallen.append(_Fallen(late=_was_late(line, rests), denied=denied))
        elif "twin" in line.detail:
            fallen.append(_Fallen(late=False, denied=denied))
        elif fallen and "of" not in line.detail:
            fallen[-1].denied = denied
    return any(each.late or each.denied for each in fallen)


def _before(line: Line) -> dict[str, str | None]:
    found = line.detail.get("before")
    return found if isinstance(found, dict) else {}


def _opens(line: Line) -> bool:
    return bool(_before(line).get("closed_at")) and line.kind != "undone"


def _was_late(line: Line, rests: Sequence[tuple[datetime, datetime]]) -> bool:
    closed_at, due_at = _before(line).get("closed_at"), _before(line).get("resolve_due_at")
    if not closed_at or not due_at:
        return False
    return clock_at(rests, parse_instant(closed_at)) > parse_instant(due_at)
