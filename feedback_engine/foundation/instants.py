"""Pure. Reads an instant that somebody wrote, within the years that rules can reckon with; and names one to come."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from feedback_engine.foundation.i18n import gettext, gettext_noop

# Rules reach back and forward by years; at the ends of the calendar that arithmetic has no result.
FIRST_YEAR = 1900
LAST_YEAR = 2999
OUT_OF_REACH = gettext_noop("This date is out of range: choose one nearer to today.")


NOW: Final[Any] = object()
"""In columns that are decided before they are written: the instant at which they are, see `UnitOfWork.stamped`."""


class OutOfReach(ValueError):
    """A day or an instant that exists, and lies outside the years 1900 to 2999."""


def parse_instant(text: str, zone: tzinfo | None = None) -> datetime:
    """The instant of an ISO 8601 date-time, in UTC; one without a zone is local to `zone`.

    Raises ValueError when it is none, or names no zone and `zone` is None; OutOfReach outside the years 1900 to 2999.
    """
    at = datetime.fromisoformat(text)
    _check_year(at.year)
    local = at if at.tzinfo else at.replace(tzinfo=zone)
    if local.tzinfo is None:
        raise ValueError("the time names no zone")
    return local.astimezone(UTC)


def parse_day(text: str) -> date:
    """The day of an ISO 8601 date. Raises ValueError when it is none, OutOfReach outside the years 1900 to 2999."""
    day = date.fromisoformat(text)
    _check_year(day.year)
    return day


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutOfReach(f"the year {year} is out of reach")


def words_of(error: ValueError, unreadable: str) -> str:
    """What to say of a day or an instant that could not be read; `unreadable` where it is none at all."""
    return gettext(OUT_OF_REACH) if isinstance(error, OutOfReach) else unreadable
