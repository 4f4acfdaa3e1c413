"""Pure. Means with their t intervals, from sums, so that roll-ups need no single answers."""

from __future__ import annotations

from math import sqrt

from feedback_engine.statistics.normal import LEVEL
from feedback_engine.statistics.nps import Estimate


def mean_interval(
    n: int, total: float, total_of_squares: float, level: float = LEVEL, bounds: tuple[float, float] | None = None
) -> Estimate | None:
    """The mean of n values with Student's t interval, in the unit of the values; None for n = 0.

    With one value the interval is `bounds` (or endless): one answer says nothing about spread. The interval is
    clipped to `bounds`, such as (1, 7) for customer effort.
    """
    if n == 0:
        return None
    mean = total / n
    low, high = bounds if bounds is not None else (float("-inf"), float("inf"))
    if n > 1:
        from scipy.stats import t  # Lazily: a process that shows no mean need not hold scipy.

        spread = sqrt(max(0.0, (total_of_squares - n * mean * mean) / (n - 1)) / n)
        reach = float(t.ppf((1 + level) / 2, n - 1)) * spread
        low, high = max(low, mean - reach), min(high, mean + reach)
    return Estimate(mean, low, high, n, "mean with t interval", level)
