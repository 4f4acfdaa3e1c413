"""Routes every case that the partners of today could give rise to, and finds those that only the last resort gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts.definitions import AlertProgram
from alerts.raising.desk_people import People, read_people
from alerts.routing.walk import Routed, RouteFacts, route
from alerts.terms import Kind, Severity
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import Situation
from feedback_engine.foundation.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Fallen:
    """Cases that nobody but the last resort would get today: where, of whom, and whom the tree passed over."""

    touchpoint: str
    kind: Kind
    severity: Severity
    of: Situation
    routed: Routed


def fallen_today(reading: Reading, program: AlertProgram, stages: Mapping[str, str]) -> list[Fallen]:
    """Those cases, of every rule at every touchpoint that it watches. `stages` are all touchpoints with their stage.

    Persona and language are left open, as a contact without a known role would be: a branch that asks for them is not
    taken.
    """
    people = read_people(reading, program, [], stages)
    found = []
    for situation in directory.situations(reading):
        for facts in _cases(program, people, stages, situation):
            routed = route(program.routes, facts)
            if routed.passed and (routed.to == program.routes.otherwise or not (routed.owner_id or routed.team_id)):
                found.append(Fallen(facts.touchpoint, facts.kind, facts.severity, situation, routed))
    return found


def _cases(
    program: AlertProgram, people: People, stages: Mapping[str, str], situation: Situation
) -> Iterator[RouteFacts]:
    graded = dict.fromkeys((rule.kind, rule.severity, rule.touchpoints) for rule in program.rules)
    for kind, severity, touchpoints in graded:
        for touchpoint in touchpoints if touchpoints is not None else stages:
            owner = people.touchpoint_owners.get(touchpoint)
            yield RouteFacts(
                touchpoint=touchpoint,
                kind=kind,
                severity=severity,
                region=situation.region,
                tier=situation.tier,
                partner_owner=situation.owner_id,
                touchpoint_owner=owner.id if owner else None,
                staff=people.staff,
                teams=people.teams,
                empty_teams=people.empty_teams,
                roles=people.roles,
                stage=stages.get(touchpoint, ""),
                turns={recipient: turn.turns for recipient, turn in people.turns.items()},
                away=people.away,
                takers=people.takers,
            )
