"""Webhooks over a real loopback receiver: signed, at least once, given up for good reasons only."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from alerts import service
from alerts.channels.signing import show_secret, sign
from alerts.notices import delivery
from feedback_engine.foundation import http_client
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM, Work
from tests.alerts.builders import World, open_case, rows, staff_actor, world


@dataclass
class Receiver:
    """A program that listens; `statuses` are the answers it gives, the last one for ever."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    reply: bytes = b""
    meanwhile: Callable[[], None] | None = None

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listening.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if listening.meanwhile is not None:
                listening.meanwhile()
            status = listening.statuses.pop(0) if len(listening.statuses) > 1 else listening.statuses[0]
            self.send_response(status)
            for name, value in listening.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(listening.reply)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    listening.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield listening
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def listen(of: World, receiver: Receiver, name: str = "CRM") -> service.NewEndpoint:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        return service.add_endpoint(uow, name, receiver.url, allow_private=True)


def deliver(of: World) -> int:
    """Everything that is due now."""
    total = 0
    while done := delivery.deliver_due(of.engine):
        total += done
    return total


def webhooks(of: World) -> list[Any]:
    return [row for row in rows(of, "notification") if row.channel == "webhook"]


def test_a_low_score_reaches_the_endpoint_signed_and_thin(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    endpoint = listen(of, receiver)
    opened = open_case(of, 3)
    deliver(of)
    [(headers, body)] = receiver.received
    # As any receiver's library would check it.
    secret = b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == expected
    assert int(headers["webhook-timestamp"]) == int(of.now.timestamp())
    message = json.loads(body)
    assert message["type"] == "case.opened"
    assert message["data"]["ref"] == opened.ref
    assert message["data"]["score"] == 3
    assert message["data"]["url"].endswith(f"/cases/{opened.ref}")
    assert "Ana" not in body.decode()
    assert "ana@acme.example" not in body.decode()
    [row] = webhooks(of)
    assert (row.state, row.status_code, row.attempts) == ("sent", 204, 1)


def test_the_signature_is_that_of_the_specification() -> None:
    # The example of the Standard Webhooks specification's reference libraries.
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
    headers = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert show_secret(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_each_turn_of_a_case_is_told_in_order(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    opened = open_case(of, 3)
    dana = staff_actor(of.dana)
    open_case(of, 2)
    service.assign(engine.work, dana, opened.id, of.luis.id)
    service.note(engine.work, dana, opened.id, "For Luis.")
    service.close(engine.work, dana, opened.id, outcome="settled", root_cause="late")
    service.reopen(engine.work, dana, opened.id, "Not over.")
    deliver(of)
    assert [body["type"] for body in receiver.bodies()] == [
        "case.opened", "case.joined", "case.assigned", "case.closed", "case.reopened",
    ]  # fmt: skip


def test_nothing_is_sent_twice_and_nothing_twice_claimed(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    open_case(of, 3)
    # A second worker looks while the first one is still sending.
    receiver.meanwhile = lambda: counts.append(delivery.deliver_due(engine))
    counts: list[int] = []
    deliver(of)
    assert deliver(of) == 0
    assert len(receiver.received) == 1
    assert counts == [0]


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_receiver_in_trouble_is_tried_again_later(sqlite_engine: Engine, receiver: Receiver, status: int) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    receiver.statuses = [status, 200]
    open_case(of, 3)
    deliver(of)
    [row] = webhooks(of)
    assert (row.state, row.attempts) == ("pending", 1)
    assert str(status) in row.error
    of.later(seconds=31)  # beyond the longest first wait
    deliver(of)
    [row] = webhooks(of)
    assert (row.state, row.status_code, row.attempts) == ("sent", 200, 2)
    ids = {headers["webhook-id"] for headers, _ in receiver.received}
    assert len(ids) == 1  # by which the receiver knows it for the same message


def test_no_try_comes_before_the_receivers_own_word(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    receiver.statuses, receiver.headers = [429, 200], {"Retry-After": "600"}
    open_case(of, 3)
    deliver(of)
    of.later(seconds=599)
    assert deliver(of) == 0
    of.later(seconds=2)
    deliver(of)
    assert webhooks(of)[0].state == "sent"


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_receiver_that_refuses_is_not_asked_again(sqlite_engine: Engine, receiver: Receiver, status: int) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    receiver.statuses = [status]
    open_case(of, 3)
    deliver(of)
    of.later(days=2)
    deliver(of)
    assert len(receiver.received) == 1
    [row] = webhooks(of)
    assert row.state == "dead"
    assert str(status) in row.error


def test_after_ten_tries_or_a_day_a_message_is_given_up_with_its_reason(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    receiver.statuses = [500]
    open_case(of, 3)
    for _ in range(40):
        deliver(of)
        of.later(hours=1)
    [row] = webhooks(of)
    assert row.state == "dead"
    assert row.attempts == len(receiver.received) == 10
    assert "500" in row.error


def test_while_nobody_listens_no_message_is_given_up_before_the_day_is_over(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    listen(of, Receiver(url="http://127.0.0.1:9/hook"))  # nobody listens at the discard port
    open_case(of, 3)
    states = []
    for _ in range(25):
        deliver(of)
        states += [row.state for row in webhooks(of)]
        of.later(hours=1)
    assert states == ["pending"] * 24 + ["dead"]


def test_a_dead_endpoint_costs_one_try_a_round_and_holds_up_no_other(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    dead = replace(receiver, url="http://127.0.0.1:9/hook")  # nobody listens at the discard port
    listen(of, dead, "Dead")
    listen(of, receiver, "Alive")
    for touchpoint in ("a", "b", "c"):
        open_case(of, 3, touchpoint=touchpoint)
    deliver(of)
    assert len(receiver.received) == 3
    tries = sorted(row.attempts for row in webhooks(of) if row.state == "pending")
    assert tries == [0, 0, 1]


def test_what_a_crash_left_claimed_is_sent_again(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    open_case(of, 3)

    with pytest.raises(Killed):
        delivery.deliver_due(replace(engine, work=Dying(engine.database, engine.clock)))
    assert webhooks(of)[0].state == "claimed"
    assert deliver(of) == 0  # somebody else may still be at it
    of.later(minutes=11)
    deliver(of)
    assert webhooks(of)[0].state == "sent"


class Killed(BaseException):
    """The process died here."""


class Dying(Work):
    """A process that is killed right after its claim was committed, before it reads what to send."""

    readings = 0

    def read(self) -> Any:
        self.readings += 1
        if self.readings > 1:
            raise Killed
        return super().read()


def test_an_endpoint_switched_off_hears_nothing_more(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    endpoint = listen(of, receiver)
    open_case(of, 3)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.disable_endpoint(uow, endpoint.id)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.disable_endpoint(uow, endpoint.id)
    open_case(of, 3, touchpoint="training.held")
    deliver(of)
    assert not receiver.received
    [row] = webhooks(of)  # nothing was even written for the second case
    assert row.state == "dead"


def test_private_addresses_are_not_reached_unless_the_installation_says_so(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    open_case(of, 3)
    strict = sqlite_engine.settings.model_copy(update={"webhook_allow_private": False})
    delivery.deliver_due(replace(sqlite_engine, settings=strict))
    assert not receiver.received
    assert webhooks(of)[0].state == "dead"


@pytest.mark.parametrize(
    ("name", "url", "pointers"),
    [
        ("", "https://crm.example.com/", ["/name"]),
        ("x" * 101, "https://crm.example.com/", ["/name"]),
        ("CRM", "http://crm.example.com/", ["/url"]),
        ("CRM", "https://127.0.0.1/", ["/url"]),
        ("", "not an address", ["/name", "/url"]),
    ],
)
def test_a_wrong_endpoint_is_refused_with_its_faults(
    sqlite_engine: Engine, name: str, url: str, pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as caught, sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.add_endpoint(uow, name, url)
    assert [fault.pointer for fault in caught.value.faults] == pointers


def test_two_endpoints_do_not_share_a_name(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.add_endpoint(uow, "CRM", "https://crm.example.com/a")
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.add_endpoint(uow, "CRM", "https://crm.example.com/b")


def test_the_claim_outlives_the_longest_round() -> None:
    assert delivery.CLAIM_EXPIRES - timedelta(minutes=1) > delivery.BATCH_SIZE * http_client.DEADLINE
