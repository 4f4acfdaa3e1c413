"""Pure. What answers add to the roll-ups, and what a changed answer takes away and adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import NamedTuple

from surveys.events import ResponseChanged, ResponseSubmitted, ScoredAnswer
from surveys.metrics import SCALES, is_low, is_top_box


class Cell(NamedTuple):
    """The key of one roll-up row."""

    metric: str
    touchpoint: str
    tier: str
    region: str
    day: date


@dataclass(frozen=True, slots=True)
class Sums:
    """What a roll-up row holds; adding two is adding their answers."""

    n: int = 0
    promoters: int = 0
    passives: int = 0
    detractors: int = 0
    total: int = 0
    total_of_squares: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.n + other.n,
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
            self.total + other.total,
            self.total_of_squares + other.total_of_squares,
        )

    def __neg__(self) -> Sums:
        return Sums(-self.n, -self.promoters, -self.passives, -self.detractors, -self.total, -self.total_of_squares)


def sums_of(metric: str, score: int) -> Sums:
    """What one score adds. Raises Invalid when it lies outside the metric's scale."""
    top, low = is_top_box(metric, score), is_low(metric, score)
    return Sums(1, int(top), int(not top and not low), int(low), score, score * score)


def changes(events: Iterable[ResponseSubmitted | ResponseChanged]) -> dict[Cell, Sums]:
    """How these events change the roll-ups, cell by cell; cells that end where they began are left out."""
    found: dict[Cell, Sums] = {}
    for event in events:
        for answer in event.answers:
            _add(found, event, answer, sums=1)
        if isinstance(event, ResponseChanged):
            for answer in event.before:
                _add(found, event, answer, sums=-1)
    return {cell: sums for cell, sums in found.items() if sums != Sums()}


def _add(found: dict[Cell, Sums], event: ResponseSubmitted, answer: ScoredAnswer, *, sums: int) -> None:
    if answer.kind not in SCALES:
        return
    cell = Cell(answer.kind, event.touchpoint, event.tier, event.region, event.at.astimezone(UTC).date())
    added = sums_of(answer.kind, answer.score)
    found[cell] = found.get(cell, Sums()) + (added if sums > 0 else -added)
