"""Until when a case is put aside: nine o'clock where the partner is, over the change of summer time too."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from alerts.casework.flow import Refused
from alerts.clocks.business_time import Calendar, Hours
from alerts.clocks.partner_week import week_of
from alerts.clocks.snoozing import day_until, snoozed_until
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import case, open_case, world
from tests.alerts.site import browser, staff, token, words

MONDAY = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
FRIDAY_BEFORE_SUMMER = datetime(2026, 3, 27, 12, tzinfo=UTC)


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "now", "zone", "until"),
    [
        ("tomorrow", MONDAY, "Europe/Lisbon", at(3, 10, 9)),
        ("tomorrow", MONDAY, "Europe/Rome", at(3, 10, 8)),
        ("tomorrow", MONDAY, "Pacific/Auckland", at(3, 9, 20)),  # there Tuesday comes sooner
        ("tomorrow", MONDAY, "America/New_York", at(3, 9, 13)),  # at 05:12 the next morning is this one
        ("tomorrow", at(3, 9, 9), "Europe/Lisbon", at(3, 10, 9)),  # at nine it is over
        ("in_two_days", MONDAY, "Europe/Rome", at(3, 11, 8)),
        ("next_monday", MONDAY, "Europe/Rome", at(3, 16, 8)),  # never today
        ("next_monday", FRIDAY_BEFORE_SUMMER, "Europe/Rome", at(3, 30, 7)),  # the clocks went forward between
    ],
)
def test_a_morning_is_the_partners(choice: str, now: datetime, zone: str, until: datetime) -> None:
    assert snoozed_until(choice, now, zone) == until


FRIDAY_NIGHT, THURSDAY_NIGHT = datetime(2026, 11, 27, 20, 48, tzinfo=UTC), datetime(2026, 11, 26, 20, tzinfo=UTC)
CLOSED_ON_MONDAY = Calendar("Europe/Rome", {day: Hours(540, 1020) for day in range(5)}, frozenset({date(2026, 11, 30)}))


@pytest.mark.parametrize(
    ("choice", "now", "zone", "week", "until"),
    [
        ("tomorrow", FRIDAY_NIGHT, "Asia/Singapore", None, at(11, 30, 1)),  # Monday there, not Sunday
        ("tomorrow", THURSDAY_NIGHT, "Asia/Riyadh", None, at(11, 29, 6)),  # their week begins on Sunday
        ("tomorrow", FRIDAY_NIGHT, "Europe/Rome", CLOSED_ON_MONDAY, at(12, 1, 8)),  # Monday is a holiday
        ("in_two_days", FRIDAY_NIGHT, "Europe/Rome", None, at(11, 30, 8)),
        ("next_monday", FRIDAY_NIGHT, "Europe/Rome", CLOSED_ON_MONDAY, at(12, 1, 8)),
        ("tomorrow", MONDAY, "UTC", None, at(3, 10, 9)),
    ],
)
def test_a_case_comes_back_on_a_morning_on_which_the_partner_works(
    choice: str, now: datetime, zone: str, week: Calendar | None, until: datetime
) -> None:
    assert snoozed_until(choice, now, zone, week or week_of(None, zone)) == until


def test_the_form_says_the_very_instant_before_it_is_sent(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    of.later(days=4, hours=11)  # Friday 21:12 in Rome
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Next working morning: Mon 16 Mar, 09:00 in Lisbon" in shown


def test_choices_that_are_one_morning_are_offered_once_and_a_day_of_ones_own_beside_them(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    offered = re.compile(r'name="snooze-until" value="([^"]+)"')
    assert offered.findall(client.get(f"/cases/{opened.ref}").text) == ["tomorrow", "in_two_days", "next_monday"]
    of.later(days=5)  # Saturday
    page = client.get(f"/cases/{opened.ref}").text
    assert offered.findall(page) == ["tomorrow"]
    form = {"csrf_token": token(page), "revision": "1", "snooze-until": "tomorrow", "snooze-day": "2026-03-20"}
    assert client.post(f"/cases/{opened.ref}/snooze", data=form).status_code == 303
    assert case(of, opened.id).snoozed_until == at(3, 20, 9)  # nine in Lisbon


@pytest.mark.parametrize("day", ["20.3.2026", "2026-03-08", "2027-03-09"])
def test_a_day_that_is_none_is_over_or_too_far_leads_to_its_field(sqlite_engine: Engine, day: str) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text), "revision": "1", "snooze-day": day}
    refused = client.post(f"/cases/{opened.ref}/snooze", data=form)
    assert refused.status_code == 422
    assert 'href="#snooze-day"' in refused.text
    assert f'value="{day}"' in refused.text


def test_a_choice_nobody_offered_is_refused() -> None:
    assert snoozed_until("never", MONDAY, "UTC") == Refused("until_unknown", "until")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("", None),
        ("2026-03-10", at(3, 10, 8)),
        ("10.3.2026", Refused("day_unknown", "until")),
        ("2026-02-30", Refused("day_unknown", "until")),
    ],
)
def test_a_day_begins_at_nine(text: str, until: object) -> None:
    assert day_until(text, "Europe/Rome") == until


def test_a_morning_after_a_case_is_due_says_so_and_the_form_by_when_it_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    of.later(hours=10)
    page = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "The clock goes on. Contact by Tue 10 Mar, 10:12" in page
    assert page.count(", after it is due") == 2  # tomorrow at nine is in time, the two that follow are not
    of.later(days=1)
    late = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert ("Contact was due Tue 10 Mar, 10:12" in late, ", after it is due" in late) == (True, False)
