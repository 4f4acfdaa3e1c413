"""Pure. A talk as an iCalendar object (RFC 5545) with what a calendar shall do with it (RFC 5546)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    # Read when the first talk is written: most processes write none.
    from icalendar import vCalAddress

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
_PRODUCT = "-//feedback-engine//cases//EN"


class Talk(Protocol):
    """What of a meeting stands in a calendar."""

    @property
    def uid(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def minutes(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def text(self) -> str: ...


class Somebody(Protocol):
    """One side of a talk."""

    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...


def calendar_of(
    talk: Talk,
    method: Method,
    now: datetime,
    *,
    organizer: Somebody,
    attendee: Somebody,
    sent_by: str = "",
    present: str = "",
) -> bytes:
    """The calendar object of a talk, in UTC, which every program shows in its reader's zone.

    UID and SEQUENCE are the talk's own: by them a calendar knows which entry to replace, and whether this is newer.
    `sent_by` is the address that the mail comes from, where that is not the organizer's; `present` says who invites
    and who will be there, where those are two people.
    """
    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", talk.uid)
    event.add("sequence", talk.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", talk.starts_at)
    event.add("dtend", talk.starts_at + timedelta(minutes=talk.minutes))
    event.add("summary", talk.subject)
    event.add("status", "CANCELLED" if method == "CANCEL" or talk.state == "cancelled" else "CONFIRMED")
    for name, text in (("location", talk.place), ("description", "\n\n".join(filter(None, (present, talk.text))))):
        if text:
            event.add(name, text)
    event.add("organizer", _address(organizer, sent_by=sent_by))
    event.add("attendee", _address(attendee, invited=True))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(somebody: Somebody, *, sent_by: str = "", invited: bool = False) -> vCalAddress:
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{somebody.email}")
    # In a parameter no quotation mark and no control character can be written (RFC 5545, 3.1).
    name = "".join(sign for sign in somebody.name if sign.isprintable() and sign != '"')
    if name:
        address.params["CN"] = name
    if sent_by and sent_by.lower() != somebody.email.lower():
        address.params["SENT-BY"] = f"mailto:{sent_by}"
    if invited:
        address.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return address
