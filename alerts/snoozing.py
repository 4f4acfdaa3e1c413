"""Pure. Until when a case is put aside, as people say it: the partner's morning of tomorrow, of next Monday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from alerts.case_flow import Refused
from alerts.clocks import morning, morning_of
from feedback_engine.foundation.instants import parse_day

SnoozeChoice = Literal["tomorrow", "in_two_days", "next_monday"]
SNOOZES: tuple[SnoozeChoice, ...] = ("tomorrow", "in_two_days", "next_monday")

_DAYS: Mapping[str, int] = {"tomorrow": 1, "in_two_days": 2}
_WEEK = 7


def snoozed_until(choice: str, now: datetime, zone: str) -> datetime | Refused:
    """Nine o'clock in `zone` on the day of the choice; next Monday is never today."""
    if choice not in SNOOZES:
        return Refused("until_unknown", "until")
    weekday = now.astimezone(ZoneInfo(zone)).weekday()
    return morning(now, zone, _DAYS.get(choice, _WEEK - weekday))


def day_until(text: str, zone: str) -> datetime | Refused | None:
    """Nine o'clock in `zone` on a day written 2026-03-10; None for an empty text."""
    if not text:
        return None
    try:
        return morning_of(parse_day(text), zone)
    except (ValueError, OverflowError):
        return Refused("until_unknown", "until")
