"""Pure. Whose turn it is: rotas, roles taken in turns, and who stands in for somebody who is away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from feedback_engine.foundation.definitions import Key, Line, Strict, refusal

MOST_MEMBERS = 100

Member = Annotated[Line, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
"""The address of somebody on staff."""


class Rota(Strict):
    """People who take cases in turns, in the order of the list, while they are at work.

    `calendar` says when that is; without it, each one's own.
    """

    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=MOST_MEMBERS)]
    by: Literal["turns"] = "turns"
    calendar: Key | None = None

    @model_validator(mode="after")
    def _once_each(self) -> Rota:
        names = [member.strip().casefold() for member in self.members]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise refusal(f"`{twice}` stands twice.", "Name each member once.", at="members")
        return self


@dataclass(frozen=True, slots=True)
class Turns:
    """Where a rota stands: its active members in order, which of them are at work, and who had the last turn."""

    members: Sequence[UUID]
    at_work: Collection[UUID]
    last: UUID | None = None

    def taken_by(self, member: UUID | None) -> Turns:
        """The same after somebody's turn."""
        return replace(self, last=member)


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is next: `member`, whose turn counts, and `staff_id`, who works for them (None: nobody can)."""

    member: UUID | None = None
    staff_id: UUID | None = None
    away: tuple[UUID, ...] = ()
    resting: tuple[UUID, ...] = field(default=())


def next_turn(turns: Turns, away: Mapping[UUID, UUID | None], takers: Collection[UUID]) -> Turn:
    """The first after the last turn who is at work and not away.

    When nobody is at work, whoever is not away; when all are away, the first for whom somebody stands in.
    """
    order = _after(turns.members, turns.last)
    present = [member for member in order if member not in away]
    working = [member for member in present if member in turns.at_work]
    chosen = next(iter(working or present), None)
    if chosen is not None:
        passed = order[: order.index(chosen)]
        resting = tuple(member for member in passed if member not in away)
        return Turn(chosen, chosen, tuple(member for member in passed if member in away), resting)
    for member in order:
        deputy, chain = stand_in(member, away, takers)
        if deputy is not None:
            return Turn(member, deputy, chain)
    return Turn(away=tuple(order))


def stand_in(
    staff_id: UUID, away: Mapping[UUID, UUID | None], takers: Collection[UUID]
) -> tuple[UUID | None, tuple[UUID, ...]]:
    """Who works in somebody's place, and who is away on the way there; None when the deputies lead to none of
    the `takers`, who can take cases."""
    chain: list[UUID] = []
    found: UUID | None = staff_id
    while found is not None and found in away:
        if found in chain:
            return None, tuple(chain)
        chain.append(found)
        found = away[found]
    return (found if found in takers else None), tuple(chain)


def _after(members: Sequence[UUID], last: UUID | None) -> list[UUID]:
    """The members from the one after `last` on; from the first when `last` is none of them."""
    start = members.index(last) + 1 if last in members else 0
    return [*members[start:], *members[:start]]
