"""Records touchpoint events: once each, with what was declared of them pinned, and announces those on the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, PartnerView
from feedback_engine.directory.service import ContactInput, ensure_unconfirmed_partners, upsert_contacts
from feedback_engine.foundation import ids
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.pacing import Pace
from feedback_engine.foundation.unit_of_work import Actor, UnitOfWork, Work
from journeys import store
from journeys.event_key import to_signed
from journeys.events import RECOVERY_SOURCE, TouchpointReached
from journeys.intake import IntakeResult, Mode, compare
from journeys.planning import Plan, PlannedEvent, plan_batch
from journeys.snapshot import pin
from journeys.sources.draft import EventDraft, Rejected

MOST_AT_ONCE = 500
"""Events a transaction, at most."""
_PACE = Pace(100, least=100, most=MOST_AT_ONCE)


def record_events(
    work: Work,
    actor: Actor,
    records: Sequence[EventDraft | Rejected],
    mode: Mode = "live",
    *,
    keys: Keys,
    reaching: tuple[str, ...] | None = None,
) -> list[IntakeResult]:
    """Record events, in transactions of 100 to 500; one result for each record, in their order.

    An event is known by its source and id: sent again it is a `duplicate` with the id of the first, with other
    content a `conflict`, and the first stays. One bad record changes nothing for the others. `history` marks the
    events as replayed. `reaching` names the touchpoints of a wave, whose events are not matched by their type.
    """
    results: list[IntakeResult] = []
    records = records if reaching is not None else _of_others(records)
    while len(results) < len(records):
        batch = records[len(results) : len(results) + _PACE.size]
        results += _record_batch(work, actor, batch, mode, keys, reaching)
    return results


def preview_events(
    work: Work, records: Sequence[EventDraft | Rejected], mode: Mode = "live", *, keys: Keys
) -> list[IntakeResult]:
    """What `record_events` would say, without recording anything; accepted events have no id yet."""
    with work.read() as reading:
        plan = plan_batch(reading, keys, _of_others(records), mode)
    accepted = [_accepted(event, with_id=False) for event in plan.events]
    return _in_order([*plan.settled, *accepted, *_repeated(plan, {}, with_id=False)])


def _of_others(records: Sequence[EventDraft | Rejected]) -> Sequence[EventDraft | Rejected]:
    """The same records, but for those that come from outside under a source that is ours alone."""
    if all(record.source != RECOVERY_SOURCE for record in records if isinstance(record, EventDraft)):
        return records
    words = f"The source {RECOVERY_SOURCE} is the engine's own; name another one."
    return [
        Rejected(record.index, "/source", words)
        if isinstance(record, EventDraft) and record.source == RECOVERY_SOURCE
        else record
        for record in records
    ]


def _record_batch(
    work: Work,
    actor: Actor,
    records: Sequence[EventDraft | Rejected],
    mode: Mode,
    keys: Keys,
    reaching: tuple[str, ...] | None,
) -> list[IntakeResult]:
    with work.read() as reading:
        plan = plan_batch(reading, keys, records, mode)
    taken: dict[UUID, store.TakenIn] = {}
    if plan.events:
        with work.begin(actor=actor) as uow:
            taken = _write(uow, plan, mode, keys, reaching)
            # `now` was read when the lock was won.
            _PACE.learn(len(plan.events), work.clock.now() - uow.now)
    return _in_order([*plan.settled, *(_outcome(event, taken) for event in plan.events), *_repeated(plan, taken)])


def _write(
    uow: UnitOfWork, plan: Plan, mode: Mode, keys: Keys, reaching: tuple[str, ...] | None
) -> dict[UUID, store.TakenIn]:
    """Write the plan, but for events that somebody else recorded since it was made; returns those, by planned id."""
    taken = _claim(uow, plan.events)
    events = [event for event in plan.events if event.event_id not in taken]
    partners = _partners(uow, plan, events)
    contacts = _contacts(uow, plan, events, partners, keys, mode)
    rows = [_row(uow, event, partners[event.subject], contacts.get(event.event_id), mode) for event in events]
    store.insert_events(uow, rows, _personal_rows(uow, rows, events))
    uow.emit_all(_announcements(events, partners, mode, reaching))
    return taken


def _claim(uow: UnitOfWork, events: Sequence[PlannedEvent]) -> dict[UUID, store.TakenIn]:
    """Take the natural keys of the events; returns the winners of those that were taken meanwhile, by planned id."""
    # In one order everywhere, or two batches that share events could wait for each other.
    ordered = sorted(events, key=lambda event: event.keyed.natural_key)
    rows = [
        {
            "shard": event.keyed.natural_key[0],
            "source": event.draft.source,
            "external_id": event.draft.id,
            "body_hash": event.keyed.body_hash,
            "event_id": event.event_id,
        }
        for event in ordered
    ]
    if store.claim_intake(uow, rows):
        return {}
    found = store.find_intake(uow, [event.keyed.natural_key for event in ordered])
    winners = {event.event_id: found[event.keyed.natural_key] for event in events}
    return {planned: winner for planned, winner in winners.items() if winner.event_id != planned}


def _partners(uow: UnitOfWork, plan: Plan, events: Sequence[PlannedEvent]) -> Mapping[str, PartnerView]:
    """The partners of all subjects; one that nobody told us of is made as unconfirmed."""
    unknown = {event.subject for event in events if event.subject not in plan.partners}
    return {**plan.partners, **ensure_unconfirmed_partners(uow, unknown)} if unknown else plan.partners


def _contacts(
    uow: UnitOfWork,
    plan: Plan,
    events: Sequence[PlannedEvent],
    partners: Mapping[str, PartnerView],
    keys: Keys,
    mode: Mode,
) -> dict[UUID, ContactView]:
    """The contact of each event that names one, by event id; written where the event says something new."""
    found = dict(plan.contacts)
    wanted: list[tuple[UUID, tuple[UUID, ContactInput]]] = []
    described: set[tuple[UUID, str]] = set()
    for event in events:
        if event.contact is None or event.event_id in found:
            continue
        partner_id, contact = partners[event.subject].id, event.contact
        place = (partner_id, contact.identity)
        if mode == "history" and place in described:
            contact = ContactInput(email=contact.email)
        described.add(place)
        wanted.append((event.event_id, (partner_id, contact)))
    if wanted:
        written = upsert_contacts(uow, keys, [contact for _, contact in wanted])
        found |= {event_id: result.view for (event_id, _), result in zip(wanted, written, strict=True)}
    return found


def _row(
    uow: UnitOfWork, event: PlannedEvent, partner: PartnerView, contact: ContactView | None, mode: Mode
) -> dict[str, Any]:
    return {
        "shard": ids.shard_of(event.event_id),
        "id": event.event_id,
        "partner_id": partner.id,
        "contact_id": None if contact is None else contact.id,
        "source": event.draft.source,
        "external_id": event.draft.id,
        "event_key": to_signed(event.keyed.key),
        "type": event.draft.type,
        "at": event.draft.at or uow.now,
        "received_at": uow.now,
        "attributes": pin(event.attributes.pinned, partner, contact, event.contact, event.match),
        "replayed": mode == "history",
    }


def _personal_rows(
    uow: UnitOfWork, rows: Sequence[store.EventRow], events: Sequence[PlannedEvent]
) -> list[store.EventRow]:
    """What is personal, for events whose contact may still ask for its erasure; of others nothing is kept."""
    personal = [
        {name: row[name] for name in ("shard", "id", "contact_id")} | {"attributes": event.attributes.personal}
        for row, event in zip(rows, events, strict=True)
        if event.attributes.personal and row["contact_id"] is not None
    ]
    if not personal:
        return []
    # Asked inside the write: an erasure since the plan was made must not be undone by what the plan still knew.
    contacts = directory.contacts_by_id(uow, {row["contact_id"] for row in personal})
    return [row for row in personal if contacts[row["contact_id"]].state != "erased"]


def _announcements(
    events: Sequence[PlannedEvent], partners: Mapping[str, PartnerView], mode: Mode, reaching: tuple[str, ...] | None
) -> Iterator[TouchpointReached]:
    for event in events:
        touchpoints = event.match.keys if reaching is None else reaching
        if touchpoints:
            yield TouchpointReached(
                partner_id=partners[event.subject].id,
                event_id=event.event_id,
                touchpoints=touchpoints,
                replayed=mode == "history",
            )


def _outcome(event: PlannedEvent, taken: Mapping[UUID, store.TakenIn]) -> IntakeResult:
    winner = taken.get(event.event_id)
    return _accepted(event) if winner is None else compare(event.keyed, winner.event_id, winner.body_hash)


def _accepted(event: PlannedEvent, *, with_id: bool = True) -> IntakeResult:
    event_id = event.event_id if with_id else None
    warnings = event.attributes.warnings
    if not event.match.touchpoints:
        warnings = (f"No touchpoint listens to {event.draft.type}.", *warnings)
    result = IntakeResult(event.draft.index, "accepted", event_id, warnings=warnings)
    if event.is_of_stranger:
        result.new_partner = event.subject
    return result


def _repeated(plan: Plan, taken: Mapping[UUID, store.TakenIn], *, with_id: bool = True) -> list[IntakeResult]:
    """The results of drafts whose natural key stands in the same batch already."""
    results = []
    for later, first in plan.repeated:
        winner = taken.get(first.event_id) or store.TakenIn(first.event_id, first.keyed.body_hash)
        result = compare(later, winner.event_id, winner.body_hash)
        results.append(result if with_id else replace(result, event_id=None))
    return results


def _in_order(results: Sequence[IntakeResult]) -> list[IntakeResult]:
    return sorted(results, key=lambda result: result.index)
