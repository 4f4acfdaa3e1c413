"""Pure. Turns sums into the figures that screens show: value, n, interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from feedback_engine.insights.tally import Sums
from feedback_engine.statistics import means, nps
from feedback_engine.statistics.nps import Estimate, ScoreCounts

CES_BOUNDS = (1.0, 7.0)
BLOCK_DAYS = 30


def counts_of(sums: Sums) -> ScoreCounts:
    """The NPS bands of some sums."""
    return ScoreCounts(sums.promoters, sums.passives, sums.detractors)


def nps_of(sums: Sums) -> Estimate | None:
    """NPS in points with its score interval."""
    return nps.score_interval(counts_of(sums))


def ces_of(sums: Sums) -> Estimate | None:
    """Customer effort, the mean on 1..7, with its t interval."""
    return means.mean_interval(sums.n, sums.total, sums.total_of_squares, bounds=CES_BOUNDS)


def added(many: list[Sums]) -> Sums:
    """The sum of sums."""
    total = Sums()
    for one in many:
        total = total + one
    return total


@dataclass(frozen=True, slots=True)
class Block:
    """One block of days of a trend."""

    first: date
    last: date
    sums: Sums
    estimate: Estimate | None


def blocks(days: Mapping[date, Sums], last: date, count: int, length: int = BLOCK_DAYS) -> list[Block]:
    """`count` blocks of `length` days that end with `last`, oldest first; a block without answers has no estimate."""
    found = []
    for number in range(count - 1, -1, -1):
        end = last - timedelta(days=number * length)
        start = end - timedelta(days=length - 1)
        sums = added([sums for day, sums in days.items() if start <= day <= end])
        found.append(Block(start, end, sums, nps_of(sums)))
    return found
