"""Pure. How durations, counts and shares are said in a sentence, in the locale in force."""

from __future__ import annotations

from feedback_engine.foundation.i18n import format_number, gettext, ngettext

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def duration(seconds: float) -> str:
    """A length of time in its largest fitting unit: 12 days, 5 hours, 3 minutes; parts of a day only below two days."""
    if seconds >= 2 * _DAY_S or (seconds >= _DAY_S and seconds % _DAY_S == 0):
        return days(seconds / _DAY_S)
    if seconds >= _HOUR_S:
        return ngettext("{n} hour", "{n} hours", int(seconds // _HOUR_S))
    if seconds >= _MINUTE_S:
        return ngettext("{n} minute", "{n} minutes", int(seconds // _MINUTE_S))
    return gettext("less than a minute")


def days(count: float) -> str:
    """Whole days, rounded down, so that an elapsed time is never said longer than it was."""
    return ngettext("{n} day", "{n} days", int(count))


def asks(thousandths: int) -> str:
    """A number of asks, which may be broken because some kinds of mail weigh less than one."""
    if thousandths % 1000 == 0:
        return ngettext("{n} ask", "{n} asks", thousandths // 1000)
    return gettext("{number} asks", number=format_number(thousandths / 1000, 1))


def times(thousandths: int) -> str:
    """How often at most: 4 times."""
    if thousandths % 1000 == 0:
        return ngettext("once", "{n} times", thousandths // 1000)
    return gettext("{number} times", number=format_number(thousandths / 1000, 1))


def window_words(asked: int, limit: int, seconds: int) -> dict[str, str]:
    """The numbers of a window's verdict (see `windows.judge_window`) as the words `asks`, `limit` and `span`."""
    return {"asks": asks(asked), "limit": asks(limit), "span": duration(seconds)}


def rounded_up(thousandths: int) -> int:
    """The next whole number of asks, in thousandths: what a limit would have to be."""
    return -(-thousandths // 1000) * 1000


def share(rate: float) -> str:
    """A share in per cent with as many decimals as it needs, at most two."""
    percent = round(rate * 100, 2)
    digits = next(n for n in (0, 1, 2) if n == 2 or round(percent, n) == percent)
    return format_number(percent, digits) + "\N{NO-BREAK SPACE}%"
