"""From a case to a theme and back: a closing is evidence, taking it back retracts it, whatever comes in one batch."""

from __future__ import annotations

import re

import pytest

from alerts import service
from alerts.events import CaseClosed, ClosingUndone
from feedback_engine.foundation import outbox
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.outer_loop import reading
from feedback_engine.outer_loop.handlers import consider_theme
from tests.alerts.builders import World, open_case, staff_actor, world
from tests.alerts.site import browser, staff, words
from tests.clocks import WalkingClock


def follow(of: World) -> list[int]:
    """Let the outer loop take in what was announced; how many cases stand behind each open theme."""
    while outbox.deliver(of.engine.work, outbox.Handler("themes", consider_theme, (CaseClosed, ClosingUndone))):
        pass
    with of.engine.work.read() as view:
        return [theme.cases for theme in reading.open_themes(view)]


@pytest.mark.parametrize("clock", [MovedClock, WalkingClock], indirect=True)
@pytest.mark.parametrize("at_once", [True, False])
def test_an_undone_closing_leaves_no_theme_behind(engine: Engine, at_once: bool) -> None:
    of = world(engine)
    engine.work.subscribers |= {CaseClosed: ("themes",), ClosingUndone: ("themes",)}
    dana = staff_actor(of.dana)
    opened = [open_case(of, 3, touchpoint=f"place.{number}") for number in range(3)]
    for case in opened:
        service.close(engine.work, dana, case.id, outcome="settled", root_cause="late")
    if not at_once:
        assert follow(of) == [3]
    service.undo(engine.work, dana, opened[2].id)
    assert follow(of) == []
    service.close(engine.work, dana, opened[2].id, outcome="settled", root_cause="late")
    assert follow(of) == [3]


def test_a_case_that_is_reopened_remains_evidence(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    sqlite_engine.work.subscribers |= {CaseClosed: ("themes",), ClosingUndone: ("themes",)}
    dana = staff_actor(of.dana)
    for number in range(3):
        opened = open_case(of, 3, touchpoint=f"place.{number}")
        service.close(sqlite_engine.work, dana, opened.id, outcome="settled", root_cause="late")
    service.reopen(sqlite_engine.work, dana, opened.id, "It came back.")
    assert follow(of) == [3]  # that it happened is a fact, however it ends
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get("/initiatives").text
    [theme] = set(re.findall(r'href="(/initiatives/themes/[^"]+)"', page))
    for shown in (page, client.get(theme).text):
        assert "3 cases closed with it, 1 open again now · 1 partner" in words(shown)
    service.close(sqlite_engine.work, dana, opened.id, outcome="settled", root_cause="late")
    assert "3 closed cases · 1 partner" in words(client.get("/initiatives").text)
