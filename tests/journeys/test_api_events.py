"""`POST /api/v1/events`: accepted, duplicate, conflict or rejected as the contract says, and never an error of ours."""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import ApiPrincipal
from journeys import reading as journeys
from journeys.sources import cloudevents
from journeys.web.api_events import MOST_EVENTS
from tests.conftest import START
from tests.journeys.builders import cloudevent, publish
from tests.journeys.site import CRM, browser, site, staff
from tests.journeys.test_record_events import count

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
PATH = "/api/v1/events"


def post(crm: FlaskClient, body: Any, content_type: str = STRUCTURED, **headers: str) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return crm.post(PATH, data=data, content_type=content_type, headers=headers)


def document(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)
    return found


@pytest.fixture
def crm(engine: Engine) -> FlaskClient:
    publish(engine)
    return browser(engine, CRM)


def test_a_good_event_is_accepted_with_its_id(engine: Engine, crm: FlaskClient) -> None:
    answer = post(crm, cloudevent())
    body = document(answer)
    assert answer.status_code == 202
    assert (body["accepted"], body["duplicates"], body["rejected"]) == (1, 0, [])
    (item,) = body["items"]
    assert (item["index"], item["status"]) == (0, "accepted")
    with engine.work.read() as reading:
        found = journeys.find_event(reading, "crm", "1")
    assert found is not None
    assert str(found.id) == item["event_id"]


def test_what_was_taken_but_is_not_known_is_said(crm: FlaskClient) -> None:
    sent = cloudevent(type="ticket.clozed", subject="9999")
    (item,) = document(post(crm, sent))["items"]
    assert item["status"] == "accepted"
    assert "No touchpoint listens to ticket.clozed." in item["warnings"]
    assert "The partner 9999 was not known and is now unconfirmed." in item["warnings"]
    (known,) = document(post(crm, sent | {"id": "2", "type": "ticket.closed", "data": {}}))["items"]
    assert "warnings" not in known


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (cloudevent(), STRUCTURED),
        (cloudevent(), "application/cloudevents+json; charset=utf-8"),
        (cloudevent(), "application/json"),  # as people type it
        ([cloudevent()], BATCH),
        ([cloudevent()], "application/json"),
        (json.dumps(cloudevent()).encode() + b"\n", LINES),
    ],
)
def test_every_form_of_the_standard_is_understood(crm: FlaskClient, body: Any, content_type: str) -> None:
    assert document(post(crm, body, content_type))["accepted"] == 1
    assert document(post(crm, cloudevent()))["duplicates"] == 1  # and means the same


def test_attributes_may_travel_in_headers(crm: FlaskClient) -> None:
    event = cloudevent()
    data = event.pop("data")
    answer = post(crm, data, "application/json", **{f"ce-{name}": value for name, value in event.items()})
    assert document(answer)["accepted"] == 1
    assert document(post(crm, cloudevent()))["duplicates"] == 1


def test_sent_again_alone_it_is_a_duplicate_or_a_conflict(crm: FlaskClient) -> None:
    first = document(post(crm, cloudevent()))["items"][0]["event_id"]
    again = post(crm, cloudevent())
    other = post(crm, cloudevent(subject="other"))
    assert (again.status_code, document(again)["items"][0]["event_id"]) == (202, first)
    assert (other.status_code, other.content_type) == (409, "application/problem+json")
    assert document(other)["detail"]


def test_a_hundred_posts_on_twenty_threads_accept_one(engine: Engine, crm: FlaskClient) -> None:
    application = site(engine, CRM)

    def one(_number: int) -> dict[str, Any]:
        item: dict[str, Any] = document(post(application.test_client(), cloudevent()))["items"][0]
        return item

    with ThreadPoolExecutor(20) as threads:
        items = list(threads.map(one, range(100)))
    assert Counter(item["status"] for item in items) == {"accepted": 1, "duplicate": 99}
    assert len({item["event_id"] for item in items}) == 1
    assert count(engine, "touchpoint_event") == 1


def test_one_bad_event_in_a_batch_is_named_and_the_rest_stored(engine: Engine, crm: FlaskClient) -> None:
    batch = [
        cloudevent(id="0"),
        cloudevent(id="1", time="2026-03-09T10:00:00"),
        7,
        cloudevent(id="0", subject="other"),
        cloudevent(id="0"),
        cloudevent(id="4", data={"product": "router", "unknown": 1}),
    ]
    answer = post(crm, batch, BATCH)
    body = document(answer)
    assert answer.status_code == 202
    assert [item["status"] for item in body["items"]] == [
        "accepted", "rejected", "rejected", "conflict", "duplicate", "accepted"
    ]  # fmt: skip
    assert [(wrong["index"], wrong["pointer"]) for wrong in body["rejected"]] == [(1, "/time"), (2, ""), (3, "/id")]
    assert (body["accepted"], body["duplicates"]) == (2, 1)
    assert "unknown" in body["items"][5]["warnings"][0]
    assert count(engine, "touchpoint_event") == 2


def test_an_empty_batch_is_no_fault(crm: FlaskClient) -> None:
    assert document(post(crm, [], BATCH)) == {"accepted": 0, "duplicates": 0, "rejected": [], "items": []}


@pytest.mark.parametrize(("body", "content_type"), [
    (b"1\n" * 200_000, LINES),
    (b"[" + b"1," * 390_000 + b"1]", BATCH),
    (b"[" + b"1," * 390_000 + b"1]", "application/json"),
])  # fmt: skip
def test_of_too_many_events_no_more_are_read_than_the_limit_and_one(
    sqlite_engine: Engine, body: bytes, content_type: str
) -> None:
    read, tracer = Counter[str](), cloudevents.read_event.__code__
    crm = browser(sqlite_engine, CRM)
    sys.setprofile(lambda frame, event, _: read.update([event]) if frame.f_code is tracer else None)
    try:
        answer = post(crm, body, content_type)
    finally:
        sys.setprofile(None)
    assert answer.status_code == 422
    assert "more than 5000 events" in document(answer)["detail"]
    assert read["call"] == MOST_EVENTS + 1


def about(**contact: Any) -> dict[str, Any]:
    """An event with this contact."""
    return cloudevent(data={"contact": contact})


FUTURE = (START + timedelta(days=3)).isoformat()
DEEP = b'{"specversion":"1.0","data":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001


@pytest.mark.parametrize(
    ("body", "content_type", "status", "pointer"),
    [
        (b"", STRUCTURED, 400, ""),
        (b"{", STRUCTURED, 400, ""),
        (b"[" * 10_000 + b"]" * 10_000, STRUCTURED, 400, ""),
        (DEEP, STRUCTURED, 400, ""),
        (b'{"a": NaN}', STRUCTURED, 400, ""),
        (b"\xff\xfe\x00", STRUCTURED, 400, ""),
        (b"null", STRUCTURED, 422, ""),
        (b"[]", STRUCTURED, 422, ""),
        (b"{}", STRUCTURED, 422, "/specversion"),
        (b"{}", BATCH, 400, None),
        (b"x" * 10_000_000, STRUCTURED, 413, None),
        (b"x" * 10_000_000, BATCH, 413, None),
        (b'{"a":"' + b"x" * 2_000_000 + b'"}', STRUCTURED, 413, None),
        (cloudevent(), "text/plain", 415, None),
        (cloudevent(), "multipart/form-data", 415, None),
        ([cloudevent(id=str(number)) for number in range(5_001)], BATCH, 422, ""),
        (cloudevent(id=["1"]), STRUCTURED, 422, "/id"),
        (cloudevent(id="a\x00"), STRUCTURED, 422, "/id"),
        (cloudevent(subject="acme\r\nx"), STRUCTURED, 422, "/subject"),
        (cloudevent(subject="x" * 513), STRUCTURED, 422, "/subject"),
        (cloudevent(time="2026-03-09T10:00:00"), STRUCTURED, 422, "/time"),
        (cloudevent(time="3026-03-09T10:00:00Z"), STRUCTURED, 422, "/time"),
        (cloudevent(time="1026-03-09T10:00:00Z"), STRUCTURED, 422, "/time"),
        (cloudevent(time=FUTURE), STRUCTURED, 422, "/time"),
        (cloudevent(data={"hours": {}}), STRUCTURED, 422, "/data/hours"),
        (cloudevent(data={"hours": 1e400}), STRUCTURED, 400, ""),  # Infinity is no JSON
        (cloudevent(data={"product": "a\x00b"}), STRUCTURED, 422, "/data/product"),
        (about(email="a@b.example\r\nBcc: x@y.example"), STRUCTURED, 422, "/data/contact/email"),
        (about(email="nobody"), STRUCTURED, 422, "/data/contact/email"),
        (about(email="a@b.example", is_admin=True), STRUCTURED, 422, "/data/contact/is_admin"),
        (cloudevent(Id="1"), STRUCTURED, 422, "/Id"),
        (cloudevent(extra={"a": 1}), STRUCTURED, 422, "/extra"),
    ],
)
def test_hostile_bodies_get_problem_details_with_pointers(
    sqlite_engine: Engine, body: Any, content_type: str, status: int, pointer: str | None
) -> None:
    publish(sqlite_engine)
    answer = post(browser(sqlite_engine, CRM), body, content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    problem = document(answer)
    assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (status, True, True)
    if pointer is not None:
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert count(sqlite_engine, "touchpoint_event") == count(sqlite_engine, "partner") == 0


def test_compressed_bodies_are_not_guessed_at(crm: FlaskClient) -> None:
    assert post(crm, b"\x1f\x8b", STRUCTURED, **{"Content-Encoding": "gzip"}).status_code == 415


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from([*cloudevent(), "contact", "hours", "extra"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=FIELDS, value=JSON, content_type=st.sampled_from([STRUCTURED, BATCH, LINES, "application/json"]))
def test_no_value_anywhere_is_an_error_of_ours(
    sqlite_engine: Engine, field: str, value: Any, content_type: str
) -> None:
    publish(sqlite_engine)
    event = cloudevent()
    if field == "contact":
        event["data"] = {"contact": value}
    elif field == "hours":
        event["data"] = {"hours": value}
    else:
        event[field] = value
    answer = post(browser(sqlite_engine, CRM), [event, value] if content_type == BATCH else event, content_type)
    assert answer.status_code in (202, 400, 409, 413, 422)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300), content_type=st.sampled_from([STRUCTURED, BATCH, LINES, "", "application/json"]))
def test_no_bytes_are_an_error_of_ours(sqlite_engine: Engine, body: bytes, content_type: str) -> None:
    assert post(browser(sqlite_engine, CRM), body, content_type).status_code in (202, 400, 415, 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.dictionaries(
        st.sampled_from(["ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-specversion", "ce-x", "ce-"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
        min_size=1,
    )
)
def test_no_header_is_an_error_of_ours(sqlite_engine: Engine, headers: dict[str, str]) -> None:
    answer = post(browser(sqlite_engine, CRM), {}, "application/json", **headers)
    assert answer.status_code in (202, 409, 422)


@pytest.mark.parametrize(
    ("reader", "status"),
    [
        (None, 401),
        (staff("admin"), 401),  # staff use pages
        (ApiPrincipal(CRM.id, "BI", frozenset({"events:read"})), 403),
    ],
)
def test_events_need_a_key_with_the_scope(sqlite_engine: Engine, reader: Any, status: int) -> None:
    assert post(browser(sqlite_engine, reader), cloudevent()).status_code == status


def test_touchpoints_are_listed_with_a_cursor(crm: FlaskClient) -> None:
    first = document(crm.get("/api/v1/touchpoints?limit=3"))
    second = document(crm.get(f"/api/v1/touchpoints?limit=3&cursor={first['next_cursor']}"))
    keys = [row["key"] for row in first["data"] + second["data"]]
    assert keys == ["escalation.closed", "onboarding.completed", "qbr.held", "ticket.closed"]
    assert second["next_cursor"] is None
    one = document(crm.get("/api/v1/touchpoints/onboarding.completed"))
    assert (one["stage"], one["event"], one["attributes"]["days"]["type"]) == ("onboarding", one["key"], "int")
    assert crm.get("/api/v1/touchpoints/nothing").status_code == 404
