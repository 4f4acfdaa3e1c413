"""Pure. Places root causes on a drawing, the most frequent on top, with the line of their shares added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.figures.casework import Cause
from alerts.figures.frames import Frame

DESK = Frame(650, 270.0, 590.0, 28.0, names_above=False)
PHONE = Frame(330, 4.0, 270.0, 44.0, names_above=True)
MOST_BARS = 10
_HEAD = 22.0
"""Above the bars, where there is room for two columns of figures: what each of them is."""
_EDGE = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One cause: where its name, share and bar stand, where the bar ends, where its point on the line of sums lies.

    Shares end at `share_x`; names begin at `name_x`, or end there where they stand beside the bars.
    """

    cause: Cause
    name_x: float
    name_y: float
    share_x: float
    y: float
    end: float
    sum_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars on their frame, and the line through the sums, which are written up to `sums_x`."""

    frame: Frame
    height: float
    bars: tuple[Bar, ...]
    line: str
    sums_x: float


def place(causes: Sequence[Cause], frame: Frame) -> Chart | None:
    """The drawing of the most frequent causes; the whole width is all cases. None without any."""
    if not causes:
        return None
    reach = frame.right - frame.left
    above, sums_x = frame.names_above, frame.width - _EDGE
    head = 0.0 if above else _HEAD
    name_x, share_x = (frame.left, sums_x) if above else (frame.left - 50, frame.left - 8)
    bars = []
    for number, cause in enumerate(causes[:MOST_BARS]):
        top = head + number * frame.row
        y = round(top + (frame.row * 0.72 if above else frame.row / 2), 1)
        name_y = round(top + 14 if above else y + 4, 1)
        ends = (cause.share.value, cause.cumulated)
        end, sum_x = (round(frame.left + share * reach, 1) for share in ends)
        bars.append(Bar(cause, name_x, name_y, share_x, y, end, sum_x))
    line = " ".join(f"{bar.sum_x},{bar.y}" for bar in bars)
    return Chart(frame, round(head + len(bars) * frame.row + 4, 1), tuple(bars), line, sums_x)
