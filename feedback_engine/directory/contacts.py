"""Writes contacts: who is at a partner, who has left or moved, and who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from feedback_engine.directory import store
from feedback_engine.directory.changes import (
    Upserted,
    changed_contact,
    erased_contact,
    is_written,
    new_contact,
    outcome_of,
    search_text,
)
from feedback_engine.directory.events import ContactLeft
from feedback_engine.directory.inputs import ContactInput
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

Place = tuple[UUID, bytes]
"""Partner and person: what a contact is known by."""


class PersonKeys(Protocol):
    """Names the person behind a normalised address; `Engine.keys` does."""

    def person(self, normalised_address: str) -> bytes: ...


def preview_contacts(
    reading: Reading, keys: PersonKeys, wanted: Sequence[tuple[UUID, ContactInput]]
) -> list[Upserted[ContactView]]:
    """What `upsert_contacts` would do with the same inputs, without doing it; new contacts have a made-up id."""
    placed = _placed(keys, wanted)
    found = _found(store.contacts_of_persons(reading.connection, {person for (_, person), _ in placed}))
    missing = _missing(reading, found, placed)
    return _decide_contacts(found | missing, missing, placed)


def upsert_contacts(
    uow: UnitOfWork, keys: PersonKeys, wanted: Sequence[tuple[UUID, ContactInput]]
) -> list[Upserted[ContactView]]:
    """Write contacts, each given with the id of its partner, by partner and address; one result for each input.

    A person who asked to be forgotten comes back as an `erased` contact without address: the wish is kept, and the
    address is not.
    """
    placed = _placed(keys, wanted)
    persons = {person for (_, person), _ in placed}
    before = _found(store.contacts_of_persons(uow.connection, persons))
    missing = _missing(uow, before, placed)
    foreseen = [] if missing else _decide_contacts(before, {}, placed)
    if foreseen and not any(is_written(result) for result in foreseen):
        return foreseen  # Most events come from people who are known already: nothing to hold still, or to write.
    rows = [contact_row(view) | {"created_at": uow.now, "changed_at": uow.now} for view in missing.values()]
    store.insert_missing(uow.connection, store.CONTACT, rows)
    held = _found(store.contacts_of_persons(uow.connection, persons, lock=True))
    results = _decide_contacts(held, missing, placed)
    latest = {result.view.id: result for result in results if is_written(result)}
    changed = [contact_row(result.view) | {"changed_at": uow.now} for result in latest.values() if result.changes]
    store.update_contacts(uow.connection, changed)
    return results


def upsert_contact(uow: UnitOfWork, keys: PersonKeys, partner: PartnerView, wanted: ContactInput) -> ContactView:
    """Write one contact of a partner, by address."""
    return upsert_contacts(uow, keys, [(partner.id, wanted)])[0].view


def mark_contact_left(uow: UnitOfWork, contact_id: UUID) -> None:
    """Note that somebody works there no longer; they are not asked again, and mail that waits for them does not go.

    Raises NotFound, Conflict.
    """
    _move(uow, contact_id, "active", "left", gettext("This contact is already marked as having left."))
    contact = store.find_contact(uow.connection, contact_id)
    if contact is not None:
        uow.emit(ContactLeft(partner_id=contact.partner_id, contact_id=contact_id))


def move_contact(uow: UnitOfWork, contact_id: UUID, to: PartnerView) -> ContactView:
    """Let somebody be a contact of another partner from now on; returns the contact they are there.

    At the partner before they are marked as having left, and what they were asked and said stays there. The person is
    the same, so every cap on asks goes on. Raises NotFound, and Conflict for who is there already or was erased.
    """
    before = store.find_contact(uow.connection, contact_id)
    if before is None:
        raise NotFound(gettext("There is no such contact."))
    if before.state == "erased":
        raise Conflict(gettext("This person asked to be forgotten; there is nobody to move."))
    known = {each.partner_id: each for each in store.contacts_of_persons(uow.connection, [before.person], lock=True)}
    there = known.get(to.id)
    if before.partner_id == to.id or (there is not None and there.state == "active"):
        raise Conflict(gettext("They are a contact of {partner} already.", partner=to.name))
    if before.state == "active":
        mark_contact_left(uow, contact_id)
    moved = before._replace(
        id=there.id if there else ids.new_id(ids.shard_of(to.id)), partner_id=to.id, state="active", role=""
    )
    row = contact_row(moved) | {"changed_at": uow.now}
    if there is None:
        store.insert_missing(uow.connection, store.CONTACT, [row | {"created_at": uow.now}])
    else:
        store.update_contacts(uow.connection, [row])
    uow.audit("contact.moved", "contact", str(contact_id), {"to": str(moved.id)})
    return moved


def mark_contact_back(uow: UnitOfWork, contact_id: UUID) -> None:
    """Take back that somebody left. Raises NotFound, Conflict."""
    _move(uow, contact_id, "left", "active", gettext("This contact is not marked as having left."))


def erase_contacts(uow: UnitOfWork, contacts: Sequence[ContactView]) -> None:
    """Empty the rows of contacts whose person asked to be forgotten; ids and the person's hash stay."""
    rows = [contact_row(erased_contact(contact)) | {"changed_at": uow.now} for contact in contacts]
    store.update_contacts(uow.connection, rows)


def contact_row(view: ContactView) -> dict[str, Any]:
    """The columns of a contact, but for its two instants."""
    return view._asdict() | {"shard": ids.shard_of(view.id), "search_text": search_text(view.name, view.email)}


def _placed(keys: PersonKeys, wanted: Sequence[tuple[UUID, ContactInput]]) -> list[tuple[Place, ContactInput]]:
    return [((partner_id, keys.person(contact.identity)), contact) for partner_id, contact in wanted]


def _found(contacts: Sequence[ContactView]) -> dict[Place, ContactView]:
    return {(contact.partner_id, contact.person): contact for contact in contacts}


def _missing(
    reading: Reading, found: Mapping[Place, ContactView], placed: Sequence[tuple[Place, ContactInput]]
) -> dict[Place, ContactView]:
    """The contacts still to be made, of whom only the address is known, in a lasting order."""
    new = {place: wanted.email for place, wanted in placed if place not in found}
    if not new:
        return {}
    suppressions = store.suppressions_of(reading.connection, {person for _, person in new})
    forgotten = {each.person for each in suppressions if each.cause == "erased"}
    return {
        (partner_id, person): new_contact(
            ids.new_id(ids.shard_of(partner_id)), partner_id, person, "" if person in forgotten else email
        )
        for (partner_id, person), email in sorted(new.items())
    }


def _decide_contacts(
    known: Mapping[Place, ContactView],
    new_places: Mapping[Place, ContactView],
    placed: Sequence[tuple[Place, ContactInput]],
) -> list[Upserted[ContactView]]:
    """One result for each input, in order; a second input of the same contact sees what the first one did."""
    now_known, still_new = dict(known), set(new_places)
    results: list[Upserted[ContactView]] = []
    for place, wanted in placed:
        before = now_known[place]
        if before.state == "erased":
            results.append(Upserted(before, "erased"))
            continue
        after = changed_contact(before, wanted)
        results.append(outcome_of(before, after, is_new=place in still_new))
        now_known[place] = after
        still_new.discard(place)
    return results


def _move(uow: UnitOfWork, contact_id: UUID, from_state: str, to_state: str, otherwise: str) -> None:
    shard = ids.shard_of(contact_id)
    if store.move_contact(uow.connection, shard, contact_id, from_state=from_state, to_state=to_state, now=uow.now):
        uow.audit(f"contact.{to_state}", "contact", str(contact_id))
        return
    if not store.contacts_by_id(uow.connection, [contact_id]):
        raise NotFound(gettext("There is no such contact."))
    raise Conflict(otherwise)
