"""Pure. The types of question there are. A new type is one file here, one template, and one line in the tuple."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from surveys.questions.base import Asked, Form, Given, MailChoice, Question, Refused
from surveys.questions.call_me import CallMeQuestion
from surveys.questions.ces import CesQuestion
from surveys.questions.csat import CsatQuestion
from surveys.questions.nps import NpsQuestion
from surveys.questions.open_text import OpenTextQuestion
from surveys.questions.scale import ScaleQuestion
from surveys.questions.single_choice import SingleChoiceQuestion

__all__ = [
    "QUESTION_TYPES",
    "AnyQuestion",
    "Asked",
    "CallMeQuestion",
    "Form",
    "Given",
    "MailChoice",
    "OpenTextQuestion",
    "Question",
    "Refused",
    "ScaleQuestion",
    "SingleChoiceQuestion",
]

QUESTION_TYPES: tuple[type[Question], ...] = (
    NpsQuestion,
    CsatQuestion,
    CesQuestion,
    SingleChoiceQuestion,
    OpenTextQuestion,
    CallMeQuestion,
)

if TYPE_CHECKING:
    AnyQuestion = Question
else:
    AnyQuestion = Annotated[Union[QUESTION_TYPES], Field(discriminator="type")]  # noqa: UP007 - made of the tuple
"""A question of any of the types, told apart by `type`."""
