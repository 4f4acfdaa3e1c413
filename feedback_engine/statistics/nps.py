"""Pure. The Net Promoter Score with its variance and intervals, in points (-100..100)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt

from feedback_engine.statistics.normal import LEVEL, two_sided_z

FEW_ANSWERS = 30
"""Below this many answers a figure is shown with the words "few answers"."""
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with what it rests on: `n` answers, and an interval at `level`."""

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = LEVEL

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than 30 answers."""
        return self.n < FEW_ANSWERS


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How many promoters (9-10), passives (7-8) and detractors (0-6). Bands: Reichheld, HBR 12/2003."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    def __post_init__(self) -> None:
        if min(self.promoters, self.passives, self.detractors) < 0:
            raise ValueError("Counts cannot be negative.")

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        return ScoreCounts(
            self.promoters + other.promoters, self.passives + other.passives, self.detractors + other.detractors
        )


def counted(scores: Iterable[int]) -> ScoreCounts:
    """Counts by band. Raises ValueError for a score outside 0..10."""
    bands = [0, 0, 0]
    for score in scores:
        if not 0 <= score <= 10:
            raise ValueError(f"A score lies in 0..10, not {score}.")
        bands[0 if score >= 9 else 1 if score >= 7 else 2] += 1
    return ScoreCounts(*bands)


def points(counts: ScoreCounts) -> float | None:
    """The score, 100 * (promoters - detractors) / n, in points; None without answers."""
    return 100 * (counts.promoters - counts.detractors) / counts.n if counts.n else None


def variance(counts: ScoreCounts) -> float:
    """Variance of one answer's contribution, p + d - (p - d)**2 on the scale -1..1. Raises ValueError for n = 0."""
    if not counts.n:
        raise ValueError("Without answers there is no variance.")
    p, d = counts.promoters / counts.n, counts.detractors / counts.n
    return p + d - (p - d) ** 2


def standard_error(counts: ScoreCounts, population: int | None = None) -> float:
    """Standard error on the scale -1..1, sqrt(v / n), times sqrt(1 - n/N) for a finite population of N."""
    correction = 1.0 if population is None else max(0.0, 1 - counts.n / population)
    return sqrt(variance(counts) / counts.n * correction)


def score_interval(counts: ScoreCounts, level: float = LEVEL) -> Estimate | None:
    """The score with its score interval, in points; None without answers.

    Promoters and detractors are the discordant cells of a paired two-by-two table, so that the interval of Tango,
    Statistics in Medicine 17 (1998) 891-908, applies: the values whose score statistic stays within the normal bound.
    It keeps inside -100..100 and holds for few answers, where the usual interval does not.
    """
    value = points(counts)
    if value is None:
        return None
    z = two_sided_z(level)
    estimate = value / 100
    low = _bisect(lambda difference: _score_statistic(counts, difference) - z, -1.0, estimate)
    high = _bisect(lambda difference: _score_statistic(counts, difference) + z, estimate, 1.0)
    return Estimate(value, 100 * low, 100 * high, counts.n, "score interval (Tango 1998)", level)


def adjusted_wald_interval(counts: ScoreCounts, level: float = LEVEL) -> Estimate | None:
    """The quick interval, in points: Wald's after adding 3/4 promoter, 3/2 passives and 3/4 detractor, clipped.

    B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016) 365-372.
    """
    value = points(counts)
    if value is None:
        return None
    n = counts.n + 3
    p, d = (counts.promoters + 0.75) / n, (counts.detractors + 0.75) / n
    centre, reach = p - d, two_sided_z(level) * sqrt((p + d - (p - d) ** 2) / n)
    low, high = max(-1.0, centre - reach), min(1.0, centre + reach)
    return Estimate(value, 100 * low, 100 * high, counts.n, "adjusted Wald interval (Rocks 2016)", level)


def difference(later: ScoreCounts, earlier: ScoreCounts, level: float = LEVEL) -> Estimate | None:
    """How much higher `later` scores than `earlier`, in points, for independent answers; None without answers.

    Standard error sqrt(v1/n1 + v2/n2). n is that of the smaller side.
    """
    if not later.n or not earlier.n:
        return None
    change = (points(later) or 0.0) - (points(earlier) or 0.0)
    reach = 100 * two_sided_z(level) * sqrt(variance(later) / later.n + variance(earlier) / earlier.n)
    return Estimate(
        change, change - reach, change + reach, min(later.n, earlier.n), "difference of two scores (normal)", level
    )


def recovered_difference(later: ScoreCounts, earlier: ScoreCounts, level: float = LEVEL) -> Estimate | None:
    """The same difference with an interval that holds for few answers, in points; None without answers.

    Recovered from the two score intervals (MOVER: Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702):
    low = d - sqrt((x - low_x)**2 + (high_y - y)**2) and its mirror image. One answer against one says nothing here,
    where the normal interval would shrink to a point.
    """
    x, y = score_interval(later, level), score_interval(earlier, level)
    if x is None or y is None:
        return None
    change = x.value - y.value
    low = change - sqrt((x.value - x.low) ** 2 + (y.high - y.value) ** 2)
    high = change + sqrt((x.high - x.value) ** 2 + (y.value - y.low) ** 2)
    return Estimate(
        change, max(-200.0, low), min(200.0, high), min(x.n, y.n), "difference of two scores (MOVER 2008)", level
    )


def _score_statistic(counts: ScoreCounts, hypothesis: float) -> float:
    """Tango's statistic for the hypothesis that the true score is `hypothesis` (-1..1); falls as it rises."""
    n, up, down = counts.n, counts.promoters, counts.detractors
    a = 2 * n
    b = -up - down + (2 * n - up + down) * hypothesis
    c = -down * hypothesis * (1 - hypothesis)
    nuisance = (sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    spread = n * (2 * nuisance + hypothesis * (1 - hypothesis))
    gap = up - down - n * hypothesis
    if spread <= 0:
        return 0.0 if gap == 0 else float("inf") if gap > 0 else float("-inf")
    return gap / sqrt(spread)


def _bisect(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero in [low, high], or the end nearest to it."""
    if falling(low) <= 0:
        return low
    if falling(high) >= 0:
        return high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
