"""What was said, as far as the rules in force need it: the words of these answers, and the scores before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from alerts.conditions import AnswerFacts, Scored
from alerts.definitions import AlertProgram
from alerts.raising.noticing import Happening
from alerts.raising.past import scores_as_of
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys
from surveys.events import ResponseChanged, ResponseSubmitted
from surveys.reading import ScoreThen


@dataclass(frozen=True, slots=True)
class Said:
    """Comments by response and revision, and every score of the partners in the days that the rules look back."""

    comments: Mapping[tuple[UUID, int], str] = field(default_factory=dict)
    scores: Mapping[UUID, Sequence[ScoreThen]] = field(default_factory=dict)

    def facts_of(self, event: ResponseSubmitted) -> AnswerFacts:
        """What the rules may see of an answer; the same whenever they look, and whatever else is in the batch."""
        at = instant_of(event)
        return AnswerFacts(
            touchpoint=event.touchpoint,
            answers=tuple(Scored(answer.question, answer.kind, answer.score) for answer in event.answers),
            wants_contact=event.wants_contact,
            at=at,
            contact_id=event.contact_id,
            language=event.language,
            comment=self.comments.get((event.response_id, _revision_of(event)), ""),
            past=scores_as_of(self.scores.get(event.partner_id, ()), event.response_id, at),
        )


def read_said(reading: Reading, program: AlertProgram, events: Sequence[ResponseSubmitted]) -> Said:
    """Read what the rules in force need for these answers, and nothing where none needs anything."""
    needs = program.needs()
    comments: Mapping[tuple[UUID, int], str] = {}
    scores: Mapping[UUID, Sequence[ScoreThen]] = {}
    written = {(event.response_id, _revision_of(event)) for event in events if event.has_comment}
    if needs.comment and written:
        comments = surveys.comments_of_revisions(reading, written)
    if needs.past_days and events:
        instants = [instant_of(event) for event in events]
        from_at = min(instants) - timedelta(days=needs.past_days)
        scores = surveys.scores_before(reading, {event.partner_id for event in events}, from_at, max(instants))
    return Said(comments, scores)


def instant_of(event: Happening) -> datetime:
    """When this was said: the first sending, or the change."""
    return event.changed_at if isinstance(event, ResponseChanged) else event.at


def _revision_of(event: ResponseSubmitted) -> int:
    return event.revision if isinstance(event, ResponseChanged) else 1
