"""Pure. Shares with their Wilson intervals, on the scale 0..1."""

from __future__ import annotations

from math import sqrt

from feedback_engine.statistics.normal import LEVEL, two_sided_z
from feedback_engine.statistics.nps import Estimate


def wilson_interval(successes: int, n: int, level: float = LEVEL) -> Estimate | None:
    """The share with Wilson's score interval (JASA 22, 1927; method 3 of Newcombe 1998); None for n = 0.

    Raises ValueError unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError("The successes lie between 0 and n.")
    if n == 0:
        return None
    z, share = two_sided_z(level), successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == n else centre + reach
    return Estimate(share, low, high, n, "Wilson interval", level)
