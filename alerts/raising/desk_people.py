"""Who on staff the desk may meet: whom the names of the route tree mean today, who is away, whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from alerts.clocks.business_time import Calendar, is_working
from alerts.definitions import AlertProgram
from alerts.routing import turn_store
from alerts.routing.addressees import takers_of, touchpoint_owner
from alerts.routing.rotas import Turns
from alerts.routing.turn_store import LastTurn
from alerts.routing.walk import normalised, recipients_of
from alerts.terms import TOUCHPOINT_OWNER
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.unit_of_work import Reading


@dataclass(slots=True)
class TurnInHand:
    """The turns of one recipient as this batch leaves them; `expected` were taken in the database, `count` are new."""

    turns: Turns
    expected: int
    count: int = 0

    def take(self, member: UUID) -> None:
        """Give out the next turn."""
        self.turns = self.turns.taken_by(member)
        self.count += 1


@dataclass(slots=True)
class People:
    """Staff as the routes see them, read once for a batch; `takers` are those who can work on a case."""

    active: Mapping[UUID, StaffView]
    owners: Mapping[UUID, StaffView]
    touchpoint_owners: Mapping[str, StaffView]
    staff: Mapping[str, UUID]
    teams: Mapping[str, UUID]
    empty_teams: Collection[UUID]
    roles: Collection[str]
    away: Mapping[UUID, UUID]
    takers: Collection[UUID] = ()
    turns: dict[str, TurnInHand] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staff:
    """What is read of staff for the routes, at one instant; `members` may hold some who are not active."""

    members: Iterable[StaffView]
    teams: Mapping[str, UUID]
    owners: Mapping[UUID, StaffView]
    touchpoint_owners: Mapping[str, StaffView | None]
    away: Mapping[UUID, UUID]


def read_people(
    reading: Reading, program: AlertProgram, partner_ids: Collection[UUID], touchpoints: Iterable[str]
) -> People:
    """Everybody whom the tree could mean for these partners and touchpoints."""
    named = recipients_of(program.routes)
    of_touchpoints: dict[str, StaffView | None] = {}
    if TOUCHPOINT_OWNER in named:
        of_touchpoints = {key: touchpoint_owner(reading, key) for key in touchpoints}
    teams: dict[str, UUID] = {}
    if any(name.startswith("team:") for name in named):
        teams = {normalised(team.name): team.id for team in directory.list_teams(reading)}
    return people_of(
        program,
        Staff(
            members=directory.list_staff(reading),
            teams=teams,
            owners=directory.owners_of(reading, partner_ids, reading.now),
            touchpoint_owners=of_touchpoints,
            away=directory.deputies_at(reading, reading.now),
        ),
        turn_store.last_turns(reading, taking_turns(program)),
        reading.now,
    )


def taking_turns(program: AlertProgram) -> list[str]:
    """The rotas and roles that the tree names."""
    return [name for name in recipients_of(program.routes) if name.startswith(("rota:", "role:"))]


def people_of(program: AlertProgram, staff: Staff, last: Mapping[str, LastTurn], now: datetime) -> People:
    """What the names of the tree mean, of this staff, at `now`; `last` is where the turns stand."""
    active = {member.id: member for member in staff.members if member.active}
    owners_there = {key: owner for key, owner in staff.touchpoint_owners.items() if owner is not None and owner.active}
    return People(
        active=active,
        owners={partner_id: owner for partner_id, owner in staff.owners.items() if owner.active},
        touchpoint_owners=owners_there,
        staff={normalised(member.email): member.id for member in active.values()},
        teams=staff.teams,
        empty_teams=set(staff.teams.values()) - {member.team_id for member in active.values()},
        roles={member.role for member in active.values()},
        away=staff.away,
        takers=takers_of(active.values()),
        turns=_turns(program, active, last, now),
    )


def _turns(
    program: AlertProgram, active: Mapping[UUID, StaffView], known: Mapping[str, LastTurn], now: datetime
) -> dict[str, TurnInHand]:
    """Where every rota and role that the tree names stands."""
    found: dict[str, TurnInHand] = {}
    for recipient in taking_turns(program):
        members, calendar = _members(program, recipient, active)
        last = known.get(recipient)
        at_work = [member.id for member in members if is_working(_calendar(program, calendar, member), now)]
        turns = Turns([member.id for member in members], frozenset(at_work), last.last_id if last else None)
        found[recipient] = TurnInHand(turns, last.taken if last else 0)
    return found


def _members(
    program: AlertProgram, recipient: str, active: Mapping[UUID, StaffView]
) -> tuple[list[StaffView], str | None]:
    """Who takes turns, in order, and the calendar by which they are at work."""
    kind, _, name = recipient.partition(":")
    if kind == "role":
        return sorted((each for each in active.values() if each.role == name), key=lambda each: each.email), None
    rota = program.rotas.get(name)
    by_email = {normalised(member.email): member for member in active.values()}
    wanted = [normalised(address) for address in rota.members] if rota else []
    return [by_email[address] for address in wanted if address in by_email], rota.calendar if rota else None


def _calendar(program: AlertProgram, named: str | None, member: StaffView) -> Calendar:
    return program.calendar_named(named) if named else program.calendar_for(member.time_zone)
