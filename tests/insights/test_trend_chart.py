"""The trend is drawn inside its frame, at a desk and on a phone, and says the same on both."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from feedback_engine.insights import trend_chart
from feedback_engine.insights.figures import Block
from feedback_engine.insights.tally import Sums
from feedback_engine.insights.trend_chart import DESK, PHONE, Frame
from feedback_engine.statistics.nps import Estimate

FIRST = date(2026, 6, 1)


def block(number: int, value: float | None) -> Block:
    first = FIRST + timedelta(days=30 * number)
    estimate = None if value is None else Estimate(value, max(-100.0, value - 60), min(100.0, value + 60), 12, "score")
    return Block(first, first + timedelta(days=29), Sums(), estimate)


BLOCKS = [block(number, value) for number, value in enumerate((27.0, None, -100.0, 0.0, 100.0, -31.0))]


@pytest.mark.parametrize("frame", [DESK, PHONE])
def test_everything_stands_inside_the_frame(frame: Frame) -> None:
    chart = trend_chart.place(BLOCKS, frame)
    assert chart is not None
    heights = [height for mark in chart.marks for height in (mark.y, mark.low, mark.high)]
    assert all(frame.top <= height <= frame.bottom for height in heights)
    assert all(frame.left < mark.x < frame.right for mark in chart.marks)
    assert [at for at, _ in chart.empty] != []
    assert frame.bottom + 34 < frame.height, "two lines of words stand below"


@pytest.mark.parametrize("frame", [DESK, PHONE])
def test_no_figure_lies_on_the_line_to_the_next_dot(frame: Frame) -> None:
    """A figure begins 8 to the right of its dot, is 28 wide at the most and 10 high."""
    zigzag = [block(number, value) for number, value in enumerate((40.0, 30.0, -38.0, 0.0, -18.0, 26.0, 26.0, 80.0))]
    chart = trend_chart.place(zigzag, frame)
    assert chart is not None
    for mark, following in zip(chart.marks, chart.marks[1:], strict=False):
        slope = (following.y - mark.y) / (following.x - mark.x)
        line = [mark.y + slope * step for step in range(8, 37)]
        assert not any(mark.words_y - 10 <= height <= mark.words_y for height in line), mark


def test_a_figure_stays_above_a_dot_under_which_there_is_no_room() -> None:
    chart = trend_chart.place([block(0, -100.0), block(1, 100.0)])
    assert chart is not None
    assert chart.marks[0].words_y < chart.marks[0].y


def test_both_drawings_hold_the_same_figures() -> None:
    desk, phone = trend_chart.place(BLOCKS, DESK), trend_chart.place(BLOCKS, PHONE)
    assert desk is not None
    assert phone is not None
    assert [mark.block for mark in desk.marks] == [mark.block for mark in phone.marks]
    assert [value for _, value in desk.grid] == [value for _, value in phone.grid]


def test_a_phone_gets_a_drawing_that_keeps_its_slope() -> None:
    """Scaled down to a phone, the drawing for a desk was 50 pixels high and its line looked flat."""
    assert PHONE.bottom - PHONE.top >= (PHONE.right - PHONE.left) / 2


def test_without_an_answer_there_is_no_drawing() -> None:
    assert trend_chart.place([block(0, None), block(1, None)], PHONE) is None
