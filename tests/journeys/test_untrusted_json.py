"""Hostile JSON is refused quickly, before a parser could recurse, and plain JSON is read."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation.errors import Invalid
from journeys.sources.untrusted_json import MAX_DEPTH, depth_of, find_nul, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (1 if isinstance(value, dict | list) else 0) + max(map(_depth, inner), default=0)


@given(JSON)
def test_depth_is_that_of_the_parsed_value(value: Any) -> None:
    assert depth_of(json.dumps(value).encode()) == _depth(value)


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b'"[[[["', 0),  # brackets in a text
        (b'"\\"[[[["', 0),  # an escaped quote does not end it
        (b'"\\\\"[[', 2),  # an escaped backslash does
        (b'"never ends [[[', 0),
        (b'"never ends \\', 0),
        (b'"\\\\\\"[["', 0),  # a backslash and a quote, both escaped
        (b"{}[]" * 5_000, 1),
    ],
)
def test_brackets_count_outside_texts_only(body: bytes, depth: int) -> None:
    assert depth_of(body) == depth


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 4_000_000,
        b"[]" * 399_000,
        (b"[" * 64 + b"]" * 64) * 6_000,
        b'"\\"' * 1_300_000,  # quotes that never close
        b'"a' * 2_000_000,
        b'""[' * 390_000,
        b'"' + b"\\" * 4_000_000,
        b"",
        b"nul",
        b"NaN",
        b'{"a": 1,}',
        b"\xff\xfe",
        b'"\\ud800"',  # half a character
    ],
)
def test_what_is_no_flat_json_is_refused_within_a_second(body: bytes) -> None:
    started = process_time()
    with pytest.raises(Invalid) as refused:
        parse_json(body)
    assert process_time() - started < 1.0
    assert refused.value.faults[0].pointer == ""
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"id": "a\x00"}, "/id"),
        ({"data": {"list": ["x", "\x00"]}}, "/data/list/1"),
        ({"data": {"a/b~": "\x00"}}, "/data/a~1b~0"),
        ({"data": {"\x00": 1}}, "/data"),  # in a name
        ({"id": "a"}, None),
    ],
)
def test_nul_is_found_by_pointer(value: Any, pointer: str | None) -> None:
    assert find_nul(value) == pointer
