"""Pure. What intake says about one event: taken in, known already, contradicting what is known, or rejected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from unicodedata import normalize
from uuid import UUID

import orjson

from journeys.event_key import event_key, shard_of_event_key
from journeys.sources.draft import EventDraft, Rejected

Status = Literal["accepted", "duplicate", "conflict", "rejected"]
Mode = Literal["live", "history"]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCKS_MAY_DIFFER = timedelta(days=2)
"""How far ahead of our clock an event may claim to be: a day of time zones, and a clock set wrong."""


@dataclass(slots=True)
class IntakeResult:
    """What became of one record. `event_id` is that of the recorded event, also when it was recorded before.
    `new_partner` is the key of a partner that nobody knew before this event.

    Like all that is made for each event here it is never changed; not frozen only to be made in a third of the time.
    """

    index: int
    status: Status
    event_id: UUID | None = None
    pointer: str = ""
    detail: str = ""
    warnings: tuple[str, ...] = ()
    new_partner: str = ""


@dataclass(slots=True)
class KeyedDraft:
    """A draft with its 64-bit key, its natural key (shard, source, id) and the hash of what it says."""

    draft: EventDraft
    key: int
    natural_key: tuple[int, str, str]
    body_hash: bytes


def keyed(draft: EventDraft) -> KeyedDraft:
    """The draft with the keys under which intake knows it; its subject as the directory writes keys (trimmed, NFC)."""
    subject = draft.subject.strip()
    if not subject.isascii():
        subject = normalize("NFC", subject)
    if subject != draft.subject:
        draft = replace(draft, subject=subject)
    key = event_key(draft.source, draft.id)
    return KeyedDraft(draft, key, (shard_of_event_key(key), draft.source, draft.id), body_hash(draft))


def body_hash(draft: EventDraft) -> bytes:
    """SHA-256 of everything the event says besides source and id, whatever form it was sent in.

    The same instant in another zone is the same; a missing time stays missing, so that a repeated send is known.
    """
    contact = draft.contact
    said: list[Any] = [
        draft.type,
        draft.subject,
        draft.at,
        contact and [contact.email, contact.name, contact.role, contact.language, contact.time_zone],
        draft.attributes,
    ]
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)).digest()


def compare(later: KeyedDraft, event_id: UUID, known_hash: bytes) -> IntakeResult:
    """What a draft is whose natural key is taken: a duplicate when it says the same, else a conflict."""
    if later.body_hash == known_hash:
        return IntakeResult(later.draft.index, "duplicate", event_id)
    return IntakeResult(
        later.draft.index,
        "conflict",
        event_id,
        "/id",
        f"The event {later.draft.id!r} of {later.draft.source!r} was recorded before with other content, which stays. "
        "Send a correction under an id of its own.",
    )


def time_fault(at: datetime | None, now: datetime, mode: Mode) -> str | None:
    """What is wrong with an event's instant."""
    if at is None:
        return "An event of the past must say its time." if mode == "history" else None
    if at < EARLIEST:
        return f"The time lies before {EARLIEST.year}; check the year."
    if at > now + (CLOCKS_MAY_DIFFER if mode == "live" else timedelta(0)):
        return "The time lies in the future; an event is sent after it has happened."
    return None


def rejected(refusal: Rejected) -> IntakeResult:
    """The result of a record that was no event."""
    return IntakeResult(refusal.index, "rejected", None, refusal.pointer, refusal.detail)


def in_history_order(draft: EventDraft) -> tuple[datetime, str, str]:
    """The order in which history is decided: by time, source and id (SAMPLING, History and waves)."""
    return (draft.at or EARLIEST, draft.source, draft.id)
