"""The load generator: a process of its own, one thread, raw sockets that stay open; it needs nothing but Python.

    python load.py plan.json

The plan names port, clients, seconds, steps and operations. Each client takes the next operation, walks through its
steps, and checks each answer's status and words; in the text of a step `{name}` stands for what the operation says
under that name, or for what a pattern picked out of an earlier answer. A wrong answer ends everything with status 1.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from typing import Any

LONGEST_ANSWER_SECONDS = 30.0


class Client:
    """One connection, and the operation it is at."""

    def __init__(self, plan: dict[str, Any], watched: selectors.BaseSelector) -> None:
        self.plan = plan
        self.address = ("127.0.0.1", plan["port"])
        self.watched = watched
        self.socket = self._connect()
        self.received = b""
        self.values: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.step = 0
        self.sent_at = self.began_at = 0.0

    def _connect(self) -> socket.socket:
        made = socket.create_connection(self.address, timeout=LONGEST_ANSWER_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.watched.register(made, selectors.EVENT_READ, self)
        return made

    def reconnect(self) -> None:
        """A new connection in place of one that the server closed."""
        self.watched.unregister(self.socket)
        self.socket.close()
        self.socket = self._connect()

    def begin(self, values: dict[str, str]) -> None:
        """Take up an operation."""
        self.values, self.cookies, self.step = dict(values), {}, 0
        self.began_at = time.perf_counter()
        self.send()

    def send(self) -> None:
        """Send the request of the step at hand."""
        step = self.plan["steps"][self.step]
        body = fill(step.get("body", ""), self.values).encode()
        lines = [f"{step['method']} {fill(step['path'], self.values)} HTTP/1.1", f"Host: 127.0.0.1:{self.address[1]}"]
        lines += [f"{name}: {fill(value, self.values)}" for name, value in step.get("headers", {}).items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body or step["method"] == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def receive(self) -> tuple[int, str, bytes] | None:
        """Take what has come; the answer (status, head, body) once it is whole."""
        piece = self.socket.recv(1 << 18)
        self.received += piece
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            if not piece:
                raise ConnectionError("The server closed the connection before it answered.")
            return None
        text = head.decode("latin-1")
        if not whole(text.lower(), body, closed=not piece):
            return None
        if not piece or "connection: close" in text.lower():
            self.reconnect()
        return int(text[9:12]), text, body

    def check(self, status: int, head: str, body: bytes) -> None:
        """Check an answer and pick out of it what later steps need."""
        step = self.plan["steps"][self.step]
        if status != step["status"] or step.get("contains", "").encode() not in body:
            raise ValueError(f"{step['method']} {self.values} answered {status}: {body[:400]!r}")
        for name, value in re.findall(r"(?im)^set-cookie: ([^=;]+)=([^;\r]*)", head):
            self.cookies[name] = value
        for name, pattern in step.get("pick", {}).items():
            found = re.search(pattern, body.decode())
            if found is None:
                raise ValueError(f"{step['method']} {self.values} holds no {name}: {body[:400]!r}")
            self.values[name] = found[1]


def fill(text: str, values: dict[str, str]) -> str:
    """The text with every `{name}` replaced."""
    for name, value in values.items():
        if "{" not in text:
            break
        text = text.replace("{" + name + "}", value)
    return text


def whole(head: str, body: bytes, *, closed: bool) -> bool:
    """Whether the body is complete."""
    length = re.search(r"\ncontent-length: (\d+)", head)
    if length is not None:
        return len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n") if "transfer-encoding: chunked" in head else closed


class Drive:
    """All clients at work on one plan, and what they have done.

    `surplus` are the clients that ended beyond the one for which `_go_on` speaks.
    """

    awaited = "answer"

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.watched = selectors.DefaultSelector()
        self.clients = [Client(plan, self.watched) for _ in range(plan["clients"])]
        self.taken = 0
        self.until = 0.0
        self.surplus = 0
        self.spans: list[float] = []
        self.steps: list[list[float]] = [[] for _ in plan["steps"]]

    def run(self) -> dict[str, Any]:
        """Keep all clients busy until the time is up, then let them finish; what they did and how long it took.

        What they rested does not count.
        """
        cpu, began, clock = time.process_time(), time.perf_counter(), time.monotonic()
        self.until = began + self.plan["seconds"]
        busy = sum(self._take(client) for client in self.clients)
        while busy:
            ready = self.watched.select(LONGEST_ANSWER_SECONDS)
            if not ready:
                raise TimeoutError(f"No {self.awaited} came for {LONGEST_ANSWER_SECONDS} seconds.")
            busy -= sum(self._go_on(key.data) for key, _ in ready) + self.surplus
            self.surplus = 0
        rests = self.plan.get("rest", 0) * len(self.spans)
        seconds, used = time.perf_counter() - began - rests, time.process_time() - cpu
        for client in self.clients:
            client.socket.close()
        return {
            "operations": len(self.spans),
            "taken": self.taken,
            "began": clock,  # the clock of the kernel, which other processes read as well
            "seconds": seconds,
            "client_cpu_seconds": used,
            "spans": self.spans,
            "steps": self.steps,
        }

    def _take(self, client: Client) -> bool:
        """Give a client the next operation; False when the time is up or none is left."""
        operations = self.plan["operations"]
        if time.perf_counter() >= self.until or (self.taken >= len(operations) and not self.plan.get("again")):
            return False
        client.begin(operations[self.taken % len(operations)])
        self.taken += 1
        return True

    def _read_on(self, client: Client) -> float | None:
        """Let a client read on, and send its next request; when its last one was answered, None before that."""
        answer = client.receive()
        if answer is None:
            return None
        now = time.perf_counter()
        client.check(*answer)
        self.steps[client.step].append(now - client.sent_at)
        client.step += 1
        if client.step < len(self.plan["steps"]):
            client.send()
            return None
        return now

    def _go_on(self, client: Client) -> bool:
        """Let a client go on; True when it has nothing more to do."""
        ended = self._read_on(client)
        if ended is None:
            return False
        self.spans.append(ended - client.began_at)
        return not self._take(client)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    try:
        print(json.dumps(Drive(wanted).run()))
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
