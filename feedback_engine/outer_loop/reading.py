"""What others may read of the outer loop: themes with their evidence, initiatives with their steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.outer_loop import store


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme: `cases` closed cases of `partners` partners share one root cause."""

    id: UUID
    root_cause: str
    state: str
    opened_at: datetime
    reason: str
    cases: int
    partners: int


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One case behind a theme."""

    case_id: UUID
    partner_id: UUID
    touchpoint: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class InitiativeView:
    """An initiative as people know it, by its reference `I-<number>`."""

    id: UUID
    number: int
    theme_id: UUID | None
    title: str
    problem: str
    department: str
    accountable_id: UUID | None
    state: str
    effect: str | None
    revision: int
    created_at: datetime

    @property
    def ref(self) -> str:
        return f"I-{self.number}"


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of an initiative."""

    at: datetime
    actor_name: str
    state: str
    comment: str


def open_themes(reading: Reading) -> list[ThemeView]:
    """The themes that wait for a program owner, newest first."""
    return [_theme(row) for row in store.themes(reading, state="open")]


def get_theme(reading: Reading, theme_id: UUID) -> ThemeView:
    """A theme. Raises NotFound."""
    rows = store.themes(reading, theme_ids=[theme_id])
    if not rows:
        raise NotFound("There is no such theme. It may have been settled; look at the list again.")
    return _theme(rows[0])


def evidence_of(reading: Reading, theme_id: UUID) -> list[EvidenceView]:
    """The cases behind a theme, newest first."""
    return [
        EvidenceView(row.case_id, row.partner_id, row.touchpoint, row.closed_at)
        for row in store.evidence_of(reading, theme_id)
    ]


def list_initiatives(reading: Reading) -> list[InitiativeView]:
    """All initiatives, newest first."""
    return [_initiative(row) for row in store.initiatives(reading)]


def get_initiative(reading: Reading, ref: str) -> InitiativeView:
    """The initiative with the reference `I-<number>`. Raises NotFound."""
    prefix, _, digits = ref.partition("-")
    known = prefix.upper() == "I" and digits.isascii() and digits.isdigit() and len(digits) <= 9
    rows = store.initiatives(reading, number=int(digits)) if known else []
    if not rows:
        raise NotFound(f"There is no initiative {ref}.")
    return _initiative(rows[0])


def steps_of(reading: Reading, initiative_id: UUID) -> list[StepView]:
    """What happened to an initiative, newest first."""
    return [StepView(row.at, row.actor_name, row.state, row.comment) for row in store.steps_of(reading, initiative_id)]


def _theme(row: Row[Any]) -> ThemeView:
    return ThemeView(row.id, row.root_cause, row.state, row.opened_at, row.reason, row.cases, row.partners)


def _initiative(row: Row[Any]) -> InitiativeView:
    return InitiativeView(**{name: row._mapping[name] for name in InitiativeView.__dataclass_fields__})
