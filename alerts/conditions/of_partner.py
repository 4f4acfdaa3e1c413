"""Pure. What a condition without an answer sees of a partner, what is read for it, and what it says it noticed."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from alerts.conditions.base import AnswerFacts, Condition, Fired
from feedback_engine.foundation.instants import parse_day

LONGEST_ATTRIBUTE = 64
LOOKS_BACK_DAYS = 400
"""How old an event may be whose attributes still say how things stand."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class LatestEvent:
    """The last event of its type at a partner, with the attributes that it declared."""

    type: str
    at: datetime
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OverduePromise:
    """An open promise whose due time has passed, with the case it was made in and who has to keep it."""

    id: UUID
    due_at: datetime
    case_id: UUID
    holder_id: UUID
    touchpoint: str = ""
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """The part of a partner that rules without an answer may look at, as of `at`; `day` is that of the program.

    `answers` and `events` are instants, newest first, as far back as a rule in force looks; the rest is empty unless
    one needs it.
    """

    at: datetime
    day: date
    answers: tuple[datetime, ...] = ()
    events: tuple[datetime, ...] = ()
    latest: tuple[LatestEvent, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    promises: tuple[OverduePromise, ...] = ()


@dataclass(frozen=True, slots=True)
class Watches:
    """What has to be read of partners: so many days of answers and events, the last events of types, promises."""

    answer_days: int = 0
    event_days: int = 0
    event_types: frozenset[str] = frozenset()
    promises: bool = False

    def __or__(self, other: Watches) -> Watches:
        return Watches(
            max(self.answer_days, other.answer_days),
            max(self.event_days, other.event_days),
            self.event_types | other.event_types,
            self.promises or other.promises,
        )


@dataclass(frozen=True, slots=True)
class Noticed:
    """That a condition holds, and the occasion: for the same one a rule fires once at a partner.

    It is about the partner as a whole, or about a touchpoint, a contact, a case; `holder_id` is who has it in hand.
    """

    occasion: str
    fired: Fired
    touchpoint: str = ""
    contact_id: UUID | None = None
    case_id: UUID | None = None
    holder_id: UUID | None = None


class PartnerCondition(Condition):
    """A condition that no answer meets: it is looked at once a day, and when something it is about changes."""

    of_touchpoint: ClassVar[bool] = False
    """Whether what it notices belongs to a touchpoint, so that a rule may name touchpoints."""

    def fires(self, facts: AnswerFacts) -> Fired | None:
        return None

    @abstractmethod
    def notices(self, facts: PartnerFacts) -> tuple[Noticed, ...]:
        """Everything that meets the condition now, each with its occasion."""

    @abstractmethod
    def watches(self) -> Watches:
        """What of the facts has to be read for it."""

    def event_attributes(self) -> tuple[str, tuple[str, ...]] | None:
        """The type of event and the attributes of it that the condition reads, for checking that they are declared."""
        return None


def number_of(value: Any) -> float | None:
    """A number, or a text that spells one; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None


def day_of(value: Any) -> date | None:
    """The day that an attribute holds, as 2026-03-10 or as an instant that begins with it; None for anything else."""
    found = _DAY.match(value.strip()) if isinstance(value, str) else None
    try:
        return parse_day(found[0]) if found else None
    except ValueError:
        return None
