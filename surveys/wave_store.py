"""All SQL about waves and their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, insert, select, update

from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys.decision_models import Decision
from surveys.models import Invitation, Wave, WaveMember

_WAVE = Wave.__table__  # type: ignore[attr-defined]
_MEMBER = WaveMember.__table__  # type: ignore[attr-defined]
_DECISION = Decision.__table__  # type: ignore[attr-defined]
_INVITATION = Invitation.__table__  # type: ignore[attr-defined]

OPEN_STATES = ("draft", "confirming")

SOURCE = "wave:"
"""What the source of an event that a wave made begins with; the key of the wave follows."""


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave as it stands in the database."""

    id: UUID
    key: str
    name: str
    touchpoint: str
    audience: dict[str, Any]
    state: str
    tested_at: datetime | None
    created_by: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A contact chosen for a wave."""

    id: UUID
    partner_id: UUID
    contact_id: UUID
    state: str
    reason: str | None
    decided_by: str | None
    event_id: UUID | None


_WAVE_COLUMNS = [_WAVE.c[name] for name in WaveRow.__dataclass_fields__]
_MEMBER_COLUMNS = [_MEMBER.c[name] for name in MemberRow.__dataclass_fields__]


def find_wave(reading: Reading, key: str) -> WaveRow | None:
    """The wave of a key."""
    row = reading.connection.execute(select(*_WAVE_COLUMNS).where(_WAVE.c.key == key)).first()
    return None if row is None else WaveRow(*row)


def wave_by_id(reading: Reading, wave_id: UUID) -> WaveRow | None:
    """The wave of an id."""
    row = reading.connection.execute(select(*_WAVE_COLUMNS).where(_WAVE.c.id == wave_id)).first()
    return None if row is None else WaveRow(*row)


def list_waves(reading: Reading, limit: int = 100) -> list[WaveRow]:
    """The waves, newest first."""
    query = select(*_WAVE_COLUMNS).order_by(_WAVE.c.id.desc()).limit(limit)
    return [WaveRow(*row) for row in reading.connection.execute(query)]


def keys_like(reading: Reading, stem: str) -> set[str]:
    """The keys that begin with `stem`, to find one that is free."""
    query = select(_WAVE.c.key).where(_WAVE.c.key.startswith(stem, autoescape=True))
    return set(reading.connection.execute(query).scalars())


def members(reading: Reading, wave_id: UUID) -> list[MemberRow]:
    """Every member of a wave, in the order in which they were chosen."""
    query = select(*_MEMBER_COLUMNS).where(_MEMBER.c.wave_id == wave_id).order_by(_MEMBER.c.id)
    return [MemberRow(*row) for row in reading.connection.execute(query)]


def member_counts(reading: Reading, wave_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many members each wave has in each state."""
    query = (
        select(_MEMBER.c.wave_id, _MEMBER.c.state, func.count())
        .where(_MEMBER.c.wave_id.in_(list(wave_ids)))
        .group_by(_MEMBER.c.wave_id, _MEMBER.c.state)
    )
    found: dict[UUID, dict[str, int]] = {wave_id: {} for wave_id in wave_ids}
    for wave_id, state, count in reading.connection.execute(query):
        found[wave_id][state] = count
    return found


def outcome_counts(reading: Reading, wave_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What became of each wave: members asked about, and by outcome of their latest decision (`drop` by its rule)."""
    rule = case((_DECISION.c.outcome == "drop", _DECISION.c.rule), else_=_DECISION.c.outcome)
    later = _DECISION.alias("later")
    superseded = (
        select(later.c.id).where(later.c.shard == _DECISION.c.shard, later.c.previous_id == _DECISION.c.id).exists()
    )
    query = (
        select(_MEMBER.c.wave_id, rule, func.count())
        .select_from(
            _MEMBER.join(
                _DECISION, and_(_DECISION.c.shard == _MEMBER.c.shard, _DECISION.c.event_id == _MEMBER.c.event_id)
            )
        )
        .where(_MEMBER.c.wave_id.in_(list(wave_ids)), ~superseded)
        .group_by(_MEMBER.c.wave_id, rule)
    )
    found: dict[UUID, dict[str, int]] = {wave_id: {} for wave_id in wave_ids}
    for wave_id, outcome, count in reading.connection.execute(query):
        found[wave_id][outcome] = count
    return found


@dataclass(frozen=True, slots=True)
class AskRow:
    """What became of the ask of one contact of a wave."""

    contact_id: UUID
    invitation_id: UUID
    state: str
    reason: str | None
    hold_until: datetime | None
    is_answered: bool

    def is_held(self, now: datetime) -> bool:
        """Whether its hold has not ended yet; after it, only the send window keeps it."""
        return self.state == "held" and self.hold_until is not None and self.hold_until > now


def asks_of(reading: Reading, wave_id: UUID) -> list[AskRow]:
    """The asks of a wave, one for each contact that was invited."""
    query = (
        select(
            _INVITATION.c.contact_id,
            _INVITATION.c.id,
            _INVITATION.c.state,
            _INVITATION.c.reason,
            _INVITATION.c.hold_until,
            _INVITATION.c.answered_at.is_not(None),
        )
        .select_from(
            _MEMBER.join(
                _INVITATION,
                and_(_INVITATION.c.shard == _MEMBER.c.shard, _INVITATION.c.event_id == _MEMBER.c.event_id),
            )
        )
        .where(_MEMBER.c.wave_id == wave_id)
    )
    return [AskRow(*row[:5], bool(row[5])) for row in reading.connection.execute(query)]


def decided_contacts(reading: Reading, wave_id: UUID) -> dict[UUID, str]:
    """Of each contact of a wave that was decided about: the outcome of the latest decision (`drop` by its rule)."""
    rule = case((_DECISION.c.outcome == "drop", _DECISION.c.rule), else_=_DECISION.c.outcome)
    query = (
        select(_MEMBER.c.contact_id, rule)
        .select_from(
            _MEMBER.join(
                _DECISION, and_(_DECISION.c.shard == _MEMBER.c.shard, _DECISION.c.event_id == _MEMBER.c.event_id)
            )
        )
        .where(_MEMBER.c.wave_id == wave_id)
        .order_by(_DECISION.c.seq)
    )
    return {row[0]: row[1] for row in reading.connection.execute(query)}


def insert_wave(uow: UnitOfWork, row: Mapping[str, Any], chosen: Iterable[tuple[UUID, UUID]]) -> None:
    """Write a wave with its members, given as partner and contact."""
    uow.connection.execute(insert(_WAVE), [dict(row)])
    rows = [
        {
            **ids.new_key(partner_id),
            "wave_id": row["id"],
            "partner_id": partner_id,
            "contact_id": contact_id,
            "state": "chosen",
        }
        for partner_id, contact_id in chosen
    ]
    if rows:
        uow.connection.execute(insert(_MEMBER), rows)


def move_wave(uow: UnitOfWork, wave_id: UUID, from_states: Sequence[str], values: Mapping[str, Any]) -> bool:
    """Change a wave that is still in one of the states; False when it is not."""
    changed = uow.connection.execute(
        update(_WAVE).where(_WAVE.c.id == wave_id, _WAVE.c.state.in_(list(from_states))).values(**values)
    ).rowcount
    return changed == 1


def decide_members(uow: UnitOfWork, wave_id: UUID, members: Iterable[MemberRow], state: str, reason: str | None) -> int:
    """Confirm or strike members of a wave that has not been sent; returns how many."""
    changed = 0
    for member in members:
        changed += uow.connection.execute(
            update(_MEMBER)
            .where(_MEMBER.c.shard == ids.shard_of(member.id), _MEMBER.c.id == member.id)
            .where(_MEMBER.c.wave_id == wave_id, _MEMBER.c.event_id.is_(None))
            .values(state=state, reason=reason, decided_by=uow.actor.name, decided_at=uow.now)
        ).rowcount
    return changed


def note_events(uow: UnitOfWork, events: Iterable[tuple[UUID, UUID]]) -> None:
    """Write which event asks about which member."""
    statement = (
        update(_MEMBER)
        .where(_MEMBER.c.shard == bindparam("of_shard"), _MEMBER.c.id == bindparam("of_id"))
        .where(_MEMBER.c.state != "struck")
        .values(event_id=bindparam("of_event"))
    )
    rows = [{"of_shard": ids.shard_of(member), "of_id": member, "of_event": event} for member, event in events]
    if rows:
        uow.connection.execute(statement, rows)
