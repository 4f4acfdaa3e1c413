"""The load generator of alerts: an operation ends when its answer and its own webhook are here, in either order."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.alert_load import AlertDrive
from benchmarks.processes import free_port
from tests.servers import answering

LATE = 0.15


class _Alerting(BaseHTTPRequestHandler):
    """Takes the name of an alert and sends its webhook: before the answer, after it, late, or two in one."""

    protocol_version = "HTTP/1.1"
    hook_port = 0
    held: list[str]

    def do_POST(self) -> None:
        name = self.rfile.read(int(self.headers["Content-Length"])).decode()
        how = self.path.removeprefix("/")
        if how == "before":
            self._tell([name])
        self.send_response(303)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()
        if how == "late":
            time.sleep(LATE)
        if how == "two":
            self.held.append(name)
            if len(self.held) % 2 == 0:
                self._tell(self.held[-2:])
        elif how != "before":
            self._tell([name])

    def _tell(self, names: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.hook_port, timeout=10)
        connection.request("POST", "/", json.dumps([{"partner": name} for name in names]))
        assert connection.getresponse().status == 200
        connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    _Alerting.hook_port, _Alerting.held = free_port(), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Alerting)
    with answering(server):
        yield server.server_port


def drive(port: int, how: str, *, count: int = 12, clients: int = 2) -> dict[str, Any]:
    send = {"method": "POST", "path": f"/{how}", "body": "{match}", "status": 303}
    operations = [{"match": f"p-{number}"} for number in range(count)]
    plan = {"port": port, "clients": clients, "seconds": 20, "steps": [send], "operations": operations}
    return AlertDrive({**plan, "listen": _Alerting.hook_port, "match": '"partner": "([^"]+)"'}).run()


@pytest.mark.parametrize("how", ["before", "after", "two"])
def test_every_operation_ends_with_its_webhook(port: int, how: str) -> None:
    told = drive(port, how)
    assert (told["operations"], told["taken"], len(told["spans"])) == (12, 12, 12)


def test_the_time_of_an_operation_is_that_of_its_webhook(port: int) -> None:
    told = drive(port, "late", count=2)
    assert min(told["spans"]) >= LATE
    assert min(told["steps"][0]) < LATE  # on a busy machine one may be late of itself
