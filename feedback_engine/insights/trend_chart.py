"""Pure. Places a trend of scores with their intervals on a drawing, one for a desk and one for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedback_engine.insights.figures import Block

_STEP = 20
_ABOVE, _BELOW = -6.0, 16.0
"""From a dot to the foot of its figure, which stands to the right of it, on the side where the line does not go."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing in units, and the part of it in which the marks stand."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float


DESK = Frame(650, 176, 40.0, 640.0, 20.0, 134.0)
PHONE = Frame(330, 240, 36.0, 314.0, 20.0, 198.0)
"""About as wide as it is shown, so that its letters keep their size and the line its slope; the last figure stands
beside its dot, with room for "−100"."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One block on the drawing; `words_y` is the foot of its figure."""

    x: float
    y: float
    low: float
    high: float
    words_y: float
    block: Block


@dataclass(frozen=True, slots=True)
class Chart:
    """Marks, the line through them, and the grid: (y, value in points)."""

    frame: Frame
    marks: tuple[Mark, ...]
    empty: tuple[tuple[float, Block], ...]
    line: str
    grid: tuple[tuple[float, int], ...]
    zero: float | None


def place(blocks: Sequence[Block], frame: Frame = DESK) -> Chart | None:
    """The drawing of these blocks; None when not one of them has answers."""
    estimates = [block.estimate for block in blocks if block.estimate is not None]
    if not estimates:
        return None
    smallest = min(0.0, *(estimate.low for estimate in estimates))
    largest = max(0.0, *(estimate.high for estimate in estimates))
    step = _STEP if largest - smallest <= 5 * _STEP else 50
    floor, ceiling = int(smallest // step) * step, int(-(-largest // step)) * step

    def height(value: float) -> float:
        return round(frame.bottom - (value - floor) / ((ceiling - floor) or 1) * (frame.bottom - frame.top), 1)

    width = (frame.right - frame.left) / len(blocks)
    centres = [round(frame.left + (number + 0.5) * width, 1) for number in range(len(blocks))]
    known = [(x, block, block.estimate) for x, block in zip(centres, blocks, strict=True) if block.estimate is not None]
    heights = [height(estimate.value) for *_, estimate in known]
    marks = tuple(
        Mark(x, y, height(estimate.low), height(estimate.high), _words_y(y, following, frame), block)
        for (x, block, estimate), y, following in zip(known, heights, [*heights[1:], None], strict=True)
    )
    return Chart(
        frame=frame,
        marks=marks,
        empty=tuple((x, block) for x, block in zip(centres, blocks, strict=True) if block.estimate is None),
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        grid=tuple((height(value), value) for value in range(floor, ceiling + 1, step)),
        zero=height(0.0),
    )


def _words_y(y: float, following: float | None, frame: Frame) -> float:
    """Where the figure of a dot stands: above it, or below where the line rises to the next dot and there is room."""
    rises = following is not None and following < y
    return round(y + (_BELOW if rises and y + _BELOW <= frame.bottom else _ABOVE), 1)
