"""Reads what is to be decided: new events with their touchpoints and contacts, and deferred ones that fall due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import decision_store as store
from surveys.deciding_facts import Subject, roles_of
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import TouchpointRules

Reached = tuple[UUID, tuple[str, ...]]
"""A new event and the touchpoints it reached."""


def subjects_of_events(
    reading: Reading, reached: Sequence[Reached], rules_of: Callable[[str], TouchpointRules]
) -> list[Subject]:
    """The subjects of new events: one for each touchpoint and contact; none where something was decided before.

    History is decided at the instant of the event, everything else now. An event without a contact expands to the
    partner's active contacts whom the touchpoint is meant for; where there are none, it stands for nobody.
    """
    now = to_micros(reading.now)
    events = journeys.events_by_id(reading, {event_id for event_id, _ in reached})
    known = store.decided_already(reading, list(events))
    named = directory.contacts_by_id(reading, {event.contact_id for event in events.values() if event.contact_id})
    open_ended = {event.partner_id for event in events.values() if event.contact_id is None}
    colleagues = directory.contacts_of(reading, open_ended) if open_ended else {}
    found: list[Subject] = []
    for event_id, touchpoints in reached:
        event = events[event_id]
        at = to_micros(event.at) if event.replayed else now
        for place, touchpoint in enumerate(touchpoints):
            if (event_id, touchpoint) in known:
                continue
            contacts: Sequence[ContactView | None] = _meant(colleagues.get(event.partner_id, ()), rules_of(touchpoint))
            if event.contact_id is not None:
                contacts = [named[event.contact_id]]
            found += [
                Subject(event, touchpoint, contact, at, arrived_at=now, place=(place, number))
                for number, contact in enumerate(contacts or [None])
            ]
    return found


def _meant(contacts: Sequence[ContactView], rules: TouchpointRules) -> list[ContactView]:
    return [contact for contact in contacts if contact.state == "active" and rules.means(contact.role)]


def subjects_of_deferrals(reading: Reading, rows: Sequence[Row[Any]]) -> list[Subject]:
    """The subjects of deferred events, each at the instant it fell due."""
    events = journeys.events_by_id(reading, {row.event_id for row in rows})
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows})
    return [
        Subject(
            event=events[row.event_id],
            touchpoint=row.touchpoint,
            contact=contacts[row.contact_id],
            at=to_micros(row.due_at),
            attempt=row.attempt,
            previous_id=row.id,
            arrived_at=to_micros(row.arrived_at),
        )
        for row in rows
    ]


class HeardRoles:
    """When we last heard from each role of a partner: those longest unheard go first when several wait."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[UUID, dict[str, int]] = {}

    def load(self, partner_ids: Collection[UUID]) -> None:
        """Read many partners at once."""
        answers = store.last_answers(self._reading, partner_ids)
        roles = roles_of(self._reading, {contact_id for _, contact_id in answers}) if answers else {}
        found: dict[UUID, dict[str, int]] = {partner_id: defaultdict(int) for partner_id in partner_ids}
        for (partner_id, contact_id), at in answers.items():
            heard = found[partner_id]
            role = roles.get(contact_id, "")
            heard[role] = max(heard[role], to_micros(at))
        self._known |= found

    def last(self, subject: Subject) -> int:
        """The instant we last heard from the role of a subject's contact, 0 for never."""
        if subject.event.partner_id not in self._known:
            self.load([subject.event.partner_id])
        role = subject.contact.role if subject.contact else ""
        return self._known[subject.event.partner_id].get(role, 0)
