"""Pure. Fires when several people of one company answer badly within some days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import AnswerFacts, Condition, Fired, Needs
from alerts.conditions.settings import BELOW, QUESTION, Setting
from feedback_engine.foundation.i18n import gettext_noop


class SeveralDetractors(Condition):
    """`{condition: several_detractors, at_least: 3, within_days: 30, below: 7}`: that many different people.

    The answer at hand has to be one of the low ones, and scores of its kind are counted: 4 of 5 is not 4 of 10.
    """

    said: ClassVar[str] = gettext_noop("several people of one company give low scores")
    settings: ClassVar[tuple[Setting, ...]] = (
        QUESTION,
        Setting("at_least", gettext_noop("people, at least"), "whole", unit="people"),
        Setting("within_days", gettext_noop("within days"), "whole", unit="days"),
        BELOW,
    )

    condition: Literal["several_detractors"]
    question: str | None = None
    at_least: int = Field(ge=2, le=100)
    within_days: int = Field(ge=1, le=365)
    below: int = Field(default=7, ge=1, le=10)

    def fires(self, facts: AnswerFacts) -> Fired | None:
        answer = facts.scored(self.question)
        if answer is None or answer.score >= self.below or facts.at is None:
            return None
        since = facts.at - timedelta(days=self.within_days)
        people = {
            past.contact_id
            for past in facts.past
            if past.kind == answer.kind and past.score < self.below and past.at >= since
        } | {facts.contact_id}
        if len(people) < self.at_least:
            return None
        numbers = {"people": len(people), "days": self.within_days, "below": self.below}
        return Fired("several_detractors", numbers, answer.question)

    def needs(self) -> Needs:
        return Needs(past_days=self.within_days)

    def limits(self) -> Mapping[str, int]:
        return {"below": self.below}
