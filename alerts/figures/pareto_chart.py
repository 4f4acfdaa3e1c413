"""Pure. Places root causes on a drawing, the most frequent on top, with the line of their shares added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.figures.casework import Cause
from alerts.figures.frames import Frame

DESK = Frame(650, 230.0, 590.0, 28.0, names_above=False)
PHONE = Frame(330, 4.0, 270.0, 44.0, names_above=True)
MOST_BARS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One cause: where its name and bar stand, where the bar ends, and where its point on the line of sums lies."""

    cause: Cause
    name_y: float
    y: float
    end: float
    sum_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars on their frame, and the line through the sums."""

    frame: Frame
    height: float
    bars: tuple[Bar, ...]
    line: str


def place(causes: Sequence[Cause], frame: Frame) -> Chart | None:
    """The drawing of the most frequent causes; the whole width is all cases. None without any."""
    if not causes:
        return None
    reach = frame.right - frame.left
    bars = []
    for number, cause in enumerate(causes[:MOST_BARS]):
        top = number * frame.row
        y = round(top + (frame.row * 0.72 if frame.names_above else frame.row / 2), 1)
        name_y = round(top + 14 if frame.names_above else y + 4, 1)
        ends = (cause.share.value, cause.cumulated)
        end, sum_x = (round(frame.left + share * reach, 1) for share in ends)
        bars.append(Bar(cause, name_y, y, end, sum_x))
    line = " ".join(f"{bar.sum_x},{bar.y}" for bar in bars)
    return Chart(frame, round(len(bars) * frame.row + 4, 1), tuple(bars), line)
