"""Pure. What a condition sees of an answer, what it needs to be read for it, and what it says when it fires."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from alerts.conditions.settings import Setting
from alerts.terms import Kind
from feedback_engine.foundation.definitions import Strict


@dataclass(frozen=True, slots=True)
class Scored:
    """The answer to one question that has a score."""

    question: str
    kind: str
    score: int


@dataclass(frozen=True, slots=True)
class PastScore:
    """A score that the same company gave before, as it stood when the answer at hand came."""

    contact_id: UUID
    kind: str
    score: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The part of a response that rules may look at.

    `at` is the instant of the answer. `past` are the company's scores before it, newest first, and `comment` what was
    written in `language`; both are empty unless a rule in force needs them.
    """

    touchpoint: str
    answers: tuple[Scored, ...]
    wants_contact: bool
    at: datetime | None = None
    contact_id: UUID | None = None
    language: str = ""
    comment: str = ""
    past: tuple[PastScore, ...] = ()

    def scored(self, question: str | None) -> Scored | None:
        """The answer to `question`; without a name, the first one that has a score."""
        named = (answer for answer in self.answers if question in (None, answer.question))
        return next(named, None)


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be read before a condition can be judged: the words of the answer, and how many days of scores."""

    comment: bool = False
    past_days: int = 0

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.comment or other.comment, max(self.past_days, other.past_days))


@dataclass(frozen=True, slots=True)
class Fired:
    """Why a condition fired: a code that becomes words on reading, with its numbers; never a word of the partner."""

    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    question: str | None = None


class Condition(Strict):
    """The settings of one condition in the alert file, and its decision. `condition` names it there.

    `said` ends the sentence "a rule fires when ...", and `settings` are what a form asks for; texts are for gettext.
    `incomplete` is the setting at which a form says what is missing where no single field is wrong, and its words.
    """

    said: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    incomplete: ClassVar[tuple[str, str]] = ("", "")
    usual_kind: ClassVar[Kind] = "recovery"

    condition: str

    @abstractmethod
    def fires(self, facts: AnswerFacts) -> Fired | None:
        """The reason when the answer meets the condition, else None."""

    def needs(self) -> Needs:
        """What of the facts has to be read for it."""
        return Needs()

    def limits(self) -> Mapping[str, int]:
        """Its settings that are limits on the scale of a score, for checking them against the scale."""
        return {}

    def names(self, numbers: Mapping[str, float], locale: str) -> Mapping[str, str]:
        """Words of the program's own that the numbers of a reason stand for."""
        return {}
