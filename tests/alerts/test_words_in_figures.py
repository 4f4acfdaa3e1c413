"""What a partner's word, a pause and a merge do to the figures of cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.figures.reading import team_view
from alerts.reading import EVERYTHING
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import World, close, merge, open_case, pause, reopen, undo, world
from tests.alerts.site import browser, program, staff, words
from tests.alerts.test_loops_closed import figure as loops
from tests.alerts.test_misses import missed


def reopened_after_a_miss(of: World) -> CaseView:
    """A case that was closed long after its time, and is open again."""
    opened = open_case(of, 3)
    of.later(days=20)
    close(of, opened)
    reopen(of, opened, "They called again.")
    return opened


def settled_in_time(of: World) -> tuple[float, int] | None:
    """The share settled in time, and of how many."""
    with of.engine.work.read() as view:
        found = team_view(view, EVERYTHING, of.now - timedelta(days=90), of.now).whole.settle_met
    return (found.value, found.n) if found else None


@pytest.mark.parametrize(
    ("late", "verdicts", "share"),
    [
        (False, [], 1.0),
        (False, ["yes"], 1.0),
        (False, ["no"], 0.0),  # denied: not settled in time, from the moment of the no
        (False, ["no", "yes"], 1.0),  # they thought again
        (False, ["partly", "no"], 0.0),
        (True, ["no"], 0.0),  # missed before, and not out of the figure by the no
        (True, ["partly"], 0.0),
        (True, ["no", "partly"], 0.0),
        (True, ["no", "yes"], 0.0),
    ],
)
def test_a_partners_word_never_improves_what_is_settled_in_time(
    sqlite_engine: Engine, late: bool, verdicts: list[str], share: float
) -> None:
    of = settled.world(sqlite_engine)
    settled.steering(of)
    opened = open_case(of, 3)
    of.later(days=20 if late else 1)
    closed = settled.closed(of, opened)
    client = browser(sqlite_engine, None)
    of.later(minutes=1)
    assert settled_in_time(of) == (0.0 if late else 1.0, 1)
    for verdict in verdicts:
        settled.say(of, client, closed, verdict)
        of.later(minutes=1)
    assert settled_in_time(of) == (share, 1)


def test_a_case_that_is_closed_anew_after_a_miss_stays_missed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = reopened_after_a_miss(of)
    of.later(minutes=1)
    assert settled_in_time(of) == (0.0, 1)
    close(of, opened)
    of.later(minutes=1)
    assert settled_in_time(of) == (0.0, 1)


@pytest.mark.parametrize(
    ("paused_after", "share"),
    [
        (1, 1.0),  # the clock stood still before the time ran out
        (20, 0.0),  # it had run out by then
    ],
)
def test_a_case_that_is_closed_in_a_pause_is_as_late_as_its_clock(
    sqlite_engine: Engine, paused_after: int, share: float
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    of.later(days=paused_after)
    pause(of, opened)
    of.later(days=30)
    close(of, opened)
    of.later(minutes=1)
    assert settled_in_time(of) == (share, 1)
    assert ("settlement" in dict(missed(of, opened))) == (share == 0)
    reopen(of, opened, "They called again.")
    of.later(minutes=1)
    assert settled_in_time(of) == ((0.0, 1) if share == 0 else None)  # in time so far
    close(of, opened)
    of.later(minutes=1)
    assert settled_in_time(of) == (share, 1)


def test_a_miss_goes_along_into_the_case_it_is_merged_into(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = reopened_after_a_miss(of)
    other = open_case(of, 2, touchpoint="training.held")
    merge(of, opened, other)
    of.later(minutes=1)
    assert settled_in_time(of) == (0.0, 1)
    last = open_case(of, 1, touchpoint="support.ticket_closed")
    merge(of, other, last)
    close(of, last)
    of.later(minutes=1)
    assert settled_in_time(of) == (0.0, 1)


def test_a_reopening_that_was_taken_back_leaves_the_figure_as_it_was(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    opened = open_case(of, 3)
    of.later(days=1)
    close(of, opened)
    reopen(of, opened, "They called again.")
    undo(of, opened)
    of.later(minutes=1)
    assert settled_in_time(of) == (1.0, 1)


def test_who_was_never_asked_is_not_counted_as_silent_and_both_pages_say_the_same(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    client = browser(sqlite_engine, None)
    settled.say(of, client, settled.closed(of, open_case(of, 3, touchpoint="ticket.closed")), "yes")
    settled.closed(of)
    for touchpoint in ("deal.lost", "training.held", "renewal.due"):
        settled.closed(of, open_case(of, 2, partner=of.brisk, touchpoint=touchpoint), letter=None)
    said = "1 settled by the partner · 0 unconfirmed · 1 waiting · 3 not asked"
    of.later(hours=1)
    team = words(browser(sqlite_engine, staff(henrik)).get("/team").text)
    assert f"Cases closed 5 {said}" in team
    assert said in loops(of)
    crm = browser(sqlite_engine, program("cases:read"))
    found = crm.get("/api/v1/case-figures?from=2026-03-01T00:00:00Z").json["all"]
    assert (found["not_confirmed_yet"], found["not_asked"]) == (1, 3)


def test_a_case_whose_partner_said_no_is_named_beside_the_figure_that_counts_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    closed = settled.closed(of)
    settled.say(of, browser(sqlite_engine, None), closed, "no")
    of.later(minutes=1)
    page = words(browser(sqlite_engine, staff(henrik)).get("/team").text)
    assert f"The partly or no comes from 1 case: {closed.ref} open again" in page
    assert "A closing to which the partner said no is not in time." in page


def test_both_pages_count_the_closings_of_the_same_days_whenever_their_cases_were_opened(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    before = open_case(of, 3, touchpoint="ticket.closed")
    of.later(days=35)
    open_case(of, 3, partner=of.brisk)
    settled.say(of, browser(sqlite_engine, None), settled.closed(of, before), "yes")
    settled.closed(of, open_case(of, 2, touchpoint="training.held"))
    settled.letters(of, "ana@acme.example")
    of.later(days=15)
    settled.tick(of)
    said = "Of 2 closings (a case may have several) whose time to reply is over: "
    said += "1 yes, 0 partly or no, 1 without a reply."
    for page in (words(browser(sqlite_engine, staff(henrik)).get("/team?days=30").text), loops(of)):
        assert "Cases closed 2 1 settled by the partner · 1 unconfirmed" in page
        assert "Share settled by the partner 50 %" in page
        assert said in page


def test_cases_of_one_partner_that_says_no_are_counted_as_cases_and_one_that_stayed_closed_says_so(
    sqlite_engine: Engine,
) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    client = browser(sqlite_engine, None)
    closed = settled.closed(of)
    other = settled.closed(of, open_case(of, 2, touchpoint="training.held"))
    of.later(hours=1)
    open_case(of, 2)  # takes up what the partner says of the first
    for each in (closed, other):
        settled.say(of, client, each, "no")
    of.later(minutes=1)
    page = words(browser(sqlite_engine, staff(henrik)).get("/team").text)
    named = f"{closed.ref} another case takes it up , {other.ref} open again"
    assert f"The partly or no come from 2 cases: {named} By team" in page
    sums = "0 settled by the partner · 0 unconfirmed · 0 waiting · 0 not asked · 1 goes on in another case"
    assert f"Cases closed 1 {sums}" in page


def test_the_figures_of_opened_and_of_closed_cases_are_called_so(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    before = open_case(of, 3, touchpoint="ticket.closed")
    of.later(days=35)
    settled.closed(of, before)
    open_case(of, 3, partner=of.brisk)
    page = words(browser(sqlite_engine, staff(henrik)).get("/team?days=30").text)
    assert "Cases opened 1 " in page
    assert "Closed in these days," in page
