"""Pure. One mail as bytes: checked addresses, encoded headers, a plain part and an HTML part.

The parts are assembled by hand because the standard library's message classes cost some 2 ms a mail; the format is
RFC 5322 with RFC 2045-2047 encodings, and every value is checked or encoded so that no header can be smuggled in.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote

from feedback_engine.foundation.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
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
        shown = f'"{quote(self.name)}"' if self.name.isascii() else _encoded(self.name)
        return f"{shown} <{self.wire}>"


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
    if message.html is None:
        lines.extend(_part("plain", message.text))
    else:
        lines.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
        lines.append("")
        for subtype, content in (("plain", message.text), ("html", message.html)):
            lines.append(f"--{boundary}")
            lines.extend(_part(subtype, content))
        lines.append(f"--{boundary}--")
    return "\r\n".join([*lines, ""]).encode("utf-8")


def _part(subtype: str, content: str) -> list[str]:
    encoded = b64encode(content.encode()).decode()
    body = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return [f"Content-Type: text/{subtype}; charset=utf-8", "Content-Transfer-Encoding: base64", "", *body]


def _header_text(value: str) -> str:
    return value if value.isascii() and len(value) < _LINE else _encoded(value)


def _encoded(value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_LINE).encode(linesep="\r\n")
