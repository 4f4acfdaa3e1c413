"""Many clients at once over real HTTP, which notice a dead server and try again as people do."""

from __future__ import annotations

import http.client
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from time import perf_counter
from urllib.parse import urlencode

LONGEST_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and after how many seconds."""

    status: int
    body: str
    seconds: float
    headers: dict[str, str]


def call(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request on a connection of its own. Raises OSError or HTTPException when the server is not there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_WAIT_SECONDS)
    begun = perf_counter()
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, text, perf_counter() - begun, found)
    finally:
        connection.close()


def send_form(port: int, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
    """Send a form."""
    of_form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return call(port, "POST", path, urlencode(form).encode(), of_form)


@dataclass
class Clients:
    """Threads that call `step` with their number until they are told to stop; what goes wrong in one is kept."""

    step: Callable[[int], None]
    count: int = 8
    faults: deque[BaseException] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._stopped = Event()
        self._threads = [Thread(target=self._run, args=(number,), daemon=True) for number in range(self.count)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=2 * LONGEST_WAIT_SECONDS)
        if self.faults:
            raise self.faults[0]

    def _run(self, number: int) -> None:
        try:
            while not self._stopped.is_set():
                self.step(number)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            self.faults.append(error)
