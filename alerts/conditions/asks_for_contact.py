"""Pure. Fires when the contact asked to be called."""

from __future__ import annotations

from typing import ClassVar, Literal

from alerts.conditions.base import AnswerFacts, Condition, Fired
from alerts.terms import Kind
from feedback_engine.foundation.i18n import gettext_noop


class AsksForContact(Condition):
    """`{condition: asks_for_contact}`, whatever the score."""

    said: ClassVar[str] = gettext_noop("somebody asks to be called")
    usual_kind: ClassVar[Kind] = "callback"

    condition: Literal["asks_for_contact"]

    def fires(self, facts: AnswerFacts) -> Fired | None:
        return Fired("asks_for_contact") if facts.wants_contact else None
