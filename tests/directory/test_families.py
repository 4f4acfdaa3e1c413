"""Who stands at the top of a family, and which parents are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.directory.families import MAX_DEPTH, chain_of, refusal_of, root_of

LONG = {str(n): str(n + 1) for n in range(MAX_DEPTH)} | {str(MAX_DEPTH): ""}


@pytest.mark.parametrize(
    ("parents", "root"),
    [
        ({"a": ""}, "a"),  # alone
        ({}, "a"),  # not even known
        ({"a": "b", "b": ""}, "b"),
        ({"a": "b", "b": "c", "c": ""}, "c"),
        ({"a": "b"}, "b"),  # a parent of whom nothing is known is the top
        ({"a": "b", "b": "a"}, "a"),  # a loop has one answer for both of its members
        ({"a": "c", "c": "b", "b": "c"}, "b"),  # and for those who hang below it
    ],
)
def test_the_root_is_the_last_parent(parents: dict[str, str], root: str) -> None:
    assert root_of("a", parents) == root


@pytest.mark.parametrize(
    ("parents", "refusal"),
    [
        ({"a": "b", "b": ""}, None),
        ({"a": "a"}, "loop"),
        ({"a": "b", "b": "a"}, "loop"),
        ({"a": "b", "b": "c", "c": "a"}, "loop"),
        ({"a": "b", "b": "c", "c": "b"}, "loop"),  # somebody else's loop is no place to join
        ({"a": "1", **LONG}, None),  # the eighth parent
        ({"a": "0", **LONG}, "too_deep"),  # the ninth
    ],
)
def test_loops_and_deep_chains_are_refused(parents: dict[str, str], refusal: str | None) -> None:
    assert refusal_of("a", parents) == refusal


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["", *"abcdefgh"])))
def test_everybody_in_one_chain_has_the_same_root(parents: dict[str, str]) -> None:
    for key in parents:
        assert {root_of(member, parents) for member in chain_of(key, parents)} == {root_of(key, parents)}
