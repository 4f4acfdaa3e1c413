"""`Idempotency-Key`: a request that is sent again has one effect and gets the same answer, for a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from feedback_engine.foundation import request_keys
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, rows, world
from tests.alerts.site import browser, program

SCOPES = ("cases:read", "cases:write", "partners:write")


def send(client: FlaskClient, path: str, body: Any, key: str | None, tag: str = "*") -> Any:
    headers = {"If-Match": tag} | ({"Idempotency-Key": key} if key is not None else {})
    return client.post(f"/api/v1{path}", json=body, headers=headers)


def note(client: FlaskClient, ref: str, key: str | None, text: str = "From the CRM.", tag: str = "*") -> Any:
    return send(client, f"/cases/{ref}/actions", {"action": "note", "text": text}, key, tag)


def notes(of: World) -> int:
    return sum(row.kind == "noted" for row in rows(of, "case_entry"))


def test_a_request_sent_again_has_one_effect_and_the_same_answer(engine: Engine) -> None:
    of = world(engine)
    ref = open_case(of, 3).ref
    client = browser(engine, program(*SCOPES))
    first = note(client, ref, "k-1")
    again = note(client, ref, "k-1")
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (again.status_code, again.headers["ETag"], again.data) == (200, '"2"', first.data)
    assert (again.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    assert notes(of) == 1
    assert note(client, ref, "k-1", "Something else.").status_code == 422
    assert note(client, ref, None).status_code == 200  # without a key each is a request of its own
    assert notes(of) == 2


def test_twenty_at_once_with_one_key_have_one_effect(engine: Engine) -> None:
    of = world(engine)
    ref = open_case(of, 3).ref
    clients = [browser(engine, program(*SCOPES)) for _ in range(20)]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda client: note(client, ref, "k-20"), clients))
    assert notes(of) == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    [body] = {answer.data for answer in answers if answer.status_code == 200}
    assert note(clients[0], ref, "k-20").data == body


def test_a_refused_request_may_be_put_right_under_its_key(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    ref = open_case(of, 3).ref
    client = browser(sqlite_engine, program(*SCOPES))
    assert note(client, ref, "k-2", tag='"7"').status_code == 412
    assert note(client, ref, "k-2", tag='"1"').status_code == 200
    assert notes(of) == 1


def test_the_keys_of_another_program_are_its_own(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    ref = open_case(of, 3).ref
    assert note(browser(sqlite_engine, program(*SCOPES)), ref, "k-3").status_code == 200
    other = program(*SCOPES)
    other = type(other)(of.acme.id, "ERP", other.scopes)
    assert note(browser(sqlite_engine, other), ref, "k-3").status_code == 200
    assert notes(of) == 2


def test_a_key_is_forgotten_after_a_day(engine: Engine) -> None:
    of = world(engine)
    ref = open_case(of, 3).ref
    client = browser(engine, program(*SCOPES))
    note(client, ref, "k-4")
    of.later(hours=23, minutes=59)
    assert note(client, ref, "k-4").headers["Idempotency-Replayed"] == "true"
    of.later(minutes=1)
    assert "Idempotency-Replayed" not in note(client, ref, "k-4").headers
    assert notes(of) == 2
    of.later(hours=24)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert request_keys.has_old(uow)
        assert request_keys.forget_old(uow) == 1
    assert rows(of, "request_key") == []


def test_what_was_broken_off_is_not_done_again_blindly(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    ref = open_case(of, 3).ref
    client = browser(sqlite_engine, program(*SCOPES))
    note(client, ref, "k-5")
    [row] = rows(of, "request_key")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:  # as a process leaves it that dies before it answers
        request_keys.release(uow, row.id)
        request_keys.claim(uow, row.principal_id, "k-5", bytes(row.request_hash))
    assert "being carried out" in note(client, ref, "k-5").json["detail"]
    of.later(minutes=2)
    unknown = note(client, ref, "k-5")
    assert (unknown.status_code, "broken off" in unknown.json["detail"]) == (409, True)
    assert notes(of) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(sqlite_engine: Engine, key: str) -> None:
    of = world(sqlite_engine)
    ref = open_case(of, 3).ref
    assert note(browser(sqlite_engine, program(*SCOPES)), ref, key).status_code == 422
    assert notes(of) == 0


def test_transfers_and_merges_honour_it_too(engine: Engine) -> None:
    of = world(engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    client = browser(engine, program(*SCOPES))
    bodies = [
        (f"/cases/{first.ref}/merge", {"into": second.ref}),
        ("/transfers", {"from": "dana@ours.example", "to": "luis@ours.example"}),
    ]
    for path, body in bodies:
        one, two = send(client, path, body, f"k{path}"), send(client, path, body, f"k{path}")
        assert (one.status_code, two.status_code, two.data) == (200, 200, one.data), path
        assert two.headers["Idempotency-Replayed"] == "true"
    assert case(of, second.id).revision == 3  # merged once, transferred once
