"""Pure. Fires when the contact asked to be called."""

from __future__ import annotations

from typing import Literal

from alerts.conditions.base import AnswerFacts, Condition, Fired


class AsksForContact(Condition):
    """`{condition: asks_for_contact}`, whatever the score."""

    condition: Literal["asks_for_contact"]

    def fires(self, facts: AnswerFacts) -> Fired | None:
        return Fired("asks_for_contact") if facts.wants_contact else None
