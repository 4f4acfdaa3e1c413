"""A period is whole days, of which today is one: every page that counts the last days begins with the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from feedback_engine.foundation.periods import chosen_days, chosen_period, last_days, last_quarter

NOW = datetime(2026, 11, 28, 20, 15, tzinfo=UTC)


def test_the_last_ninety_days_are_whole_and_hold_today() -> None:
    found = last_days(NOW, 90)
    assert (found.first, found.last, found.days) == (date(2026, 8, 31), date(2026, 11, 28), 90)
    assert found.from_at == datetime(2026, 8, 31, tzinfo=UTC)
    assert found.to_at == datetime(2026, 11, 29, tzinfo=UTC)


def test_a_day_is_one_of_utc() -> None:
    there = datetime(2026, 11, 29, 1, tzinfo=timezone(timedelta(hours=2)))
    assert last_days(there, 1).first == date(2026, 11, 28)


ROME, SAMOA = ZoneInfo("Europe/Rome"), ZoneInfo("Pacific/Apia")


@pytest.mark.parametrize(
    ("now", "zone", "first", "last"),
    [
        (NOW, UTC, date(2026, 7, 1), date(2026, 9, 30)),
        (datetime(2026, 2, 28, tzinfo=UTC), UTC, date(2025, 10, 1), date(2025, 12, 31)),
        (datetime(2026, 4, 1, tzinfo=UTC), UTC, date(2026, 1, 1), date(2026, 3, 31)),
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), ROME, date(2026, 1, 1), date(2026, 3, 31)),
        (datetime(2026, 6, 30, 22, tzinfo=UTC), ROME, date(2026, 4, 1), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 11, tzinfo=UTC), SAMOA, date(2026, 4, 1), date(2026, 6, 30)),
    ],
)
def test_the_last_quarter_is_the_one_before_that_of_today_where_its_reader_is(
    now: datetime, zone: tzinfo, first: date, last: date
) -> None:
    found = last_quarter(now, zone)
    assert (found.first, found.last) == (first, last)


def test_a_quarter_begins_and_ends_at_midnight_where_its_reader_is() -> None:
    found = last_quarter(datetime(2026, 5, 5, tzinfo=UTC), ROME)
    assert found.from_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert found.to_at == datetime(2026, 3, 31, 22, tzinfo=UTC), "summer has begun meanwhile"


@pytest.mark.parametrize(("text", "days"), [("30", 30), ("365", 365), ("31", 90), ("", 90), (None, 90)])
def test_a_reader_chooses_among_the_days_that_are_offered(text: str | None, days: int) -> None:
    assert chosen_days(text) == days


@pytest.mark.parametrize("text", [None, "30", "last-quarter", "last-year"])
def test_a_chosen_period_is_that_quarter_or_so_many_days(text: str | None) -> None:
    now = datetime(2026, 5, 5, tzinfo=UTC)
    days = {"30": 30}.get(text or "", 90)
    expected = (text, last_quarter(now, ROME)) if text == "last-quarter" else (days, last_days(now, days))
    assert chosen_period(text, now, ROME) == expected
