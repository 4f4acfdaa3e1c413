"""The event key is what the published vectors say, and survives the database's signed numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation.ids import shard_of_key
from journeys.event_key import event_key, shard_of_event_key, to_signed, to_unsigned

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "hash_vectors.json").read_text())
_MASK = (1 << 64) - 1


def _fmix64(key: int) -> int:
    """The finaliser of MurmurHash3, written here anew so that the vectors are checked from end to end."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        key = ((key ^ (key >> 33)) * factor) & _MASK
    return key ^ (key >> 33)


@pytest.mark.parametrize("touchpoint", ["a", "b"])
def test_keys_give_the_published_uniform_numbers(touchpoint: str) -> None:
    salt = event_key_of_touchpoint(VECTORS[f"touchpoint_{touchpoint}"])
    for number, expected in enumerate(VECTORS[f"first3_{touchpoint}"]):
        key = event_key(VECTORS["source"], str(number))
        assert _fmix64(key ^ salt) / 2**64 == pytest.approx(expected, abs=1e-15)


def event_key_of_touchpoint(key: str) -> int:
    from hashlib import sha256

    return int.from_bytes(sha256(key.encode()).digest()[:8], "big")


def test_source_and_id_do_not_run_into_each_other() -> None:
    assert event_key("a", "b\nc") != event_key("a b", "c")


@given(st.integers(min_value=0, max_value=_MASK))
def test_a_stored_key_is_read_back(key: int) -> None:
    assert -(1 << 63) <= to_signed(key) < 1 << 63
    assert to_unsigned(to_signed(key)) == key


@given(st.text(), st.text())
def test_the_intake_shard_is_the_shard_of_the_natural_key(source: str, external_id: str) -> None:
    assert shard_of_event_key(event_key(source, external_id)) == shard_of_key(f"{source}\n{external_id}")
