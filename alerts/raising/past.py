"""Pure. What a company had said by an instant: the scores before an answer, as they stood when it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from alerts.conditions import PastScore
from surveys.reading import ScoreThen


def scores_as_of(scores: Sequence[ScoreThen], response_id: UUID, at: datetime) -> tuple[PastScore, ...]:
    """The scores of the responses sent before this one, newest response first, each in the revision in force at `at`.

    What came or changed later is left out, so that an answer means the same however late it is taken in.
    """
    before = [score for score in scores if (score.at, score.response_id) < (at, response_id)]
    before = [score for score in before if score.sent_at <= at and score.response_id != response_id]
    in_force = _in_force(before)
    standing = [score for score in before if score.revision == in_force[score.response_id]]
    # Newest response first; inside a response the order of its questions stays.
    standing.sort(key=lambda score: (score.at, score.response_id), reverse=True)
    return tuple(
        PastScore(score.contact_id, score.kind, score.score, score.at) for score in standing if score.score is not None
    )


def _in_force(scores: Iterable[ScoreThen]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for score in scores:
        found[score.response_id] = max(score.revision, found.get(score.response_id, 0))
    return found
