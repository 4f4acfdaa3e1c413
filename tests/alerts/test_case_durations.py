"""How long cases take while some are still open: by a published curve, by hand and by property."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.figures.durations import Observed, quantile

REMISSION = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1)]


REMISSION += [(17, 0), (19, 0), (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]


"""Weeks in remission under 6-MP, 1 = ended by relapse, 0 = still lasting (Freireich et al., Blood 21, 1963)."""


def observed(pairs: list[tuple[float, int]]) -> list[Observed]:
    return [Observed(hours, bool(ended)) for hours, ended in pairs]


@pytest.mark.parametrize(
    ("share", "value"),
    [
        # Published: 0.857 at 6, 0.807 at 7, 0.753 at 10, 0.690 at 13, 0.627 at 16, 0.538 at 22, 0.448 at 23, no lower.
        (0.142, 6),
        (0.144, 7),
        (0.193, 7),
        (0.194, 10),
        (0.246, 10),
        (0.309, 13),
        (0.372, 16),
        (0.374, 22),
        (0.462, 22),
        (0.55, 23),
        (0.56, None),
    ],
)
def test_the_curve_is_the_published_one(share: float, value: float | None) -> None:
    found = quantile(observed(REMISSION), share)
    assert (found.value, found.n, found.ended) == (value, 21, 9)


def test_the_median_and_its_interval_are_those_of_other_programs() -> None:
    # R's survfit with conf.type = "log-log" and SAS's lifetest give 23, from 13 to unknown.
    found = quantile(observed(REMISSION), 0.5)
    assert (found.value, found.low, found.high) == (23, 13, None)


def test_without_censoring_it_is_the_plain_quantile() -> None:
    hours = [float(each) for each in range(1, 11)]
    assert quantile([Observed(each, True) for each in hours], 0.5).value == 5
    assert quantile([Observed(each, True) for each in hours], 0.9).value == 9


def test_nothing_that_ended_is_no_figure() -> None:
    found = quantile([Observed(9, False)], 0.5)
    assert (found.value, found.low, found.high, found.n, found.ended) == (None, None, None, 1, 0)
    assert quantile([], 0.5).n == 0


@pytest.mark.parametrize(("share", "hours"), [(0, 1), (1, 1), (0.5, -1)])
def test_what_cannot_be_is_refused(share: float, hours: float) -> None:
    with pytest.raises(ValueError, match=r"share|negative"):
        quantile([Observed(hours, True)], share)


_CASES = st.lists(
    st.tuples(st.integers(0, 200), st.booleans()).map(lambda pair: Observed(float(pair[0]), pair[1])),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)  # a busy machine may stand still for seconds
@given(_CASES, st.data())
def test_that_a_case_is_still_open_never_shortens_the_median(cases: list[Observed], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(cases) - 1))
    for share in (0.5, 0.9):
        before = quantile(cases, share).value
        opened = [*cases[:number], replace(cases[number], ended=False), *cases[number + 1 :]]
        after = quantile(opened, share).value
        assert after is None or (before is not None and after >= before)


@given(_CASES)
def test_the_interval_holds_the_value(cases: list[Observed]) -> None:
    found = quantile(cases, 0.5)
    if found.value is not None:
        assert found.low is None or found.low <= found.value
        assert found.high is None or found.high >= found.value
