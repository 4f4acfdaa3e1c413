"""Reads the register for an import to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_engine.directory import reading as directory
from feedback_engine.directory.addresses import normalise_address
from feedback_engine.directory.contacts import PersonKeys
from feedback_engine.directory.importing import store
from feedback_engine.directory.importing.known import Known
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.foundation.unit_of_work import Reading


def read_known(reading: Reading, keys: PersonKeys) -> Known:
    """All partners, their owners of today, all contacts and staff, and who asked to be forgotten."""
    partners = {partner.key: partner for partner in store.all_partners(reading.connection)}
    key_of = {partner.id: partner.key for partner in partners.values()}
    owners = directory.owners_of(reading, key_of, reading.now)
    return Known(
        partners=partners,
        owners={key_of[partner_id]: owner for partner_id, owner in owners.items()},
        contacts={
            (key_of[contact.partner_id], normalise_address(contact.email)): contact
            for contact in store.all_contacts(reading.connection)
            if contact.partner_id in key_of
        },
        staff=directory.list_staff(reading),
        forgotten=_Forgotten(keys, store.forgotten_persons(reading.connection)),
        owning_roles=MAY_OWN,
    )


@dataclass(frozen=True, slots=True)
class _Forgotten:
    """The addresses of forgotten people: only their hashes are kept, so an address can be tested but not listed."""

    keys: PersonKeys
    persons: frozenset[bytes]

    def __contains__(self, identity: object) -> bool:
        return bool(self.persons) and self.keys.person(str(identity)) in self.persons
