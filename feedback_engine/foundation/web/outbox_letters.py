"""A mail for people to read: as it left, from the folder it went to, or as it would be written now, its keys cut."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from markupsafe import escape

from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.message import Address, Message
from feedback_engine.foundation.web.key_cutting import FindKeys, without_keys

_TAG = re.compile(r"\+[^@]*@")
_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html\b[^<>]*?\slang=[\"']([\w-]+)", re.IGNORECASE | re.ASCII)
_DEAD = "<style>a:not([href]){outline:1px dashed currentColor;outline-offset:-4px;cursor:not-allowed}</style>"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What goes along with a mail: the `name` of a file, empty for an entry in a calendar; `size` in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as its recipient sees it; one that `waits` as it would be written now, without its links."""

    sender: str
    recipient: str
    reply_to: str
    subject: str
    text: str
    html: str
    enclosures: Sequence[Enclosure] = ()
    waits: bool = False

    @property
    def language(self) -> str:
        """The tag of the language it is written in, as its page says; empty where it says none."""
        found = _LANGUAGE.search(self.html)
        return found[1] if found else ""


def opening_tabs(html: str) -> str:
    """The same for a frame: pages of ours let nobody frame them, so that what its links lead to opens elsewhere."""
    return _HEAD.sub(lambda found: found[0] + '<base target="_blank">', html, count=1)


# ---- mail that waits


@dataclass(frozen=True, slots=True)
class Ours:
    """What of ours is no reader's but the recipient's: addresses below `base_url`, and what `find_keys` finds."""

    base_url: str
    find_keys: FindKeys


def draft_of(message: Message, ours: Ours) -> Letter:
    """A mail that waits. Its links are keys of its recipient, who has not got them yet: nobody else shall have them.

    So are the tags of addresses that replies go to, this mail's and those of others, wherever they stand.
    """
    reply_to = message.reply_to
    return Letter(
        sender=_of(message.sender),
        recipient=_of(message.recipient),
        reply_to=_of(replace(reply_to, email=_TAG.sub("+…@", reply_to.email))) if reply_to else "",
        subject=draft_subject(message, ours),
        text=_cut(message.text, ours),
        html=_cut(_without_links(message.html or "", ours.base_url), ours),
        enclosures=_going_along(message),
        waits=True,
    )


def _going_along(message: Message) -> list[Enclosure]:
    entry = [Enclosure("", len(message.calendar.content))] if message.calendar is not None else []
    return [*entry, *(Enclosure(each.name, len(each.content)) for each in message.attachments)]


def draft_subject(message: Message, ours: Ours) -> str:
    """The subject of a mail that waits, as its letter shows it."""
    return _cut(message.subject, ours)


def _ours(base_url: str) -> str:
    """An address of ours, as a pattern: people write a host in any case, and leave out what comes before it."""
    parts = urlsplit(base_url.rstrip("/"))
    return rf"(?:https?://)?{re.escape(parts.netloc + parts.path)}/[^\s\"'<>]*"


def _cut(words: str, ours: Ours) -> str:
    rest = without_keys(words, ours.find_keys)
    return re.sub(_ours(ours.base_url), f"{ours.base_url.rstrip('/')}/…", rest, flags=re.IGNORECASE)


def _without_links(html: str, base_url: str) -> str:
    """The same with a broken line around what leads to us, as it leads nowhere yet, and saying so under the pointer."""
    said = escape(gettext("Leads nowhere before the mail is sent"))
    live = re.compile(rf"\shref=([\"']){_ours(base_url)}\1", re.IGNORECASE)
    dead = live.sub(lambda found: f' title="{said}"', html)
    return dead if dead == html else dead.replace("</head>", f"{_DEAD}</head>", 1)


# ---- mail that left


def stored(folder: Path | None, mail_id: UUID) -> Letter | None:
    """A mail that went to the folder, as well as it can be read; None when it did not go there."""
    path = folder / f"{mail_id.hex}.eml" if folder is not None else None
    if path is None or not path.exists():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        sender=_mailboxes(message, "From"),
        recipient=_mailboxes(message, "To"),
        reply_to=_mailboxes(message, "Reply-To"),
        subject=_read(message, "Subject", str),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        enclosures=[_enclosure(part) for part in _leaves(message) if _goes_along(part)],
    )


def _leaves(part: Any) -> Iterator[Any]:
    """The parts that hold no others. A mail that goes along is a file, whatever lies in it."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for each in part.iter_parts():
            yield from _leaves(each)
    else:
        yield part


def _goes_along(part: Any) -> bool:
    return bool(part.get_content_type() == "text/calendar" or part.get_content_disposition() == "attachment")


def _enclosure(part: Any) -> Enclosure:
    # A mail that goes along is in base64 as every file is, where Python looks for its headers and finds none.
    held = part.get_payload(0) if part.is_multipart() else part
    try:
        content = b64decode(held.get_payload()) if held is not part else part.get_payload(decode=True)
    except (ValueError, TypeError):
        content = b""
    return Enclosure(part.get_filename() or "", len(content or b""))


def _mailboxes(message: EmailMessage, header: str) -> str:
    return _read(
        message,
        header,
        lambda named: ", ".join(mailbox_words(each.display_name, each.addr_spec) for each in named.addresses),
    )


def _read(message: EmailMessage, header: str, show: Callable[[Any], str]) -> str:
    """A header for people to read; as it stands where nobody can read it, empty where there is none."""
    try:
        found = message[header]
        shown = "" if found is None else show(found)
    except (ValueError, LookupError, AttributeError, TypeError):  # what Python's parser raises on odd headers
        shown = next((str(value) for name, value in message.raw_items() if name.lower() == header.lower()), "")
    # What is beyond ASCII stands there as UTF-8 (RFC 6532), which the parser keeps as bytes of an unknown charset; and
    # an encoded word may say halves of characters that no page can be written with.
    try:
        return shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return shown.encode("utf-8", "replace").decode()


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that Python does not know; most text is UTF-8 whatever it says
        content = part.get_payload(decode=True)
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


# ---- mailboxes


def _of(address: Address) -> str:
    return mailbox_words(address.name, address.email)


def mailbox_words(name: str, email: str) -> str:
    """A mailbox for people to read, without the quotes that a header needs."""
    return f"{name} <{email}>" if name else email
