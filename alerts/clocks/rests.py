"""Pure. When the clock of a case stood still, read from its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

KINDS = ("paused", "resumed", "closed", "dismissed", "merged", "reopened", "undone")
"""The kinds of entries that may begin or end a pause."""


def rests_of(entries: Sequence[Any], now: datetime) -> list[tuple[datetime, datetime]]:
    """When the clock stood still: from each pause to what ended it, or to now."""
    found: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    ended_by = ""
    for entry in entries:
        undoes = entry.detail.get("entry", "") if entry.kind == "undone" else ""
        if entry.kind == "paused":
            since, ended_by = entry.at, ""
        elif undoes and undoes == ended_by:
            # What ended the pause was taken back: the pause goes on as if nothing had been.
            since, ended_by = found.pop()[0], ""
        elif since is not None and (entry.kind != "undone" or undoes == "paused"):
            found.append((since, entry.at))
            since, ended_by = None, entry.kind
        else:
            ended_by = ""
    return [*found, (since, now)] if since is not None else found


def clock_at(rests: Sequence[tuple[datetime, datetime]], at: datetime) -> datetime:
    """The instant that a clock with these rests showed at another one: within a rest, that at which it began."""
    return next((since for since, until in rests if since < at <= until), at)
