"""A mail server that counts and misbehaves on order: is slow, refuses, stalls, or drops the connection at a moment."""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import BinaryIO, Literal

Moment = Literal["before DATA", "after DATA"]
_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>\s]+)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail that was taken responsibility for."""

    recipient: str
    message_id: str
    content: bytes


class CountingMailServer:
    """SMTP on loopback. What it answered with 250 after DATA has `arrived`; `read` also holds what it dropped then."""

    def __init__(self, *, keep_content: bool = False) -> None:
        self.arrived: list[Arrived] = []
        self.read: list[Arrived] = []
        self.refusal: str | None = None
        self.drop_at: Moment | None = None
        self.seconds_a_mail = 0.0
        self.stalled = Event()
        self._keep_content = keep_content
        self._go_on = Event()
        self._go_on.set()
        self._lock = Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: set[socket.socket] = set()
        self._closing = Event()
        self._thread = Thread(target=self._accept, name="counting-mail", daemon=True)

    def __enter__(self) -> CountingMailServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._go_on.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in list(self._open):
            connection.close()
        self._thread.join(timeout=5)

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """How often each Message-ID has arrived."""
        with self._lock:
            return Counter(mail.message_id for mail in self.arrived)

    def stall(self) -> None:
        """Answer nothing from now on; `stalled` tells that somebody waits."""
        self.stalled.clear()
        self._go_on.clear()

    def go_on(self) -> None:
        """Answer again."""
        self._go_on.set()

    # ---- the protocol

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.add(connection)
            Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection, connection.makefile("rb") as lines:
                self._say(connection, "220 counting")
                self._converse(connection, lines)
        except OSError:
            return  # The other side is gone; that is what these tests are about.
        finally:
            self._open.discard(connection)

    def _converse(self, connection: socket.socket, lines: BinaryIO) -> None:
        recipient = ""
        while line := lines.readline():
            verb = line[:4].upper().decode("ascii", "replace")
            if verb == "EHLO":
                self._say(connection, "250-counting\r\n250 SMTPUTF8")
            elif verb == "RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._say(connection, self.refusal or "250 OK")
            elif verb == "DATA":
                if self.drop_at == "before DATA":
                    return
                self._say(connection, "354 go on")
                mail = _mail(recipient, _content(lines), keep=self._keep_content)
                if not self._take(mail):
                    return
                self._say(connection, "250 OK")
            elif verb == "QUIT":
                self._say(connection, "221 bye")
                return
            else:
                self._say(connection, "250 OK")

    def _take(self, mail: Arrived) -> bool:
        self._wait()
        self._closing.wait(self.seconds_a_mail)
        with self._lock:
            self.read.append(mail)
            if self.drop_at == "after DATA":
                return False
            self.arrived.append(mail)
        return True

    def _say(self, connection: socket.socket, words: str) -> None:
        self._wait()
        connection.sendall(words.encode() + b"\r\n")

    def _wait(self) -> None:
        if not self._go_on.is_set():
            self.stalled.set()
            self._go_on.wait()


def _content(lines: BinaryIO) -> bytes:
    """The bytes up to the lone full stop. Raises OSError when the sender vanishes before it."""
    read = []
    while (line := lines.readline()) not in (b".\r\n", b""):
        read.append(line)
    if not line:
        raise ConnectionError("the sender vanished in the middle of a mail")
    return b"".join(read)


def _mail(recipient: str, content: bytes, *, keep: bool) -> Arrived:
    found = _MESSAGE_ID.search(content)
    assert found is not None
    return Arrived(recipient, found[1].decode(), content if keep else b"")
