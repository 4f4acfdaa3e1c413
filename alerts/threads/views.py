"""Pure. What a thread tells others: frozen values of mails, files, talks, and of mail that matched nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.mail.quoting import without_history


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on a case, without its content; `message_id` is empty for one on a note."""

    id: UUID
    case_id: UUID
    message_id: UUID | None
    name: str
    media_type: str
    size: int
    from_partner: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A mail of a thread. `state` is that of the mail in the queue, empty for one that came in. `sent_by` is the name
    of whoever of us had it sent in the name of `writer`, empty where they are one."""

    id: UUID
    direction: str
    automatic: str
    writer: str
    subject: str
    text: str
    left_out: int
    at: datetime
    returned_at: datetime | None
    state: str
    reason: str
    files: tuple[FileView, ...]
    sent_by: str

    @property
    def shown(self) -> str:
        """The new words, without the history below them."""
        return without_history(self.text) if self.direction == "in" else self.text

    @property
    def is_cut(self) -> bool:
        """Whether the whole says more than what is shown."""
        return self.shown != self.text.strip()

    @property
    def has_not_left(self) -> bool:
        """Whether nobody got it yet, nor the keys that are quoted in it."""
        return self.state in ("queued", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A talk in the calendars of both sides; `reason` says why it is off, empty while it is planned.

    `guest` is the contact who is invited, None once they were erased.
    """

    id: UUID
    uid: str
    sequence: int
    state: str
    closing: bool
    starts_at: datetime
    minutes: int
    zone: str
    subject: str
    place: str
    text: str
    reason: str
    guest: ContactView | None

    @property
    def guest_name(self) -> str:
        """Who of the partner is on the call; empty once they were erased."""
        return (self.guest.name or self.guest.email) if self.guest else ""

    @property
    def day(self) -> str:
        """Its day by the partner's clock, as a field of a form holds it."""
        return f"{self.starts_at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}"

    @property
    def time(self) -> str:
        """Its hour by the partner's clock, as a field of a form holds it."""
        return f"{self.starts_at.astimezone(ZoneInfo(self.zone)):%H:%M}"


@dataclass(frozen=True, slots=True)
class ThreadView:
    """All of a case that is mail, talk or file. `refusal` is why nothing can be sent to the contact, as words.

    `zone` is that in which the partner reads the clock, and whether anybody knows it.
    """

    messages: tuple[MessageView, ...]
    meetings: tuple[MeetingView, ...]
    files: tuple[FileView, ...]
    refusal: str
    zone: str
    zone_known: bool
    subject: str
    draft: str
    language: str


@dataclass(frozen=True, slots=True)
class UnmatchedView:
    """A mail that matched nothing; `reason` is a code."""

    id: UUID
    reason: str
    sender: str
    subject: str
    text: str
    size: int
    suspected: str
    received_at: datetime
    settled_at: datetime | None
    settled_by: str | None
