"""Writes consent: stops asking a person, lifts what may be lifted, and erases a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from feedback_engine.directory import store
from feedback_engine.directory.consent import ALL, CAUSES, Cause, is_scope, may_lift
from feedback_engine.directory.contacts import erase_contacts
from feedback_engine.directory.events import ContactErased, ContactUnsubscribed
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import UnitOfWork

# Whoever said no in so many words has it announced; a bounce is no word of theirs, an erasure has its own event.
_SAID = frozenset({"opted_out", "complaint", "objected"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One person, what they are no longer asked about, and why."""

    person: bytes
    scope: str
    cause: Cause


def suppress(uow: UnitOfWork, person: bytes, scope: str, cause: Cause) -> bool:
    """Stop asking a person; False when the same reason stands already. Raises Invalid for an unknown scope."""
    return bool(suppress_all(uow, [Stop(person, scope, cause)]))


def suppress_all(uow: UnitOfWork, stops: Sequence[Stop]) -> list[Stop]:
    """Stop asking several persons; the stops that are new. An opt-out is announced for every contact of the person."""
    for stop in stops:
        if not is_scope(stop.scope) or stop.cause not in CAUSES:
            raise Invalid(gettext("A suppression covers “all” or one survey family, for a known cause."))
    stops = list(dict.fromkeys(stops))
    held = store.suppressions_of(uow.connection, {stop.person for stop in stops})
    in_force = {(each.person, each.scope, each.cause) for each in held}
    new = [stop for stop in stops if (stop.person, stop.scope, stop.cause) not in in_force]
    rows = [
        {
            "id": ids.new_reference_id(),
            "person": stop.person,
            "scope": stop.scope,
            "cause": stop.cause,
            "since_at": uow.now,
            "lifted_at": None,
        }
        for stop in new
    ]
    store.insert_missing(uow.connection, store.SUPPRESSION, rows)
    _announce(uow, [stop for stop in new if stop.cause in _SAID])
    for row in rows:
        uow.audit("person.suppressed", "suppression", str(row["id"]), {"scope": row["scope"], "cause": row["cause"]})
    return new


def lift_suppression(uow: UnitOfWork, suppression_id: UUID) -> None:
    """Let a person be asked again. Raises NotFound, and Conflict for a cause that only the person can end."""
    found = store.find_suppression(uow.connection, suppression_id)
    if found is None:
        raise NotFound(gettext("This stop was lifted already, or never stood."))
    if not may_lift(found.cause):
        raise Conflict(gettext("A complaint, an objection or an erasure cannot be lifted by us."))
    store.lift_suppression(uow.connection, suppression_id, uow.now)
    uow.audit("person.lifted", "suppression", str(suppression_id), {"scope": found.scope, "cause": found.cause})


def erase_person(uow: UnitOfWork, person: bytes) -> list[UUID]:
    """Forget a person in the directory, at every partner; the ids of their contacts. The keyed hash keeps the wish.

    Other slices erase what they hold on `ContactErased`.
    """
    contacts = store.contacts_of_persons(uow.connection, [person], lock=True)
    suppress(uow, person, ALL, "erased")
    named = [contact for contact in contacts if contact.state != "erased"]
    erase_contacts(uow, named)
    uow.emit_all(ContactErased(partner_id=each.partner_id, contact_id=each.id) for each in named)
    for each in named:
        uow.audit("contact.erased", "contact", str(each.id))
    return [each.id for each in contacts]


def _announce(uow: UnitOfWork, stops: Sequence[Stop]) -> None:
    scopes: dict[bytes, list[str]] = {}
    for stop in stops:
        scopes.setdefault(stop.person, []).append(stop.scope)
    uow.emit_all(
        ContactUnsubscribed(partner_id=contact.partner_id, contact_id=contact.id, scope=scope)
        for contact in store.contacts_of_persons(uow.connection, scopes)
        for scope in scopes[contact.person]
    )
