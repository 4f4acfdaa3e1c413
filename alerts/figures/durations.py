"""Pure. How long something takes when it has not happened yet everywhere: medians and 90th percentiles with intervals.

The curve is the product limit of Kaplan and Meier (JASA 53, 1958), S(t) = prod over t_i <= t of (1 - d_i / n_i), and
its pointwise interval that of Greenwood's variance on the log-log scale, both as `scipy.stats.ecdf` gives them. A
quantile p is the first t with S(t) <= 1 - p; its interval holds every t whose own interval of S(t) includes 1 - p
(Brookmeyer and Crowley, Biometrics 38, 1982).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Observed:
    """One duration in hours: `ended`, or only known to be longer (censored)."""

    hours: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile in hours; None where the curve does not come down so far, for the value or an end of its interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    ended: int


def quantile(observed: Sequence[Observed], share: float, level: float = LEVEL) -> Quantile:
    """Within how many hours `share` (0..1) of all have ended. Without anything that ended it is unknown.

    Raises ValueError unless 0 < share < 1, or for hours below zero.
    """
    if not 0 < share < 1:
        raise ValueError("The share lies between 0 and 1.")
    if any(each.hours < 0 for each in observed):
        raise ValueError("Durations are not negative.")
    ended = [each.hours for each in observed if each.ended]
    if not ended:
        return Quantile(None, None, None, len(observed), 0)
    times, survival, low, high = _curve(observed, level)
    # The curve is a product of quotients: what equals the share in truth may miss it by the last bit.
    wanted = 1 - share + 1e-12
    return Quantile(
        value=_first(times, survival, wanted),
        # Where the upper bound of S is below, t is above the interval; where the lower bound is above, below it.
        low=_first(times, low, wanted),
        high=_first(times, high, wanted),
        n=len(observed),
        ended=len(ended),
    )


def _curve(observed: Sequence[Observed], level: float) -> tuple[list[float], list[float], list[float], list[float]]:
    """The steps of the curve with the bounds of its interval at each."""
    from scipy.stats import CensoredData, ecdf  # Lazily: a process that shows no such figure need not hold scipy.

    data = CensoredData(
        uncensored=[each.hours for each in observed if each.ended],
        right=[each.hours for each in observed if not each.ended],
    )
    curve = ecdf(data).sf
    with warnings.catch_warnings():
        # At the first and last step the variance is zero or undefined; scipy says so, and we read it as unknown.
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = curve.confidence_interval(confidence_level=level, method="log-log")
    return (
        [float(each) for each in curve.quantiles],
        [float(each) for each in curve.probabilities],
        [float(each) for each in bounds.low.probabilities],
        [float(each) for each in bounds.high.probabilities],
    )


def _first(times: Sequence[float], values: Sequence[float], wanted: float) -> float | None:
    """The first time at which a falling curve is no higher than `wanted`; a step that is unknown is passed over."""
    return next((time for time, value in zip(times, values, strict=True) if value <= wanted), None)
