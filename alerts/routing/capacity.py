"""Pure. How many new cases a person can take on in a week, as the alert file says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from alerts.routing.rotas import Member
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.definitions import Strict

CASES_A_WEEK = 10
"""Two a working day, where the file says nothing."""

Week = Annotated[int, Field(ge=1, le=500)]


class Capacity(Strict):
    """New cases a week: of everybody, and of some by their address."""

    cases_a_week: Week = CASES_A_WEEK
    people: dict[Member, Week] = Field(default_factory=dict)

    def of(self, email: str) -> int:
        """How many one person can take on."""
        named = {address.strip().casefold(): week for address, week in self.people.items()}
        return named.get(email.strip().casefold(), self.cases_a_week)


def capacities(capacity: Capacity | None, staff: Iterable[StaffView]) -> dict[UUID, int]:
    """What each of these can take on in a week."""
    said = capacity or Capacity()
    return {member.id: said.of(member.email) for member in staff}
