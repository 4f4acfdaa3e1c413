"""Replays the decision ledger: decides again on the stored facts and compares every record, byte for byte in meaning.

It uses nothing that can change after a decision: the plan version that was in force, the facts in the ledger, and the
event with its pinned attributes. Tiers, owners and addresses may have changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from journeys.reading import EventView
from surveys import decision_store as store
from surveys.deciding_rows import version_name
from surveys.sampling.decide import Decision, decide_by
from surveys.sampling.facts import Facts, from_document
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import Plan

_BATCH = 1000
_NAMED = 100


@dataclass(slots=True)
class ReplayReport:
    """What a replay found. `different` names up to a hundred decisions that came out otherwise.

    People erased since keep their recorded verdicts, and are counted in `not_replayable`.
    """

    count: int = 0
    not_replayable: int = 0
    different_count: int = 0
    different: list[UUID] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether every record that can be replayed was reproduced."""
        return self.different_count == 0


def replay(reading: Reading, progress: Callable[[int], None] | None = None) -> ReplayReport:
    """Decide about the whole ledger again, in the order of `seq`; `progress` is told how many were done so far."""
    report = ReplayReport()
    plans: dict[bytes, Plan] = {}
    seq = 0
    while rows := store.decisions_after(reading, seq, _BATCH):
        events = journeys.events_by_id(reading, {row.event_id for row in rows})
        contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows if row.contact_id})
        erased = {contact.id for contact in contacts.values() if contact.state == "erased"}
        for row in rows:
            report.count += 1
            if row.contact_id in erased or row.event_id not in events:
                report.not_replayable += 1
            elif not _same(row, decide_again(row, events[row.event_id], plan_of(reading, row, plans))):
                report.different_count += 1
                report.different += [row.id] if len(report.different) < _NAMED else []
        seq = rows[-1].seq
        if progress is not None:
            progress(report.count)
    return report


def plan_of(reading: Reading, row: Row[Any], known: dict[bytes, Plan]) -> Plan:
    """The plan that was in force for a decision; `known` keeps those read before."""
    digest = bytes(row.plan_version)
    if digest not in known:
        version = version_name(digest)
        known[digest] = Plan.from_body(versions.get(reading, version), version)
    return known[digest]


def facts_of(row: Row[Any], event: EventView) -> Facts:
    """The facts that a decision used."""
    return from_document(
        row.facts,
        touchpoint=row.touchpoint,
        event_key=event.event_key,
        event_at=to_micros(event.at),
        event_type=event.type,
        attributes=event.attributes,
        replayed=row.replayed,
    )


def decide_again(row: Row[Any], event: EventView, plan: Plan) -> Decision:
    """The decision that the stored facts give under the plan of that time."""
    return decide_by(plan.rules_of(row.touchpoint), facts_of(row, event), to_micros(row.at))


def _same(row: Row[Any], decision: Decision) -> bool:
    return (
        row.outcome == decision.outcome
        and row.rule == decision.rule
        and (to_micros(row.until) if row.until else 0) == decision.until
        and (to_micros(row.send_at) if row.send_at else 0) == decision.send_at
        and row.random_rate == decision.random_rate
        and row.inclusion_probability == decision.inclusion_probability
        and row.verdicts == decision.verdicts_document()
    )
