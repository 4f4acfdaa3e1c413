"""Imported history mails nobody: it stands apart from the live figures, in words, and so does what is too old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.insights import overview, web
from tests.conftest import START
from tests.insights.test_starting import home
from tests.surveys.lane import Lane, event, touchpoint


@pytest.fixture
def lane(sqlite_engine: Engine) -> Lane:
    """A program in force, and a partner whose contact may be asked about tickets, visits and calls."""
    lane = Lane(sqlite_engine)
    lane.apply(
        {"quarantine": {"since_asked_days": 30}},
        [touchpoint(), touchpoint("visit.paid"), touchpoint("call.held")],
    )
    return lane


def test_history_moves_no_live_figure_and_is_told_in_words(lane: Lane) -> None:
    past = [event(number, START - timedelta(days=60 - number)) for number in range(3)]
    lane.happen(*past, mode="history")
    lane.happen(event("live", START, email="ben@acme.example"))
    lane.decide()
    with lane.engine.work.read() as reading:
        found = overview.gather(reading, 90)
    tickets = next(item for item in found.touchpoints if item.key == "ticket.closed")
    for item in (tickets, found.whole):
        assert (item.events, item.invited, item.past_events, item.past_invited) == (1, 1, 3, 1)
        assert item.surveyed is not None
        assert item.surveyed.n == 1
    page = home(lane.engine).get("/").text
    assert "3 events of history: 1 would have been asked." in page
    assert "1 of 1 events" in page


def test_what_lies_before_the_period_is_named_with_its_day(lane: Lane) -> None:
    lane.happen(event("old", START - timedelta(days=400)), mode="history")
    lane.decide()
    with lane.engine.work.read() as reading:
        found = {item.key: item.last_at for item in overview.gather(reading, 90).touchpoints}
    assert found == {"ticket.closed": START - timedelta(days=400), "visit.paid": None, "call.held": None}
    page = home(lane.engine).get("/").text
    assert "Nothing was decided in the last 90 days; the last event is of " in page
    assert page.count("No event in the last 90 days.") == 2


def test_a_place_where_nobody_came_through_sampling_is_told_to_be_a_blind_spot(lane: Lane) -> None:
    lane.happen(event("first", START))
    lane.happen(event("second", START, kind="visit.paid"))
    lane.decide()
    slots = Slots()
    web.fill_slots(lane.engine, slots)
    app = home(lane.engine).application
    with app.test_request_context("/journeys"):
        states = {key: slots.show("touchpoint.state", touchpoint=key) for key in ("ticket.closed", "visit.paid")}
        card = slots.show("touchpoint.card", touchpoint="visit.paid")
    assert states == {"ticket.closed": "", "visit.paid": "blind"}
    assert "It has a survey, but nobody came through sampling." in card
