"""Pure. Places owners' busiest weeks on a drawing beside what they can do: one for a desk, one for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.figures.frames import Frame
from alerts.trial.views import HolderLoad, WeekLoad

MOST_BARS = 12
_WIDTH_OF_NUMBERS = 90.0

DESK = Frame(650, 190.0, 560.0, 26.0, names_above=False)
PHONE = Frame(330, 4.0, 240.0, 44.0, names_above=True)
"""About as wide as they are shown, so that letters keep their size; on a phone, names stand above their bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The busiest week of one owner. `limit` is where the capacity lies, None for a team; `words_x` where its numbers
    begin."""

    load: HolderLoad
    week: WeekLoad
    name_y: float
    y: float
    end: float
    limit: float | None
    words_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars on their frame."""

    frame: Frame
    height: float
    bars: tuple[Bar, ...]


def busiest(load: HolderLoad) -> WeekLoad:
    """The week with most new cases, the first of several."""
    return max(load.weeks, key=lambda week: week.cases)


def place(loads: Sequence[HolderLoad], frame: Frame) -> Chart | None:
    """The drawing of the owners with most to do; None when nobody gets a case."""
    shown = sorted((load for load in loads if load.cases), key=lambda load: -busiest(load).cases)[:MOST_BARS]
    if not shown:
        return None
    weeks = [busiest(load) for load in shown]
    largest = max(max(week.cases, week.capacity or 0) for week in weeks)

    def along(value: float) -> float:
        return round(frame.left + value / largest * (frame.right - frame.left), 1)

    bars = []
    for number, (load, week) in enumerate(zip(shown, weeks, strict=True)):
        top = number * frame.row
        middle = top + (frame.row * 0.72 if frame.names_above else frame.row / 2)
        name_y = top + 14 if frame.names_above else middle + 4
        limit = None if week.capacity is None else along(week.capacity)
        end = along(week.cases)
        bars.append(Bar(load, week, round(name_y, 1), round(middle, 1), end, limit, _words_x(end, limit)))
    return Chart(frame, round(len(shown) * frame.row + 4, 1), tuple(bars))


def _words_x(end: float, limit: float | None) -> float:
    """Behind the bar; behind the line of the capacity where that would run through the numbers."""
    behind = limit if limit is not None and end <= limit < end + _WIDTH_OF_NUMBERS else end
    return round(behind + 6, 1)
