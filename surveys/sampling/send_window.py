"""Pure. When mail may go out: local hours, holidays and blackouts, right through the nights when clocks change.

The window judges nothing: it only moves `send_at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from surveys.sampling.instants import DAY, SECOND, to_datetime, to_micros

_MINUTE = 60 * SECOND
_ONE_DAY = timedelta(days=1)
_KNOWN = 4096
"""Days that a window remembers its open spans for, in all zones together."""

_LONGEST_WAIT_DAYS = 800
"""Definitions allow no calendar that stays closed that long; if one does, mail goes out rather than never."""


@lru_cache(maxsize=2048)
def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def midnight(day: date, zone: str) -> int:
    """The first instant of a local day, in microseconds since 1970."""
    return to_micros(datetime.combine(day, time(), zone_named(zone)))


def local_date(at: int, zone: str) -> date:
    """The day it is at an instant in a zone."""
    return to_datetime(at).astimezone(zone_named(zone)).date()


@dataclass(frozen=True, slots=True)
class SendWindow:
    """Open spans by weekday (Monday first) in minutes since midnight, and the days that stay closed."""

    week: tuple[tuple[int, int] | None, ...]
    zone: str
    holidays: frozenset[date] = frozenset()
    blackouts: tuple[tuple[date, date], ...] = ()
    _known: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_body(cls, window: Mapping[str, Any], calendar: Mapping[str, Any]) -> SendWindow:
        """The window of a compiled plan, with the holidays of the calendar it names."""
        return cls(
            week=tuple((span[0], span[1]) if span else None for span in window["week"]),
            zone=window["zone"],
            holidays=frozenset(date.fromisoformat(day) for day in calendar.get("holidays", ())),
            blackouts=tuple(
                (date.fromisoformat(first), date.fromisoformat(last)) for first, last in window["blackouts"]
            ),
        )

    def next_allowed(self, at: int, zone: str = "") -> int:
        """The first instant not before `at` that lies in the window, read in `zone` (default: the calendar's)."""
        key = (zone or self.zone, at // DAY)
        spans = self._known.get(key)
        if spans is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            spans = self._known[key] = self._spans_from(at - at % DAY, key[0])
        for begin, end in spans:
            if at < end:
                return max(at, begin)
        return at

    def _spans_from(self, start: int, zone: str) -> list[tuple[int, int]]:
        """The open spans that end after `start`, up to the first that ends a day or more after it."""
        spans: list[tuple[int, int]] = []
        day = local_date(start, zone)
        for _ in range(_LONGEST_WAIT_DAYS):
            span = self._open_on(day)
            if span is not None:
                spans += [(begin, end) for begin, end in _instants(day, span, zone) if end > start]
                if spans and spans[-1][1] >= start + DAY:
                    break
            day += _ONE_DAY
        return spans

    def _open_on(self, day: date) -> tuple[int, int] | None:
        span = self.week[day.weekday()]
        if span is None or day in self.holidays or any(first <= day <= last for first, last in self.blackouts):
            return None
        return span


def _instants(day: date, span: tuple[int, int], zone: str) -> list[tuple[int, int]]:
    """The stretches of time during which local clocks show a time of the span, on one day.

    On an ordinary day there is one. Where clocks change there may be two (an hour comes twice) or less than was meant
    (an hour is missing), so each offset of the day is applied only as long as it holds.
    """
    found = []
    for begin, end, offset in _offsets(day, zone):
        start = datetime.combine(day, time(), UTC) - offset
        opens = max(begin, to_micros(start) + span[0] * _MINUTE)
        closes = min(end, to_micros(start) + span[1] * _MINUTE)
        if opens < closes:
            found.append((opens, closes))
    return found


def _offsets(day: date, zone: str) -> list[tuple[int, int, timedelta]]:
    """The UTC offsets in force during a local day: from, to, offset."""
    begin, end = midnight(day, zone), midnight(day + _ONE_DAY, zone)
    first, last = _offset_at(begin, zone), _offset_at(end - 1, zone)
    if first == last:
        return [(begin, end, first)]
    change = _first_with(last, begin, end - 1, zone)
    return [(begin, change, first), (change, end, last)]


def _first_with(offset: timedelta, before: int, after: int, zone: str) -> int:
    """The instant at which an offset comes into force, by halving the time in which it must."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(middle, zone) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset_at(at: int, zone: str) -> timedelta:
    offset = to_datetime(at).astimezone(zone_named(zone)).utcoffset()
    return offset or timedelta()
