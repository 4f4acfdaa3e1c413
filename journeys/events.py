"""Pure. What the journeys announce to the floors above."""

from __future__ import annotations

from uuid import UUID

from feedback_engine.foundation.events import Event


class TouchpointReached(Event):
    """A recorded event is one of our defined moments. `replayed`: it comes from imported history."""

    event_id: UUID
    touchpoints: tuple[str, ...]
    replayed: bool = False
