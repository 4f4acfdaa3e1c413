"""A period is whole days, of which today is one: every page that counts the last days begins with the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from feedback_engine.foundation.periods import chosen_days, last_days

NOW = datetime(2026, 11, 28, 20, 15, tzinfo=UTC)


def test_the_last_ninety_days_are_whole_and_hold_today() -> None:
    found = last_days(NOW, 90)
    assert (found.first, found.last, found.days) == (date(2026, 8, 31), date(2026, 11, 28), 90)
    assert found.from_at == datetime(2026, 8, 31, tzinfo=UTC)
    assert found.to_at == datetime(2026, 11, 29, tzinfo=UTC)


def test_a_day_is_one_of_utc() -> None:
    there = datetime(2026, 11, 29, 1, tzinfo=timezone(timedelta(hours=2)))
    assert last_days(there, 1).first == date(2026, 11, 28)


@pytest.mark.parametrize(("text", "days"), [("30", 30), ("365", 365), ("31", 90), ("", 90), (None, 90)])
def test_a_reader_chooses_among_the_days_that_are_offered(text: str | None, days: int) -> None:
    assert chosen_days(text) == days
