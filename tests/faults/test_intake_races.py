"""Promise 6: an event that is told a hundred times at once is one event and one decision."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from feedback_engine.foundation.clock import SystemClock
from tests.faults.installed import Installed
from tests.faults.load import Reply, call
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.installation import cloud_event
from tests.promises import Tell

EVENTS = figure(2, 20)
TIMES, THREADS = 100, 20


def test_the_same_event_told_a_hundred_times_at_once_is_accepted_once(on_both: Installed, tell: Tell) -> None:
    key = on_both.api_key("events:write", "decisions:read")
    on_both.partners(EVENTS)
    on_both.start_web()
    at = SystemClock().now()
    events = [cloud_event(number, f"p{number}", f"c@p{number}.example", at) for number in range(EVENTS)]
    with ThreadPoolExecutor(THREADS) as pool:
        told = [list(pool.map(lambda event: _post(on_both, key, event), [event] * TIMES)) for event in events]
    statuses = Counter(item["status"] for replies in told for reply in replies for item in _items(reply))
    tell(6, f"{_name(on_both)}: {EVENTS} events told {TIMES} times on {THREADS} threads: {dict(statuses)}")
    for replies in told:
        items = [item for reply in replies for item in _items(reply)]
        assert Counter(item["status"] for item in items) == {"accepted": 1, "duplicate": TIMES - 1}
        assert len({item["event_id"] for item in items}) == 1

    _others_conflict(on_both, key, events[0])
    worker = on_both.start_worker()
    until(lambda: len(on_both.rows("decision", "event_id")) >= EVENTS, "each event is decided")
    worker.stop()
    decided = Counter(row.event_id for row in on_both.rows("decision", "event_id"))
    assert set(decided.values()) == {1}
    assert len(on_both.rows("touchpoint_event", "id")) == EVENTS == len(decided)


def _others_conflict(installed: Installed, key: str, event: dict[str, Any]) -> None:
    """Another body or another subject under the same source and id is refused, and the first stays as it was."""
    before = installed.rows("touchpoint_event")
    other_body = {**event, "data": {**event["data"], "decision": "approved"}}
    other_subject = {**event, "subject": "somebody-else"}
    for other in (other_body, other_subject):
        assert _post(installed, key, other).status == 409
        batch = _post(installed, key, [other, event])
        assert [item["status"] for item in _items(batch)] == ["conflict", "duplicate"]
    assert installed.rows("touchpoint_event") == before


def _post(installed: Installed, key: str, event: Any) -> Reply:
    kind = "application/cloudevents-batch+json" if isinstance(event, list) else "application/cloudevents+json"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
    return call(installed.port, "POST", "/api/v1/events", json.dumps(event).encode(), headers)


def _items(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 202, reply.body
    items: list[dict[str, Any]] = json.loads(reply.body)["items"]
    return items


def _name(installed: Installed) -> str:
    return "SQLite" if installed.engine.database.is_sqlite else "PostgreSQL"
