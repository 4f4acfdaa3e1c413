"""Chats: which addresses are taken, how they are shown, and that their process reaches nothing inside."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from feedback_engine.foundation.chat import sending
from feedback_engine.foundation.chat.guard import Guard
from feedback_engine.foundation.chat.sending import ChatMessage, chat_process
from feedback_engine.foundation.chat.services import SERVICES, read_address, shown
from feedback_engine.foundation.errors import FeedbackError, Invalid, PermanentError, TransientError
from feedback_engine.foundation.settings import Settings
from tests.tripwires import INSIDE, tricks, tripwire_laid

ALL = tuple(service.key for service in SERVICES)
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"

TAKEN = [
    (SLACK, "slack"),
    ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23general", "slack"),
    ("https://prod-00.westus.logic.azure.com:443/workflows/643a/triggers/manual/paths/invoke?sp=%2F&sig=aaa", "teams"),
    ("workflows://prod-1.westeurope.logic.azure.com:443/643a03/signature1/", "teams"),
    ("mmosts://chat.example.com/3ccdd113474722377935511fc85d3dd4", "mattermost"),
    ("https://discord.com/api/webhooks/417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF", "discord"),
    ("discord://417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5", "discord"),
    ("tgram://123456789:abcdefg_hijklmnop/12315544", "telegram"),
    ("ntfys://ntfy.example.com/alerts", "ntfy"),
    ("https://ntfy.sh/alerts", "ntfy"),
    ("matrixs://dana:secret@matrix.example.com/!room:example.com", "matrix"),
]  # fmt: skip

REFUSED = [
    "mailto://dana:secret@example.com",  # mail has a way of its own
    "json://example.com/x", "xml://example.com/x", "form://example.com/x",  # any address at all
    "exec://x", "script://x", "file:///etc/passwd", "dbus://", "syslog://", "windows://",  # this machine
    "smb://example.com", "rsyslog://10.0.0.1", "snmp://10.0.0.1", "mqtt://10.0.0.1",
    "apprise://example.com/token",  # hands on to whatever that names
    "https://example.com/hooks", "http://hooks.slack.com/services/T/A/x",  # none of theirs, or in the clear
    "https://hooks.slack.com.evil.example/services/T/A/x", "https://evilhooks.slack.com/services/T/A/x",
    "https://hooks.slack.com@evil.example/services/T/A/x",
    "mmost://chat.example.com/key", "ntfy://ntfy.example.com/alerts",  # in the clear
    "matrix://u:p@matrix.example.com/!r",
    "ntfys://ntfy.example.com/alerts?verify=no",  # trusts anybody
    "ntfys://ntfy.example.com/alerts?redirect=yes", "ntfys://ntfy.example.com/alerts?attach=http://10.0.0.1/",
    "matrixs://u:p@matrix.example.com/!r?mode=slack", "slack://T/A/x?rto=9999",
    "ntfys://ntfy.example.com/a, json://127.0.0.1/",  # two addresses in one
    "ntfys://127.0.0.1/alerts", "mmosts://[::1]/key", "ntfys://ntfy.example.com:25/alerts", "ntfys://ntfy.example.com:6379/a",
    "ntfys://[::1", "ntfys://ntfy.example.com/\u202ealerts", "slack://" + "x" * 2000, "", "slack",
]  # fmt: skip


@pytest.mark.parametrize(("url", "service"), TAKEN)
def test_an_address_of_a_service_that_is_offered_is_taken(url: str, service: str) -> None:
    assert read_address(url, ALL).key == service
    with pytest.raises(Invalid):
        read_address(url, tuple(key for key in ALL if key != service))


@pytest.mark.parametrize("url", REFUSED)
def test_any_other_address_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(Invalid):
        read_address(url, ALL)


@pytest.mark.parametrize(("url", "service"), TAKEN)
def test_what_must_stay_secret_is_never_shown(url: str, service: str) -> None:
    seen = shown(url)
    assert "…" in seen
    assert len(seen.partition("…")[2]) == 4
    for part in ("TIiajkdnlazkcOXrIdevi7FQ", "signature1", "sig=aaa", "3ccdd113", "JHZ7lQml", "123456789", "secret"):
        assert part not in seen


# ---- the process


class _Ntfy(BaseHTTPRequestHandler):
    """Answers like ntfy; a path with a number in it with that status, and where it should send somebody else."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, body, dict(self.headers)))  # type: ignore[attr-defined]
        topic = str(body.get("topic", ""))
        status = int(topic.removeprefix("status")) if topic.startswith("status") else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.server.elsewhere)  # type: ignore[attr-defined]
        if status == 429:
            self.send_header("Retry-After", "120")
        self.end_headers()
        self.wfile.write(b'{"id": "x"}')

    def log_message(self, *given: object) -> None:
        pass


@contextmanager
def ntfy(elsewhere: str = "") -> Iterator[tuple[int, list[Any]]]:
    server = HTTPServer(("127.0.0.1", 0), _Ntfy)
    server.received, server.elsewhere = [], elsewhere  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port, server.received  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def test_a_chat_inside_is_reached_only_when_the_installation_names_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # proxies from the environment count for nothing
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with ntfy() as (port, received):
        message = ChatMessage(f"ntfy://localhost:{port}/alerts", "C-1 Acme gave a 3", "Contact by: Tue\nhttps://fe/C-1")
        with chat_process(Settings(webhook_inside_hosts="localhost")) as process:
            assert process.send(message) == 200
            assert process.send(message) == 200  # one process, many messages
        with chat_process(Settings()) as process, pytest.raises(PermanentError):
            process.send(message)
        # A name stands for its own addresses, and for no other inside.
        with chat_process(Settings(webhook_inside_hosts="ntfy.example")) as process, pytest.raises(PermanentError):
            process.send(message)
    assert len(received) == 2
    assert received[0][1]["title"] == "C-1 Acme gave a 3"
    assert "https://fe/C-1" in received[0][1]["message"]


@pytest.mark.parametrize(
    ("topic", "expected", "reached"),
    [("status500", TransientError, True), ("status429", TransientError, True), ("status403", PermanentError, True),
     ("status404", PermanentError, True)],
)  # fmt: skip
def test_an_answer_of_a_chat_is_tried_again_or_given_up(
    topic: str, expected: type[FeedbackError], reached: bool
) -> None:
    with ntfy() as (port, received), chat_process(Settings(webhook_allow_private=True)) as process:
        with pytest.raises(expected) as caught:
            process.send(ChatMessage(f"ntfy://127.0.0.1:{port}/{topic}", "t", "b"))
        assert len(received) == 1
    if topic == "status429":
        assert caught.value.retry_after.total_seconds() == 120  # type: ignore[attr-defined]


def test_a_redirect_of_a_chat_is_not_followed() -> None:
    with tripwire_laid() as wire, ntfy(f"http://127.0.0.1:{wire.port}/") as (port, received):
        with chat_process(Settings(webhook_allow_private=True)) as process, pytest.raises(PermanentError, match="30"):
            process.send(ChatMessage(f"ntfy://127.0.0.1:{port}/status302", "t", "b"))
        assert len(received) == 1
    assert wire.connections == 0


def test_no_spelling_of_an_address_lets_a_chat_reach_inside() -> None:
    assert len(INSIDE) >= 40
    with tripwire_laid() as wire, chat_process(Settings()) as process:
        for end in tricks(wire.port):
            for address in (f"ntfys://{end}/alerts", f"mmosts://{end}/3ccdd113474722377935511fc85d3dd4"):
                with pytest.raises((PermanentError, TransientError)):
                    process.send(ChatMessage(address, "t", "b"))
        with pytest.raises((PermanentError, TransientError)):
            process.send(ChatMessage(f"matrixs://u:p@localhost:{wire.port}/!room", "t", "b"))
    assert wire.connections == 0


def test_the_process_itself_keeps_inside_what_was_let_through_by_mistake() -> None:
    """The same addresses given to the process directly, past the list of what may be typed."""
    with tripwire_laid() as wire:
        process = sending.ChatProcess(Settings())
        jobs = [
            {"url": f"{scheme}://{end}/alerts", "plugin": "NotifyNtfy"}
            for scheme in ("ntfy", "ntfys")
            for end in tricks(wire.port)
        ]
        jobs.append({"url": f"json://127.0.0.1:{wire.port}/", "plugin": "NotifyJSON"})
        common = {"title": "t", "body": "b", "allow_private": False, "inside_host": False}
        said = [process._do({**job, **common}) for job in jobs]
        process.close()
    assert [each["sent"] for each in said if each is not None] == [False] * len(jobs)
    assert sum(bool(each and each["refused"]) for each in said) >= 30  # the guard itself was asked, not only the parser
    assert wire.connections == 0


REBINDING = """
    import socket, sys
    from feedback_engine.foundation.chat.guard import Guard
    import requests
    port, asked = int(sys.argv[1]), []
    real = socket.getaddrinfo
    def rebinding(host, *rest, **named):
        asked.append(host)
        return real("127.0.0.1" if host == "rebind.example" else host, *rest, **named)
    socket.getaddrinfo = rebinding
    guard = Guard()
    guard.install()
    for url in (f"http://rebind.example:{port}/", f"http://[::1]:{port}/", f"http://127.0.0.1:{port}/"):
        try:
            requests.post(url, data=b"x", timeout=3)
        except requests.RequestException:
            pass
    for sock, to in ((socket.socket(), ("localhost", port)), (socket.socket(socket.AF_UNIX), "/run/docker.sock")):
        try:
            sock.connect(to)
        except PermissionError:
            pass
    import subprocess
    try:
        subprocess.run(["true"])
        print("ran")
    except PermissionError:
        pass
    print(asked[0], len(guard.refused))
"""


def test_a_name_that_is_pointed_inside_between_two_looks_is_not_connected_to() -> None:
    with tripwire_laid() as wire:
        program = [sys.executable, "-c", textwrap.dedent(REBINDING), str(wire.port)]
        ran = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == ["rebind.example", "5"]
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("address", "through"),
    [
        (("8.8.8.8", 443), True),
        (("2606:4700:4700::1111", 443, 0, 0), True),
        (("8.8.8.8", 25), False),  # no mail from here
        (("127.0.0.1", 443), False),
        (("168.63.129.16", 443), False),
        (("example.com", 443), False),  # a name that somebody else would resolve
        ("/run/x.sock", False),
    ],
)
def test_the_guard_looks_at_what_is_connected_to(address: object, through: bool) -> None:
    assert Guard().lets_through(socket.AF_INET, address) is through
    assert not Guard().lets_through(socket.AF_UNIX, address)


def test_only_the_process_of_the_chats_holds_what_talks_to_them() -> None:
    loaded = "feedback_engine.app.wiring, alerts.notices.chat_sending, alerts.notices.trials"
    script = f"import sys, {loaded}; print(*sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert not {"apprise", "requests"} & set(told.stdout.split())
