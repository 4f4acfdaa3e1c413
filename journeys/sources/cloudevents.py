"""CloudEvents 1.0 in JSON: one event, a batch, lines, or the binary form with its attributes in headers.

Ours on top of the standard: `subject` is required and is the partner's key; `data.contact` names the contact, and
everything else in `data` is an attribute. Source: CloudEvents 1.0.2, JSON format and HTTP binding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any
from urllib.parse import unquote

from feedback_engine.foundation.errors import Invalid
from journeys.sources import checks
from journeys.sources.draft import ContactDraft, EventDraft, Rejected, Source
from journeys.sources.mapping import EventMapping
from journeys.sources.packed import MOST_AT_ONCE, unpacked
from journeys.sources.times import parse_rfc3339
from journeys.sources.untrusted_json import find_nul, may_hold_nul, parse_json

LONGEST_EVENT = 1_000_000
"""Bytes of one event; CloudEvents asks consumers to take at least 64 KB."""
_REQUIRED = ("id", "source", "type", "subject")
_KNOWN = frozenset({*_REQUIRED, "specversion", "time", "data", "datacontenttype", "dataschema", "data_base64"})
_EXTENSION = re.compile(r"[a-z0-9]{1,64}", re.ASCII)
_JSON_TYPE = re.compile(r"(application|text)/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.ASCII | re.IGNORECASE)
Outcome = EventDraft | Rejected


class _Fault(Exception):
    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


def read_one(body: bytes) -> Outcome:
    """One event in structured form. Raises Invalid when the body is no JSON."""
    return read_event(0, parse_json(body), may_hold_nul(body))


def read_batch(body: bytes, most: int | None = None) -> list[Outcome]:
    """The events of a JSON array, the first `most` of them. Raises Invalid when the body is no array of JSON."""
    events = parse_json(body)
    if not isinstance(events, list):
        raise Invalid("A batch is a JSON array of events; send [ ... ], or one event as application/cloudevents+json.")
    searched = may_hold_nul(body)
    return [read_event(index, event, searched) for index, event in enumerate(events[:most])]


def read_lines(stream: IO[bytes]) -> Iterator[Outcome]:
    """One event on each line. A line that is no JSON is rejected by its number; the others stand."""
    index = 0
    while line := stream.readline(LONGEST_EVENT + 1):
        if len(line) > LONGEST_EVENT:
            yield Rejected(index, "", f"The line is longer than {LONGEST_EVENT} bytes; nothing after it was read.")
            return
        if line.strip():
            try:
                yield read_event(index, parse_json(line), may_hold_nul(line))
            except Invalid as fault:
                yield Rejected(index, "", fault.message)
            index += 1


def read_binary(headers: Mapping[str, str], body: bytes) -> Outcome:
    """One event whose attributes travel as `ce-` headers and whose body is its data.

    Raises Invalid when the body is no JSON.
    """
    event: dict[str, Any] = {
        name[3:].lower(): unquote(value) for name, value in headers.items() if name.lower().startswith("ce-")
    }
    if body.strip():
        event["data"] = parse_json(body)
    return read_event(0, event)


def read(stream: IO[bytes], mapping: EventMapping | None) -> Iterator[Outcome]:
    """The events of a file: a JSON array, one event, or one on each line. It needs no mapping."""
    if mapping is not None:
        raise Invalid("CloudEvents say themselves what they mean; leave --mapping away.")
    opened = unpacked(stream)
    if opened.peek(1).lstrip()[:1] == b"[":
        yield from read_batch(_whole(opened))
    else:
        yield from read_lines(opened)


def _whole(opened: IO[bytes]) -> bytes:
    content = opened.read(MOST_AT_ONCE + 1)
    if len(content) > MOST_AT_ONCE:
        megabytes = MOST_AT_ONCE // 2**20
        raise Invalid(f"The array holds more than {megabytes} MB; write one event on each line, without the brackets.")
    return content


def read_event(index: int, event: Any, searched: bool = True) -> Outcome:
    """The draft of one parsed event, or why it is none; `searched`: its texts may hold NUL."""
    try:
        return _draft(index, event, searched)
    except _Fault as fault:
        return Rejected(index, fault.pointer, fault.detail)


def _draft(index: int, event: Any, searched: bool) -> EventDraft:
    if not isinstance(event, dict):
        raise _Fault("", "An event is a JSON object.")
    if searched and (place := find_nul(event)) is not None:
        raise _Fault(place, "The text holds the character NUL; remove it.")
    _check_envelope(event)
    event_id, source, kind, subject = _names(event)
    attributes = _data(event)
    contact = _contact(attributes.pop("contact", None))
    return EventDraft(index, source, event_id, kind, subject, _instant(event), contact, attributes)


def _check_envelope(event: dict[str, Any]) -> None:
    if event.get("specversion") != "1.0":
        raise _Fault("/specversion", 'The specversion must be "1.0".')
    if event.keys() <= _KNOWN:
        return
    for name, value in event.items():
        if name in _KNOWN:
            continue
        place = f"/{checks.escape_pointer(name[:64])}"
        if not _EXTENSION.fullmatch(name):
            raise _Fault(place, "CloudEvents have no such field; put attributes into data.")
        if isinstance(value, dict | list):
            raise _Fault(place, "An extension attribute is a text, number or truth value; put objects into data.")


def _names(event: dict[str, Any]) -> Sequence[str]:
    names = [event.get(name) for name in _REQUIRED]
    return names if checks.are_plain_names(names) else [_name(event, name) for name in _REQUIRED]


def _name(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    if value is None:
        what = "the partner's key" if name == "subject" else f"its {name}"
        raise _Fault(f"/{name}", f"The event lacks {name}: {what}.")
    if fault := checks.name_fault(value):
        raise _Fault(f"/{name}", f"The {name} {fault}.")
    return str(value)


def _instant(event: dict[str, Any]) -> datetime | None:
    written = event.get("time")
    if written is None:
        return None
    at = parse_rfc3339(written) if isinstance(written, str) else None
    if at is None:
        raise _Fault("/time", "The time must name its zone (RFC 3339), like 2026-03-09T10:12:00+01:00.")
    return at


def _data(event: dict[str, Any]) -> dict[str, Any]:
    if "data_base64" in event:
        raise _Fault("/data_base64", "Binary data is not read; send data as a JSON object.")
    content_type = event.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and _JSON_TYPE.fullmatch(content_type)):
        raise _Fault("/datacontenttype", "Only JSON data is read; send application/json.")
    given = event.get("data")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _Fault("/data", "The data must be a JSON object of attributes.")
    return dict(given)


def _contact(given: Any) -> ContactDraft | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _Fault("/data/contact", 'The contact must be an object like {"email": "ana@acme.example"}.')
    for name, value in given.items():
        if name not in checks.CONTACT_FIELDS:
            detail = f"A contact has {', '.join(checks.CONTACT_FIELDS)}; put the rest beside it."
            raise _Fault(f"/data/contact/{checks.escape_pointer(name[:64])}", detail)
        if value is not None and (fault := checks.text_fault(value)):
            raise _Fault(f"/data/contact/{name}", f"The contact's {name} {fault}.")
    if not given.get("email"):
        raise _Fault("/data/contact/email", "The contact lacks an email; leave the contact away if there is none.")
    return ContactDraft(**given)


SOURCE = Source(name="cloudevents", suffixes=(".json", ".ndjson", ".jsonl"), needs_mapping=False, read=read)
