"""Pure. Runs, pairs of runs and ratios: what a benchmark measures, and how it is judged and told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks import targets
from benchmarks.targets import Target

ENOUGH_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side. `cpu_seconds` is what all its processes used; latencies are those of one operation."""

    operations: int
    seconds: float
    cpu_seconds: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    p95_ms: float | None = None

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU of one operation, in milliseconds."""
        return 1000 * self.cpu_seconds / self.operations if self.operations else 0.0


@dataclass(frozen=True, slots=True)
class Series:
    """Pairs of runs, ours and the other's in turn. `unit` names one operation."""

    name: str
    unit: str
    other: str
    ours: tuple[Run, ...]
    theirs: tuple[Run, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Our rate over theirs, pair by pair."""
        return tuple(ours.rate / theirs.rate for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def ratio(self) -> float:
        """The ratio of the median pair."""
        return median(self.ratios)

    @property
    def cpu_ratio(self) -> float | None:
        """Their CPU of an operation over ours, medians: what the rates would say on a machine with nothing else to do.

        None where one of them used too little to be counted.
        """
        ours, theirs = (median(run.cpu_ms for run in runs) for runs in (self.ours, self.theirs))
        return theirs / ours if ours and theirs else None

    @property
    def worst(self) -> float:
        """The ratio of the pair in which we did worst."""
        return min(self.ratios)


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark found. `measured` holds figures by target; `absent` why a target could not be measured."""

    number: str
    title: str
    series: tuple[Series, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def interleave(
    pairs: int, ours: Callable[[int], Run], theirs: Callable[[int], Run]
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Run both sides in turn, A B A B, so that what else the machine does falls on both."""
    runs = [(ours(number), theirs(number)) for number in range(pairs)]
    return tuple(our for our, _ in runs), tuple(their for _, their in runs)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed. Raises ValueError without values."""
    if not values:
        raise ValueError("There is no percentile of nothing.")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def middle(values: Sequence[float | None]) -> float | None:
    """The median of the values there are; None when there are none."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def verdict(target: Target, result: Result | None) -> str:
    """`holds`, `falls short`, or why there is no figure."""
    if result is not None and target.key in result.measured:
        return "holds" if target.holds(result.measured[target.key]) else "falls short"
    reason = target.absent or (result.absent.get(target.key, "") if result is not None else "")
    return f"not measured: {reason}" if reason else "not measured"


# ---- telling


def document(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The results as JSON values."""
    return [
        {
            "number": result.number,
            "title": result.title,
            "series": [_series_document(series) for series in result.series],
            "targets": [
                {
                    "key": target.key,
                    "what": target.what,
                    "wanted": target.words(),
                    "source": targets.SOURCE,
                    "measured": result.measured.get(target.key),
                    "verdict": verdict(target, result),
                }
                for target in targets.of_benchmark(result.number)
            ],
            "notes": list(result.notes),
        }
        for result in results
    ]


def _series_document(series: Series) -> dict[str, Any]:
    return {
        "name": series.name,
        "unit": series.unit,
        "other": series.other,
        "ratio": series.ratio,
        "worst_ratio": series.worst,
        "cpu_ratio": series.cpu_ratio,
        "ours": [_run_document(run) for run in series.ours],
        "theirs": [_run_document(run) for run in series.theirs],
    }


def _run_document(run: Run) -> dict[str, Any]:
    return {
        "operations": run.operations,
        "seconds": run.seconds,
        "rate": run.rate,
        "cpu_ms": run.cpu_ms,
        "p50_ms": run.p50_ms,
        "p95_ms": run.p95_ms,
        "p99_ms": run.p99_ms,
    }


def markdown(results: Sequence[Result]) -> str:
    """Two tables: every target with its verdict, and every series with its figures."""
    lines = ["| # | what | wanted | measured | |", "|---|---|---|---|---|"]
    by_number = {result.number: result for result in results}
    for target in targets.TARGETS:
        result = by_number.get(target.number)
        measured = result.measured.get(target.key) if result else None
        shown = "" if measured is None else _with_unit(measured, target.unit)
        row = (target.number, target.what, target.words(), shown, verdict(target, result))
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", *_series_table(results)]
    notes = [f"- {result.number}: {note}" for result in results for note in result.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _series_table(results: Sequence[Result]) -> list[str]:
    lines = [
        "| # | series | ours /s | CPU ms | p50 ms | p99 ms | against | theirs /s | CPU ms | ratio | worst | by CPU |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        for series in result.series:
            ours, theirs = _medians(series.ours), _medians(series.theirs)
            row = (result.number, f"{series.name} ({series.unit})", *ours, series.other, *theirs[:2])
            ratios = (series.ratio, series.worst, series.cpu_ratio)
            lines.append(f"| {' | '.join((*row, *(_times(ratio) for ratio in ratios)))} |")
    return lines


def _medians(runs: Sequence[Run]) -> tuple[str, str, str, str]:
    return (
        _short(median(run.rate for run in runs)),
        _short(median(run.cpu_ms for run in runs)),
        _short(middle([run.p50_ms for run in runs])),
        _short(middle([run.p99_ms for run in runs])),
    )


def _with_unit(value: float, unit: str) -> str:
    return f"{_short(value)}{'' if unit == 'x' else ' '}{unit}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{_short(ratio)}x"


def _short(value: float | None) -> str:
    """Three digits that count, never an exponent; empty for nothing."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"
