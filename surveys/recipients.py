"""Reads whom invitations go to: contact, partner, owner, and the event that made us ask."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import wave_store
from surveys.store import InvitationRow
from surveys.wording import Happened, Recipient


def recipients_of(
    reading: Reading, invitations: Sequence[InvitationRow], wanted: frozenset[str]
) -> dict[UUID, Recipient]:
    """The recipient of each invitation, by its id; invitations whose contact is gone are left out.

    `wanted` names the event attributes that their surveys' texts use.
    """
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in invitations})
    partner_ids = {row.partner_id for row in invitations}
    partners = directory.partners_by_id(reading, partner_ids)
    owners = directory.owners_of(reading, partner_ids, reading.now)
    happened = what_happened(reading, {row.event_id for row in invitations}, wanted)
    return {
        row.id: Recipient(
            contact=contacts[row.contact_id],
            partner=partners.get(row.partner_id),
            owner=owners.get(row.partner_id),
            happened=happened.get(row.event_id),
        )
        for row in invitations
        if row.contact_id in contacts
    }


def what_happened(reading: Reading, event_ids: set[UUID], wanted: frozenset[str]) -> dict[UUID, Happened]:
    """The events behind invitations, with the attributes that texts ask for.

    Personal attributes are kept aside, so that erasure can remove them: they are read only where a text needs one.
    """
    events = journeys.events_by_id(reading, event_ids).values()
    pinned = {event.id: event.attributes.get("event", {}) for event in events}
    lacking = {event_id for event_id, attributes in pinned.items() if wanted - attributes.keys()}
    personal = journeys.personal_attributes(reading, lacking) if lacking else {}
    return {
        event.id: Happened(
            event.at,
            {**pinned[event.id], **personal.get(event.id, {})},
            of_wave=event.source.startswith(wave_store.SOURCE),
        )
        for event in events
    }
