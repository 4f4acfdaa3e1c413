"""The way out: it reaches the public internet and nothing inside, and nobody out there can hold it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from feedback_engine.foundation.errors import FeedbackError, Invalid, PermanentError, TransientError
from feedback_engine.foundation.http_client import LARGEST_ANSWER, LARGEST_BODY, Answer, check_url, is_public, post

# ---- what must not be reached

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",  # metadata of cloud machines
    "100.64.0.1",  # carrier-grade NAT
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1",
    "not an address", "",
]  # fmt: skip

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook", "https://[::1]/hook", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest",
        "http://crm.example.com/hook",  # not encrypted
        "ftp://crm.example.com/", "file:///etc/passwd", "gopher://crm.example.com/", "javascript:alert(1)", "//x/y",
        "crm.example.com/hook", "https://", "https:///hook", "https://crm.example.com:0/", "https://crm.example.com:99999/",
        "https://user:secret@crm.example.com/", "https://crm.example.com@127.0.0.1/",  # who is the host here?
        "https://crm.example.com\\@127.0.0.1/", "https://crm.example.com /", "https://crm.example.com/\r\nHost: x",
        "https://crm.example.com/\x00", "https://crm.example.com/\u2028x", "https://crm.example.com/#part",
        "https://crm.example.com/h\u00f6ok", "https://crm.example.com/\u2003", "https://crm.example.com/\u202e",
        "https://.a/", "https://a..b/", "https://" + "a" * 64 + ".example/", "https://127\u30020\u30020\u30021/",
        "https://[fe80::1%25eth0]/", "https://crm.example.com:22/", "https://crm.example.com:25/",
        "https://crm.example.com:6379/", "https://crm.example.com:5432/", "https://crm.example.com:80/",
        "https://[::1", "https://" + "a" * 2000 + ".example/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url)


@pytest.mark.parametrize(("host", "named"), [("127.0.0.1:9999", True), ("localhost", True), ("crm.example.com", False)])
def test_plain_http_at_home_names_the_setting_that_lets_it_through(host: str, named: bool) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(f"http://{host}/hook")
    assert ("FEEDBACK_ENGINE_WEBHOOK_ALLOW_PRIVATE" in refused.value.message) is named


@pytest.mark.parametrize(
    "url", ["https://crm.example.com/hook?x=1", "https://8.8.8.8/", "https://xn--caf-dma.example:8443"]
)
def test_a_plain_public_address_is_taken(url: str) -> None:
    assert check_url(url).scheme == "https"


# Spellings of addresses inside that only the resolver understands; each is really resolved by this system.
TRICKS = [
    "2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0x7f.1", "0", "0177.0.0.1", "localhost",
    "LOCALHOST", "localhost.", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1",
]  # fmt: skip


@pytest.mark.parametrize("host", TRICKS)
def test_a_spelling_of_an_inside_address_is_seen_through(host: str, tripwire: Tripwire) -> None:
    with pytest.raises(FeedbackError) as caught:
        post(f"https://{host}:{tripwire.port}/", b"{}", {}, deadline=timedelta(seconds=5))
    assert isinstance(caught.value, PermanentError | TransientError)
    assert tripwire.connections == 0


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],  # a public name that points inside
        ["8.8.8.8", "127.0.0.1"],  # one of several: how rebinding begins
        ["127.0.0.1", "8.8.8.8"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
    ],
)
def test_a_name_that_points_inside_is_not_connected_to(answers: list[str], tripwire: Tripwire) -> None:
    with pytest.raises(PermanentError, match="private network"):
        post(f"https://rebind.example:{tripwire.port}/", b"{}", {}, resolve=lambda host, port: answers)
    assert tripwire.connections == 0


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_connected_to(tripwire: Tripwire) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        # Whoever asked a second time would be sent to an address where nobody listens.
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with pytest.raises(TransientError, match="broke off"):
        post(f"http://rebind.example:{tripwire.port}/", b"{}", {}, allow_private=True, resolve=rebinding)
    assert asked == ["rebind.example"]
    assert tripwire.connections == 1


def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientError):
        post("https://gone.example/", b"{}", {}, resolve=unknown)


# ---- how answers are understood


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Answer(200)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204)),
        (b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Answer(202)),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n", PermanentError),  # redirects are not followed
        (b"HTTP/1.1 307 Temporary\r\nLocation: https://elsewhere.example/\r\n\r\n", PermanentError),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", PermanentError),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", PermanentError),
        (b"HTTP/1.1 410 Gone\r\n\r\n", PermanentError),
        (b"HTTP/1.1 408 Timeout\r\n\r\n", TransientError),
        (b"HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\n\r\n", TransientError),
        (b"HTTP/1.1 500 Oops\r\n\r\n", TransientError),
        (b"HTTP/1.1 503 Busy\r\n\r\n", TransientError),
        (b"", TransientError),  # it hung up
        (b"SSH-2.0-OpenSSH\r\n", TransientError),  # it speaks another language
        (b"HTTP/1.1 2000 Big\r\n\r\n", TransientError),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, TransientError),  # headers without end
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", TransientError),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * (LARGEST_ANSWER * 4), Answer(200)),  # read to the limit, no further
    ],
)  # fmt: skip
def test_an_answer_is_accepted_tried_again_or_given_up(response: bytes, expected: Answer | type[FeedbackError]) -> None:
    with server(lambda connection: reply(connection, response)) as port:
        url = f"http://127.0.0.1:{port}/hook"
        if isinstance(expected, Answer):
            assert post(url, b"{}", {}, allow_private=True) == expected
            return
        with pytest.raises(expected):
            post(url, b"{}", {}, allow_private=True)


def test_the_receivers_word_on_when_to_come_back_is_handed_on() -> None:
    busy = b"HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\n\r\n"
    with server(lambda connection: reply(connection, busy)) as port, pytest.raises(TransientError) as caught:
        post(f"http://127.0.0.1:{port}/", b"{}", {}, allow_private=True)
    assert caught.value.retry_after == timedelta(seconds=120)


def test_the_request_is_a_plain_post_with_its_own_headers() -> None:
    received: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        received.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with server(listen) as port:
        post(f"http://127.0.0.1:{port}/hook?x=1", b'{"a":1}', {"webhook-id": "7"}, allow_private=True)
    head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}".encode() in head
    assert b"webhook-id: 7" in head
    assert body == b'{"a":1}'


def test_a_message_beyond_the_limit_is_not_sent(tripwire: Tripwire) -> None:
    with pytest.raises(PermanentError):
        post(f"http://127.0.0.1:{tripwire.port}/", b"x" * (LARGEST_BODY + 1), {}, allow_private=True)
    assert tripwire.connections == 0


def test_nobody_listening_is_a_reason_to_try_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(TransientError):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, allow_private=True)


# ---- nothing hangs us

DRIPS, DRIP_SECONDS = 200, 0.05
"""How often, and how long after one another, a byte comes: all of them take twenty times the deadline below."""


def _silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass  # until the other side gives up


def _dripping(begun: bytes) -> Callable[[socket.socket], None]:
    """Goes on after `begun` with one byte at a time, so that no single read ever times out."""

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(begun)
        for _ in range(DRIPS):
            connection.sendall(b"y")
            time.sleep(DRIP_SECONDS)

    return drip


_SLOW_HEADER = _dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")
_SLOW_BODY = _dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")


@pytest.mark.parametrize("receiver", [_silent, _SLOW_HEADER, _SLOW_BODY])
def test_a_receiver_that_holds_the_line_is_cut_off_at_the_deadline(receiver: Callable[[socket.socket], None]) -> None:
    with server(receiver) as port:
        started = time.monotonic()
        with pytest.raises(TransientError, match="did not answer within"):
            post(f"http://127.0.0.1:{port}/", b"{}", {}, allow_private=True, deadline=timedelta(seconds=0.5))
        assert time.monotonic() - started < DRIPS * DRIP_SECONDS


def test_a_handshake_that_never_ends_is_cut_off_too() -> None:
    with server(_silent) as port:
        started = time.monotonic()
        with pytest.raises(TransientError):
            post(f"https://127.0.0.1:{port}/", b"{}", {}, allow_private=True, deadline=timedelta(seconds=0.5))
        assert time.monotonic() - started < DRIPS * DRIP_SECONDS


# ---- receivers


class Tripwire:
    """A socket on loopback that counts whoever connects; nobody ever should."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    wire = Tripwire()
    yield wire
    wire.close()


def test_the_tripwire_does_trip(tripwire: Tripwire) -> None:
    with pytest.raises(TransientError):
        post(f"http://127.0.0.1:{tripwire.port}/", b"{}", {}, allow_private=True)
    assert tripwire.connections == 1


def read_request(connection: socket.socket) -> bytes:
    """Head and body of a request; the body ends at the first byte after its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split()[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(connection: socket.socket, response: bytes) -> None:
    read_request(connection)
    if response:
        connection.sendall(response)


@contextmanager
def server(receive: Callable[[socket.socket], None]) -> Iterator[int]:
    """A loopback server that treats one connection as it is told; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection:
                receive(connection)
        except OSError:
            pass  # The client hung up, which is what many of these tests are about.

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(timeout=5)
