"""What waits on the overview: the open cases of all, and apart from them those that the navigation counts."""

from __future__ import annotations

from alerts.reading import count_waiting
from feedback_engine.foundation.engine import Engine
from feedback_engine.insights.waiting import what_waits
from tests.alerts.builders import open_case, world
from tests.directory import builders as directory


def test_the_cases_that_the_navigation_counts_stand_apart_from_those_of_all(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    for touchpoint in ("deal.registered", "training.held"):
        open_case(of, 3, touchpoint=touchpoint)
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    with sqlite_engine.work.read() as reading:
        assert count_waiting(reading, of.dana) == 2
        assert [(line.words, line.path) for line in what_waits(reading, of.dana)] == [
            ("2 cases wait for you, the number beside Inbox", "/inbox?view=mine"),
            ("2 open cases you may see", "/inbox?view=team"),
        ]
        assert [line.words for line in what_waits(reading, pia)] == ["2 open cases you may see"]
