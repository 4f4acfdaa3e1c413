"""Pure. One mail as bytes: checked addresses, encoded headers, a plain part and an HTML part.

The parts are assembled by hand because the standard library's message classes cost some 2 ms a mail; the format is
RFC 5322 with RFC 2045-2047 encodings, and every value is checked or encoded so that no header can be smuggled in.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from urllib.parse import quote as url_quote

from feedback_engine.foundation.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_LINE = 76


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox with the name it is shown under.

    Raises Invalid when the address is not one plain address or either part holds a control character.
    """

    email: str
    name: str = ""

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.email) or len(self.email) > 254:
            raise Invalid("The mail address is not one plain address like ana@acme.example.")
        if _CONTROL.search(self.name):
            raise Invalid("The name of a mail address holds a line break or another control character.")

    @property
    def wire(self) -> str:
        """The address as mail servers take it: the domain in ASCII (IDNA)."""
        local, _, domain = self.email.rpartition("@")
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"

    def header(self) -> str:
        if not self.name:
            return self.wire
        shown = f'"{quote(self.name)}"' if _is_plain(self.name) else _encoded(self.name)
        return f"{shown} <{self.wire}>"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along. `name` and `media_type` are checked where the file is taken in."""

    name: str
    media_type: str
    content: bytes

    def __post_init__(self) -> None:
        if _CONTROL.search(self.name) or '"' in self.name or not _MEDIA_TYPE.fullmatch(self.media_type):
            raise Invalid("The attachment has no plain name or type.")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar shall do with the mail: an iCalendar object and its METHOD, REQUEST or CANCEL (RFC 6047)."""

    method: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, ready for a transport. `headers` are extra ones such as List-Unsubscribe."""

    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str | None = None
    reply_to: Address | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    calendar: Calendar | None = None
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        if _CONTROL.search(self.subject):
            raise Invalid("The subject of a mail holds a line break or another control character.")
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(value) or not value.isascii():
                raise Invalid(f"The mail header {name!r} is not one line of plain text.")


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A renderer's word that this mail must not go any more, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """A renderer's word that it cannot be said before `until` whether, or what, this is to tell; it is asked again."""

    until: datetime


def as_bytes(message: Message, *, message_id: str, at: datetime) -> bytes:
    """The mail as a server takes it: CRLF line ends, 7-bit clean. `message_id` comes without angle brackets."""
    boundary = "part-" + re.sub(r"[^a-zA-Z0-9]", "", message_id)[:48]
    lines = [
        f"From: {message.sender.header()}",
        f"To: {message.recipient.header()}",
        f"Subject: {_header_text(message.subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{message_id}>",
        "MIME-Version: 1.0",
    ]
    if message.reply_to is not None:
        lines.append(f"Reply-To: {message.reply_to.header()}")
    lines.extend(f"{name}: {value}" for name, value in message.headers.items())
    lines.extend(_body(message, boundary))
    return "\r\n".join([*lines, ""]).encode("utf-8")


def _body(message: Message, boundary: str) -> list[str]:
    """The parts with the headers of the whole: the text, as HTML too, for a calendar, and the files behind it."""
    readings = [_part("text/plain; charset=utf-8", message.text.encode())]
    if message.html is not None:
        readings.append(_part("text/html; charset=utf-8", message.html.encode()))
    if message.calendar is not None:
        kind = f"text/calendar; charset=utf-8; method={message.calendar.method}"
        readings.append(_part(kind, message.calendar.content))
    shown = readings[0] if len(readings) == 1 else _parts("alternative", boundary, readings)
    if not message.attachments:
        return shown
    # No boundary may begin with the other one: some programs look no further.
    return _parts("mixed", f"files-{boundary}", [shown, *(_file(each) for each in message.attachments)])


def _parts(subtype: str, boundary: str, parts: Sequence[list[str]]) -> list[str]:
    lines = [f'Content-Type: multipart/{subtype}; boundary="{boundary}"', ""]
    for part in parts:
        lines += [f"--{boundary}", *part]
    return [*lines, f"--{boundary}--"]


def _file(attachment: Attachment) -> list[str]:
    # RFC 2231: the name as UTF-8 in percent signs, which every mail program of this century reads.
    disposition = f"Content-Disposition: attachment; filename*=utf-8''{url_quote(attachment.name, safe='')}"
    return [disposition, *_part(attachment.media_type, attachment.content)]


def _part(media_type: str, content: bytes) -> list[str]:
    encoded = b64encode(content).decode()
    body = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return [f"Content-Type: {media_type}", "Content-Transfer-Encoding: base64", "", *body]


def _header_text(value: str) -> str:
    return value if _is_plain(value) and len(value) < _LINE else _encoded(value)


def _is_plain(value: str) -> bool:
    """Whether readers take it as it stands. What looks like an encoded word (RFC 2047) they decode, even between
    quotes, and find line breaks in it."""
    return value.isascii() and "=?" not in value


def _encoded(value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_LINE).encode(linesep="\r\n")
