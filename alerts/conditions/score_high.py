"""Pure. Fires when the score of a question reaches a height that deserves thanks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import AnswerFacts, Condition, Fired
from alerts.conditions.settings import QUESTION, Setting
from alerts.terms import Kind
from feedback_engine.foundation.i18n import gettext_noop


class ScoreHigh(Condition):
    """`{condition: score_high, question: nps, at_least: 9}`; without a question, the first one with a score."""

    said: ClassVar[str] = gettext_noop("a score reaches a limit")
    settings: ClassVar[tuple[Setting, ...]] = (
        QUESTION,
        Setting("at_least", gettext_noop("score of at least"), "score"),
    )
    usual_kind: ClassVar[Kind] = "thanks"

    condition: Literal["score_high"]
    question: str | None = None
    at_least: int = Field(ge=1, le=10)

    def fires(self, facts: AnswerFacts) -> Fired | None:
        answer = facts.scored(self.question)
        if answer is None or answer.score < self.at_least:
            return None
        return Fired("score_high", {"score": answer.score, "at_least": self.at_least}, answer.question)

    def limits(self) -> Mapping[str, int]:
        return {"at_least": self.at_least}
