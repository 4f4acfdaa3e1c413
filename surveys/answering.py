"""Pure. Whether an invitation may be answered now, and what a filled-in form says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.definitions import SurveyDefinition
from surveys.events import ScoredAnswer
from surveys.questions import Asked, CallMeQuestion, Form, Given, OpenTextQuestion, Question, Refused

CHANGE_WINDOW = timedelta(hours=72)
"""How long an answer may be changed after it was first sent."""

Closed = Literal["unknown", "taken_back", "expired", "final"]

_ANSWERABLE = frozenset({"held", "queued", "sent", "unknown", "undeliverable", "expired"})


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one question."""

    question: Question
    given: Given


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form says: the answers that could be read, and what has to be corrected."""

    answers: tuple[Answered, ...]
    refused: tuple[Refused, ...]


def closed_because(state: str, answer_before: datetime, confirmed_at: datetime | None, now: datetime) -> Closed | None:
    """Why nothing may be sent any more; None while it may.

    An answer may be changed for 72 hours even when the time to answer has run out meanwhile.
    """
    if confirmed_at is not None:
        return None if now < confirmed_at + CHANGE_WINDOW else "final"
    if state == "cancelled":
        return "taken_back"
    if state not in _ANSWERABLE:
        return "unknown"
    return "expired" if now >= answer_before else None


def read_form(survey: SurveyDefinition, form: Form, asked: Asked) -> Filled:
    """The answers in a form. A form without any answer is refused at its first question."""
    answers: list[Answered] = []
    refused: list[Refused] = []
    for question in survey.questions:
        match question.read(form, asked):
            case Refused() as fault:
                refused.append(fault)
            case Given() as given:
                answers.append(Answered(question, given))
    if not answers and not refused:
        first = survey.first_question
        refused.append(Refused(first.field, gettext_noop("Please answer at least one question before you send.")))
    return Filled(tuple(answers), tuple(refused))


def scored(answers: Sequence[Answered]) -> tuple[ScoredAnswer, ...]:
    """The scores among the answers: all that is announced of them."""
    return tuple(
        ScoredAnswer(question=answer.question.key, kind=answer.question.kind, score=answer.given.score)
        for answer in answers
        if answer.given.score is not None
    )


def has_comment(answers: Sequence[Answered]) -> bool:
    """Whether somebody wrote words of their own."""
    return any(isinstance(answer.question, OpenTextQuestion) for answer in answers)


def wants_contact(answers: Sequence[Answered]) -> bool:
    """Whether somebody asked to be called."""
    return any(isinstance(answer.question, CallMeQuestion) for answer in answers)
