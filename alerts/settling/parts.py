"""Pure. Who had what part in a case, by the lines of its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from alerts.casework.flow import is_contact
from alerts.settling.flow import ENTRIES

Part = Literal["did", "had", "named"]
"""What somebody has of a case: they did something in it; or nothing, but it was given to them, or they were named."""

Apart = Literal["outside", "idle", "nobody"]
"""How far a mediator stands from a case: they took no part in it, or did nothing in it; or nobody mediates."""

_OF_GIVING = ("assigned", "transferred", "undone")
"""Lines by which whoever wrote them did nothing in a case."""

_OF_THE_LADDER = ("mediation_began", "escalated", "warned")
"""Lines that name who was brought in, not who has the case."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Who did something in a case, who had it at any time, and who was only named in it."""

    did: frozenset[UUID]
    had: frozenset[UUID]
    named: frozenset[UUID]

    @property
    def everybody(self) -> frozenset[UUID]:
        """All who have any part in it."""
        return self.did | self.had | self.named

    def without_deed(self, staff_id: UUID | None) -> Part | None:
        """What somebody has of the case who did nothing in it; None where that is nothing."""
        if staff_id in self.had:
            return "had"
        return "named" if staff_id in self.named else None

    def work_of(self, staff_id: UUID | None) -> Part | None:
        """What an escalation contact has of the case that concerns them; None where they never had it, nor did
        anything in it."""
        if staff_id in self.did:
            return "did"
        return "had" if staff_id in self.had else None


def parts_of(lines: Iterable[Any]) -> Parts:
    """The parts of a case by the lines of its timeline, oldest first; those of several cases one after the other.

    Giving a case to somebody is no deed in what it is about.
    """
    did: set[str | None] = set()
    had: set[str | None] = set()
    named: set[str | None] = set()
    for line in _lasting(lines):
        holder = line.detail.get("owner_id")
        (named if line.kind in _OF_THE_LADDER else had).add(holder)
        had.add((line.detail.get("before") or {}).get("owner_id"))
        named |= {staff_id for _, _, staff_id in line.detail.get("mentions", ())}
        if line.actor_kind == "staff" and line.kind not in _OF_GIVING:
            did.add(line.actor_id)
    return Parts(_ids(did), _ids(had), _ids(named))


def has_reached(lines: Iterable[Any], staff_id: UUID, began_at: datetime) -> bool:
    """Whether somebody reached the partner themselves since a rung began at `began_at`, and since the partner said last
    how a closing left it; `lines` are those of a timeline, oldest first."""
    reached = False
    for line in lines:
        if line.kind in ENTRIES.values():
            reached = False
        elif line.at >= began_at and is_contact(line.kind, line.detail):
            reached = reached or (line.actor_kind, line.actor_id) == ("staff", str(staff_id))
    return reached


def _lasting(lines: Iterable[Any]) -> list[Any]:
    """The lines but those of giving that were undone at once: nobody received the case by them."""
    kept: list[Any] = []
    for line in lines:
        if line.kind == "undone" and line.detail.get("entry") == "assigned":
            kept.pop()
        else:
            kept.append(line)
    return kept


def _ids(texts: Iterable[str | None]) -> frozenset[UUID]:
    return frozenset(UUID(each) for each in texts if each)
