"""Pure. Which touchpoints an event reaches: by its type alone. Conditions are for the deciding, which records them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from journeys.definitions import AttributeDefinition, JourneyDefinition, TouchpointDefinition

DEFAULT_MAX_AGE_DAYS = 14.0


@dataclass(slots=True)
class EventTypeMatch:
    """What the map knows about one event type: the touchpoints it reaches and the attributes they declare."""

    touchpoints: list[TouchpointDefinition] = field(default_factory=list)
    attributes: dict[str, AttributeDefinition] = field(default_factory=dict)
    partner_attributes: dict[str, AttributeDefinition] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The touchpoints' keys in the order of the map."""
        return tuple(touchpoint.key for touchpoint in self.touchpoints)


NO_MATCH = EventTypeMatch()
"""An event of a type that no touchpoint names: it is recorded, and asks nobody."""

EventTypes = Mapping[str, EventTypeMatch]


def match_by_type(journeys: Iterable[JourneyDefinition]) -> dict[str, EventTypeMatch]:
    """Every event type of the map with what it reaches."""
    matches: dict[str, EventTypeMatch] = {}
    for journey in journeys:
        for touchpoint in journey.touchpoints():
            match = matches.setdefault(touchpoint.event, EventTypeMatch())
            match.touchpoints.append(touchpoint)
            match.attributes.update(touchpoint.attributes)
            match.partner_attributes.update(touchpoint.partner_attributes)
    return matches


def max_age_days(match: EventTypeMatch, program_days: float = DEFAULT_MAX_AGE_DAYS) -> float:
    """The greatest age, in days, at which an event of this type still asks somebody at one of its touchpoints."""
    days = [
        float(touchpoint.sampling.get("max_age_days", program_days)) if touchpoint.sampling else program_days
        for touchpoint in match.touchpoints
    ]
    return max(days, default=program_days)
