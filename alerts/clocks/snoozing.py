"""Pure. Until when a case is put aside, as people say it: a morning on which the partner is at work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from alerts.casework.flow import Refused
from alerts.clocks.business_time import Calendar
from alerts.clocks.case_clock import morning_of
from alerts.clocks.partner_week import working_day
from feedback_engine.foundation.instants import OutOfReach, parse_day

SnoozeChoice = Literal["tomorrow", "in_two_days", "next_monday"]
SNOOZES: tuple[SnoozeChoice, ...] = ("tomorrow", "in_two_days", "next_monday")

_WEEK = 7


def snoozed_until(choice: str, now: datetime, zone: str, week: Calendar | None = None) -> datetime | Refused:
    """Nine o'clock in `zone` on the day of the choice, or on the next one on which `week` is at work; next Monday is
    never today. `tomorrow` is the next such morning: before nine, that is the one of today."""
    if choice not in SNOOZES:
        return Refused("until_unknown", "until")
    today = now.astimezone(ZoneInfo(zone)).date()
    to_come = 0 if now < morning_of(today, zone) else 1
    days = {"tomorrow": to_come, "in_two_days": 2, "next_monday": _WEEK - today.weekday()}[choice]
    day = today + timedelta(days=days)
    return morning_of(day if week is None else working_day(week, day), zone)


def day_until(text: str, zone: str) -> datetime | Refused | None:
    """Nine o'clock in `zone` on a day written 2026-03-10; None for an empty text."""
    if not text:
        return None
    try:
        return morning_of(parse_day(text), zone)
    except (OutOfReach, OverflowError):
        return Refused("day_out_of_reach", "until")
    except ValueError:
        return Refused("day_unknown", "until")
