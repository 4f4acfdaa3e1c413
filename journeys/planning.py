"""Reads what a batch of drafts meets - known events, partners, contacts, the map - and plans what to write.

Everything here happens before the write lock is taken; what could have moved meanwhile is checked again in the write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.service import ContactInput, preview_contacts, read_contact
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Reading
from journeys import store
from journeys.attributes import Attributes, sort_attributes
from journeys.intake import IntakeResult, KeyedDraft, Mode, compare, keyed, rejected, time_fault
from journeys.matching import NO_MATCH, EventTypeMatch
from journeys.reading import event_types
from journeys.sources.checks import CONTACT_FIELDS
from journeys.sources.draft import ContactDraft, EventDraft, Rejected


@dataclass(slots=True)
class PlannedEvent:
    """A draft that nothing speaks against, under the id it will have."""

    keyed: KeyedDraft
    event_id: UUID
    match: EventTypeMatch
    attributes: Attributes
    contact: ContactInput | None
    is_of_stranger: bool = False
    """Whether its partner was not known when this was planned."""

    @property
    def draft(self) -> EventDraft:
        return self.keyed.draft

    @property
    def subject(self) -> str:
        return self.draft.subject


@dataclass(slots=True)
class Plan:
    """What a batch will write, and what is settled without writing."""

    events: list[PlannedEvent] = field(default_factory=list)
    settled: list[IntakeResult] = field(default_factory=list)
    repeated: list[tuple[KeyedDraft, PlannedEvent]] = field(default_factory=list)
    partners: Mapping[str, directory.PartnerView] = field(default_factory=dict)
    contacts: Mapping[UUID, directory.ContactView] = field(default_factory=dict)


def plan_batch(reading: Reading, keys: Keys, records: Sequence[EventDraft | Rejected], mode: Mode) -> Plan:
    """What these records would write now. `contacts` holds, by event id, those that need no writing."""
    plan = Plan(settled=[rejected(record) for record in records if isinstance(record, Rejected)])
    drafts = [keyed(record) for record in records if isinstance(record, EventDraft)]
    known = store.find_intake(reading, sorted({draft.natural_key for draft in drafts}))
    fresh = [draft for draft in drafts if draft.natural_key not in known]
    for draft in drafts:
        if (taken_in := known.get(draft.natural_key)) is not None:
            plan.settled.append(compare(draft, taken_in.event_id, taken_in.body_hash))
    plan.partners = directory.partners_by_key(reading, {draft.draft.subject for draft in fresh})
    _plan_fresh(reading, plan, fresh, mode)
    plan.contacts = _settled_contacts(reading, keys, plan, mode)
    return plan


def _plan_fresh(reading: Reading, plan: Plan, fresh: Iterable[KeyedDraft], mode: Mode) -> None:
    """Of several drafts with one natural key the first that can be recorded stands; the others are compared with it."""
    matches = event_types(reading)
    first: dict[tuple[int, str, str], PlannedEvent] = {}
    for draft in fresh:
        if (earlier := first.get(draft.natural_key)) is not None:
            plan.repeated.append((draft, earlier))
            continue
        planned = _plan_one(reading, plan, draft, matches.get(draft.draft.type, NO_MATCH), mode)
        if isinstance(planned, IntakeResult):
            plan.settled.append(planned)
        else:
            first[draft.natural_key] = planned
            plan.events.append(planned)


def _plan_one(
    reading: Reading, plan: Plan, draft: KeyedDraft, match: EventTypeMatch, mode: Mode
) -> PlannedEvent | IntakeResult:
    index = draft.draft.index
    if (fault := time_fault(draft.draft.at, reading.now, mode)) is not None:
        return IntakeResult(index, "rejected", pointer="/time", detail=fault)
    attributes = sort_attributes(draft.draft.attributes, match.attributes)
    if attributes.faults:
        first = attributes.faults[0]
        return IntakeResult(index, "rejected", pointer=first.pointer, detail=first.detail)
    try:
        contact = None if draft.draft.contact is None else _contact_input(draft.draft.contact)
    except Invalid as refused:
        fault_ = refused.faults[0]
        return IntakeResult(index, "rejected", pointer=f"/data/contact{fault_.pointer}", detail=fault_.detail)
    partner = plan.partners.get(draft.draft.subject)
    shard = ids.shard_of_key(draft.draft.subject) if partner is None else ids.shard_of(partner.id)
    return PlannedEvent(draft, ids.new_id(shard), match, attributes, contact, partner is None)


def _contact_input(draft: ContactDraft) -> ContactInput:
    # What is not said need not be checked.
    said = {name: value for name in CONTACT_FIELDS if (value := getattr(draft, name)) is not None}
    return read_contact(said)


def _settled_contacts(reading: Reading, keys: Keys, plan: Plan, mode: Mode) -> dict[UUID, directory.ContactView]:
    """The contacts, by event id, that stand there just as their events say.

    History does not overwrite what is known of a contact today: there, an address that is known is settled.
    """
    wanted = [
        (event.event_id, plan.partners[event.subject].id, event.contact)
        for event in plan.events
        if event.contact is not None and event.subject in plan.partners
    ]
    if not wanted:
        return {}
    asked = [
        (partner_id, ContactInput(email=contact.email) if mode == "history" else contact)
        for _, partner_id, contact in wanted
    ]
    previews = preview_contacts(reading, keys, asked)
    touched = {preview.view.id for preview in previews if preview.outcome in ("created", "changed")}
    return {
        event_id: preview.view
        for (event_id, _, _), preview in zip(wanted, previews, strict=True)
        if preview.view.id not in touched
    }
