"""Pure. What every source of events yields: drafts, and what it had to reject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from journeys.sources.mapping import EventMapping


@dataclass(slots=True)
class ContactDraft:
    """The contact as an event names it; None where it says nothing. Never changed once it is made."""

    email: str
    name: str | None = None
    role: str | None = None
    language: str | None = None
    time_zone: str | None = None


@dataclass(slots=True)
class EventDraft:
    """One event as its source tells it. `at` is None when it says no time: then it happens at intake.

    `index` counts the records of the source from 0. Never changed once it is made; not frozen only because that would
    treble the time to make one.
    """

    index: int
    source: str
    id: str
    type: str
    subject: str
    at: datetime | None
    contact: ContactDraft | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is no event: where it is wrong (a JSON pointer) and what to do."""

    index: int
    pointer: str
    detail: str


Read = Callable[[IO[bytes], EventMapping | None], Iterator[EventDraft | Rejected]]


@dataclass(frozen=True, slots=True)
class Source:
    """One way in which events come: its name, the file endings it reads, and whether it needs a mapping."""

    name: str
    suffixes: tuple[str, ...]
    needs_mapping: bool
    read: Read
