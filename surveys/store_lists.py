"""SQL of the lists that staff read: latest scores, comments, asks, and counts of decisions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select

from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.unit_of_work import Reading
from journeys.reading import is_called
from surveys.decision_models import Decision
from surveys.models import Answer, Invitation, Response
from surveys.store import InvitationRow

_INVITATION = Invitation.__table__  # type: ignore[attr-defined]
_RESPONSE = Response.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]
_DECISION = Decision.__table__  # type: ignore[attr-defined]
_INVITATION_COLUMNS = [_INVITATION.c[name] for name in InvitationRow.__dataclass_fields__]

_IN_FORCE = and_(
    _ANSWER.c.shard == _RESPONSE.c.shard,
    _ANSWER.c.response_id == _RESPONSE.c.id,
    _ANSWER.c.revision == _RESPONSE.c.revision,
)


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One score that a partner gave."""

    response_id: UUID
    partner_id: UUID
    contact_id: UUID
    touchpoint: str
    question: str
    kind: str
    score: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentView:
    """What somebody wrote; `score` and `kind` are those of the first scored question beside it, if there is one."""

    response_id: UUID
    partner_id: UUID
    contact_id: UUID
    touchpoint: str
    text: str
    at: datetime
    score: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What a list is narrowed to; `before` is the last id of the page before."""

    before: UUID | None = None
    partner_id: UUID | None = None
    touchpoint: str | None = None


def list_response_ids(reading: Reading, wanted: ListFilter, limit: int) -> list[UUID]:
    """The ids of confirmed responses, newest first."""
    query = select(_RESPONSE.c.id).where(_RESPONSE.c.confirmed_at.is_not(None), *_conditions(_RESPONSE, wanted))
    return list(reading.connection.execute(query.order_by(_RESPONSE.c.id.desc()).limit(limit)).scalars())


def list_invitations(reading: Reading, wanted: ListFilter, limit: int) -> list[InvitationRow]:
    """Invitations, newest first."""
    query = select(*_INVITATION_COLUMNS).where(*_conditions(_INVITATION, wanted))
    rows = reading.connection.execute(query.order_by(_INVITATION.c.id.desc()).limit(limit))
    return [InvitationRow(**row._mapping) for row in rows]


def latest_response_ids(reading: Reading, partner_ids: Collection[UUID], limit: int) -> list[UUID]:
    """The ids of the latest confirmed responses of these partners, newest first."""
    query = (
        select(_RESPONSE.c.id)
        .where(*_of_partners(_RESPONSE, partner_ids), _RESPONSE.c.confirmed_at.is_not(None))
        .order_by(_RESPONSE.c.confirmed_at.desc(), _RESPONSE.c.id.desc())
        .limit(limit)
    )
    return list(reading.connection.execute(query).scalars())


def latest_invitations(reading: Reading, partner_ids: Collection[UUID], limit: int) -> list[InvitationRow]:
    """The latest asks of these partners, newest first."""
    query = (
        select(*_INVITATION_COLUMNS)
        .where(*_of_partners(_INVITATION, partner_ids))
        .order_by(_INVITATION.c.send_at.desc(), _INVITATION.c.id.desc())
        .limit(limit)
    )
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def last_scores(reading: Reading, partner_ids: Collection[UUID], limit: int) -> dict[UUID, list[ScoreView]]:
    """The latest scores of each partner, newest first."""
    newest = func.row_number().over(
        partition_by=_RESPONSE.c.partner_id, order_by=(_RESPONSE.c.confirmed_at.desc(), _ANSWER.c.id)
    )
    ranked = (
        _confirmed_answers(_ANSWER.c.question, _ANSWER.c.kind, _ANSWER.c.score, newest.label("place"))
        .where(*_of_partners(_RESPONSE, partner_ids), _ANSWER.c.score.is_not(None))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.partner_id, ranked.c.place)
    found: dict[UUID, list[ScoreView]] = {}
    for row in reading.connection.execute(query):
        values = {name: row._mapping[name] for name in ScoreView.__dataclass_fields__}
        found.setdefault(row.partner_id, []).append(ScoreView(**values))
    return found


def is_about(shard: ColumnElement[int], response_id: ColumnElement[UUID], reference: str) -> ColumnElement[bool]:
    """The condition that the response named by two columns is about an event that calls itself `reference`."""
    of_invitation = and_(_INVITATION.c.shard == _RESPONSE.c.shard, _INVITATION.c.id == _RESPONSE.c.invitation_id)
    found = (
        select(_RESPONSE.c.id)
        .join(_INVITATION, of_invitation)
        .where(_RESPONSE.c.shard == shard, _RESPONSE.c.id == response_id)
        .where(is_called(_INVITATION.c.shard, _INVITATION.c.event_id, reference))
    )
    return exists(found.correlate_except(_RESPONSE, _INVITATION))


def scores_of_events(reading: Reading, event_ids: Collection[UUID]) -> dict[UUID, ScoreView]:
    """The first score that came back on the asks about each of these events; those without one are left out."""
    shards = sorted({shard_of(event_id) for event_id in event_ids})
    query = (
        _confirmed_answers(_ANSWER.c.question, _ANSWER.c.kind, _ANSWER.c.score, _INVITATION.c.event_id)
        .join(
            _INVITATION,
            and_(_INVITATION.c.shard == _RESPONSE.c.shard, _INVITATION.c.id == _RESPONSE.c.invitation_id),
        )
        .where(_INVITATION.c.shard.in_(shards), _INVITATION.c.event_id.in_(list(event_ids)))
        .where(_ANSWER.c.score.is_not(None))
        .order_by(_RESPONSE.c.confirmed_at, _ANSWER.c.id)
    )
    found: dict[UUID, ScoreView] = {}
    for row in reading.connection.execute(query):
        values = {name: row._mapping[name] for name in ScoreView.__dataclass_fields__}
        found.setdefault(row.event_id, ScoreView(**values))
    return found


def latest_comments(
    reading: Reading, partner_ids: Collection[UUID] | None, touchpoint: str | None, limit: int
) -> list[CommentView]:
    """The latest written comments, newest first, each with the first score beside it."""
    query = (
        _confirmed_answers(_ANSWER.c.text)
        .where(_ANSWER.c.kind == "open_text", _ANSWER.c.text != "")
        .order_by(_RESPONSE.c.confirmed_at.desc(), _ANSWER.c.id)
        .limit(limit)
    )
    if partner_ids is not None:
        query = query.where(*_of_partners(_RESPONSE, partner_ids))
    if touchpoint is not None:
        query = query.where(_RESPONSE.c.touchpoint == touchpoint)
    rows = list(reading.connection.execute(query))
    scores = _first_scores(reading, [row.response_id for row in rows])
    return [
        CommentView(
            row.response_id,
            row.partner_id,
            row.contact_id,
            row.touchpoint,
            row.text,
            row.at,
            *scores.get(row.response_id, (None, None)),
        )
        for row in rows
    ]


class DecisionCounts(NamedTuple):
    """Distinct events decided and those that led to an ask; then the same over imported history, where nobody was."""

    events: int = 0
    invited: int = 0
    past_events: int = 0
    past_invited: int = 0


def decision_counts(reading: Reading, from_at: datetime, to_at: datetime) -> dict[str, DecisionCounts]:
    """By touchpoint: what was decided about live events, and apart from it about history."""
    invited = case((_DECISION.c.outcome == "invite", _DECISION.c.event_id))
    query = (
        select(
            _DECISION.c.touchpoint,
            _DECISION.c.replayed,
            func.count(_DECISION.c.event_id.distinct()),
            func.count(invited.distinct()),
        )
        .where(_DECISION.c.at >= from_at, _DECISION.c.at < to_at)
        .group_by(_DECISION.c.touchpoint, _DECISION.c.replayed)
    )
    found: dict[str, DecisionCounts] = {}
    for touchpoint, replayed, events, asked in reading.connection.execute(query):
        known = found.get(touchpoint, DecisionCounts())
        found[touchpoint] = (
            known._replace(past_events=int(events), past_invited=int(asked))
            if replayed
            else known._replace(events=int(events), invited=int(asked))
        )
    return found


def _confirmed_answers(*columns: ColumnElement[Any]) -> Select[Any]:
    """These columns of the answers in force, each with whose it is, where and when it was confirmed."""
    return (
        select(
            _ANSWER.c.response_id,
            _RESPONSE.c.partner_id,
            _RESPONSE.c.contact_id,
            _RESPONSE.c.touchpoint,
            _RESPONSE.c.confirmed_at.label("at"),
            *columns,
        )
        .select_from(_ANSWER.join(_RESPONSE, _IN_FORCE))
        .where(_RESPONSE.c.confirmed_at.is_not(None))
    )


def _first_scores(reading: Reading, response_ids: Collection[UUID]) -> dict[UUID, tuple[int, str]]:
    shards = sorted({shard_of(response_id) for response_id in response_ids})
    query = (
        select(_ANSWER.c.response_id, _ANSWER.c.score, _ANSWER.c.kind)
        .select_from(_ANSWER.join(_RESPONSE, _IN_FORCE))
        .where(_RESPONSE.c.shard.in_(shards), _RESPONSE.c.id.in_(list(response_ids)), _ANSWER.c.score.is_not(None))
        .order_by(_ANSWER.c.id)
    )
    found: dict[UUID, tuple[int, str]] = {}
    for response_id, score, kind in reading.connection.execute(query):
        found.setdefault(response_id, (score, kind))
    return found


def _of_partners(table: Any, partner_ids: Collection[UUID]) -> tuple[Any, Any]:
    """Rows of these partners, with their shards named so that a distributed database asks only those nodes."""
    shards = sorted({shard_of(partner_id) for partner_id in partner_ids})
    return table.c.shard.in_(shards), table.c.partner_id.in_(list(partner_ids))


def _conditions(table: Any, wanted: ListFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.before is not None:
        found.append(table.c.id < wanted.before)
    if wanted.partner_id is not None:
        found += _of_partners(table, [wanted.partner_id])
    if wanted.touchpoint is not None:
        found.append(table.c.touchpoint == wanted.touchpoint)
    return found
