"""Every formula gives the figures that its source printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.statistics import means, nps, proportions
from feedback_engine.statistics.nps import ScoreCounts

BALANCED = ScoreCounts(promoters=3, passives=2, detractors=1)
counts = st.builds(ScoreCounts, st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))


@pytest.mark.parametrize(
    ("given_counts", "score", "variance", "error"),
    [
        (ScoreCounts(3, 2, 1), 100 / 3, 5 / 9, 0.30429030973),  # the CRAN package NPS, its own tests
        (ScoreCounts(1, 0, 1), 0.0, 1.0, 0.70710678119),
        (ScoreCounts(0, 1, 1), -50.0, 0.25, 0.35355339059),
    ],
)
def test_score_variance_and_error_are_those_of_the_nps_package(
    given_counts: ScoreCounts, score: float, variance: float, error: float
) -> None:
    assert nps.points(given_counts) == pytest.approx(score)
    assert nps.variance(given_counts) == pytest.approx(variance)
    assert nps.standard_error(given_counts) == pytest.approx(error)


def test_score_interval_is_that_of_tango_1998_table_vii() -> None:
    estimate = nps.score_interval(ScoreCounts(9, 20, 3))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((18.75, -2.71, 38.97), abs=0.005)


def test_quick_interval_is_the_adjusted_wald_of_rocks_2016() -> None:
    estimate = nps.adjusted_wald_interval(BALANCED)
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((-26.743258794, 71.187703239))


def test_difference_of_two_scores_is_that_of_the_nps_package() -> None:
    estimate = nps.difference(ScoreCounts(200, 140, 60), ScoreCounts(160, 150, 90))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((17.5, 7.1201678548, 27.879832145))


def test_one_answer_against_one_tells_nothing() -> None:
    estimate = nps.recovered_difference(ScoreCounts(promoters=1), ScoreCounts(passives=1))
    assert estimate is not None
    assert estimate.low < 0 < estimate.high


def test_with_many_answers_the_recovered_difference_is_the_normal_one() -> None:
    normal = nps.difference(ScoreCounts(2000, 1400, 600), ScoreCounts(1600, 1500, 900))
    recovered = nps.recovered_difference(ScoreCounts(2000, 1400, 600), ScoreCounts(1600, 1500, 900))
    assert normal is not None
    assert recovered is not None
    assert (recovered.low, recovered.high) == pytest.approx((normal.low, normal.high), abs=0.05)


def test_a_finite_population_makes_the_error_smaller() -> None:
    whole = ScoreCounts(200, 140, 60)
    assert nps.standard_error(whole, population=1000) == pytest.approx(nps.standard_error(whole) * 0.6**0.5)


def test_the_carpentries_score_is_the_published_63() -> None:
    value = nps.points(ScoreCounts(promoters=93, passives=32, detractors=9))
    assert value is not None
    assert round(value) == 63


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.25528851988, 0.36620957698),  # Newcombe 1998
        (0, 20, 0.0, 0.16112515805),  # nothing seen is not nothing there
        (20, 20, 1 - 0.16112515805, 1.0),  # its mirror image
    ],
)
def test_shares_have_the_wilson_intervals_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    estimate = proportions.wilson_interval(successes, n)
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((low, high))


def test_mean_and_t_interval_are_those_of_the_sleep_data() -> None:
    gains = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    estimate = means.mean_interval(len(gains), sum(gains), sum(gain * gain for gain in gains))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((1.54, 0.59558449962, 2.4844155004))


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_off_the_scale_is_refused(score: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.10"):
        nps.counted([5, score])


def test_without_answers_there_is_no_figure() -> None:
    nothing = ScoreCounts()
    assert nps.points(nothing) is None
    assert nps.score_interval(nothing) is None
    assert nps.adjusted_wald_interval(nothing) is None
    assert nps.difference(nothing, BALANCED) is None
    assert proportions.wilson_interval(0, 0) is None
    assert means.mean_interval(0, 0, 0) is None


@given(counts)
def test_the_interval_holds_the_score_and_stays_on_the_scale(some: ScoreCounts) -> None:
    estimate = nps.score_interval(some)
    if estimate is None:
        assert some.n == 0
        return
    assert -100 <= estimate.low <= estimate.value + 1e-9
    assert estimate.value - 1e-9 <= estimate.high <= 100


@given(counts)
def test_swapping_promoters_and_detractors_mirrors_the_interval(some: ScoreCounts) -> None:
    mirrored = nps.score_interval(ScoreCounts(some.detractors, some.passives, some.promoters))
    estimate = nps.score_interval(some)
    assert (estimate is None) == (mirrored is None) == (some.n == 0)
    if estimate is not None and mirrored is not None:
        assert mirrored.low == pytest.approx(-estimate.high, abs=1e-6)


@given(counts, st.integers(2, 20))
def test_more_answers_of_the_same_mix_never_widen_the_interval(some: ScoreCounts, times: int) -> None:
    small = nps.score_interval(some)
    big = nps.score_interval(ScoreCounts(some.promoters * times, some.passives * times, some.detractors * times))
    assert (small is None) == (big is None) == (some.n == 0)
    if small is not None and big is not None:
        assert big.high - big.low <= small.high - small.low + 1e-6


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_wilson_holds_the_share(successes: int, failures: int) -> None:
    estimate = proportions.wilson_interval(successes, successes + failures)
    assert (estimate is None) == (successes + failures == 0)
    if estimate is not None:
        assert 0 <= estimate.low <= estimate.value + 1e-12
        assert estimate.value - 1e-12 <= estimate.high <= 1
