"""Pure. What an entry of a timeline keeps of the columns it changed, so that the last step can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

UNDO_WITHIN = timedelta(seconds=60)
"""So long the page offers it, and others are told of nothing that could still be taken back."""

UNDOABLE = frozenset(
    {
        *("acknowledged", "assigned", "closed", "dismissed", "paused", "resumed", "snoozed", "reopened"),
        *("promised", "promise_kept", "promise_broken", "promise_withdrawn"),
    }
)
"""Steps that only change the case itself. What was said to a partner cannot be taken back."""

_INSTANTS = frozenset(
    {
        "acknowledged_at",
        "contacted_at",
        "closed_at",
        "contact_due_at",
        "resolve_due_at",
        "due_at",
        "warn_at",
        "resolve_warn_at",
        "wakes_at",
        "paused_at",
        "paused_until",
        "snoozed_until",
    }
)
_IDS = frozenset({"owner_id", "team_id", "settlement_id", "contact_id", "response_id", "merged_into_id"})


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON holds them."""
    return {name: _plain(value) for name, value in values.items()}


def restored(before: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as they were, from what `plain` kept of them."""
    return {name: _restored(name, value) for name, value in before.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # an instant is one too
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _restored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    return UUID(value) if name in _IDS else value
