"""Pure. To whom a case goes: a walk down the route tree, and why it ended where it did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from alerts.routing.rotas import Turns, next_turn, stand_in
from alerts.routing.tree import Match, Route, Routes, recipients_of
from alerts.terms import PARTNER_OWNER, TOUCHPOINT_OWNER, Kind, Severity

__all__ = ["STEERING", "Branches", "RouteFacts", "Routed", "branches_for", "normalised", "recipients_of", "route"]

STEERING = ("program_owner", "admin")
"""The roles that hear of what reaches nobody: the first of them that anybody has."""

Branches = tuple[tuple[Route, Mapping[str, str]], ...]
"""The branches taken, outermost first, each with the facts that it matched."""


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What the tree may look at, and whom its names mean today.

    `personas` are those of the contact's role, `language` that of the answer. `empty_teams` are teams without anybody
    active, whom a mail cannot reach; `roles` those that anybody active has; `turns` where each rota and each role that
    takes cases in turns stands, by recipient; `away` who is absent, with their deputy; `takers` who on staff can take
    a case in place of somebody, and have only to be given where somebody is away.
    """

    touchpoint: str
    kind: Kind
    severity: Severity
    region: str
    tier: str
    partner_owner: UUID | None = None
    touchpoint_owner: UUID | None = None
    staff: Mapping[str, UUID] = field(default_factory=dict)
    teams: Mapping[str, UUID] = field(default_factory=dict)
    empty_teams: Collection[UUID] = ()
    roles: Collection[str] = ()
    stage: str = ""
    personas: tuple[str, ...] = ()
    language: str = ""
    turns: Mapping[str, Turns] = field(default_factory=dict)
    away: Mapping[UUID, UUID | None] = field(default_factory=dict)
    takers: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a recipient means: a person, a team or nobody; `away` whom somebody stands in for, or who are missing.

    `member` had their turn (`resting` are those before them who are not at work), so that the next one comes next.
    """

    owner_id: UUID | None = None
    team_id: UUID | None = None
    away: tuple[UUID, ...] = ()
    member: UUID | None = None
    resting: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """Who has the case, a person or a team or (a broken fallback) nobody, and the reasons as codes.

    `matched` are the fields of the branches taken, outermost first; `to` is the recipient that was found; `passed`
    are those before it that meant nobody, `empty` those of them that are teams without anybody. With nobody's case,
    `to` is the role of those who are told of it, or None when nobody has one. `away` were absent on the way, `resting`
    not at work when their turn came, and `member` is whose turn it was.
    """

    owner_id: UUID | None
    team_id: UUID | None
    to: str | None
    matched: tuple[Mapping[str, str], ...]
    passed: tuple[str, ...]
    empty: tuple[str, ...] = ()
    away: tuple[UUID, ...] = ()
    member: UUID | None = None
    resting: tuple[UUID, ...] = ()


def route(routes: Routes, facts: RouteFacts) -> Routed:
    """The recipient of the deepest branch that matches; the first of several; when it means nobody, its `otherwise`,
    and at last the root's. Where that means nobody either, those who steer the program are told."""
    branches = branches_for(routes, facts)
    to = _inherited([routes.to, *(branch.to for branch, _ in branches)])
    otherwise = _inherited([routes.otherwise, *(branch.otherwise for branch, _ in branches)])
    matched = tuple(found for _, found in branches)
    passed: list[str] = []
    empty: list[str] = []
    away: list[UUID] = []
    for recipient in dict.fromkeys((to, otherwise, routes.otherwise)):
        found = _resolve(recipient, facts)
        away += [each for each in found.away if each not in away]
        if found.team_id in facts.empty_teams:
            empty.append(recipient)
        elif found.owner_id or found.team_id:
            return Routed(
                found.owner_id,
                found.team_id,
                recipient,
                matched,
                tuple(passed),
                tuple(empty),
                tuple(away),
                found.member,
                found.resting,
            )
        passed.append(recipient)
    steering = steering_role(facts.roles)
    return Routed(None, None, steering, matched, tuple(passed), tuple(empty), tuple(away))


def steering_role(roles: Collection[str]) -> str | None:
    """Of the roles that anybody has, the one whose people hear of what reaches nobody else."""
    return next((role for role in STEERING if role in roles), None)


def normalised(name: str) -> str:
    """The form in which recipients, regions and tiers are compared."""
    return name.strip().casefold()


def branches_for(routes: Routes, facts: RouteFacts) -> Branches:
    """The branches that a case takes, outermost first: at each fork the first that matches."""
    return tuple(_branches(routes.children, facts))


def _branches(children: Sequence[Route], facts: RouteFacts) -> list[tuple[Route, Mapping[str, str]]]:
    for child in children:
        matched = _matched(child.match, facts)
        if matched is not None:
            return [(child, matched), *_branches(child.children, facts)]
    return []


def _matched(match: Match, facts: RouteFacts) -> dict[str, str] | None:
    """The fact that each field of the match found; None when one of them found none."""
    found: dict[str, str] = {}
    for name, values in _given(match).items():
        wanted = {normalised(value) for value in values}
        fact = next((fact for fact in _facts(facts, name) if normalised(fact) in wanted), None)
        if fact is None:
            return None
        found[name] = fact
    return found


def _given(match: Match) -> dict[str, tuple[str, ...]]:
    fields: dict[str, Any] = {name: getattr(match, name) for name in type(match).model_fields}
    return {name: values for name, values in fields.items() if values is not None}


def _facts(facts: RouteFacts, name: str) -> tuple[str, ...]:
    if name == "persona":
        return facts.personas
    if name == "language":
        # Whoever looks for `pt` finds `pt-BR` too.
        return tuple(dict.fromkeys((facts.language, facts.language.replace("_", "-").partition("-")[0])))
    return (str(getattr(facts, name)),)


def _inherited(values: Sequence[str | None]) -> str:
    return [value for value in values if value is not None][-1]


def _resolve(recipient: str, facts: RouteFacts) -> Found:
    """What a recipient means today."""
    kind, _, name = recipient.partition(":")
    if kind in ("rota", "role"):
        turns = facts.turns.get(recipient)
        turn = next_turn(turns, facts.away, facts.takers) if turns else None
        return Found(turn.staff_id, None, turn.away, turn.member, turn.resting) if turn else Found()
    if kind == "team":
        return Found(team_id=facts.teams.get(normalised(name)))
    if recipient == PARTNER_OWNER:
        return _person(facts.partner_owner, facts)
    if recipient == TOUCHPOINT_OWNER:
        return _person(facts.touchpoint_owner, facts)
    return _person(facts.staff.get(normalised(name)), facts)


def _person(staff_id: UUID | None, facts: RouteFacts) -> Found:
    if staff_id is None or staff_id not in facts.away:
        return Found(staff_id)
    deputy, chain = stand_in(staff_id, facts.away, facts.takers)
    return Found(deputy, away=chain)
