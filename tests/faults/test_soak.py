"""The soak: mixed load for ten minutes (an hour by another variable); memory stays flat, answers stay quick."""

from __future__ import annotations

import json
from collections import deque
from itertools import count
from statistics import mean, quantiles
from threading import Event
from time import monotonic
from typing import Any

from feedback_engine.foundation.clock import SystemClock
from tests.faults.browsing import SignedIn
from tests.faults.installed import Installed
from tests.faults.load import Clients, Reply, call, send_form
from tests.faults.scale import FULL, SOAK_SECONDS, figure
from tests.faults.waiting import DEADLINE_SECONDS, until
from tests.installation import cloud_event
from tests.promises import Tell

SECONDS = figure(6, SOAK_SECONDS)
CLIENTS = 4
REQUESTS_A_SECOND = 20
"""Each at its instant, whether the one before was quick or slow: clients that wait for answers would hide slowness."""
REQUESTS = SECONDS * REQUESTS_A_SECOND
INVITED = 400
GROWS_AT_MOST = 1.05 if FULL else 1.25  # the first seconds still load modules and fill caches
SLOWER_AT_MOST = 1.5


def test_memory_and_waiting_times_stay_flat_under_mixed_load(on_sqlite: Installed, tell: Tell) -> None:
    owner = on_sqlite.staff("dana", "alliance_manager")
    on_sqlite.invite(INVITED, owner=owner)
    key = on_sqlite.api_key("events:write", "decisions:read")
    web, worker = on_sqlite.start_web(), on_sqlite.start_worker()
    signed_in = SignedIn(on_sqlite, owner).headers
    paths = on_sqlite.survey_paths()
    numbers = count()
    begun, pause = monotonic(), Event()
    took: deque[tuple[int, float]] = deque()
    memory: deque[tuple[int, int]] = deque()

    def step(_client: int) -> None:
        number = next(numbers)
        if number >= REQUESTS:
            pause.wait(0.1)
            return
        at = begun + number / REQUESTS_A_SECOND
        pause.wait(max(0.0, at - monotonic()))
        reply = _one(on_sqlite, number, paths, key, signed_in)
        assert reply.status in (200, 202, 303), (reply.status, reply.body)
        took.append((number, monotonic() - at))
        if number % REQUESTS_A_SECOND == 0:  # one look a second
            memory.append((number, web.resident_bytes() + worker.resident_bytes()))

    with Clients(step, CLIENTS) as clients:
        until(lambda: len(took) == REQUESTS or clients.faults, "the soak lasts", seconds=SECONDS + DEADLINE_SECONDS)
    held = [mean(size for number, size in memory if _quarter(number) == quarter) for quarter in range(4)]
    p99 = [quantiles([s for number, s in took if _quarter(number) == quarter], n=100)[-1] for quarter in range(4)]
    tell(
        16,
        f"soak of {SECONDS} s on SQLite, {len(took):,} requests: memory by quarter"
        f" {', '.join(f'{size / 1e6:.0f}' for size in held)} MB (last {held[3] / held[1]:.3f}x the second),"
        f" p99 by quarter {', '.join(f'{1000 * each:.0f}' for each in p99)} ms",
    )
    assert "Traceback" not in web.written() + worker.written()
    assert held[3] <= GROWS_AT_MOST * held[1]
    if FULL:  # a quarter of a short soak is some thirty answers, and says more of the machine than of us
        assert p99[3] <= SLOWER_AT_MOST * p99[1]


def _quarter(number: int) -> int:
    """By what was asked, not by when: a machine that stands still for a second leaves no quarter empty."""
    return 4 * number // REQUESTS


def _one(made: Installed, number: int, paths: list[str], key: str, signed_in: dict[str, str]) -> Reply:
    """An event, a survey page, an answer, the inbox, a decision: each in its turn."""
    path = paths[number // 5 % len(paths)]
    match number % 5:
        case 0:
            event: dict[str, Any] = cloud_event(
                number, f"p{number % INVITED}", f"c@p{number % INVITED}.example", _now()
            )
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
            return call(made.port, "POST", "/api/v1/events", json.dumps(event).encode(), headers)
        case 1:
            return call(made.port, "GET", path)
        case 2:
            return send_form(made.port, path, {"q-nps": str(number % 11), "q-comment": f"word {number}"})
        case 3:
            return call(made.port, "GET", "/inbox", headers=signed_in)
        case _:
            return call(made.port, "GET", "/api/v1/decisions?limit=20", headers={"Authorization": f"Bearer {key}"})


def _now() -> Any:
    return SystemClock().now()
