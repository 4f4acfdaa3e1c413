"""Pure. What one score means: its scale, its NPS band, whether it is a top box."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from feedback_engine.foundation.errors import Invalid

Metric = Literal["nps", "csat", "ces"]
Band = Literal["promoter", "passive", "detractor"]

SCALES: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
"""Lowest and highest score of each metric."""

_TOP_BOXES: dict[str, int] = {"nps": 9, "csat": 4, "ces": 5}
_LOW_BOXES: dict[str, int] = {"nps": 6, "csat": 2, "ces": 3}


def check_score(metric: str, score: int) -> int:
    """The score itself. Raises Invalid when it lies outside the scale of its metric."""
    if metric not in SCALES:
        raise Invalid(f"There is no metric {metric!r}; known are {', '.join(SCALES)}.")
    low, high = SCALES[metric]
    if not low <= score <= high:
        raise Invalid(f"A score of {metric.upper()} lies in {low}..{high}, not {score}.")
    return score


def band(score: int) -> Band:
    """The NPS band of a 0-10 score: detractor 0-6, passive 7-8, promoter 9-10.

    Raises Invalid outside 0..10. Bands: Reichheld, HBR 12/2003.
    """
    check_score("nps", score)
    if score >= 9:
        return "promoter"
    return "passive" if score >= 7 else "detractor"


def count_bands(scores: Iterable[int]) -> dict[Band, int]:
    """How many promoters, passives and detractors there are among 0-10 scores."""
    counts: dict[Band, int] = {"promoter": 0, "passive": 0, "detractor": 0}
    for score in scores:
        counts[band(score)] += 1
    return counts


def is_top_box(metric: str, score: int) -> bool:
    """Whether a score is counted as good: CSAT 4-5 (top two boxes), CES 5-7 (agrees that it was easy), NPS 9-10.

    Raises Invalid outside the scale.
    """
    return check_score(metric, score) >= _TOP_BOXES[metric]


def is_low(metric: str, score: int) -> bool:
    """Whether a score is bad news: NPS 0-6 (detractor), CSAT 1-2, CES 1-3. Raises Invalid outside the scale."""
    return check_score(metric, score) <= _LOW_BOXES[metric]


def chip_shape(metric: str, score: int) -> Literal["d", "a", "p"]:
    """The shape in which a score is drawn: `d` low, `p` top box, `a` between."""
    if is_low(metric, score):
        return "d"
    return "p" if is_top_box(metric, score) else "a"
