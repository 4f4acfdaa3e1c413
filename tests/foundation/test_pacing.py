"""Batches grow and shrink with the time they take, within their bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.foundation.pacing import Pace, next_size


@pytest.mark.parametrize(
    ("size", "items", "took_ms", "expected"),
    [
        (100, 100, 8, 100),  # just right
        (100, 100, 4, 200),  # twice as many fit
        (100, 100, 1, 200),  # never more than doubled at once
        (200, 200, 10, 160),
        (400, 400, 80, 200),  # never less than halved: the machine may only have been busy
        (100, 100, 80, 50),  # at least so many, or the disk would be waited for at every item
        (300, 300, 1, 500),  # at most so many
        (100, 100, 0, 200),  # too short for the clock
        (100, 100, -5, 200),  # the clock was set back
        (200, 100, 4, 200),  # a batch that was not full counts by what it held
    ],
)
def test_the_next_batch_holds_what_fits_into_eight_milliseconds(
    size: int, items: int, took_ms: int, expected: int
) -> None:
    assert next_size(size, items, timedelta(milliseconds=took_ms), least=50, most=500) == expected


def test_a_few_items_say_nothing_about_many() -> None:
    pace = Pace(100, least=50, most=500)
    pace.learn(1, timedelta(milliseconds=3))
    assert pace.size == 100
    pace.learn(100, timedelta(milliseconds=4))
    assert pace.size == 200
