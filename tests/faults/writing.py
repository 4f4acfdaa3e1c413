"""Writes to an installation as its programs and its worker do, in a process of its own, until its input ends.

    python -m tests.faults.writing tell URL FOLDER      events of new partners, one transaction each
    python -m tests.faults.writing work URL FOLDER      decides about them and queues their mail; calls nobody

At the end it prints, as JSON, how many writes it made and how long they took.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import orjson

from feedback_engine.app import wiring
from feedback_engine.app.wiring import App
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys import service as journeys

PAUSE_SECONDS = 0.005
"""Between two writes: a load of many writes a second that leaves the processor to others now and then."""


def _tell(app: App) -> Callable[[], int]:
    def once() -> int:
        name = f"w{os.getpid()}-{next(numbers)}"
        contact = journeys.ContactDraft(f"ines@{name}.example", role="sales manager")
        event = journeys.EventDraft(0, "crm", name, "deal.registration_decided", name, None, contact)
        [result] = journeys.record_events(app.engine.work, SYSTEM, [event], keys=app.engine.keys)
        assert result.status == "accepted", result
        return 1

    numbers = iter(range(1, 1_000_000))
    return once


def _work(app: App) -> Callable[[], int]:
    return app.worker.react_until_idle


def main(role: str, url: str, folder: str) -> None:
    """Write until the input ends."""
    app = wiring.build(Settings(database_url=url, var_dir=Path(folder)))
    once = {"tell": _tell, "work": _work}[role](app)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print("ready", flush=True)
    spans: list[float] = []
    while not ended.wait(PAUSE_SECONDS):
        begun = perf_counter()
        if once():
            spans.append((perf_counter() - begun) * 1000)
    app.engine.database.dispose()
    p99 = quantiles(spans, n=100)[98] if len(spans) > 1 else 0.0
    print(
        orjson.dumps(
            {"writes": len(spans), "p99_ms": round(p99, 1), "max_ms": round(max(spans, default=0), 1)}
        ).decode()
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
