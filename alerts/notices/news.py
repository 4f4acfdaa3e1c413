"""Pure. What somebody may be told: this happened to this case, and it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class News:
    """One entry of a case's timeline, on its way to recipients.

    `owner_id` and `team_id` say whose case it is after the entry; `by_staff_id` who caused it, and need not be told;
    `also` who on staff hears of it besides whose case it is. `programs_only`: nobody on staff is told. `severity` is
    that of the case after the entry, where the entry may make it another.
    """

    case_id: UUID
    revision: int
    kind: str
    owner_id: UUID | None
    team_id: UUID | None
    by_staff_id: UUID | None = None
    also: frozenset[UUID] = frozenset()
    programs_only: bool = False
    severity: str | None = None
