"""What a score means: bands, top boxes, and the scale beyond which nothing is a score."""

from __future__ import annotations

import pytest

from feedback_engine.foundation.errors import Invalid
from surveys import metrics


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0, "detractor"),  # the lowest there is
        (6, "detractor"),  # the last detractor
        (7, "passive"),  # the first passive
        (8, "passive"),  # the last passive
        (9, "promoter"),  # the first promoter
        (10, "promoter"),  # the highest there is
    ],
)
def test_a_score_belongs_to_one_band(score: int, expected: str) -> None:
    assert metrics.band(score) == expected


@pytest.mark.parametrize(
    ("metric", "score"), [("nps", 11), ("nps", -1), ("csat", 0), ("csat", 6), ("ces", 8), ("mood", 1)]
)
def test_a_score_outside_its_scale_is_refused(metric: str, score: int) -> None:
    with pytest.raises(Invalid):
        metrics.check_score(metric, score)


@pytest.mark.parametrize(
    ("metric", "score", "top", "low"),
    [
        ("csat", 5, True, False),
        ("csat", 4, True, False),  # the top two boxes
        ("csat", 3, False, False),
        ("csat", 2, False, True),
        ("ces", 5, True, False),  # the first that agrees
        ("ces", 4, False, False),  # neither
        ("ces", 3, False, True),
        ("nps", 9, True, False),
        ("nps", 6, False, True),
    ],
)
def test_top_and_low_boxes(metric: str, score: int, top: bool, low: bool) -> None:
    assert (metrics.is_top_box(metric, score), metrics.is_low(metric, score)) == (top, low)


def test_bands_are_counted() -> None:
    assert metrics.count_bands([9, 10, 7, 0]) == {"promoter": 2, "passive": 1, "detractor": 1}


@pytest.mark.parametrize(("score", "shape"), [(3, "d"), (8, "a"), (10, "p")])
def test_a_score_is_drawn_by_its_band(score: int, shape: str) -> None:
    assert metrics.chip_shape("nps", score) == shape
