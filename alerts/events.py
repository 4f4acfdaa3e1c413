"""Pure. What the alert slice announces: a case was opened, closed, or its closing was taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from feedback_engine.foundation.events import Event


class CaseOpened(Event):
    """An alert opened a case; `owner_id` is None while a team has it."""

    case_id: UUID
    response_id: UUID
    contact_id: UUID
    kind: str
    severity: str
    touchpoint: str
    owner_id: UUID | None
    at: datetime


class CaseClosed(Event):
    """A case was closed. `root_cause` is a key of the program's list; only kinds other than recovery may lack it."""

    case_id: UUID
    kind: str
    touchpoint: str
    root_cause: str | None
    outcome: str
    at: datetime


class ClosingUndone(Event):
    """The closing of a case at `closed_at` was taken back at once: what was made of it does not hold."""

    case_id: UUID
    closed_at: datetime
