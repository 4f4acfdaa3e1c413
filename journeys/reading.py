"""What the floors above may read of the journeys: the map in force, and the recorded events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from feedback_engine.foundation import versions
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.versions import InForce
from journeys import store
from journeys.condition_words import attribute_words, condition_words
from journeys.definitions import JourneyDefinition, StageDefinition, TouchpointDefinition
from journeys.event_key import to_unsigned
from journeys.matching import DEFAULT_MAX_AGE_DAYS, EventTypeMatch, match_by_type
from journeys.store import is_called

__all__ = [
    "EventView",
    "PlacedTouchpoint",
    "attribute_names",
    "attribute_words",
    "condition_words",
    "count_by_type",
    "event_told",
    "event_types",
    "events_by_id",
    "events_of_partner",
    "find_event",
    "happened_since",
    "is_called",
    "journey_map",
    "latest_of_types",
    "personal_attributes",
    "program_max_age_days",
    "recent_events",
    "touchpoint",
    "touchpoints",
]


class EventView(NamedTuple):
    """One recorded event. `event_key` is unsigned; `attributes` has the parts event, partner and contact."""

    id: UUID
    partner_id: UUID
    contact_id: UUID | None
    source: str
    external_id: str
    event_key: int
    type: str
    at: datetime
    received_at: datetime
    attributes: dict[str, Any]
    replayed: bool


@dataclass(frozen=True, slots=True)
class PlacedTouchpoint:
    """A touchpoint with its place on the map."""

    journey: JourneyDefinition
    stage: StageDefinition
    definition: TouchpointDefinition


def events_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, EventView]:
    """The events with these ids; ids that do not exist are left out."""
    return {event.id: event for event in map(_view, store.events_by_id(reading, ids))}


def find_event(reading: Reading, source: str, external_id: str) -> EventView | None:
    """The event that `source` knows as `external_id`."""
    event_id = store.find_event_id(reading, source, external_id)
    return None if event_id is None else events_by_id(reading, [event_id]).get(event_id)


def recent_events(reading: Reading, types: Sequence[str], limit: int = 20) -> list[EventView]:
    """The latest events of these types, newest first."""
    return [_view(row) for row in store.recent_events(reading, types=types, limit=limit)] if types else []


def events_of_partner(reading: Reading, partner_id: UUID, limit: int = 20) -> list[EventView]:
    """The latest events of a partner, newest first."""
    return [_view(row) for row in store.recent_events(reading, partner_id=partner_id, limit=limit)]


def happened_since(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When something happened at each of these partners after `since`, newest first; others are left out."""
    found: dict[UUID, list[datetime]] = {}
    for partner_id, at in store.event_instants(reading, partner_ids, since) if partner_ids else ():
        found.setdefault(partner_id, []).append(at)
    return found


def latest_of_types(
    reading: Reading, partner_ids: Collection[UUID], types: Collection[str], since: datetime
) -> dict[UUID, list[EventView]]:
    """The last event of each of these types at each partner after `since`; partners without one are left out."""
    found: dict[UUID, list[EventView]] = {}
    for event in map(_view, store.latest_of_types(reading, partner_ids, types, since) if partner_ids else ()):
        found.setdefault(event.partner_id, []).append(event)
    return found


def count_by_type(reading: Reading, types: Collection[str], from_at: datetime, to_at: datetime) -> dict[str, int]:
    """How many events of each of these types happened in [from_at, to_at); types without events are left out."""
    return store.count_by_type(reading, types, from_at, to_at)


def personal_attributes(reading: Reading, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The personal attributes of these events, as far as they have any and were not erased."""
    return store.personal_attributes(reading, ids)


def event_told(reading: Reading, event_id: UUID) -> tuple[datetime, dict[str, Any]] | None:
    """When an event happened and what it said, personal attributes included as far as they were not erased."""
    found = store.find_told(reading, event_id)
    if found is None:
        return None
    at, attributes, personal = found
    return at, {**attributes.get("event", {}), **(personal or {})}


def journey_map(reading: Reading, at: datetime | None = None) -> list[JourneyDefinition]:
    """The journeys in force at `at` (default: now), by key. One taken off the map has an empty definition."""
    return [_DEFINITIONS.of(journey) for journey in _on_the_map(reading, at)]


def event_types(reading: Reading, at: datetime | None = None) -> Mapping[str, EventTypeMatch]:
    """Every event type on the map in force, with the touchpoints it reaches and the attributes they declare."""
    return _MATCHES.of(*_on_the_map(reading, at))


def touchpoints(reading: Reading, at: datetime | None = None) -> list[PlacedTouchpoint]:
    """Every touchpoint in force, in the order of the map."""
    return [
        PlacedTouchpoint(journey, stage, definition)
        for journey in journey_map(reading, at)
        for stage in journey.stages
        for definition in stage.touchpoints
    ]


def attribute_names(reading: Reading, locale: str) -> dict[str, dict[str, str]]:
    """What pages call the attributes of each touchpoint in force, by its key: as the map names them, else by their own
    name in words."""
    return {
        placed.definition.key: {
            name: attribute.name.get(locale) if attribute.name else attribute_words(name)
            for name, attribute in placed.definition.attributes.items()
        }
        for placed in touchpoints(reading)
    }


def touchpoint(reading: Reading, key: str, at: datetime | None = None) -> PlacedTouchpoint:
    """The touchpoint of this key. Raises NotFound."""
    for placed in touchpoints(reading, at):
        if placed.definition.key == key:
            return placed
    raise NotFound(f"There is no touchpoint {key} on the journey map in force.")


def program_max_age_days(reading: Reading) -> float:
    """The program's own limit to an event's age, in days, where a touchpoint sets none."""
    program = versions.in_force(reading, "program", "program")
    sampling = (program.body.get("sampling") or {}) if program else {}
    return float(sampling.get("max_age_days", DEFAULT_MAX_AGE_DAYS))


def _on_the_map(reading: Reading, at: datetime | None) -> list[InForce]:
    return [journey for journey in versions.all_in_force(reading, "journey", at) if journey.body]


_DEFINITIONS = versions.Made(lambda found: JourneyDefinition.model_validate_json(orjson.dumps(found.body)))
_MATCHES = versions.Made(lambda *found: match_by_type(map(_DEFINITIONS.of, found)), kept=8)


def _view(row: Sequence[Any]) -> EventView:
    return EventView._make((*row[:5], to_unsigned(row[5]), *row[6:]))
