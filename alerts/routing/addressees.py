"""Who on staff is meant by a recipient of the alert file, today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from alerts import published
from alerts.routing.rotas import stand_in
from alerts.routing.walk import normalised, steering_role
from alerts.terms import PARTNER_OWNER, ROLES, TOUCHPOINT_OWNER
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys


def people_meant(reading: Reading, recipient: str, partner_id: UUID, touchpoint: str) -> frozenset[UUID]:
    """Everybody active whom a recipient means, deputies in place of the absent; those who steer the program where it
    means nobody."""
    active = [member for member in directory.list_staff(reading) if member.active]
    there = {member.id for member in active}
    away = directory.deputies_at(reading, reading.now)
    named = _meant(reading, recipient, partner_id, touchpoint, active) & there
    deputies = {stand_in(staff_id, away, takers_of(active))[0] for staff_id in named & away.keys()}
    meant = frozenset(staff_id for staff_id in (named - away.keys()) | deputies if staff_id is not None)
    steering = steering_role({member.role for member in active})
    return meant or frozenset(member.id for member in active if member.role == steering)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who gets the cases of somebody away from an instant until just before another; None where no deputy can."""

    from_at: datetime
    until_at: datetime
    who: StaffView | None


def standing_in(reading: Reading, staff_id: UUID, from_at: datetime, until_at: datetime) -> list[StandIn]:
    """Who gets the cases of somebody who is away all of a time, as routes choose: one after the other, oldest first."""
    staff = {member.id: member for member in directory.list_staff(reading)}
    takers = takers_of(staff.values())
    away = directory.absences_between(reading, from_at, until_at)
    turns = {at for each in away for at in (each.from_at, each.until_at) if from_at < at < until_at}
    told: list[StandIn] = []
    for begins, ends in pairwise(sorted({from_at, *turns, until_at})):
        there = {each.staff_id: each.deputy_id for each in away if each.from_at <= begins < each.until_at}
        found, _ = stand_in(staff_id, there, takers)
        who = staff[found] if found is not None else None
        if told and told[-1].who == who:
            begins = told.pop().from_at
        told.append(StandIn(begins, ends, who))
    return told


def takers_of(staff: Iterable[StaffView]) -> frozenset[UUID]:
    """Who of our people can take a case in place of somebody."""
    return frozenset(member.id for member in staff if member.active and member.role in ROLES)


def _meant(reading: Reading, recipient: str, partner_id: UUID, touchpoint: str, active: list[StaffView]) -> set[UUID]:
    if recipient == PARTNER_OWNER:
        owner = directory.owners_of(reading, [partner_id], reading.now).get(partner_id)
        return {owner.id} if owner else set()
    if recipient == TOUCHPOINT_OWNER:
        owner = touchpoint_owner(reading, touchpoint)
        return {owner.id} if owner else set()
    kind, _, name = recipient.partition(":")
    if kind == "staff":
        return {member.id for member in active if normalised(member.email) == normalised(name)}
    if kind == "role":
        return {member.id for member in active if member.role == name}
    if kind == "rota":
        return _of_rota(reading, name, active)
    teams = {team.id for team in directory.list_teams(reading) if normalised(team.name) == normalised(name)}
    return {member.id for member in active if member.team_id in teams}


def _of_rota(reading: Reading, key: str, active: list[StaffView]) -> set[UUID]:
    """All who take turns in a rota of the alerts in force: what is late is the business of each of them."""
    alerts = published.in_force(reading)
    rota = alerts.program.rotas.get(key) if alerts else None
    members = {normalised(address) for address in rota.members} if rota else set()
    return {member.id for member in active if normalised(member.email) in members}


def touchpoint_owner(reading: Reading, key: str) -> StaffView | None:
    """Who answers for a touchpoint; None when nobody does, or when it was taken off the map."""
    try:
        address = journeys.touchpoint(reading, key).definition.owner
    except NotFound:
        return None
    return directory.find_staff_by_email(reading, address) if address else None
