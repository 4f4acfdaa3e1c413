"""Pure. The time of a talk as somebody types it: a day and an hour by the partner's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.casework.flow import Refused
from feedback_engine.foundation.instants import OutOfReach, parse_instant

FARTHEST = timedelta(days=365)
SHORTEST, LONGEST = 5, 480


def starts_at(day: str, time: str, zone: str, now: datetime) -> datetime | Refused:
    """The instant of `2026-03-10` and `09:30` in `zone`; refused when it is none, past, or more than a year ahead.

    An hour that comes twice, when the clocks go back, is the first of the two; one that never comes is refused.
    """
    if not (day + time).isascii():
        return Refused("when_unknown", "day")
    try:
        local = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
        at = parse_instant(local.isoformat())
    except OutOfReach:
        return Refused("when_out_of_reach", "day")
    except ValueError:
        return Refused("when_unknown", "day")
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        return Refused("when_missing", "time")
    if at <= now:
        return Refused("when_past", "day")
    return Refused("when_far", "day") if at > now + FARTHEST else at


def overlap(starts_at: datetime, minutes: int, other_at: datetime, other_minutes: int) -> bool:
    """Whether two talks share a moment; one may begin when the other ends."""
    return starts_at < other_at + timedelta(minutes=other_minutes) and other_at < starts_at + timedelta(minutes=minutes)


def minutes_of(text: str) -> int | Refused:
    """How long a talk takes."""
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    return minutes if SHORTEST <= minutes <= LONGEST else Refused("minutes", "minutes")
