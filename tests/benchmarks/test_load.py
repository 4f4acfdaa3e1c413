"""The load generator: it counts what was answered as told, and ends at the first answer that was not."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.load import Drive, fill, whole
from tests.servers import answering


class _Counting(BaseHTTPRequestHandler):
    """Hands out a word on GET and takes it back on POST; closes every connection that asks for /closing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, b'<input name="word" value="heron">')

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        genuine = sent == b"word=heron" and self.headers["Cookie"] == "seen=yes"
        self._answer(303 if genuine else 400, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "seen=yes; Path=/")
        if self.path == "/closing":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that met a wrong answer hangs up on all its connections."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = _Server(("127.0.0.1", 0), _Counting)
    with answering(server):
        yield server.server_port


def plan(port: int, path: str = "/", *, body: str = "word={word}", count: int = 30, clients: int = 3) -> dict[str, Any]:
    see = {"method": "GET", "path": "{path}", "status": 200, "pick": {"word": 'value="([^"]+)"'}}
    send = {"method": "POST", "path": "{path}", "body": body, "status": 303}
    operations = [{"path": path}] * count
    return {"port": port, "clients": clients, "seconds": 20, "steps": [see, send], "operations": operations}


@pytest.mark.parametrize("path", ["/", "/closing"])  # kept open, and closed by the server after each answer
def test_every_operation_is_done_once_with_what_earlier_answers_said(port: int, path: str) -> None:
    told = Drive(plan(port, path)).run()
    assert (told["operations"], told["taken"]) == (30, 30)
    assert len(told["spans"]) == 30
    assert [len(step) for step in told["steps"]] == [30, 30]


def test_a_wrong_answer_ends_it(port: int) -> None:
    with pytest.raises(ValueError, match=r"POST .* answered 400"):
        Drive(plan(port, body="word=guess")).run()


def test_when_the_time_is_up_nothing_new_begins(port: int) -> None:
    told = Drive({**plan(port, count=10_000), "seconds": 0.05}).run()
    assert 0 < told["operations"] == told["taken"] < 10_000


def test_only_known_names_are_filled_in() -> None:
    assert fill('{"a": {b}, "c": {d}}', {"b": "1"}) == '{"a": 1, "c": {d}}'


@pytest.mark.parametrize(
    ("head", "body", "closed", "expected"),
    [
        ("http/1.1 200 ok\r\ncontent-length: 3", b"abc", False, True),
        ("http/1.1 200 ok\r\ncontent-length: 3", b"ab", False, False),
        ("http/1.1 200 ok\r\ntransfer-encoding: chunked", b"1\r\na\r\n", False, False),
        ("http/1.1 200 ok\r\ntransfer-encoding: chunked", b"1\r\na\r\n0\r\n\r\n", False, True),
        ("http/1.1 200 ok", b"abc", False, False),  # its end is the end of the connection
        ("http/1.1 200 ok", b"abc", True, True),
    ],
)
def test_an_answer_is_read_to_its_end(head: str, body: bytes, closed: bool, expected: bool) -> None:
    assert whole(head, body, closed=closed) is expected
