"""Pure. What the alert slice announces: cases opened and closed, closings taken back, promises not kept in time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from feedback_engine.foundation.events import Event


class CaseOpened(Event):
    """An alert opened a case; `owner_id` is None while a team has it, `response_id` where no answer opened it."""

    case_id: UUID
    response_id: UUID | None
    contact_id: UUID | None
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


class PromiseOverdue(Event):
    """A promise was not kept by `at`, the time it was made for; it stays open until somebody says how it ended."""

    case_id: UUID
    promise_id: UUID
    at: datetime


class ClosingUndone(Event):
    """The closing of a case at `closed_at` was taken back at once: what was made of it does not hold."""

    case_id: UUID
    closed_at: datetime
