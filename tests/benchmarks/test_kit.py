"""What the benchmarks make of their runs: ratios pair by pair, the worst one, verdicts, and the tables."""

from __future__ import annotations

import pytest

from benchmarks import kit, report, targets
from benchmarks.kit import Result, Run, Series
from benchmarks.processes import Failed
from benchmarks.targets import Target


def run(rate: float, cpu_seconds: float = 0.5, p99_ms: float | None = None) -> Run:
    return Run(operations=round(rate * 2), seconds=2.0, cpu_seconds=cpu_seconds, p99_ms=p99_ms)


def series(*pairs: tuple[float, float]) -> Series:
    ours, theirs = zip(*pairs, strict=True)
    return Series("batches", "event", "raw rows", tuple(map(run, ours)), tuple(map(run, theirs)))


def test_rate_and_cpu_are_those_of_one_operation() -> None:
    one = Run(operations=400, seconds=2.0, cpu_seconds=0.6)
    assert one.rate == 200
    assert one.cpu_ms == pytest.approx(1.5)


def test_a_ratio_is_made_of_the_two_runs_of_a_pair_and_not_of_two_medians() -> None:
    # The machine was busy in the second pair: both sides were slow, and their ratio stayed.
    measured = series((100, 200), (10, 20), (90, 100))
    assert measured.ratios == (0.5, 0.5, 0.9)
    assert measured.ratio == 0.5
    assert measured.worst == 0.5


def test_the_worst_pair_is_the_one_in_which_we_did_worst() -> None:
    assert series((30, 10), (10, 20), (20, 10)).worst == 0.5


def test_the_ratio_by_cpu_says_nothing_where_nothing_was_counted() -> None:
    half = Series("x", "event", "y", (run(100, 0.4),), (run(100, 0.2),))
    uncounted = Series("x", "event", "y", (run(100, 0.4),), (run(100, 0.0),))
    assert half.cpu_ratio == pytest.approx(0.5)
    assert uncounted.cpu_ratio is None


def test_both_sides_run_in_turn() -> None:
    order: list[str] = []

    def side(name: str) -> kit.Callable[[int], Run]:
        def one(number: int) -> Run:
            order.append(f"{name}{number}")
            return run(10)

        return one

    ours, theirs = kit.interleave(3, side("A"), side("B"))
    assert order == ["A0", "B0", "A1", "B1", "A2", "B2"]
    assert (len(ours), len(theirs)) == (3, 3)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.5, 50),  # half of the values do not exceed it
        (0.99, 99),  # one in a hundred does
        (0.991, 100),  # there is nothing between two values
        (1.0, 100),  # the slowest
        (0.0, 1),  # the fastest
    ],
)
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert kit.percentile(list(range(100, 0, -1)), share) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        kit.percentile([], 0.5)


@pytest.mark.parametrize(
    ("direction", "measured", "expected"),
    [
        (targets.AT_LEAST, 0.25, "holds"),  # exactly what is wanted
        (targets.AT_LEAST, 0.249, "falls short"),
        (targets.AT_MOST, 0.25, "holds"),
        (targets.AT_MOST, 0.251, "falls short"),
    ],
)
def test_a_figure_is_judged_by_its_target(direction: targets.Direction, measured: float, expected: str) -> None:
    target = Target("9z.ratio", "something", direction, 0.25)
    assert kit.verdict(target, Result("9z", "something", measured={"9z.ratio": measured})) == expected


def test_a_figure_that_is_missing_never_holds() -> None:
    target = Target("9z.ratio", "something", targets.AT_LEAST, 0.25)
    unreachable = Result("9z", "something", absent={"9z.ratio": "the peer is not there"})
    assert kit.verdict(target, None) == "not measured"
    assert kit.verdict(target, Result("9z", "something")) == "not measured"
    assert kit.verdict(target, unreachable) == "not measured: the peer is not there"
    absent = Target("9z.php", "something", targets.AT_LEAST, 40, absent="a PHP program")
    assert kit.verdict(absent, unreachable) == "not measured: a PHP program"


def test_the_tables_name_every_target_and_show_each_series_with_its_worst_pair() -> None:
    found = Result("4b", "intake", (series((100, 1000), (50, 1000)),), {"4b.rows": 0.075, "4b.bytes": 1234.5})
    lines = kit.markdown([found]).splitlines()
    judged = [line for line in lines if line.startswith("| 4b | ")]
    rows, size, told = judged
    assert rows.endswith("| at least 0.05x | 0.0750x | holds |")
    assert size.endswith("| at most 1500 bytes | 1,234 bytes | holds |")
    assert "| batches (event) | 75.0 | 3.75 |" in told
    assert told.endswith("| raw rows | 1,000 | 0.250 | 0.0750x | 0.0500x | 0.0667x |")
    assert sum(target.what in line for line in lines for target in targets.TARGETS) >= len(targets.TARGETS)


def test_the_document_holds_every_run_and_every_verdict() -> None:
    [told] = kit.document([Result("4b", "intake", (series((100, 1000)),), {"4b.rows": 0.1})])
    assert told["series"][0]["ours"][0]["rate"] == 100
    assert told["series"][0]["worst_ratio"] == 0.1
    assert [(target["key"], target["verdict"], target["source"]) for target in told["targets"]] == [
        ("4b.rows", "holds", "SPEED"),
        ("4b.bytes", "not measured", "SPEED"),
    ]


def test_every_target_has_a_key_of_its_own_and_every_benchmark_a_target() -> None:
    assert len(targets.BY_KEY) == len(targets.TARGETS)
    assert all(targets.of_benchmark(number) for number in report.BENCHMARKS)


def test_benchmarks_are_named_by_number_or_by_module_and_run_in_their_order() -> None:
    assert report.numbers_of([]) == list(report.BENCHMARKS)
    assert report.numbers_of(["intake_to_end", "2", "4b"]) == ["2", "4b"]


def test_a_name_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(Failed, match=r"no benchmark speed.*4a \(intake\)"):
        report.numbers_of(["speed"])
