"""Pure. The words of every clock: what is left is working time and called so, what is past is time on the wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feedback_engine.foundation.i18n import format_datetime, format_number, format_time, gettext, ngettext

SOON = timedelta(hours=4)
"""Working time left below which a due time counts as close."""

_MINUTE = timedelta(minutes=1)
_LONGEST_IN_HOURS = timedelta(hours=48)
"""From two days on, people count in days."""


def there(at: datetime, zone: str, other: str) -> str:
    """What the clock says in the zone `other` at an instant that is told by that of `zone`, with the day where that is
    another one there; empty where both say the same, and where nobody knows the other zone."""
    if not other or ZoneInfo(other).utcoffset(at) == ZoneInfo(zone).utcoffset(at):
        return ""
    is_same_day = at.astimezone(ZoneInfo(other)).date() == at.astimezone(ZoneInfo(zone)).date()
    return format_time(at, other) if is_same_day else format_datetime(at, other, style="weekday")


def running(left: timedelta, past_due: timedelta, *, long: bool = False) -> tuple[str, str]:
    """State and words of a clock that runs: `left` is working time, `past_due` time on the wall since it ran out.

    The states are those of the clock part: "" (time enough), soon, late.
    """
    if past_due:
        return "late", overdue(past_due, long=long)
    if not left:
        return "late", gettext("due now")
    return ("soon" if left < SOON else ""), remaining(left, long=long)


def paused(left: timedelta, *, long: bool = False) -> tuple[str, str]:
    """State and words of a clock that stands still: the working time that is left stays left."""
    if left <= timedelta():
        return "off", gettext("paused, overdue")
    return "off", gettext("paused, {left}", left=remaining(left, long=long))


def of_thanks(left: timedelta, past_due: timedelta, *, long: bool = False) -> tuple[str, str]:
    """State and words of the clock of a thank-you, which never alarms: a late thank-you breaks no promise."""
    if not past_due:
        return "", remaining(left, long=long)
    if past_due < _MINUTE:
        return "", gettext("was due just now")
    return "", gettext("was due {time} ago", time=passed(past_due, long=long))


def remaining(left: timedelta, *, long: bool = False) -> str:
    """32 working hours left, 35 working minutes left; in the long form 14 h 48 min of working time left."""
    minutes = int(left / _MINUTE)
    if minutes < 60:
        return ngettext("{n} working minute left", "{n} working minutes left", minutes)
    if long and minutes % 60:
        return gettext("{time} of working time left", time=_hours_and_minutes(minutes))
    return ngettext("{n} working hour left", "{n} working hours left", minutes // 60)


def overdue(past_due: timedelta, *, long: bool = False) -> str:
    """overdue by 41 h, as a clock on the wall counts; just overdue within the first minute."""
    if past_due < _MINUTE:
        return gettext("just overdue")
    return gettext("overdue by {time}", time=passed(past_due, long=long))


def passed(span: timedelta, *, long: bool = False) -> str:
    """A time on the wall: 35 min, 14 h, 3 days; in the long form 14 h 48 min."""
    if span >= _LONGEST_IN_HOURS:
        return ngettext("{n} day", "{n} days", span.days)
    minutes = int(span / _MINUTE)
    if minutes < 60:
        return gettext("{n} min", n=minutes)
    return _hours_and_minutes(minutes) if long and minutes % 60 else gettext("{n} h", n=minutes // 60)


def _hours_and_minutes(minutes: int) -> str:
    return f"{gettext('{n} h', n=format_number(minutes // 60))} {gettext('{n} min', n=minutes % 60)}"
