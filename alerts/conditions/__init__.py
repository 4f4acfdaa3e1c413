"""Pure. The conditions that alert rules may name, one file each; a new one adds its line to CONDITIONS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from alerts.conditions.asks_for_contact import AsksForContact
from alerts.conditions.base import AnswerFacts, Condition, Fired, Scored
from alerts.conditions.score_below import ScoreBelow
from alerts.conditions.score_high import ScoreHigh

CONDITIONS: tuple[type[Condition], ...] = (
    ScoreBelow,
    ScoreHigh,
    AsksForContact,
)

# One of the tuple, told apart by its name, so that a fault in a file points into the right condition.
if TYPE_CHECKING:
    AnyCondition = Condition
else:
    AnyCondition = Annotated[Union[CONDITIONS], Field(discriminator="condition")]  # noqa: UP007 - made of a tuple

__all__ = ["CONDITIONS", "AnswerFacts", "AnyCondition", "Condition", "Fired", "Scored"]
