"""What events would be if they were recorded now, without recording them."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Reading
from journeys.planning import plan_batch
from journeys.reading import EventView
from journeys.snapshot import pin
from journeys.sources.draft import EventDraft


def foresee_events(reading: Reading, keys: Keys, drafts: Sequence[EventDraft]) -> dict[int, EventView]:
    """The live events that these drafts about known contacts would become now, by the index of the draft.

    Left out is what was recorded before, what would be refused, and whatever would first have to write a contact.
    """
    plan = plan_batch(reading, keys, drafts, "live")
    found: dict[int, EventView] = {}
    for event in plan.events:
        partner, contact = plan.partners.get(event.subject), plan.contacts.get(event.event_id)
        if partner is None or contact is None:
            continue
        found[event.draft.index] = EventView(
            id=event.event_id,
            partner_id=partner.id,
            contact_id=contact.id,
            source=event.draft.source,
            external_id=event.draft.id,
            event_key=event.keyed.key,
            type=event.draft.type,
            at=event.draft.at or reading.now,
            received_at=reading.now,
            attributes=pin(event.attributes.pinned, partner, contact, event.contact, event.match),
            replayed=False,
        )
    return found
