"""Until when a case is put aside: nine o'clock where the partner is, over the change of summer time too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.case_flow import Refused
from alerts.snoozing import day_until, snoozed_until

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
        ("in_two_days", MONDAY, "Europe/Rome", at(3, 11, 8)),
        ("next_monday", MONDAY, "Europe/Rome", at(3, 16, 8)),  # never today
        ("next_monday", FRIDAY_BEFORE_SUMMER, "Europe/Rome", at(3, 30, 7)),  # the clocks went forward between
    ],
)
def test_a_morning_is_the_partners(choice: str, now: datetime, zone: str, until: datetime) -> None:
    assert snoozed_until(choice, now, zone) == until


def test_a_choice_nobody_offered_is_refused() -> None:
    assert snoozed_until("never", MONDAY, "UTC") == Refused("until_unknown", "until")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("", None),
        ("2026-03-10", at(3, 10, 8)),
        ("10.3.2026", Refused("until_unknown", "until")),
        ("2026-02-30", Refused("until_unknown", "until")),
    ],
)
def test_a_day_begins_at_nine(text: str, until: object) -> None:
    assert day_until(text, "Europe/Rome") == until
