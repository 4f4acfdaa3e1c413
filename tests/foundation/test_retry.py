"""Retries spread out, respect the other side's word, and end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation import retry


@pytest.mark.parametrize(
    ("attempts", "jitter", "expected"),
    [
        (1, 0.0, timedelta(0)),  # full jitter may try at once
        (1, 0.5, timedelta(seconds=15)),  # half of the base of 30 s
        (4, 0.5, timedelta(seconds=120)),  # doubled three times
        (9, 0.999, timedelta(seconds=3596.4)),  # never above the cap of an hour
        (10, 0.5, None),  # the tenth failure is the last
    ],
)
def test_the_wait_doubles_up_to_an_hour_and_ends_at_ten(
    attempts: int, jitter: float, expected: timedelta | None
) -> None:
    assert retry.next_wait(attempts, jitter=jitter) == expected


def test_after_a_day_it_is_given_up() -> None:
    assert retry.next_wait(2, jitter=0.5, age=timedelta(hours=24)) is None


@given(st.integers(1, 9), st.floats(0, 0.999), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_nobody_calls_before_the_other_side_said(attempts: int, jitter: float, reset: timedelta) -> None:
    wait = retry.next_wait(attempts, jitter=jitter, retry_after=reset)
    assert wait is not None
    assert wait >= min(reset, retry.CAP)
    assert wait <= retry.CAP
