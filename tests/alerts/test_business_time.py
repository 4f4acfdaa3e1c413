"""Due times in working hours: weekends, holidays, other weeks, and nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.clocks.business_time import ALWAYS, Calendar, Hours, add_hours, hours_between, working_time
from feedback_engine.foundation.errors import Invalid

OFFICE = Hours(9 * 60, 17 * 60)
MONDAY_TO_FRIDAY = dict.fromkeys(range(5), OFFICE)
SUNDAY_TO_THURSDAY = dict.fromkeys((6, 0, 1, 2, 3), OFFICE)
NIGHTS = dict.fromkeys(range(7), Hours(0, 6 * 60))
ROME = Calendar("Europe/Rome", MONDAY_TO_FRIDAY)


def at(zone: str, text: str) -> datetime:
    """A wall-clock time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "expected"),
    [
        (ROME, "2026-03-06 16:30", 1, "2026-03-09 09:30"),  # Friday afternoon goes on on Monday
        (ROME, "2026-03-06 16:00", 1, "2026-03-06 17:00"),  # the last hour of the week is the week's
        (ROME, "2026-03-07 12:00", 1, "2026-03-09 10:00"),  # a Saturday begins on Monday
        (ROME, "2026-03-09 05:00", 8, "2026-03-09 17:00"),  # before opening
        (ROME, "2026-03-09 20:00", 8, "2026-03-10 17:00"),  # after closing
        (ROME, "2026-03-09 10:12", 40, "2026-03-16 10:12"),  # a whole working week later
        (ROME, "2026-03-09 10:12", 0, "2026-03-09 10:12"),  # nothing to wait for
        (ROME, "2026-03-07 10:12", 0, "2026-03-07 10:12"),  # not even on a Saturday
        (ROME, "2026-03-09 09:00", 0.5, "2026-03-09 09:30"),  # half an hour
        (ROME, "2026-03-27 16:00", 2, "2026-03-30 10:00"),  # over the spring weekend: still nine o'clock
        (ROME, "2026-10-23 16:00", 2, "2026-10-26 10:00"),  # and over the autumn one
        # a bank holiday, and the year's end
        (Calendar("Europe/Rome", MONDAY_TO_FRIDAY, frozenset({date(2026, 4, 6)})), "2026-04-03 16:30", 1,
         "2026-04-07 09:30"),
        (Calendar("Europe/Rome", MONDAY_TO_FRIDAY, frozenset({date(2027, 1, 1)})), "2026-12-31 16:30", 1,
         "2027-01-04 09:30"),
        (Calendar("Asia/Riyadh", SUNDAY_TO_THURSDAY), "2026-03-05 16:30", 1, "2026-03-08 09:30"),  # Sunday works
        (Calendar("Asia/Kolkata", MONDAY_TO_FRIDAY), "2026-03-06 16:30", 1, "2026-03-09 09:30"),  # a half-hour zone
        (Calendar("America/New_York", MONDAY_TO_FRIDAY), "2026-03-06 16:30", 1, "2026-03-09 09:30"),
        (Calendar("Australia/Lord_Howe", MONDAY_TO_FRIDAY), "2026-04-03 16:30", 1, "2026-04-06 09:30"),
    ],
)  # fmt: skip
def test_hours_are_added_inside_the_working_week(calendar: Calendar, start: str, hours: float, expected: str) -> None:
    zone = calendar.time_zone
    assert add_hours(calendar, at(zone, start), hours) == at(zone, expected)


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        ("Europe/Rome", "2026-03-29", 5),  # 02:00 to 03:00 does not exist
        ("Europe/Rome", "2026-10-25", 7),  # 02:00 to 03:00 comes twice
        ("America/New_York", "2026-03-08", 5),
        ("America/New_York", "2026-11-01", 7),
        ("Australia/Lord_Howe", "2026-10-04", 5.5),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05", 6.5),  # and given back
        ("Asia/Beirut", "2026-03-29", 5),  # the day begins at 01:00
        ("Asia/Kolkata", "2026-03-29", 6),  # no change at all
    ],
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_really_was(zone: str, night: str, hours: float) -> None:
    calendar = Calendar(zone, NIGHTS)
    midnight, noon = at(zone, f"{night} 00:00"), at(zone, f"{night} 12:00")
    assert hours_between(calendar, midnight - timedelta(hours=1), noon) == hours


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-09 10:12", "2026-03-10 17:00", 14.8),  # Monday morning to Tuesday evening
        ("2026-03-06 16:30", "2026-03-09 09:30", 1),  # over the weekend
        ("2026-03-07 10:00", "2026-03-08 10:00", 0),  # all of it on a weekend
        ("2026-03-10 17:00", "2026-03-09 10:12", -14.8),  # what is overdue counts backwards
        ("2026-03-09 10:12", "2026-03-09 10:12", 0),
    ],
)
def test_hours_between_two_instants_are_working_hours(start: str, end: str, hours: float) -> None:
    assert hours_between(ROME, at("Europe/Rome", start), at("Europe/Rome", end)) == pytest.approx(hours)


def test_a_calendar_that_never_rests_counts_every_hour() -> None:
    start = datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert add_hours(ALWAYS, start, 30) == start + timedelta(hours=30)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Calendar("Europe/Rome", {}), "a calendar without hours"),
        (lambda: Hours(17 * 60, 9 * 60), "the end before the start"),
        (lambda: Hours(9 * 60, 9 * 60), "no time at all"),
        (lambda: Hours(9 * 60, 25 * 60), "beyond midnight"),
        (lambda: add_hours(ROME, datetime(2026, 3, 9, tzinfo=UTC), -1), "hours taken away"),
        (lambda: add_hours(_resting(), datetime(2026, 3, 9, tzinfo=UTC), 1), "holidays for two years"),
    ],
)
def test_what_cannot_be_counted_by_is_refused(make: object, reason: str) -> None:
    assert callable(make), reason
    with pytest.raises(Invalid):
        make()


def _resting() -> Calendar:
    days = frozenset(date(2026, 3, 1) + timedelta(days=day) for day in range(800))
    return Calendar("Europe/Rome", MONDAY_TO_FRIDAY, days)


# ---- properties, over any week, in zones of every habit

ZONES = ("UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut", "Africa/Cairo")

hours_of_a_day = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(
    lambda pair: Hours(min(pair[0], pair[1] - 1), max(pair[0] + 1, pair[1]))
)
calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.dictionaries(st.integers(0, 6), hours_of_a_day, min_size=1),
    st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=20),
)
first_day = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 60 * 24 * 515).map(lambda minute: first_day + timedelta(minutes=minute))
minutes = st.integers(1, 60 * 24)


@settings(deadline=None)
@given(calendars, instants, minutes)
def test_measuring_gives_back_the_hours_that_were_added(calendar: Calendar, start: datetime, worked: int) -> None:
    end = add_hours(calendar, start, worked / 60)
    assert working_time(calendar, start, end) == timedelta(hours=worked / 60)


@settings(deadline=None)
@given(calendars, instants, minutes, minutes)
def test_adding_twice_is_adding_the_sum(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    twice = add_hours(calendar, add_hours(calendar, start, first / 60), second / 60)
    assert abs(twice - add_hours(calendar, start, (first + second) / 60)) <= timedelta(microseconds=2)


@settings(deadline=None)
@given(calendars, instants, st.integers(0, 60 * 24 * 3), minutes)
def test_a_later_start_is_never_due_earlier(calendar: Calendar, start: datetime, later: int, worked: int) -> None:
    then = add_hours(calendar, start + timedelta(minutes=later), worked / 60)
    assert add_hours(calendar, start, worked / 60) <= then


@settings(deadline=None)
@given(calendars, instants, st.integers(-60 * 24 * 20, 60 * 24 * 20), st.integers(0, 60 * 24 * 20))
def test_working_time_adds_up_over_a_stop_between(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = working_time(calendar, start, end)
    assert whole == working_time(calendar, start, middle) + working_time(calendar, middle, end)
    assert abs(whole) <= abs(end - start)
