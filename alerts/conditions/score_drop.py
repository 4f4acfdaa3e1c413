"""Pure. Fires when a score lies well below the one before, of the same person or of the company."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import AnswerFacts, Condition, Fired, Needs
from alerts.conditions.settings import QUESTION, Setting
from feedback_engine.foundation.i18n import gettext_noop

LOOKS_BACK_DAYS = 730
"""A score of more than two years ago says nothing about what changed."""


class ScoreDrop(Condition):
    """`{condition: score_drop, by: 3, against: person}`: at least 3 below the last score of the same kind.

    `person` compares with what the same person said last for this company, wherever that was; `company` with whoever
    of the company answered last. What somebody said for another company stays there.
    """

    said: ClassVar[str] = gettext_noop("a score lies lower than the one before")
    settings: ClassVar[tuple[Setting, ...]] = (
        QUESTION,
        Setting("by", gettext_noop("lower by at least"), "points"),
        Setting(
            "against",
            gettext_noop("compared with the last score of"),
            "choice",
            choices=(("person", gettext_noop("the same person")), ("company", gettext_noop("anybody of the company"))),
        ),
    )

    condition: Literal["score_drop"]
    question: str | None = None
    by: int = Field(ge=1, le=10)
    against: Literal["person", "company"] = "person"

    def fires(self, facts: AnswerFacts) -> Fired | None:
        answer = facts.scored(self.question)
        if answer is None:
            return None
        before = next(
            (
                past.score
                for past in facts.past
                if past.kind == answer.kind and (self.against == "company" or past.contact_id == facts.contact_id)
            ),
            None,
        )
        if before is None or before - answer.score < self.by:
            return None
        numbers = {"score": answer.score, "before": before, "by": self.by}
        return Fired(f"score_drop_{self.against}", numbers, answer.question)

    def needs(self) -> Needs:
        return Needs(past_days=LOOKS_BACK_DAYS)
