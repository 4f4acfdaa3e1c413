"""Pure. The week in which a partner works: by the program's calendar in their zone, else by that of their country."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from alerts.clocks.business_time import LONGEST_REST_DAYS, Calendar, Hours
from alerts.definitions import AlertProgram

_OFFICE = Hours(9 * 60, 17 * 60)


def week_of(program: AlertProgram | None, zone: str) -> Calendar:
    """When somebody in `zone` works. Where the program has no calendar there: 9 to 17 on the working days of the
    country that the zone lies in (CLDR), without its holidays, which nobody has told us."""
    calendars = program.calendars.values() if program is not None else ()
    in_zone = next((each for each in calendars if each.time_zone == zone), None)
    if in_zone is not None:
        return in_zone.calendar()
    rest = _rest_days(get_global("zone_territories").get(zone, ""))
    return Calendar(zone, {day: _OFFICE for day in range(7) if day not in rest})


@cache
def _rest_days(country: str) -> frozenset[int]:
    """The week-end of a country, 0 for Monday; Saturday and Sunday where nobody knows."""
    try:
        known = Locale.parse(f"und_{country}")
    except (ValueError, UnknownLocaleError):
        return frozenset({5, 6})
    first, last = known.weekend_start, known.weekend_end
    return frozenset((first + day) % 7 for day in range((last - first) % 7 + 1))


def working_day(calendar: Calendar, day: date) -> date:
    """`day`, or the next one on which a calendar is at work; `day` itself where none comes within a year."""
    ahead = (day + timedelta(days=count) for count in range(LONGEST_REST_DAYS))
    return next((each for each in ahead if each.weekday() in calendar.week and each not in calendar.holidays), day)


def outside(calendar: Calendar, zone: str, at: datetime, until: datetime) -> str:
    """What is odd about a call from `at` to `until` there: "rest" on a day without work, "hours" outside working
    hours; empty for an hour at which people work."""
    local = at.astimezone(ZoneInfo(zone))
    own = at.astimezone(ZoneInfo(calendar.time_zone)).date()
    hours = calendar.week.get(own.weekday())
    if hours is None or own in calendar.holidays:
        return "rest"
    opens, closes = _hour(hours.start), _hour(hours.until)
    end = until.astimezone(ZoneInfo(zone))
    return "" if opens <= local.time() and (end.date(), end.time()) <= (local.date(), closes) else "hours"


def _hour(minutes: int) -> time:
    return time.max if minutes >= 24 * 60 else time(minutes // 60, minutes % 60)
