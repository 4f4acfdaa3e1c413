"""Pure. What a condition sees of an answer, and what it says when it fires."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from feedback_engine.foundation.definitions import Strict


@dataclass(frozen=True, slots=True)
class Scored:
    """The answer to one question that has a score."""

    question: str
    kind: str
    score: int


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The part of a response that rules may look at: scores and flags, never words."""

    touchpoint: str
    answers: tuple[Scored, ...]
    wants_contact: bool

    def scored(self, question: str | None) -> Scored | None:
        """The answer to `question`; without a name, the first one that has a score."""
        named = (answer for answer in self.answers if question in (None, answer.question))
        return next(named, None)


@dataclass(frozen=True, slots=True)
class Fired:
    """Why a condition fired: a code that becomes words on reading, with its numbers."""

    reason: str
    numbers: Mapping[str, int] = field(default_factory=dict)
    question: str | None = None


class Condition(Strict):
    """The settings of one condition in the alert file, and its decision. `condition` names it there."""

    condition: str

    @abstractmethod
    def fires(self, facts: AnswerFacts) -> Fired | None:
        """The reason when the answer meets the condition, else None."""
