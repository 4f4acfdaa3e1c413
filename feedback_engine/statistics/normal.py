"""Pure. Quantiles of the standard normal distribution."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

LEVEL = 0.95
"""The confidence level that every screen uses."""


@cache
def two_sided_z(level: float = LEVEL) -> float:
    """The z that leaves (1 - level) / 2 above it: 1.959964 for 0.95. Raises ValueError outside 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError("A confidence level lies between 0 and 1.")
    return NormalDist().inv_cdf((1 + level) / 2)
