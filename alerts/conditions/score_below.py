"""Pure. Fires when the score of a question lies below a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import AnswerFacts, Condition, Fired
from alerts.conditions.settings import BELOW, QUESTION, Setting
from feedback_engine.foundation.i18n import gettext_noop


class ScoreBelow(Condition):
    """`{condition: score_below, question: nps, below: 7}`; without a question, the first one with a score."""

    said: ClassVar[str] = gettext_noop("a score lies below a limit")
    settings: ClassVar[tuple[Setting, ...]] = (QUESTION, BELOW)

    condition: Literal["score_below"]
    question: str | None = None
    below: int = Field(ge=1, le=10)

    def fires(self, facts: AnswerFacts) -> Fired | None:
        answer = facts.scored(self.question)
        if answer is None or answer.score >= self.below:
            return None
        return Fired("score_below", {"score": answer.score, "below": self.below}, answer.question)

    def limits(self) -> Mapping[str, int]:
        return {"below": self.below}
