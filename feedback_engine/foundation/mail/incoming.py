"""Pure. One mail as it came in: who wrote, what it answers, what it says, what lies in it; nothing in it is believed.

Read with the standard library under its oldest policy, which never raises for a malformed header. What somebody else
wrote is bounded in every direction: by `mime` while it is taken apart, and here in what is read of it. Nothing here may
take more than in proportion to the length of the mail: it runs before anything is known of its sender.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.utils import collapse_rfc2231_value, getaddresses
from hashlib import sha256
from typing import Literal

from feedback_engine.foundation.mail.html_text import as_text
from feedback_engine.foundation.mail.mime import Part, Unreadable, take_apart

Automatic = Literal["", "auto_reply", "bounce"]

MOST_PARTS = 100
MOST_IDS = 60
LONGEST_TEXT = 100_000
LONGEST_SUBJECT = 500
_LONGEST_HEADER = 8_000
_LONGEST_HTML = 500_000
_LONGEST_RETURNED = 64 * 1024
_LONGEST_NAME = 2_000
_MOST_ENCODED = 300
_MOST_RETURNED = 10
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{3,250})>")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# A quote that is not closed goes to the end, and is not begun anew at each quote in it.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?P<end>"?)', re.DOTALL)
_NAMED = re.compile(r"[^@<>,;:()\"]*<(?P<address>[^\s@<>,;:()\"]+@[^\s@<>,;:()\"]+)>\s*")
_BARE = re.compile(r"\s*(?P<address>[^\s@<>,;:()\"]+@[^\s@<>,;:()\"]+)\s*")
# Python calls them encodings, no mail program does; the first two take the square of what they read.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined"})
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
# What makes a mail the same mail, whichever way it came: what its writer wrote, and not what servers added.
_WRITTEN = ("message-id", "from", "to", "cc", "date", "subject", "in-reply-to", "references", "authentication-results")


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file in a mail, as its sender calls it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail that was read. `sender` is the one address in From, empty when there is none or several.

    `answers` are the Message-IDs it says it answers, nearest first; `returned` those of mails that a bounce gives back.
    `digest` is the same for every copy of the mail.
    """

    digest: bytes
    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    answers: tuple[str, ...]
    returned: tuple[str, ...]
    subject: str
    text: str
    files: tuple[IncomingFile, ...]
    automatic: Automatic
    results: tuple[str, ...]


def digest_of(raw: bytes) -> bytes:
    """What names a mail: its written headers and its body. Headers that servers add on the way do not count."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    made = sha256()
    for line in _unfolded(head):
        if line.partition(b":")[0].strip().lower().decode("ascii", "replace") in _WRITTEN:
            made.update(b" ".join(line.split()) + b"\n")
    # Mailbox files put > before a From at the beginning of a line, and an empty line behind the mail.
    made.update(b"\n" + re.sub(rb"(?m)^>+(?=From )", b"", body).rstrip())
    return made.digest()


def read_mail(raw: bytes) -> IncomingMail:
    """The mail in these bytes. Raises Unreadable."""
    try:
        return _read(raw, take_apart(raw))
    except RecursionError:
        raise Unreadable("its parts lie too deep in each other") from None
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise Unreadable(f"it is not a mail as the standards have it: {type(error).__name__}") from error


def glance(raw: bytes) -> IncomingMail:
    """What the first lines of a mail say of its sender and subject, without taking it apart; nothing else of it."""
    written: dict[str, str] = {}
    for line in _unfolded(raw[:_LONGEST_HEADER].replace(b"\r\n", b"\n").partition(b"\n\n")[0]):
        key, _, value = line.partition(b":")
        written.setdefault(key.decode("ascii", "replace").lower(), value.decode("utf-8", "replace").strip())
    name, sender = _one_sender(written.get("from", ""))
    subject = _decoded(written.get("subject", "")[:LONGEST_SUBJECT])
    ids = _MESSAGE_ID.findall(written.get("message-id", ""))
    return IncomingMail(
        digest=digest_of(raw),
        message_id=next(iter(ids), ""),
        sender=sender,
        sender_name=clean(name)[:200],
        recipients=(),
        answers=(),
        returned=(),
        subject=" ".join(clean(subject).split())[:LONGEST_SUBJECT],
        text="",
        files=(),
        automatic="",
        results=(),
    )


def _read(raw: bytes, message: Part) -> IncomingMail:
    name, sender = _sender(message)
    parts = list(_leaves(message))
    if len(parts) > MOST_PARTS:
        raise Unreadable(f"it has more than {MOST_PARTS} parts")
    return IncomingMail(
        digest=digest_of(raw),
        message_id=next(iter(_ids(message, "message-id")), ""),
        sender=sender,
        sender_name=clean(name)[:200],
        recipients=tuple(dict.fromkeys(address for each in _RECIPIENTS for _, address in _addresses(message, each))),
        answers=_answers(message),
        returned=tuple(_returned(message)),
        subject=" ".join(clean(_header(message, "subject")).split())[:LONGEST_SUBJECT],
        text=_text(parts),
        files=tuple(_files(parts)),
        automatic=_automatic(message),
        results=tuple(_raw(message, "authentication-results")[:10]),
    )


def clean(text: str) -> str:
    """Text without characters that cannot be stored, are not seen, or turn the text behind them round."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


# ---- headers


def _unfolded(head: bytes) -> list[bytes]:
    return re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")


def _raw(message: Part, name: str) -> list[str]:
    """The headers of a name as they were written; bytes outside ASCII are read as UTF-8 (RFC 6532)."""
    written = [str(value) for key, value in message.raw_items() if key.lower() == name]
    return [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in written]


def _header(message: Part, name: str) -> str:
    return _decoded(next(iter(_raw(message, name)), ""))


def _decoded(value: object) -> str:
    """A header's words; what is encoded wrongly stays as it was written."""
    text = str(value)[:_LONGEST_HEADER]
    if text.count("=?") > _MOST_ENCODED:
        return text
    try:
        found = decode_header(text)
    except (MessageError, ValueError):
        return text
    return "".join(each if isinstance(each, str) else _characters(each, charset or "ascii") for each, charset in found)


def _characters(raw: bytes, charset: str) -> str:
    try:
        slow = codecs.lookup(charset).name in _NO_CHARSETS
        return raw.decode("utf-8" if slow else charset, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")


def _sender(message: Part) -> tuple[str, str]:
    """Name and address of the one who wrote; both empty unless From names exactly one, and beyond any doubt.

    The address is taken as mail servers and DMARC see it; the standard library's parser has been talked into another
    one (CVE-2023-27043), so this asks for the two plain forms `name <address>` and `address`.
    """
    written = _raw(message, "from")
    if len(written) != 1 or len(written[0]) > _LONGEST_HEADER:
        return "", ""
    return _one_sender(written[0])


def _one_sender(written: str) -> tuple[str, str]:
    value = _QUOTED.sub(lambda quote: " " if quote["end"] else '"', written)
    found = _NAMED.fullmatch(value) or _BARE.fullmatch(value)
    if found is None:
        return "", ""
    shown = written.rpartition("<")[0].strip().strip('"')
    return _decoded(shown), found["address"]


def _addresses(message: Part, name: str) -> list[tuple[str, str]]:
    """Names and addresses in the headers of a name; the address is taken before any decoding, as servers see it."""
    # One by one: a group that goes on from header to header takes the square of all of them.
    written = [value[:_LONGEST_HEADER] for value in _raw(message, name)[:10]]
    found = [each for value in written for each in getaddresses([value])]
    return [(_decoded(shown), address.strip()) for shown, address in found[:50] if "@" in address]


def _ids(message: Part, name: str) -> list[str]:
    written = [value[-_LONGEST_HEADER:] for value in _raw(message, name)[:5]]
    return [each for value in written for each in _MESSAGE_ID.findall(value)][-MOST_IDS:]


def _answers(message: Part) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*_ids(message, "in-reply-to"), *reversed(_ids(message, "references"))]))


def _automatic(message: Part) -> Automatic:
    """Whether nobody wrote it: a report of a mail server, or an answer by machine (RFC 3834, 2 and 5)."""
    local = _sender(message)[1].partition("@")[0].lower()
    if message.kind == "multipart/report" or local in ("mailer-daemon", "postmaster"):
        return "bounce"
    submitted = _header(message, "auto-submitted").partition(";")[0].strip().lower()
    precedence = _header(message, "precedence").strip().lower()
    by_machine = submitted not in ("", "no") or precedence in ("bulk", "junk", "auto_reply", "list")
    marked = any(message.get(name) is not None for name in ("x-autoreply", "x-autorespond", "x-auto-response"))
    emptily = _header(message, "return-path").strip() == "<>"
    return "auto_reply" if by_machine or marked or emptily else ""


def _returned(message: Part) -> Iterator[str]:
    """The Message-IDs of what a report gives back, whole or as headers alone."""
    if message.kind != "multipart/report" or not message.is_multipart():
        return
    for part in _inner(message)[:_MOST_RETURNED]:
        if part.kind in ("message/rfc822", "text/rfc822-headers"):
            yield from _ids(take_apart(_head(_content(part))), "message-id")


def _head(content: bytes) -> bytes:
    """The headers of a mail that lies in another; the beginning where they do not end."""
    return content[:_LONGEST_RETURNED].replace(b"\r\n", b"\n").partition(b"\n\n")[0]


# ---- parts


def _inner(part: Part) -> list[Part]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Part)] if isinstance(payload, list) else []


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that hold something, in order; a mail inside a mail is one of them, and is not looked into."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        inner = _inner(part)
        if part.get_content_subtype() == "alternative":
            yield from _best(inner)
            return
        for each in inner:
            yield from _leaves(each)
    else:
        yield part


def _best(alternatives: list[Part]) -> Iterator[Part]:
    """Of several forms of one text the plain one, else the last; calendars and the like come along as files."""
    plain = [each for each in alternatives if each.kind == "text/plain"]
    chosen = plain[:1] or alternatives[-1:]
    others = [each for each in alternatives if each.kind == "text/calendar" and each not in chosen]
    for each in [*chosen, *others]:
        yield from _leaves(each)


def _is_file(part: Part) -> bool:
    return part.get_content_maintype() != "text" or _disposition(part) == "attachment" or _name(part) != ""


def _disposition(part: Part) -> str:
    return str(part.get("content-disposition", "")).partition(";")[0].strip().lower()


def _name(part: Part) -> str:
    name = part.get_filename("")
    return clean(_decoded(collapse_rfc2231_value(name)[:_LONGEST_NAME]))[:300] if name else ""


def _text(parts: list[Part]) -> str:
    shown = [_words(part) for part in parts if not _is_file(part) and part.kind != "text/calendar"]
    return "\n\n".join(filter(None, shown))[:LONGEST_TEXT]


def _words(part: Part) -> str:
    text = _characters(_content(part), part.get_content_charset("utf-8"))
    if part.kind == "text/html":
        return as_text(clean(text[:_LONGEST_HTML]))
    return clean(text[: 2 * LONGEST_TEXT]).strip()


def _files(parts: list[Part]) -> Iterator[IncomingFile]:
    for part in parts:
        if _is_file(part) or part.kind == "text/calendar":
            content = _content(part)
            if content:
                yield IncomingFile(_name(part) or _nameless(part), part.kind, content)


def _nameless(part: Part) -> str:
    endings: Mapping[str, str] = {"text/calendar": ".ics", "message/rfc822": ".eml", "image/png": ".png"}
    return part.kind.partition("/")[0] + endings.get(part.kind, "")


def _content(part: Part) -> bytes:
    """The bytes of a part; of a mail inside a mail, that mail."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
