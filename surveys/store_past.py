"""SQL of what was answered as of an instant: scores in every revision, and the words of one revision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select

from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.unit_of_work import Reading
from surveys.models import Answer, Response

_RESPONSE = Response.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]

# Before answers kept their instant, the first revision came with the response, and the last one with its change.
SENT_AT = func.coalesce(
    _ANSWER.c.at, case((_ANSWER.c.revision == 1, _RESPONSE.c.confirmed_at), else_=_RESPONSE.c.changed_at)
)


@dataclass(frozen=True, slots=True)
class ScoreThen:
    """A score in one revision of a response: `at` is when the response was first sent, `sent_at` the revision."""

    response_id: UUID
    contact_id: UUID
    revision: int
    kind: str
    score: int | None
    at: datetime
    sent_at: datetime


def scores_between(
    reading: Reading, partner_ids: Collection[UUID], from_at: datetime, to_at: datetime
) -> dict[UUID, list[ScoreThen]]:
    """Answers of every revision of the responses first sent in [from_at, to_at], oldest first, by partner.

    Those without a score are among them: a revision that takes a score away has to be seen as well.
    """
    shards = sorted({shard_of(partner_id) for partner_id in partner_ids})
    query = (
        select(
            _RESPONSE.c.partner_id,
            _RESPONSE.c.id,
            _RESPONSE.c.contact_id,
            _ANSWER.c.revision,
            _ANSWER.c.kind,
            _ANSWER.c.score,
            _RESPONSE.c.confirmed_at,
            SENT_AT.label("sent_at"),
        )
        .join(_ANSWER, and_(_ANSWER.c.shard == _RESPONSE.c.shard, _ANSWER.c.response_id == _RESPONSE.c.id))
        .where(_RESPONSE.c.shard.in_(shards), _RESPONSE.c.partner_id.in_(list(partner_ids)))
        .where(_RESPONSE.c.confirmed_at >= from_at, _RESPONSE.c.confirmed_at <= to_at)
        .order_by(_RESPONSE.c.confirmed_at, _RESPONSE.c.id, _ANSWER.c.id)
    )
    found: dict[UUID, list[ScoreThen]] = {}
    for partner_id, *values in reading.connection.execute(query):
        found.setdefault(partner_id, []).append(ScoreThen(*values))
    return found


def texts_of_revisions(reading: Reading, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], str]:
    """All that was written in these revisions, in the order of the questions."""
    response_ids = {response_id for response_id, _ in wanted}
    query = (
        select(_ANSWER.c.response_id, _ANSWER.c.revision, _ANSWER.c.text)
        .where(_ANSWER.c.shard.in_(sorted({shard_of(response_id) for response_id in response_ids})))
        .where(_ANSWER.c.response_id.in_(list(response_ids)))
        .where(_ANSWER.c.kind == "open_text", _ANSWER.c.text != "")
        .order_by(_ANSWER.c.id)
    )
    found: dict[tuple[UUID, int], list[str]] = {}
    for response_id, revision, text in reading.connection.execute(query):
        if (response_id, revision) in wanted:
            found.setdefault((response_id, revision), []).append(text)
    return {key: "\n".join(texts) for key, texts in found.items()}
