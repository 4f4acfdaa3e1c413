"""Pure. The conditions that alert rules may name, one file each; a new one adds its line to CONDITIONS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union, get_args

from pydantic import Field

from alerts.conditions.agreement_date_near import AgreementDateNear
from alerts.conditions.asks_for_contact import AsksForContact
from alerts.conditions.base import AnswerFacts, Condition, Fired, Needs, PastScore, Scored
from alerts.conditions.comment_mentions import CommentMentions
from alerts.conditions.kpi_missed import KpiMissed
from alerts.conditions.of_partner import (
    LOOKS_BACK_DAYS,
    LatestEvent,
    Noticed,
    OverduePromise,
    PartnerCondition,
    PartnerFacts,
    Watches,
)
from alerts.conditions.promise_overdue import PromiseOverdue
from alerts.conditions.score_below import ScoreBelow
from alerts.conditions.score_drop import ScoreDrop
from alerts.conditions.score_high import ScoreHigh
from alerts.conditions.settings import Setting
from alerts.conditions.several_detractors import SeveralDetractors
from alerts.conditions.silence import Silence

CONDITIONS: tuple[type[Condition], ...] = (
    ScoreBelow,
    ScoreHigh,
    AsksForContact,
    ScoreDrop,
    CommentMentions,
    SeveralDetractors,
    Silence,
    PromiseOverdue,
    KpiMissed,
    AgreementDateNear,
)

CONDITION_OF: dict[str, type[Condition]] = {
    get_args(each.model_fields["condition"].annotation)[0]: each for each in CONDITIONS
}
"""Each condition by its name in the file."""

# One of the tuple, told apart by its name, so that a fault in a file points into the right condition.
if TYPE_CHECKING:
    AnyCondition = Condition
else:
    AnyCondition = Annotated[Union[CONDITIONS], Field(discriminator="condition")]  # noqa: UP007 - made of a tuple

__all__ = [
    "CONDITIONS",
    "CONDITION_OF",
    "LOOKS_BACK_DAYS",
    "AnswerFacts",
    "AnyCondition",
    "Condition",
    "Fired",
    "LatestEvent",
    "Needs",
    "Noticed",
    "OverduePromise",
    "PartnerCondition",
    "PartnerFacts",
    "PastScore",
    "Scored",
    "Setting",
    "Watches",
]
