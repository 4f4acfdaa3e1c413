"""Promise 16: two processes with four clients each read and write one SQLite file, and nobody hears of a lock."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count

from feedback_engine.foundation.clock import SystemClock
from tests.faults.installed import Installed
from tests.faults.load import Clients, call, send_form
from tests.faults.scale import figure
from tests.faults.waiting import elapsed, until
from tests.installation import cloud_event
from tests.promises import Tell
from tests.servers import free_port

SECONDS = figure(6, 600)
CLIENTS = 4
INVITED = 64


def test_two_processes_of_four_clients_each_never_hear_of_a_lock(on_sqlite: Installed, tell: Tell) -> None:
    on_sqlite.invite(INVITED)
    key = on_sqlite.api_key("events:write", "decisions:read")
    paths = on_sqlite.survey_paths()
    ports = (on_sqlite.port, free_port())
    webs = [on_sqlite.start_web(port) for port in ports]
    worker = on_sqlite.start_worker()
    statuses: Counter[str] = Counter()
    numbers = count()

    def step(client: int) -> None:
        number, port = next(numbers), ports[client % 2]
        path = paths[(client * INVITED // (2 * CLIENTS) + number) % INVITED]
        match number % 5:
            case 0:
                reply = send_form(port, path, {"q-nps": str(number % 11), "q-comment": f"revision {number}"})
            case 1:
                body = json.dumps(cloud_event(number, f"new{number}", f"c@new{number}.example", SystemClock().now()))
                headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
                reply = call(port, "POST", "/api/v1/events", body.encode(), headers)
            case 2:
                headers = {"Authorization": f"Bearer {key}"}
                reply = call(port, "GET", "/api/v1/decisions?limit=50", headers=headers)
            case 3:
                reply = call(port, "GET", "/metrics")
            case _:
                reply = call(port, "GET", path)
        statuses[f"{(number % 5 < 2 and 'write') or 'read'} {reply.status}"] += 1

    with Clients(step, 2 * CLIENTS):
        until(elapsed(SECONDS), "the load lasts", seconds=SECONDS + 60)
    said = "".join(process.written() for process in (*webs, worker))
    refused = {name: number for name, number in statuses.items() if name[-3:] not in ("200", "202", "303")}
    tell(
        16,
        f"{SECONDS} s, 2 processes x {CLIENTS} clients and a worker: {statuses.total():,} requests"
        f" ({sum(n for name, n in statuses.items() if name.startswith('write')):,} writes),"
        f" {sum(refused.values())} refused, {said.count('database is locked')} times 'database is locked'",
    )
    assert refused == {}
    assert "database is locked" not in said
    assert "Traceback" not in said
