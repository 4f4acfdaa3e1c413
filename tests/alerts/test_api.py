"""The API of cases, alerts and webhooks: scopes, If-Match, problem details with pointers, cursors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from alerts import service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.paging import encode_cursor
from tests.alerts.builders import case, open_case, rows, staff_actor, world
from tests.alerts.site import browser, program, staff

ALL = ("cases:read", "cases:write", "alerts:read", "webhooks:read", "webhooks:write")


def act(client: FlaskClient, ref: str, body: Any, tag: str | None = "*") -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    return client.post(f"/api/v1/cases/{ref}/actions", json=body, headers=headers)


def get(client: FlaskClient, path: str) -> Any:
    return client.get(f"/api/v1{path}")


def post(client: FlaskClient, path: str, body: Any) -> Any:
    return client.post(f"/api/v1{path}", json=body)


def pointers(response: Any) -> list[str]:
    return [error["pointer"] for error in response.json.get("errors", [])]


def test_a_case_is_read_with_its_etag_and_worked_under_it(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, program(*ALL))
    read = get(client, f"/cases/{opened.id}")
    assert read.headers["ETag"] == '"1"'
    assert (read.json["ref"], read.json["score"], read.json["owner"]) == (opened.ref, 3, "dana@ours.example")
    assert read.json["alerts"][0]["numbers"] == {"score": 3, "below": 7}
    done = act(client, opened.ref, {"action": "acknowledge"}, '"1"')
    assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
    assert act(client, opened.ref, {"action": "note", "text": "From the CRM."}, '"1"').status_code == 412
    assert act(client, opened.ref, {"action": "note", "text": "From the CRM."}, None).status_code == 428
    act(client, opened.ref, {"action": "log-contact", "channel": "mail", "outcome": "left_message"}, '"2"')
    act(client, opened.ref, {"action": "assign", "owner": "luis@ours.example"}, '"3"')
    ended = act(client, opened.ref, {"action": "resolve", "outcome": "settled", "root_cause": "late"}, '"4"')
    assert (ended.json["state"], ended.json["owner"]) == ("closed", "luis@ours.example")
    assert [entry["kind"] for entry in ended.json["timeline"]] == [
        "opened", "acknowledged", "contact_logged", "assigned", "closed",
    ]  # fmt: skip
    assert [(entry["by"], entry["by_kind"]) for entry in ended.json["timeline"]][1:] == [("CRM", "api")] * 4
    assert act(client, opened.ref, {"action": "reopen", "text": "Again."}, '"5"').json["state"] == "reopened"


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"action": "explode"}, 422, ["/action"]),
        ({}, 422, ["/action"]),
        ({"action": 7}, 422, ["/action"]),
        ([], 422, [""]),
        ("note", 422, [""]),
        ({"action": "note"}, 422, ["/text"]),
        ({"action": "note", "text": 7}, 422, ["/text"]),
        ({"action": "note", "text": "x" * 10_001}, 422, ["/text"]),
        ({"action": "note", "text": "a\u0000b"}, 422, ["/text"]),
        ({"action": "note", "text": "x", "colour": "red"}, 422, ["/colour"]),
        ({"action": "resolve", "outcome": "settled"}, 422, ["/root_cause"]),
        ({"action": "resolve", "outcome": "won", "root_cause": "late"}, 422, ["/outcome"]),
        ({"action": "log-contact"}, 422, ["/channel"]),
        ({"action": "assign", "owner": "nobody@ours.example"}, 422, ["/owner"]),
        ({"action": "assign", "owner": "00000000-0000-0000-0000-000000000000"}, 422, ["/owner"]),
        ({"action": "reopen", "text": "Why not"}, 409, []),
    ],
)
def test_a_wrong_action_is_refused_where_it_is_wrong(
    sqlite_engine: Engine, body: Any, status: int, where: list[str]
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    answer = act(browser(sqlite_engine, program(*ALL)), opened.ref, body)
    assert answer.status_code == status, answer.json
    assert answer.mimetype == "application/problem+json"
    assert pointers(answer) == where
    assert case(of, opened.id).revision == 1


@pytest.mark.parametrize(
    ("data", "mimetype", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"action=note", "application/x-www-form-urlencoded", 415),
        (b"{}" + b" " * 2_000_000, "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(sqlite_engine: Engine, data: bytes, mimetype: str, status: int) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, program(*ALL))
    answer = client.post(
        f"/api/v1/cases/{opened.ref}/actions", data=data, content_type=mimetype, headers={"If-Match": "*"}
    )
    assert answer.status_code == status


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"x"', '"1", "2"', '"' + "9" * 40 + '"'])
def test_an_etag_that_is_not_ours_matches_nothing(sqlite_engine: Engine, tag: str) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    assert act(browser(sqlite_engine, program(*ALL)), opened.ref, {"action": "acknowledge"}, tag).status_code == 412


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/cases", "cases:read"),
        ("GET", "/cases/C-256", "cases:read"),
        ("POST", "/cases/C-256/actions", "cases:write"),
        ("GET", "/alerts", "alerts:read"),
        ("GET", "/alerts/00000000-0000-0000-0000-000000000000", "alerts:read"),
        ("GET", "/webhooks", "webhooks:read"),
        ("POST", "/webhooks", "webhooks:write"),
        ("GET", "/webhooks/00000000-0000-0000-0000-000000000000/deliveries", "webhooks:read"),
    ],
)
def test_an_endpoint_opens_only_with_its_scope(sqlite_engine: Engine, method: str, path: str, scope: str) -> None:
    of = world(sqlite_engine)
    others = [name for name in ALL if name != scope]
    for principal, status in ((None, 401), (program(*others), 403), (staff(of.dana), 401)):
        assert browser(sqlite_engine, principal).open(f"/api/v1{path}", method=method).status_code == status
    opened = browser(sqlite_engine, program(scope)).open(f"/api/v1{path}", method=method)
    assert opened.status_code not in (401, 403)


def test_lists_are_walked_to_the_end_and_filtered(engine: Engine) -> None:
    of = world(engine)
    for number in range(5):
        of.later(minutes=1)
        open_case(of, 3, touchpoint=f"t{number}")
    open_case(of, 10, partner=of.brisk)
    client = browser(engine, program(*ALL))
    for path, total in (("/cases", 6), ("/alerts", 6), ("/cases?partner=brisk", 1), ("/cases?kind=recovery", 5),
                        ("/cases?state=closed", 0)):  # fmt: skip
        found, cursor = [], ""
        while True:
            joint = "&" if "?" in path else "?"
            answer = get(client, f"{path}{joint}limit=2&cursor={cursor}")
            assert answer.status_code == 200
            found += [row["id"] for row in answer.json["data"]]
            cursor = answer.json["next_cursor"]
            if not cursor:
                break
        assert (len(found), len(set(found))) == (total, total), path


@pytest.mark.parametrize(
    ("query", "status", "where"),
    [
        ("state=sleeping", 422, ["/state"]),
        ("kind=revenge", 422, ["/kind"]),
        ("limit=0", 422, ["/limit"]),
        ("cursor=abc", 422, ["/cursor"]),
        ("cursor=WyIyMDI2LTAzLTA5IiwieCJd", 422, ["/cursor"]),  # an instant without zone
        (f"cursor={encode_cursor('0001-01-01T00:00:00+14:00', str(UUID(int=1)))}", 422, ["/cursor"]),  # before all time
        ("partner=nobody", 404, []),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(
    sqlite_engine: Engine, query: str, status: int, where: list[str]
) -> None:
    world(sqlite_engine)
    answer = browser(sqlite_engine, program(*ALL)).get(f"/api/v1/cases?{query}")
    assert answer.status_code == status
    assert pointers(answer) == where


def test_an_alert_is_read_as_the_fact_it_is(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    [row] = rows(of, "alert")
    client = browser(engine, program(*ALL))
    read = get(client, f"/alerts/{row.id}").json
    assert (read["rule"], read["case_id"], read["reason"]) == ("low", str(opened.id), "score_below")
    assert get(client, f"/alerts/{opened.id}").status_code == 404


def test_a_webhook_is_added_by_a_program_and_its_deliveries_are_listed(engine: Engine) -> None:
    of = world(engine)
    client = browser(engine, program(*ALL))
    made = post(client, "/webhooks", {"name": "CRM", "url": "https://crm.example.com/hook"})
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    assert "secret" not in get(client, "/webhooks").json["data"][0]
    opened = open_case(of, 3)
    service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    listed = get(client, f"/webhooks/{made.json['id']}/deliveries").json["data"]
    assert [(row["type"], row["state"]) for row in listed] == [("case.closed", "pending"), ("case.opened", "pending")]
    assert get(client, f"/webhooks/{opened.id}/deliveries").status_code == 404
    assert post(client, "/webhooks", {"name": "CRM", "url": "https://crm.example.com/x"}).status_code == 409


def test_the_list_of_webhooks_is_walked_in_pages(sqlite_engine: Engine) -> None:
    client = browser(sqlite_engine, program(*ALL))
    for name in ("CRM", "billing", "Archive"):
        post(client, "/webhooks", {"name": name, "url": f"https://{name}.example.com/hook"})
    first = get(client, "/webhooks?limit=2").json
    rest = get(client, f"/webhooks?limit=2&cursor={first['next_cursor']}").json
    assert [[row["name"] for row in page["data"]] for page in (first, rest)] == [["Archive", "CRM"], ["billing"]]
    assert rest["next_cursor"] is None
    assert get(client, "/webhooks?limit=0").status_code == 422


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["/name", "/url"]),
        ({"name": "CRM", "url": "http://169.254.169.254/"}, []),  # allowed in tests: this installation says so
        ({"name": "CRM", "url": "gopher://x/"}, ["/url"]),
        ({"name": "CRM", "url": 7}, ["/url"]),
        ({"name": "CRM", "url": "https://x.example/", "secret": "mine"}, ["/secret"]),
    ],
)
def test_a_wrong_webhook_is_refused_where_it_is_wrong(sqlite_engine: Engine, body: Any, where: list[str]) -> None:
    answer = browser(sqlite_engine, program(*ALL)).post("/api/v1/webhooks", json=body)
    assert answer.status_code == (422 if where else 201)
    assert pointers(answer) == where
