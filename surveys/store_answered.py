"""SQL of everything that was answered in a period, as it was announced: one event for each revision of a response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, select

from feedback_engine.foundation.unit_of_work import Reading
from surveys.events import ResponseChanged, ResponseSubmitted, ScoredAnswer
from surveys.models import Answer, Response
from surveys.questions import CallMeQuestion, OpenTextQuestion
from surveys.store_past import SENT_AT

_RESPONSE = Response.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]
_PINNED = (
    *("partner_id", "invitation_id", "contact_id", "touchpoint", "survey", "survey_version", "tier", "region"),
    "language",
)

Announced = ResponseSubmitted | ResponseChanged


def answered_between(reading: Reading, from_at: datetime, to_at: datetime) -> list[Announced]:
    """What was announced of the responses first sent in [from_at, to_at), each with all its revisions, oldest first.

    Texts that were erased since are no comments any more; the language is that of the latest revision.
    """
    query = (
        select(
            _RESPONSE,
            _ANSWER.c.revision.label("sent_revision"),
            *(_ANSWER.c[name] for name in ("question", "kind", "score", "text")),
            SENT_AT.label("sent_at"),
        )
        .outerjoin(_ANSWER, and_(_ANSWER.c.shard == _RESPONSE.c.shard, _ANSWER.c.response_id == _RESPONSE.c.id))
        .where(_RESPONSE.c.confirmed_at >= from_at, _RESPONSE.c.confirmed_at < to_at)
        .order_by(_RESPONSE.c.confirmed_at, _RESPONSE.c.id, _ANSWER.c.revision, _ANSWER.c.id)
    )
    found: list[Announced] = []
    answers: list[Any] = list(reading.connection.execute(query))
    for _, rows in groupby(answers, key=lambda row: row.id):
        found += _of_response(list(rows))
    return found


def _of_response(rows: Sequence[Row[Any]]) -> list[Announced]:
    events: list[Announced] = []
    for revision, answers in groupby(rows, key=lambda row: row.sent_revision or 1):
        said = list(answers)
        fields = _fields(said, revision)
        if revision == 1:
            events.append(ResponseSubmitted(**fields))
        elif events:
            change = {"before": events[-1].answers, "revision": revision, "changed_at": said[0].sent_at}
            events.append(ResponseChanged(**fields, **change))
    return events


def _fields(said: Sequence[Row[Any]], revision: int) -> Mapping[str, Any]:
    row = said[0]
    calls = any(each.kind == CallMeQuestion.kind for each in said)
    return {
        **{name: getattr(row, name) for name in _PINNED},
        "response_id": row.id,
        "at": row.confirmed_at,
        "answers": tuple(
            ScoredAnswer(question=each.question, kind=each.kind, score=each.score)
            for each in said
            if each.score is not None
        ),
        "wants_contact": bool(row.wants_contact) if revision == row.revision else calls,
        "has_comment": any(each.kind == OpenTextQuestion.kind and each.text for each in said),
    }
