"""The sampling hash: known answers, even spread, independent touchpoints, monotone inclusion."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from surveys.sampling.hashing import TWO_64, draw, fmix64, salt_of, threshold

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "hash_vectors.json").read_text())
KEYS = [
    int.from_bytes(sha256(f"{VECTORS['source']}\n{number}".encode()).digest()[:8], "big") for number in range(100_000)
]
A, B = salt_of(VECTORS["touchpoint_a"]), salt_of(VECTORS["touchpoint_b"])
ALPHA = 1e-4


@pytest.mark.parametrize(
    ("key", "mixed"),
    [
        (0, 0),  # zero is the fixed point of the finaliser
        (1, 0xB456BCFC34C2CB2C),  # published test value of MurmurHash3's fmix64
    ],
)
def test_the_finaliser_is_that_of_murmurhash3(key: int, mixed: int) -> None:
    assert fmix64(key) == mixed


@pytest.mark.parametrize(("salt", "expected"), [(A, VECTORS["first3_a"]), (B, VECTORS["first3_b"])])
def test_the_first_draws_match_the_vectors(salt: int, expected: list[float]) -> None:
    assert [draw(key, salt) / TWO_64 for key in KEYS[:3]] == expected


def test_draws_spread_evenly_over_a_hundred_buckets() -> None:
    buckets = Counter(draw(key, A) * 100 >> 64 for key in KEYS)
    statistic = sum((buckets[number] - 1000) ** 2 / 1000 for number in range(100))
    assert statistic == pytest.approx(VECTORS["chi2_100_buckets_a"], abs=1e-3)
    assert statistic < chi2.isf(ALPHA, 99)


def test_draws_of_two_touchpoints_are_independent() -> None:
    cells = Counter((draw(key, A) * 10 >> 64, draw(key, B) * 10 >> 64) for key in KEYS)
    rows = Counter(draw(key, A) * 10 >> 64 for key in KEYS)
    columns = Counter(draw(key, B) * 10 >> 64 for key in KEYS)
    expected = {(a, b): rows[a] * columns[b] / len(KEYS) for a in range(10) for b in range(10)}
    statistic = sum((cells[place] - count) ** 2 / count for place, count in expected.items())
    assert statistic == pytest.approx(VECTORS["chi2_independence_10x10"], abs=1e-2)
    assert statistic < chi2.isf(ALPHA, 81)


@pytest.mark.parametrize(("rate", "key"), [(0.1, "included_at_10pct_a"), (0.2, "included_at_20pct_a")])
def test_as_many_are_included_as_the_vectors_say(rate: float, key: str) -> None:
    assert sum(draw(each, A) < threshold(rate) for each in KEYS) == VECTORS[key]


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_whoever_is_included_stays_so_when_only_the_rate_rises(one: float, other: float) -> None:
    lower, higher = sorted((threshold(one), threshold(other)))
    included = {key for key in KEYS[:500] if draw(key, A) < lower}
    assert included <= {key for key in KEYS[:500] if draw(key, A) < higher}


@pytest.mark.parametrize(
    ("rate", "first_not_taken"),
    [
        (0.0, 0),  # nobody, not even a draw of zero
        (1.0, TWO_64),  # everybody, also a draw that a double would round up to 1
        (0.5, TWO_64 // 2),
    ],
)
def test_the_threshold_is_exact(rate: float, first_not_taken: int) -> None:
    assert threshold(rate) == first_not_taken
