"""Gathers what the overview shows: the score of the whole, each touchpoint's, the share surveyed, the trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedback_engine.foundation.i18n import current_locale
from feedback_engine.foundation.periods import Period, last_days
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.insights import figures, queries
from feedback_engine.insights.figures import Block
from feedback_engine.insights.tally import Sums
from feedback_engine.statistics import nps, proportions
from feedback_engine.statistics.nps import Estimate
from journeys import reading as journeys
from journeys.reading import PlacedTouchpoint
from surveys import reading as surveys
from surveys.reading import DecisionCounts

TREND_BLOCKS = 6


@dataclass(frozen=True, slots=True)
class TouchpointFigures:
    """One touchpoint over the period; `path` is that of its page.

    `ease` is customer effort, `surveyed` the share of events that led to an ask. Imported history, about which nobody
    was asked, is counted in `past_events` and `past_invited` alone. `last_at` is when something last happened here at
    all; None also where something was decided in the period, so that nobody wonders.
    """

    key: str
    name: str
    path: str
    has_survey: bool
    events: int
    invited: int
    sums: Sums
    score: Estimate | None
    ease: Estimate | None
    satisfaction: Estimate | None
    before: Estimate | None
    change: Estimate | None
    surveyed: Estimate | None
    past_events: int
    past_invited: int
    last_at: datetime | None

    @property
    def blind(self) -> bool:
        """Partners meet us here and nobody is asked."""
        return self.events > 0 and self.invited == 0

    @property
    def change_shown(self) -> int | None:
        """The change in whole points as the two scores are shown, so that a reader who subtracts finds the same."""
        if self.score is None or self.before is None:
            return None
        return round(self.score.value) - round(self.before.value)

    @property
    def moved(self) -> bool:
        """Whether the change since the period before can be told from noise."""
        return self.change is not None and (self.change.low > 0 or self.change.high < 0)


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview of `days` days that end today."""

    days: int
    first: date
    last: date
    whole: TouchpointFigures
    touchpoints: tuple[TouchpointFigures, ...]
    trend: tuple[Block, ...]


def gather(reading: Reading, days: int) -> Overview:
    """The overview of the last `days` days, today included."""
    period = last_days(reading.now, days)
    now = queries.by_touchpoint(reading, period.first, period.last)
    before = Period(period.first - timedelta(days=days), period.first - timedelta(days=1))
    earlier = queries.by_touchpoint(reading, before.first, before.last)
    counts = surveys.decision_counts(reading, period.from_at, period.to_at)
    placed_there = journeys.touchpoints(reading)
    lasts = _last_happened(reading, placed_there, counts)
    touchpoints = tuple(
        _figures(
            placed.definition.key,
            placed.definition.name.get(current_locale()),
            f"/journeys/{placed.journey.journey}/{placed.definition.key}",
            placed.definition.survey is not None,
            counts.get(placed.definition.key, DecisionCounts()),
            _metrics(now, placed.definition.key),
            _metrics(earlier, placed.definition.key),
            lasts.get(placed.definition.key),
        )
        for placed in placed_there
    )
    whole = _figures(
        "",
        "",
        "",
        True,
        DecisionCounts(*(sum(column) for column in zip(DecisionCounts(), *counts.values(), strict=True))),
        _all_metrics(now),
        _all_metrics(earlier),
        None if counts else max(lasts.values(), default=None),
    )
    trend_days = last_days(reading.now, TREND_BLOCKS * figures.BLOCK_DAYS)
    daily = queries.by_day(reading, "nps", trend_days.first, trend_days.last)
    trend = figures.blocks(daily, trend_days.last, TREND_BLOCKS)
    return Overview(days, period.first, period.last, whole, touchpoints, tuple(trend))


def _figures(
    key: str,
    name: str,
    path: str,
    has_survey: bool,
    decided: DecisionCounts,
    now: Mapping[str, Sums],
    earlier: Mapping[str, Sums],
    last_at: datetime | None,
) -> TouchpointFigures:
    events, invited = decided.events, decided.invited
    sums, before = now.get("nps", Sums()), earlier.get("nps", Sums())
    satisfied = now.get("csat", Sums())
    return TouchpointFigures(
        key=key,
        name=name,
        path=path,
        has_survey=has_survey,
        events=events,
        invited=invited,
        sums=sums,
        score=figures.nps_of(sums),
        ease=figures.ces_of(now.get("ces", Sums())),
        satisfaction=proportions.wilson_interval(satisfied.promoters, satisfied.n),
        before=figures.nps_of(before),
        change=nps.recovered_difference(figures.counts_of(sums), figures.counts_of(before)),
        surveyed=proportions.wilson_interval(invited, events) if events else None,
        past_events=decided.past_events,
        past_invited=decided.past_invited,
        last_at=last_at,
    )


def _last_happened(
    reading: Reading, placed: Sequence[PlacedTouchpoint], decided: Mapping[str, DecisionCounts]
) -> dict[str, datetime]:
    """When something last happened at each touchpoint about which nothing was decided in the period."""
    quiet = [each.definition for each in placed if each.definition.key not in decided]
    latest = {definition.key: journeys.recent_events(reading, [definition.event], 1) for definition in quiet}
    return {key: events[0].at for key, events in latest.items() if events}


def _metrics(found: Mapping[tuple[str, str], Sums], touchpoint: str) -> dict[str, Sums]:
    return {metric: sums for (metric, key), sums in found.items() if key == touchpoint}


def _all_metrics(found: Mapping[tuple[str, str], Sums]) -> dict[str, Sums]:
    metrics = {metric for metric, _ in found}
    return {name: figures.added([sums for (metric, _), sums in found.items() if metric == name]) for name in metrics}
