"""The load generator of alerts: it sends what raises one, and is itself where the webhook of each has to arrive.

    python alert_load.py plan.json

Beside what the plan of `load.py` names, this one names the port to listen on, a pattern that picks out of a webhook's
body whom it is about, and seconds of rest between two operations. An operation ends when its request is answered and
its webhook is here; only then its client begins the next one.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run with -I, which leaves the checkout out

from benchmarks.load import Client, Drive

_THANKS = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Hook:
    """A connection on which webhooks come."""

    def __init__(self, made: socket.socket) -> None:
        self.socket = made
        self.received = b""

    def bodies(self) -> list[bytes] | None:
        """Take what has come, and thank for every whole request; their bodies. None when the sender has closed."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            return None
        self.received += piece
        found = []
        while (body := self._next()) is not None:
            found.append(body)
            self.socket.sendall(_THANKS)
        return found

    def _next(self) -> bytes | None:
        head, ended, rest = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else 0
        if not ended or len(rest) < size:
            return None
        self.received = rest[size:]
        return rest[:size]


class AlertDrive(Drive):
    """All clients at work, and the webhooks that come for them."""

    awaited = "webhook"

    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__(plan)
        self.listening = socket.create_server(("127.0.0.1", plan["listen"]), backlog=64)
        self.watched.register(self.listening, selectors.EVENT_READ, None)
        self.pattern = re.compile(plan["match"].encode())
        self.arrived: dict[str, float] = {}
        self.answered: dict[int, float] = {}
        self.waiting: dict[str, Client] = {}

    def _go_on(self, watched: Any) -> bool:
        """Go on with whatever has news; True when a client has nothing more to do."""
        if watched is None:
            made, _ = self.listening.accept()
            self.watched.register(made, selectors.EVENT_READ, Hook(made))
            return False
        if isinstance(watched, Hook):
            return self._hear(watched)
        ended = self._read_on(watched)
        if ended is None:
            return False
        self.answered[id(watched)] = ended
        self.waiting[watched.values["match"]] = watched
        return self._end(watched.values["match"])

    def _hear(self, hook: Hook) -> bool:
        bodies, now = hook.bodies(), time.perf_counter()
        if bodies is None:
            self.watched.unregister(hook.socket)
            hook.socket.close()
            return False
        named = {found.decode() for body in bodies for found in self.pattern.findall(body)}
        for name in named:
            self.arrived.setdefault(name, now)
        # A webhook of several alerts may end several operations; the loop counts clients one by one.
        done = [self._end(name) for name in named]
        self.surplus += max(0, sum(done) - 1)
        return any(done)

    def _end(self, name: str) -> bool:
        """End the operation of a name if both its answer and its webhook are here; True when its client rests."""
        client, arrived = self.waiting.get(name), self.arrived.get(name)
        if client is None or arrived is None:
            return False
        del self.waiting[name]
        self.spans.append(max(arrived, self.answered[id(client)]) - client.began_at)
        if self.plan.get("rest"):
            time.sleep(self.plan["rest"])
        return not self._take(client)

    def run(self) -> dict[str, Any]:
        """As without webhooks; ends when the last of them has come."""
        try:
            return super().run()
        finally:
            self.listening.close()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    try:
        print(json.dumps(AlertDrive(wanted).run()))
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
