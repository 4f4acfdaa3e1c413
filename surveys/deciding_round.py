"""Decides about many subjects one after the other, each in the light of all before it; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from uuid import UUID

from feedback_engine.foundation import ids
from surveys.deciding_facts import Subject, World
from surveys.sampling.decide import DEFERRED, INVITE, Decision, decide_by
from surveys.sampling.facts import Facts
from surveys.sampling.history import Ask
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import Plan, TouchpointRules

Order = tuple[int, bool, int, int, str, str, tuple[int, int], str, int]


@dataclass(slots=True)
class Taken:
    """A decision that was taken: about what, by which rules, on which facts.

    `queued`: it settles a deferral that stands in the database. `waits`: it must be decided again, not in this round.
    """

    id: UUID
    subject: Subject
    rules: TouchpointRules
    plan_version: str
    facts: Facts
    decision: Decision
    queued: bool
    waits: bool


class Round:
    """One turn of the lane over an order of instants.

    `plans` are those in force with the instants they came into force, the latest first. `past` is the instant up to
    which deferred history is decided in this round, None for none; live events are decided up to now.
    """

    def __init__(
        self, world: World, plans: Sequence[tuple[int, Plan]], last_heard: Callable[[Subject], int], past: int | None
    ) -> None:
        self._world = world
        self._plans = plans
        self._last_heard = last_heard
        self._past = past

    def run(self, subjects: Sequence[Subject]) -> list[Taken]:
        """The decisions, in the order in which they were taken.

        In order of instants. At one instant those that waited go first, among them the least recently heard role;
        then by time, source and id of the event, touchpoint as on the map, and contact as added.
        """
        waiting = [
            (self._order(subject), number, subject, subject.attempt > 1) for number, subject in enumerate(subjects)
        ]
        heapify(waiting)
        taken: list[Taken] = []
        number = len(waiting)
        while waiting:
            _, _, subject, queued = heappop(waiting)
            done = self._decide(subject, queued)
            taken.append(done)
            if done.decision.outcome == DEFERRED:
                again = _again(done)
                done.waits = not self._falls_due(again)
                if not done.waits:
                    heappush(waiting, (self._order(again), number, again, False))
                    number += 1
        return taken

    def _decide(self, subject: Subject, queued: bool) -> Taken:
        plan = self._plan_for(subject)
        rules = plan.rules_of(subject.touchpoint)
        facts = self._world.facts(subject, rules)
        decision = decide_by(rules, facts, subject.at)
        if decision.outcome == INVITE and self._world.counts(subject):
            self._count(subject, rules, decision)
        partner_shard = ids.shard_of(subject.event.partner_id)
        return Taken(ids.new_id(partner_shard), subject, rules, plan.version, facts, decision, queued, waits=False)

    def _count(self, subject: Subject, rules: TouchpointRules, decision: Decision) -> None:
        party = self._world.party(subject)
        self._world.history.add(
            Ask(
                at=decision.send_at,
                weight=rules.weight,
                person=party.person,
                partner_id=party.partner_id,
                family_id=party.family_id,
                survey=rules.survey or "",
                survey_family=rules.family,
                role=subject.contact.role if subject.contact else "",
            )
        )

    def _plan_for(self, subject: Subject) -> Plan:
        """The plan in force at the instant of a deferred event; for everything else the one in force now.

        History too: when it happened there were no rules yet.
        """
        if subject.attempt > 1 and not subject.event.replayed:
            for since, plan in self._plans:
                if since <= subject.at:
                    return plan
        return self._plans[0][1]

    def _falls_due(self, subject: Subject) -> bool:
        if subject.event.replayed:
            return self._past is not None and subject.at <= self._past
        return subject.at <= self._world.now

    def _order(self, subject: Subject) -> Order:
        event = subject.event
        known = (to_micros(event.at), event.source, event.external_id)
        contact = subject.contact.id.int if subject.contact else 0
        if subject.attempt > 1:
            # A deferred event no longer knows its place on the map.
            return (subject.at, False, self._last_heard(subject), *known, (0, 0), subject.touchpoint, contact)
        return (subject.at, True, 0, *known, subject.place, subject.touchpoint, contact)


def _again(done: Taken) -> Subject:
    """The subject of a deferral, at the instant it falls due."""
    subject = done.subject
    return Subject(
        event=subject.event,
        touchpoint=subject.touchpoint,
        contact=subject.contact,
        at=done.decision.until,
        attempt=subject.attempt + 1,
        previous_id=done.id,
        arrived_at=subject.arrived_at,
        place=subject.place,
    )
