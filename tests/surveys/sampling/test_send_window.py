"""When mail may go out: hours and days in the reader's zone, holidays, blackouts, and the nights when clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.sampling.instants import DAY, to_datetime
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.send_window import SendWindow
from tests.surveys.sampling.builders import at, rules

OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": "09:00-17:00"}


def window(**written: Any) -> SendWindow:
    found: TouchpointRules = rules(send_window=written)
    assert found.send_window is not None
    return found.send_window


def spans(*hours: tuple[int, int] | None, zone: str = "Europe/Rome") -> SendWindow:
    """A window with the same hours, in minutes since midnight, every day; or seven days of their own."""
    return SendWindow(week=hours * 7 if len(hours) == 1 else hours, zone=zone)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("2026-03-09T10:12:00+01:00", "2026-03-09T10:12:00+01:00"),  # Monday, open: at once
        ("2026-03-09T07:00:00+01:00", "2026-03-09T09:00:00+01:00"),  # before opening
        ("2026-03-09T16:59:59.999999+01:00", "2026-03-09T16:59:59.999999+01:00"),  # the last moment
        ("2026-03-09T17:00:00+01:00", "2026-03-10T09:00:00+01:00"),  # the end is outside
        ("2026-03-06T18:00:00+01:00", "2026-03-09T09:00:00+01:00"),  # Friday evening waits for Monday
        ("2026-04-03T18:00:00+02:00", "2026-04-07T09:00:00+02:00"),  # Easter Monday is a holiday in Italy
        ("2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),  # over the night when summer time begins
    ],
)
def test_mail_waits_for_the_office_hours(asked: str, allowed: str) -> None:
    assert window(**OFFICE).next_allowed(at(asked)) == at(allowed)


def test_hours_are_those_of_the_readers_zone() -> None:
    monday_noon_in_rome = at("2026-03-09T12:00:00+01:00")
    assert window(**OFFICE).next_allowed(monday_noon_in_rome, "America/New_York") == at("2026-03-09T09:00:00-04:00")
    assert window(**OFFICE).next_allowed(monday_noon_in_rome, "Asia/Tokyo") == at("2026-03-10T09:00:00+09:00")


def test_a_zone_nobody_knows_is_read_as_utc() -> None:
    early = at("2026-03-09T08:30:00+00:00")
    assert window(**OFFICE).next_allowed(early, "Mars/Olympus") == at("2026-03-09T09:00:00+00:00")


def test_days_and_hours_left_out_are_those_of_the_calendar() -> None:
    # The calendar of the tests is open on Monday until 17:00 and on Friday until 13:00.
    assert window().next_allowed(at("2026-03-13T14:00:00+01:00")) == at("2026-03-16T09:00:00+01:00")
    assert window(days=["fri"]).next_allowed(at("2026-03-09T10:00:00+01:00")) == at("2026-03-13T09:00:00+01:00")
    assert window(days=["wed"]).next_allowed(at("2026-03-09T10:00:00+01:00")) == at("2026-03-11T09:00:00+01:00")


def test_a_blackout_includes_its_first_and_last_day() -> None:
    closed = window(**OFFICE, blackouts=[{"first_on": "2026-08-10", "last_on": "2026-08-21"}])
    assert closed.next_allowed(at("2026-08-07T16:00:00+02:00")) == at("2026-08-07T16:00:00+02:00")
    assert closed.next_allowed(at("2026-08-10T10:00:00+02:00")) == at("2026-08-24T09:00:00+02:00")


@pytest.mark.parametrize(
    ("hours", "asked", "allowed", "why"),
    [
        ((150, 240), "2026-03-29T00:30:00+00:00", "2026-03-29T01:00:00+00:00", "02:30 does not exist: open from 03:00"),
        ((120, 180), "2026-03-29T00:30:00+00:00", "2026-03-30T00:00:00+00:00", "02:00-03:00 does not exist at all"),
        ((120, 150), "2026-10-25T00:29:00+00:00", "2026-10-25T00:29:00+00:00", "02:29, the first time"),
        ((120, 150), "2026-10-25T00:30:00+00:00", "2026-10-25T01:00:00+00:00", "02:30 is over, but 02:00 comes again"),
        ((120, 150), "2026-10-25T01:29:00+00:00", "2026-10-25T01:29:00+00:00", "02:29, the second time"),
        ((120, 150), "2026-10-25T01:30:00+00:00", "2026-10-26T01:00:00+00:00", "and over for good"),
    ],
)
def test_nights_when_clocks_change(hours: tuple[int, int], asked: str, allowed: str, why: str) -> None:
    assert to_datetime(spans(hours).next_allowed(at(asked))) == datetime.fromisoformat(allowed), why


ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]
HOURS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])


def is_open(hours: tuple[int, int], instant: int, zone: str) -> bool:
    local = to_datetime(instant).astimezone(ZoneInfo(zone))
    return hours[0] <= local.hour * 60 + local.minute < hours[1]


@settings(deadline=None)
@given(HOURS, st.integers(at("2025-01-01T00:00:00+00:00"), at("2027-01-01T00:00:00+00:00")), st.sampled_from(ZONES))
def test_the_instant_is_open_and_nothing_before_it_is(hours: tuple[int, int], asked: int, zone: str) -> None:
    allowed = spans(hours, zone=zone).next_allowed(asked)
    assert allowed >= asked
    assert is_open(hours, allowed, zone)
    minute = timedelta(minutes=1) // timedelta(microseconds=1)
    for before in range(asked, allowed, minute):
        assert not is_open(hours, before, zone)
    if allowed > asked:
        assert not is_open(hours, allowed - 1, zone)


@settings(deadline=None)
@given(HOURS, st.integers(0, 40 * DAY), st.integers(0, 40 * DAY), st.sampled_from(ZONES))
def test_what_is_due_later_never_leaves_before_what_is_due_earlier(
    hours: tuple[int, int], one: int, other: int, zone: str
) -> None:
    start = at("2026-03-01T00:00:00+00:00")
    opens = spans(hours, zone=zone)
    first, second = sorted((one, other))
    assert opens.next_allowed(start + first) <= opens.next_allowed(start + second)


def test_a_window_that_never_opens_lets_mail_go_rather_than_keep_it_for_ever() -> None:
    closed = SendWindow(week=((0, 1440),) * 7, zone="UTC", blackouts=((date(2026, 1, 1), date(2040, 1, 1)),))
    now = at("2026-03-09T10:00:00+00:00")
    assert closed.next_allowed(now) == now
