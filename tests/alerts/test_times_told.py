"""What people read of time: ago is by the clock on the wall, what is left is working time, due times are dates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from alerts import service
from alerts.clocks import words as clock_words
from alerts.promises import ticking as promise_ticking
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.web.access import StaffPrincipal
from tests.alerts.builders import ALERTS, case, open_case, rows, staff_actor, tick, world
from tests.alerts.site import browser, staff, words

LATE_ESCALATION = ALERTS + "escalation: [{after_hours: 4, to: 'team:Alliances'}]\n"


@pytest.mark.parametrize(
    ("left", "past_due", "told"),
    [
        (timedelta(hours=32), timedelta(), "32 working hours left"),
        (timedelta(hours=1, minutes=5), timedelta(), "1 working hour left"),
        (timedelta(minutes=35), timedelta(), "35 working minutes left"),
        (-timedelta(hours=16, minutes=40), timedelta(hours=41, minutes=18), "overdue by 41 h"),
        (timedelta(), timedelta(hours=3, minutes=37), "overdue by 3 h"),  # after hours no working time passes
        (timedelta(), timedelta(seconds=20), "just overdue"),
        (-timedelta(hours=80), timedelta(days=9, hours=3), "overdue by 9 days"),
    ],
)
def test_ago_is_by_the_wall_and_left_is_working_time(left: timedelta, past_due: timedelta, told: str) -> None:
    assert clock_words.running(left, past_due)[1] == told


@pytest.mark.parametrize(
    ("past_due", "told"),
    [
        (timedelta(seconds=20), "was due just now"),
        (timedelta(minutes=35), "was due 35 min ago"),
        (timedelta(hours=19), "was due 19 h ago"),  # that may have been yesterday
        (timedelta(hours=47), "was due 47 h ago"),
        (timedelta(days=8, hours=3), "was due 8 days ago"),
    ],
)
def test_a_late_thank_you_counts_like_every_clock_on_the_wall(past_due: timedelta, told: str) -> None:
    assert clock_words.of_thanks(timedelta(), past_due) == ("", told)


def test_a_clock_reads_in_italian() -> None:
    with use_locale("it"):
        assert clock_words.running(timedelta(hours=32), timedelta())[1] == "restano 32 ore lavorative"
        assert clock_words.running(timedelta(), timedelta(hours=41))[1] == "scaduto da 41 h"
        assert clock_words.of_thanks(timedelta(), timedelta(hours=19))[1] == "era da fare 19 h fa"


@pytest.mark.parametrize("path", ["/inbox?view=team", "/my", "/team", "/partners/acme"])
def test_every_list_says_by_when_and_how_long_ago(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)  # Monday 10:12 in Rome: to be contacted by Tuesday 10:12
    client = browser(sqlite_engine, staff(of.dana))
    before = words(client.get(path).text)
    assert "8 working hours left" in before
    assert "Contact by Tue 10 Mar, 10:12" in before
    of.later(hours=24 + 10)  # Tuesday 20:12, hours after work
    after = words(client.get(path).text)
    assert "overdue by 10 h" in after
    assert "Contact was due Tue 10 Mar, 10:12" in after


@pytest.mark.parametrize("path", ["/inbox?view=team", "/my", "/team", "/partners/acme"])
def test_whoever_reads_elsewhere_is_told_once_whose_working_hours_are_counted(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)  # calendars of Rome and Tokyo
    open_case(of, 3)
    there = StaffPrincipal(**{**asdict(staff(of.dana)), "time_zone": "America/New_York"})
    told = words(browser(sqlite_engine, there).get(path).text).casefold()
    assert told.count("working hours in") == told.count("working hours in rome") == 1, "Tokyo has no case"
    assert "working hours in" not in words(browser(sqlite_engine, staff(of.dana)).get(path).text).casefold()


def test_who_was_called_is_to_be_settled_with_and_not_called_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    client = browser(sqlite_engine, staff(of.dana))
    for path in ("/my", "/inbox?view=mine"):
        shown = words(client.get(path).text)
        assert "Call Acme" not in shown
        assert "Settle with Acme" in shown
        assert "Settle by Mon 16 Mar, 10:12" in shown


def test_what_was_put_aside_is_not_among_what_is_due_until_it_wakes(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    of.later(hours=24 + 10)
    client = browser(engine, staff(of.dana))
    assert opened.ref in client.get("/inbox?view=breaching").text
    service.snooze(engine.work, staff_actor(of.dana), opened.id, of.now + timedelta(hours=12))
    shown = words(client.get("/inbox?view=breaching").text)
    assert "Overdue or due soon 0" in shown
    assert opened.ref not in shown
    told = words(client.get(f"/cases/{opened.ref}").text)
    assert "acknowledged the case and put it aside until Wed 11 Mar, 08:12" in told
    of.later(hours=13)
    tick(of)
    assert opened.ref in client.get("/inbox?view=breaching").text


def test_a_thank_you_that_was_said_late_is_due_no_more(engine: Engine) -> None:
    of = world(engine)
    thanks = open_case(of, 10, touchpoint="training.held")
    of.later(days=8)
    client = browser(engine, staff(of.dana))
    assert "Overdue or due soon 1" in words(client.get("/inbox?view=breaching").text)
    service.log_contact(engine.work, staff_actor(of.dana), thanks.id)
    shown = words(client.get("/inbox?view=breaching").text)
    assert "Overdue or due soon 0" in shown
    assert "Thank Acme" not in shown
    monday = words(client.get("/my").text)
    assert "No case of yours is due before the day after tomorrow" in monday
    assert "thanked; close it" in monday.partition("Say thank you")[2]


def test_nobody_is_warned_of_a_due_time_that_has_passed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, LATE_ESCALATION)
    open_case(of, 3)
    of.later(hours=26)  # two hours too late, two before the escalation
    tick(of)
    assert [row.kind for row in rows(of, "case_entry")] == ["opened"]
    of.later(hours=3)
    tick(of)
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "escalated"]


def test_a_promise_that_is_late_is_overdue_and_no_longer_warned_of(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    promise = service.MakePromise("A second reviewer", date(2026, 3, 10))
    service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, promise)
    of.later(days=2)
    while promise_ticking.tick(sqlite_engine.work):
        pass
    kinds = [row.kind for row in sorted(rows(of, "case_entry"), key=lambda row: row.revision)]
    assert kinds == ["opened", "promised", "promise_overdue"]
    shown = words(browser(sqlite_engine, staff(of.dana)).get("/my").text)
    assert "overdue by 17 h" in shown  # due Tuesday 17:00, seen Wednesday 10:12
    assert case(of, opened.id).is_open
