"""What the survey slice announces: ids, keys and numbers; never text, never addresses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from feedback_engine.foundation.events import Event


class ScoredAnswer(BaseModel):
    """The score given to one question: NPS 0..10, CSAT 1..5, CES 1..7."""

    model_config = ConfigDict(frozen=True)

    question: str
    kind: str
    score: int


class ResponseSubmitted(Event):
    """A contact pressed Send for the first time.

    `at` is that instant. `tier` and `region` are the partner's at that instant; they are pinned on the response.
    `language` is the one it was answered in; empty in an event from before it was announced.
    """

    response_id: UUID
    invitation_id: UUID
    contact_id: UUID
    touchpoint: str
    survey: str
    survey_version: str
    answers: tuple[ScoredAnswer, ...]
    wants_contact: bool
    has_comment: bool
    tier: str
    region: str
    at: datetime
    language: str = ""


class ResponseChanged(ResponseSubmitted):
    """A contact changed the answers within the time allowed.

    `at`, `tier` and `region` are those of the first sending, so that what is taken away leaves the cell it stood in;
    `before` are the scores of the revision before this one, `changed_at` is now.
    """

    before: tuple[ScoredAnswer, ...]
    revision: int
    changed_at: datetime
