"""CloudEvents: three JSON forms mean the same, and whatever else is sent is rejected with a pointer, never an error."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation.errors import Invalid
from journeys.sources import EventDraft, Rejected, cloudevents, packed
from tests.journeys.builders import cloudevent, draft

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_all_forms_of_an_event_mean_the_same() -> None:
    event = cloudevent()
    headers = {
        "Ce-Specversion": "1.0",
        "ce-id": "1",
        "ce-source": "crm",
        "ce-type": "ticket.closed",
        "ce-subject": "acme",
        "ce-time": "2026-03-09T09:00:00+01:00",
        "Content-Type": "application/json",
    }
    line = encoded(event) + b"\n"
    forms = [
        cloudevents.read_one(encoded(event)),
        *cloudevents.read_batch(encoded([event])),
        *cloudevents.read_lines(io.BytesIO(line)),
        cloudevents.read_binary(headers, encoded(event["data"])),
        *cloudevents.read(io.BytesIO(line), None),
        *cloudevents.read(io.BytesIO(b" " + encoded([event])), None),
    ]
    assert forms == [draft()] * 6


def test_headers_are_percent_decoded() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "crm", "ce-type": "t"}
    headers["ce-subject"] = "Acm%C3%A9%20%25"
    read = cloudevents.read_binary(headers, b"")
    assert isinstance(read, EventDraft)
    assert read.subject == "Acmé %"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"specversion": None}, "/specversion"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"specversion": 1.0}, "/specversion"),
        ({"id": None}, "/id"),
        ({"id": ""}, "/id"),
        ({"id": 7}, "/id"),
        ({"id": "x" * 513}, "/id"),
        ({"id": "a\x00b"}, "/id"),
        ({"id": "a\r\nb"}, "/id"),
        ({"source": ["crm"]}, "/source"),
        ({"type": {"a": 1}}, "/type"),
        ({"subject": None}, "/subject"),
        ({"subject": "   "}, "/subject"),
        ({"subject": "acme\u2028"}, "/subject"),
        ({"time": "2026-03-09T10:12:00"}, "/time"),  # no zone
        ({"time": "yesterday"}, "/time"),
        ({"time": 1773046800}, "/time"),
        ({"time": "2026-13-09T10:12:00Z"}, "/time"),
        ({"data": "text"}, "/data"),
        ({"data": [1]}, "/data"),
        ({"data_base64": "AAAA"}, "/data_base64"),
        ({"datacontenttype": "text/xml"}, "/datacontenttype"),
        ({"datacontenttype": 5}, "/datacontenttype"),
        ({"Extra": 1}, "/Extra"),  # extensions are written small
        ({"partner/id": 1}, "/partner~1id"),
        ({"extra": {"nested": 1}}, "/extra"),
        ({"data": {"contact": "ana@acme.example"}}, "/data/contact"),
        ({"data": {"contact": {}}}, "/data/contact/email"),
        ({"data": {"contact": {"email": "a@b.example\r\nBcc: all@b.example"}}}, "/data/contact/email"),
        ({"data": {"contact": {"email": "a@b.example\n"}}}, "/data/contact/email"),
        ({"data": {"contact": {"email": ["a@b.example"]}}}, "/data/contact/email"),
        ({"data": {"contact": {"email": "a@b.example", "name": "A\r\nB"}}}, "/data/contact/name"),
        ({"data": {"contact": {"email": "a@b.example", "phone": "1"}}}, "/data/contact/phone"),
        ({"data": {"contact": {"email": "a@b.example", "role": 5}}}, "/data/contact/role"),
        ({"data": {"note": ["x", "\x00"]}}, "/data/note/1"),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(changes: dict[str, Any], pointer: str) -> None:
    read = cloudevents.read_one(encoded(cloudevent(**changes)))
    assert isinstance(read, Rejected)
    assert read.pointer == pointer
    assert read.detail.endswith(".")
    assert len(read.detail) < 300


@pytest.mark.parametrize(
    "changes",
    [
        {"traceparent": "00-0af7", "partitionkey": 5, "sampled": True},  # extensions are allowed, and not kept
        {"dataschema": "https://schemas.example/1", "datacontenttype": "application/json; charset=utf-8"},
        {"datacontenttype": "application/vnd.crm+json"},
        {"data": {"product": "router", "contact": {"email": "ana@acme.example", "name": None}}},
        {"time": "2026-03-09T08:00:00Z"},  # the same instant
    ],
)
def test_what_the_standard_allows_beside_changes_nothing(changes: dict[str, Any]) -> None:
    assert cloudevents.read_one(encoded(cloudevent(**changes))) == draft()


def test_an_event_may_leave_out_time_contact_and_data() -> None:
    read = cloudevents.read_one(encoded(cloudevent(time=None, data=None)))
    assert read == draft(at=None, contact=None, attributes={})


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000, b"\xff", b"NaN"])
def test_a_body_that_is_no_json_is_refused_whole(body: bytes) -> None:
    for reader in (cloudevents.read_one, cloudevents.read_batch):
        with pytest.raises(Invalid):
            reader(body)


def test_a_bad_event_in_a_batch_is_rejected_by_its_index() -> None:
    read = cloudevents.read_batch(encoded([cloudevent(), 5, cloudevent(id=None), cloudevent(id="2")]))
    assert [type(one) for one in read] == [EventDraft, Rejected, Rejected, EventDraft]
    assert [one.index for one in read] == [0, 1, 2, 3]


def test_no_more_of_a_batch_is_read_than_asked_for() -> None:
    read = cloudevents.read_batch(encoded([cloudevent(id=str(number)) for number in range(9)]), most=3)
    assert [one.index for one in read] == [0, 1, 2]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_an_array_larger_than_is_held_in_memory_is_refused_with_what_to_do(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"[" + b" " * packed.MOST_AT_ONCE)
    with pytest.raises(Invalid, match=r"more than 128 MB.* one event on each line"):
        list(cloudevents.read(io.BytesIO(bomb), None))


def test_a_bad_line_is_rejected_by_its_number_and_the_others_stand() -> None:
    lines = b"\n".join([encoded(cloudevent()), b"", b"{broken", encoded(cloudevent(id="2"))])
    read = list(cloudevents.read_lines(io.BytesIO(lines)))
    assert [type(one) for one in read] == [EventDraft, Rejected, EventDraft]
    assert [one.index for one in read] == [0, 1, 2]


def test_an_endless_line_is_not_read_into_memory() -> None:
    read = list(cloudevents.read_lines(io.BytesIO(b'"' + b"x" * 3_000_000)))
    assert [type(one) for one in read] == [Rejected]


@given(JSON)
def test_no_json_value_breaks_the_reader(value: Any) -> None:
    read = cloudevents.read_one(encoded(value))
    assert isinstance(read, Rejected)


@given(st.sampled_from(sorted(cloudevent())), JSON)
def test_no_value_in_any_field_breaks_the_reader(field: str, value: Any) -> None:
    read = cloudevents.read_one(encoded(cloudevent() | {field: value}))
    assert isinstance(read, EventDraft | Rejected)


@given(JSON)
def test_no_contact_breaks_the_reader(value: Any) -> None:
    read = cloudevents.read_one(encoded(cloudevent(data={"contact": value})))
    assert isinstance(read, EventDraft | Rejected)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    for outcome in cloudevents.read_lines(io.BytesIO(body)):
        assert isinstance(outcome, Rejected)
    with contextlib.suppress(Invalid):
        assert isinstance(cloudevents.read_one(body), Rejected)
