"""All SQL about invitations. Core rows throughout: these are the hot paths."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, update

from feedback_engine.foundation import bulk
from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys.models import Invitation, Response

_INVITATION = Invitation.__table__  # type: ignore[attr-defined]
_RESPONSE = Response.__table__  # type: ignore[attr-defined]

ANSWERABLE_STATES = ("held", "queued", "sent", "unknown", "undeliverable")
"""A link works from the moment it may have left: the mark `sent` comes after the mail, and a bounce may be wrong."""

UNSENT_STATES = ("held", "queued")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFields:
    """What an ask says of itself from its plan to its end: whom, about what, by which survey, and when."""

    decision_id: UUID
    event_id: UUID
    partner_id: UUID
    contact_id: UUID
    touchpoint: str
    survey: str
    survey_version: str
    send_at: datetime
    batch: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFields(AskFields):
    """What a written invitation says of itself, in the database as before readers."""

    id: UUID
    state: str
    reason: str | None
    hold_until: datetime | None
    answer_before: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    declined_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow(InvitationFields):
    """An invitation as it stands in the database."""

    shard: int
    person: bytes
    family: str
    kind: str
    send_before: datetime
    generation: int
    language: str
    plan_version: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFields:
    """What a response says of itself, in the database as before readers."""

    id: UUID
    invitation_id: UUID
    partner_id: UUID
    contact_id: UUID
    touchpoint: str
    survey: str
    survey_version: str
    tier: str
    region: str
    revision: int
    language: str
    wants_contact: bool
    has_comment: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow(ResponseFields):
    """A response as it stands in the database, without its answers."""

    shard: int
    state: str
    confirmed_at: datetime | None


_INVITATION_FIELDS = tuple(field.name for field in fields(InvitationRow))
_RESPONSE_FIELDS = tuple(field.name for field in fields(ResponseRow))
_RESPONSE_ID = _RESPONSE_FIELDS.index("id")
_INVITATION_COLUMNS = [_INVITATION.c[name] for name in _INVITATION_FIELDS]
_RESPONSE_COLUMNS = [_RESPONSE.c[name] for name in _RESPONSE_FIELDS]

_OPENED = Prepared(
    select(*_INVITATION_COLUMNS, *(column.label(f"r_{column.name}") for column in _RESPONSE_COLUMNS))
    .select_from(
        _INVITATION.outerjoin(
            _RESPONSE,
            and_(_RESPONSE.c.shard == _INVITATION.c.shard, _RESPONSE.c.invitation_id == _INVITATION.c.id),
        )
    )
    .where(_INVITATION.c.shard == bindparam("shard"), _INVITATION.c.id == bindparam("id"))
)
_INVITATIONS_BY_ID = bulk.Lookup(_INVITATION_COLUMNS, by=[_INVITATION.c.shard, _INVITATION.c.id])

_TAKE = Prepared(
    update(_INVITATION)
    .where(_INVITATION.c.shard == bindparam("of_shard"), _INVITATION.c.id == bindparam("of_id"))
    .where(_INVITATION.c.answered_at.is_(None), _INVITATION.c.generation == bindparam("of_generation"))
    .where(or_(*(_INVITATION.c.state == state for state in ANSWERABLE_STATES)))
    .where(_INVITATION.c.answer_before > bindparam("now"))
    .values(answered_at=bindparam("now"), disposition="1.1")
)


# ---- reading


def open_invitation(reading: Reading, invitation_id: UUID) -> tuple[InvitationRow, ResponseRow | None] | None:
    """The invitation behind a link and what came back on it, with one statement."""
    row = _OPENED.first(reading.connection, shard=shard_of(invitation_id), id=invitation_id)
    if row is None:
        return None
    invitation: dict[str, Any] = dict(zip(_INVITATION_FIELDS, row, strict=False))
    of_response = row[len(_INVITATION_FIELDS) :]
    if of_response[_RESPONSE_ID] is None:
        return InvitationRow(**invitation), None
    response: dict[str, Any] = dict(zip(_RESPONSE_FIELDS, of_response, strict=True))
    return InvitationRow(**invitation), ResponseRow(**response)


def invitations_by_id(reading: Reading, ids: Iterable[UUID]) -> dict[UUID, InvitationRow]:
    """The invitations with these ids."""
    found = _INVITATIONS_BY_ID.rows(reading.connection, [(shard_of(each), each) for each in ids])
    rows = (InvitationRow(**dict(zip(_INVITATION_FIELDS, values, strict=True))) for values in found)
    return {row.id: row for row in rows}


def unsent_of_persons(reading: Reading, persons: Collection[bytes], family: str | None) -> list[InvitationRow]:
    """Invitations of these persons that have not left: of one survey family, or (None) of all."""
    query = select(*_INVITATION_COLUMNS).where(
        _INVITATION.c.person.in_(list(persons)), _INVITATION.c.state.in_(UNSENT_STATES)
    )
    if family is not None:
        query = query.where(_INVITATION.c.family == family)
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def of_contacts(reading: Reading, contact_ids: Sequence[UUID]) -> list[InvitationRow]:
    """Every invitation of these contacts."""
    shards = sorted({shard_of(contact_id) for contact_id in contact_ids})
    query = select(*_INVITATION_COLUMNS).where(
        _INVITATION.c.shard.in_(shards), _INVITATION.c.contact_id.in_(list(contact_ids))
    )
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def unsent_of_batch(reading: Reading, batch: str) -> list[InvitationRow]:
    """Invitations of a batch that have not left."""
    query = select(*_INVITATION_COLUMNS).where(_INVITATION.c.batch == batch, _INVITATION.c.state.in_(UNSENT_STATES))
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def unsent_of_partners(reading: Reading, partner_ids: Collection[UUID]) -> list[InvitationRow]:
    """Invitations of contacts of these partners that have not left."""
    query = select(*_INVITATION_COLUMNS).where(
        of_shards(_INVITATION, list(partner_ids), "partner_id"), _INVITATION.c.state.in_(UNSENT_STATES)
    )
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def sent_to_partners(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> list[tuple[UUID, datetime]]:
    """Partner and instant of every mail with an invitation that left after `since` to a contact of these partners."""
    query = select(_INVITATION.c.partner_id, _INVITATION.c.sent_at).where(
        of_shards(_INVITATION, list(partner_ids), "partner_id"), _INVITATION.c.sent_at > since
    )
    return [(row.partner_id, row.sent_at) for row in reading.connection.execute(query)]


def overdue(reading: Reading, limit: int) -> list[InvitationRow]:
    """Mailed invitations whose time to answer has run out, oldest first."""
    query = (
        select(*_INVITATION_COLUMNS)
        .where(_INVITATION.c.state.in_(("sent", "unknown")), _INVITATION.c.answer_before <= reading.now)
        .where(_INVITATION.c.answered_at.is_(None))
        .order_by(_INVITATION.c.answer_before)
        .limit(limit)
    )
    return [InvitationRow(**row._mapping) for row in reading.connection.execute(query)]


def batch_counts(reading: Reading, batches: Sequence[str]) -> dict[str, dict[str, int]]:
    """By batch: how many invitations there are in each state, and how many were answered (`answered`)."""
    query = (
        select(_INVITATION.c.batch, _INVITATION.c.state, func.count(), func.count(_INVITATION.c.answered_at))
        .where(_INVITATION.c.batch.in_(list(batches)))
        .group_by(_INVITATION.c.batch, _INVITATION.c.state)
    )
    found: dict[str, dict[str, int]] = {batch: {"answered": 0} for batch in batches}
    for batch, state, count, answered in reading.connection.execute(query):
        found[batch][state] = count
        found[batch]["answered"] += answered
    return found


# ---- writing


def insert_invitations(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write invitations with one statement."""
    bulk.insert_rows(uow.connection, _INVITATION, rows)


def move_invitations(
    uow: UnitOfWork, ids: Iterable[UUID], from_states: Sequence[str], values: Mapping[str, Any]
) -> int:
    """Change those of these invitations that are still in one of the states; returns how many."""
    changed = 0
    for shard, of_shard in by_shard(ids).items():
        changed += uow.connection.execute(
            update(_INVITATION)
            .where(_INVITATION.c.shard == shard, _INVITATION.c.id.in_(of_shard))
            .where(_INVITATION.c.state.in_(list(from_states)))
            .values(**values)
        ).rowcount
    return changed


def mark_unreachable(uow: UnitOfWork, ids: Iterable[UUID], failed_reason: str) -> None:
    """A bounce came: also what was given up before it came is now known to be undeliverable."""
    for shard, of_shard in by_shard(ids).items():
        uow.connection.execute(
            update(_INVITATION)
            .where(_INVITATION.c.shard == shard, _INVITATION.c.id.in_(of_shard), _INVITATION.c.answered_at.is_(None))
            .where(
                or_(
                    _INVITATION.c.state.in_((*UNSENT_STATES, "sent", "unknown")),
                    and_(_INVITATION.c.state == "cancelled", _INVITATION.c.reason == failed_reason),
                )
            )
            .values(state="undeliverable", disposition="3.30")
        )


def revoke_links(uow: UnitOfWork, ids: Iterable[UUID]) -> None:
    """Raise the generation, so that no link made so far opens anything."""
    for shard, of_shard in by_shard(ids).items():
        uow.connection.execute(
            update(_INVITATION)
            .where(_INVITATION.c.shard == shard, _INVITATION.c.id.in_(of_shard))
            .values(generation=_INVITATION.c.generation + 1)
        )


def take_answer(uow: UnitOfWork, invitation: InvitationRow) -> bool:
    """Win the first answer of an invitation; False when somebody was faster or the time ran out.

    The row stays locked until the end of the transaction, so that a second Send waits and then sees the response.
    """
    changed = _TAKE.change(
        uow.connection,
        of_shard=invitation.shard,
        of_id=invitation.id,
        of_generation=invitation.generation,
        now=uow.now,
    )
    return changed == 1


def decline(uow: UnitOfWork, invitation: InvitationRow) -> bool:
    """The contact said "not now": once, and only while there is no answer."""
    changed = uow.connection.execute(
        update(_INVITATION)
        .where(_INVITATION.c.shard == invitation.shard, _INVITATION.c.id == invitation.id)
        .where(_INVITATION.c.declined_at.is_(None), _INVITATION.c.answered_at.is_(None))
        .values(declined_at=uow.now, disposition="2.11")
    ).rowcount
    return changed == 1


# ---- shards


def by_shard(ids: Iterable[UUID]) -> dict[int, list[UUID]]:
    """Ids by their shard, so that each UPDATE names the shard it goes to."""
    found: dict[int, list[UUID]] = {}
    for row_id in ids:
        found.setdefault(shard_of(row_id), []).append(row_id)
    return found


def of_shards(table: Any, ids: Sequence[UUID], column: str = "id") -> Any:
    """Rows by an id in `column`, with their shards named so that a distributed database asks only those nodes."""
    return and_(table.c.shard.in_(sorted({shard_of(row_id) for row_id in ids})), table.c[column].in_(list(ids)))
