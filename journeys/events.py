"""Pure. What the journeys announce to the floors above."""

from __future__ import annotations

from uuid import UUID

from feedback_engine.foundation.events import Event

RECOVERY_SOURCE = "recovery:case"
"""The source of events that ask how a settled case is now; only the engine makes them, for no cap holds them back."""


class TouchpointReached(Event):
    """A recorded event is one of our defined moments. `replayed`: it comes from imported history."""

    event_id: UUID
    touchpoints: tuple[str, ...]
    replayed: bool = False
