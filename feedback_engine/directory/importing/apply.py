"""Writes what an import plan decided, through the directory's own services, in short transactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.contacts import PersonKeys
from feedback_engine.directory.importing.plan import ImportPlan, PlannedContact, PlannedPartner
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation.unit_of_work import Actor, UnitOfWork, Work

PARTNERS_IN_ONE_TRANSACTION = 5
"""Some 8 ms of write lock, contacts and owners included; 25 at once held it for 40 ms."""

COUNTED = (
    "partners_created",
    "partners_changed",
    "contacts_created",
    "contacts_changed",
    "owners_assigned",
    "partners_refused",
)
"""What an import counts; `partners_refused` are those whose parents would form a circle."""

Counts = Counter[str]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some partners that a plan writes something of, with the contacts it writes."""

    partners: Sequence[PlannedPartner]
    contacts: Sequence[PlannedContact]


def apply_plan(
    work: Work, keys: PersonKeys, actor: Actor, plan: ImportPlan, reference: str = "", progress: Progress | None = None
) -> dict[str, int]:
    """Write everything new or changed; how many of each of COUNTED.

    Writing the same plan again changes nothing, so an import that broke off is simply repeated. `progress` is told how
    many partners were dealt with since the last call. Parents may change places within one file, so partners whose
    family is refused at first are tried again when all others are written.
    """
    counts = Counts(dict.fromkeys(COUNTED, 0))
    refused: list[PlannedPartner] = []
    for batch in _batches(plan):
        with work.begin(actor=actor) as uow:
            written, again = _write_batch(uow, keys, batch)
        counts.update(written)
        refused += again
        if progress:
            progress(len(batch.partners))
    with work.begin(actor=actor) as uow:
        if refused:
            written, again = _write_partners(uow, refused)
            counts.update(written, partners_refused=len(again))
        uow.audit("import.applied", "import", reference, dict(counts))
    return dict(counts)


def partners_to_write(plan: ImportPlan) -> int:
    """How many partners an import deals with: those it changes, and those of whom it changes a contact."""
    return len(_touched(plan, _contacts_by_partner(plan)))


def _contacts_by_partner(plan: ImportPlan) -> dict[str, list[PlannedContact]]:
    contacts: dict[str, list[PlannedContact]] = {}
    for contact in plan.contacts:
        if contact.change != "unchanged":
            contacts.setdefault(contact.partner_key, []).append(contact)
    return contacts


def _touched(plan: ImportPlan, contacts: Mapping[str, Sequence[PlannedContact]]) -> list[PlannedPartner]:
    return [each for each in plan.partners if each.change != "unchanged" or each.key in contacts]


def _batches(plan: ImportPlan) -> Iterator[_Batch]:
    contacts = _contacts_by_partner(plan)
    partners = _touched(plan, contacts)
    for start in range(0, len(partners), PARTNERS_IN_ONE_TRANSACTION):
        chosen = partners[start : start + PARTNERS_IN_ONE_TRANSACTION]
        yield _Batch(chosen, [contact for partner in chosen for contact in contacts.get(partner.key, ())])


def _write_batch(uow: UnitOfWork, keys: PersonKeys, batch: _Batch) -> tuple[Counts, list[PlannedPartner]]:
    changed = [partner for partner in batch.partners if partner.change != "unchanged"]
    counts, refused = _write_partners(uow, changed)
    views = directory.partners_by_key(uow, [partner.key for partner in batch.partners])
    contacts = service.upsert_contacts(
        uow,
        keys,
        [
            (views[contact.partner_key].id, service.ContactInput(email=contact.email, **contact.values))
            for contact in batch.contacts
        ],
    )
    owners = [(views[partner.key].id, partner.owner.id) for partner in changed if partner.owner]
    counts.update(
        contacts_created=_count(contacts, "created"),
        contacts_changed=_count(contacts, "changed"),
        owners_assigned=len(service.assign_owners(uow, owners)),
    )
    return counts, refused


def _write_partners(uow: UnitOfWork, partners: Sequence[PlannedPartner]) -> tuple[Counts, list[PlannedPartner]]:
    """The counts, and the partners whose parents were refused."""
    results = service.upsert_partners(uow, [_input_of(partner) for partner in partners])
    refused = [partner for partner, written in zip(partners, results, strict=True) if written.outcome == "refused"]
    counted = Counts(partners_created=_count(results, "created"), partners_changed=_count(results, "changed"))
    return counted, refused


def _input_of(partner: PlannedPartner) -> service.PartnerInput:
    values: Mapping[str, Any] = partner.values
    return service.PartnerInput(key=partner.key, attributes=dict(partner.attributes) or None, **values)


def _count(
    results: Sequence[service.Upserted[PartnerView]] | Sequence[service.Upserted[ContactView]], outcome: str
) -> int:
    return sum(1 for result in results if result.outcome == outcome)
