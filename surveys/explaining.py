"""Explains people: every decision about somebody, rule by rule, and when they may be asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, PartnerView
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from journeys.reading import EventView
from surveys import decision_store as store
from surveys.asking_again import AskAgain, when_again
from surveys.deciding_facts import OpenCases
from surveys.decision_store import DecisionFilter
from surveys.replay import decide_again, facts_of, plan_of
from surveys.sampling.counterfactual import single_change, stood_in_the_way
from surveys.sampling.decide import INVITE
from surveys.sampling.instants import to_datetime, to_micros
from surveys.sampling.plan import Plan
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import OFF, WORDS, Verdict

MOST_DECISIONS = 200


@dataclass(frozen=True, slots=True)
class ExplainedVerdict:
    """What one rule said; `result` is pass, refuse or defer, `until` when it would not fire any more, if known."""

    rule: str
    result: str
    is_off: bool
    verdict: Verdict
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ExplainedDecision:
    """One record of the ledger with what it refers to. Contact is None where the event reached nobody.

    `change` says the smallest change that would have asked them, "" where there is none or none is needed; `blocking`
    names the rules that stood in the way.
    """

    id: UUID
    seq: int
    event: EventView
    partner: PartnerView
    contact: ContactView | None
    touchpoint: str
    attempt: int
    previous_id: UUID | None
    at: datetime
    outcome: str
    rule: str | None
    until: datetime | None
    send_at: datetime | None
    replayed: bool
    plan_version: str
    random_rate: float
    inclusion_probability: float
    verdicts: tuple[ExplainedVerdict, ...]
    blocking: tuple[str, ...] = ()
    change: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one person: who they are at which partners, what was decided, when they may be asked again."""

    contacts: tuple[ContactView, ...]
    partners: dict[UUID, PartnerView]
    decisions: tuple[ExplainedDecision, ...]
    again: tuple[AskAgain, ...]

    @property
    def is_known(self) -> bool:
        """Whether any partner has a contact behind whom this person stands."""
        return bool(self.contacts)


def contacts_of_address(reading: Reading, keys: Keys, address: str) -> list[ContactView]:
    """The contacts behind an address, at every partner. Raises Invalid when it is no address."""
    person = keys.person(directory.normalise_address(address))
    return directory.contacts_by_person(reading, [person]).get(person, [])


def explain_person(
    reading: Reading,
    keys: Keys,
    address: str,
    *,
    open_cases: OpenCases,
    touchpoint: str | None = None,
    at: datetime | None = None,
    seen_by: directory.Viewer = directory.EVERYTHING,
) -> Explanation:
    """Every decision about a person up to `at` (default: now), the latest first, and when they may be asked again.

    Only at partners that `seen_by` may see. Raises Invalid when `address` is no address.
    """
    everywhere = contacts_of_address(reading, keys, address)
    seen = directory.visible_partners(reading, seen_by, {contact.partner_id for contact in everywhere})
    contacts = [contact for contact in everywhere if contact.partner_id in seen]
    wanted = DecisionFilter(contact_ids=tuple(contact.id for contact in contacts), touchpoint=touchpoint, until_at=at)
    rows = store.list_decisions(reading, wanted, limit=MOST_DECISIONS) if contacts else []
    return Explanation(
        contacts=tuple(contacts),
        partners=directory.partners_by_id(reading, {contact.partner_id for contact in contacts}),
        decisions=tuple(explain_decisions(reading, rows, with_changes=True)),
        again=tuple(when_again(reading, contacts, open_cases, touchpoint, at or reading.now)),
    )


def explain_decisions(
    reading: Reading, rows: Sequence[Row[Any]], *, with_changes: bool = False
) -> list[ExplainedDecision]:
    """Records of the ledger with their events, partners and contacts, in the order given."""
    events = journeys.events_by_id(reading, {row.event_id for row in rows})
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows})
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows if row.contact_id})
    plans: dict[bytes, Plan] = {}
    found = []
    for row in rows:
        event = events[row.event_id]
        explained = _explained(row, event, partners[row.partner_id], contacts.get(row.contact_id))
        if with_changes and row.outcome != INVITE:
            explained = _with_change(explained, row, event, plan_of(reading, row, plans))
        found.append(explained)
    return found


def _explained(row: Row[Any], event: EventView, partner: PartnerView, contact: ContactView | None) -> ExplainedDecision:
    return ExplainedDecision(
        id=row.id,
        seq=row.seq,
        event=event,
        partner=partner,
        contact=contact,
        touchpoint=row.touchpoint,
        attempt=row.attempt,
        previous_id=row.previous_id,
        at=row.at,
        outcome=row.outcome,
        rule=row.rule,
        until=row.until,
        send_at=row.send_at,
        replayed=row.replayed,
        plan_version="sha256:" + bytes(row.plan_version).hex(),
        random_rate=row.random_rate,
        inclusion_probability=row.inclusion_probability,
        verdicts=tuple(_verdicts(row.verdicts)),
    )


def _verdicts(document: dict[str, Any]) -> list[ExplainedVerdict]:
    """The verdicts of a record, in the order of the rules. A rule that came later than the record is not in it."""
    found = []
    for rule in SAMPLING_RULES:
        if rule.code in document:
            verdict = Verdict.from_document(document[rule.code])
            until = to_datetime(verdict.until) if verdict.until else None
            found.append(ExplainedVerdict(rule.name, WORDS[verdict.result], verdict.result == OFF, verdict, until))
    return found


def _with_change(explained: ExplainedDecision, row: Row[Any], event: EventView, plan: Plan) -> ExplainedDecision:
    decision = decide_again(row, event, plan)
    change = single_change(plan.rules_of(row.touchpoint), facts_of(row, event), to_micros(row.at), decision)
    return replace(explained, blocking=tuple(stood_in_the_way(decision)), change=change.words if change else "")
