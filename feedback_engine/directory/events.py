"""Pure. What the directory announces: a person opted out, was erased or left; a partner changed hands."""

from __future__ import annotations

from uuid import UUID

from feedback_engine.foundation.events import Event


class ContactUnsubscribed(Event):
    """A contact asked for no more mail; `scope` is `all` or `family:<survey family>`."""

    contact_id: UUID
    scope: str


class ContactErased(Event):
    """A contact's personal details are gone; whoever holds words or addresses of theirs erases them too."""

    contact_id: UUID


class OwnerChanged(Event):
    """From now on `staff_id` answers for the partner."""

    staff_id: UUID


class ContactLeft(Event):
    """A contact does not work at the partner any more; what waits for them there is not to be sent."""

    contact_id: UUID
