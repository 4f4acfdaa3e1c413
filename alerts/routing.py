"""Pure. To whom a case goes: a walk down the route tree, and why it ended where it did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from alerts.definitions import Match, Route, Routes
from alerts.terms import PARTNER_OWNER, TOUCHPOINT_OWNER, Kind, Severity

STEERING = ("program_owner", "admin")
"""The roles that hear of what reaches nobody: the first of them that anybody has."""


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What the tree may look at, and whom its names mean today.

    `empty_teams` are teams without anybody active, whom a mail cannot reach; `roles` those that anybody active has.
    """

    touchpoint: str
    kind: Kind
    severity: Severity
    region: str
    tier: str
    partner_owner: UUID | None
    touchpoint_owner: UUID | None
    staff: Mapping[str, UUID] = field(default_factory=dict)
    teams: Mapping[str, UUID] = field(default_factory=dict)
    empty_teams: Collection[UUID] = ()
    roles: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """Who has the case, a person or a team or (a broken fallback) nobody, and the reasons as codes.

    `matched` are the fields of the branches taken, outermost first; `to` is the recipient that was found; `passed`
    are those before it that meant nobody, `empty` those of them that are teams without anybody. With nobody's case,
    `to` is the role of those who are told of it, or None when nobody has one.
    """

    owner_id: UUID | None
    team_id: UUID | None
    to: str | None
    matched: tuple[Mapping[str, str], ...]
    passed: tuple[str, ...]
    empty: tuple[str, ...] = ()


def route(routes: Routes, facts: RouteFacts) -> Routed:
    """The recipient of the deepest branch that matches; the first of several; when it means nobody, its `otherwise`,
    and at last the root's. Where that means nobody either, those who steer the program are told."""
    branches = _branches(routes.children, facts)
    to = _inherited([routes.to, *(branch.to for branch in branches)])
    otherwise = _inherited([routes.otherwise, *(branch.otherwise for branch in branches)])
    matched = tuple(_matched(branch.match, facts) for branch in branches)
    passed: list[str] = []
    empty: list[str] = []
    for recipient in dict.fromkeys((to, otherwise, routes.otherwise)):
        owner_id, team_id = _resolve(recipient, facts)
        if team_id in facts.empty_teams:
            empty.append(recipient)
        elif owner_id or team_id:
            return Routed(owner_id, team_id, recipient, matched, tuple(passed), tuple(empty))
        passed.append(recipient)
    return Routed(None, None, steering_role(facts.roles), matched, tuple(passed), tuple(empty))


def steering_role(roles: Collection[str]) -> str | None:
    """Of the roles that anybody has, the one whose people hear of what reaches nobody else."""
    return next((role for role in STEERING if role in roles), None)


def recipients_of(routes: Routes) -> list[str]:
    """Every recipient the tree names, for checking that each exists."""

    def named(branches: Sequence[Route]) -> list[str]:
        found: list[str] = []
        for branch in branches:
            found += [name for name in (branch.to, branch.otherwise) if name] + named(branch.children)
        return found

    return list(dict.fromkeys([routes.to, routes.otherwise, *named(routes.children)]))


def normalised(name: str) -> str:
    """The form in which recipients, regions and tiers are compared."""
    return name.strip().casefold()


def _branches(children: Sequence[Route], facts: RouteFacts) -> list[Route]:
    for child in children:
        if _holds(child.match, facts):
            return [child, *_branches(child.children, facts)]
    return []


def _holds(match: Match, facts: RouteFacts) -> bool:
    return all(
        normalised(_fact(facts, name)) in {normalised(value) for value in values}
        for name, values in _given(match).items()
    )


def _matched(match: Match, facts: RouteFacts) -> dict[str, str]:
    return {name: _fact(facts, name) for name in _given(match)}


def _given(match: Match) -> dict[str, tuple[str, ...]]:
    fields: dict[str, Any] = {name: getattr(match, name) for name in type(match).model_fields}
    return {name: values for name, values in fields.items() if values is not None}


def _fact(facts: RouteFacts, name: str) -> str:
    return str(getattr(facts, name))


def _inherited(values: Sequence[str | None]) -> str:
    return [value for value in values if value is not None][-1]


def _resolve(recipient: str, facts: RouteFacts) -> tuple[UUID | None, UUID | None]:
    """The person and the team a recipient means; both None when it means nobody."""
    if recipient == PARTNER_OWNER:
        return facts.partner_owner, None
    if recipient == TOUCHPOINT_OWNER:
        return facts.touchpoint_owner, None
    kind, _, name = recipient.partition(":")
    if kind == "staff":
        return facts.staff.get(normalised(name)), None
    return None, facts.teams.get(normalised(name))
