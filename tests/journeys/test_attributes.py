"""Attributes are kept as declared: coerced, dropped with a warning, refused with a pointer, or set aside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attributes import coerce, sort_attributes
from journeys.definitions import AttributeDefinition, AttributeType

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "wanted", "kept"),
    [
        ("router", "string", "router"),
        (7, "string", "7"),
        (True, "string", None),  # a truth value has no one spelling
        ("two\nlines", "string", None),
        ("x" * 513, "string", None),  # the ledger holds no texts
        ({"a": 1}, "string", None),
        (14, "int", 14),
        ("14", "int", 14),  # as tables write it
        (14.0, "int", 14),
        (14.5, "int", None),
        (2**53 + 1, "int", 2**53 + 1),  # not rounded on the way
        (2**63, "int", None),  # no database keeps it
        (True, "int", None),
        ("NA", "int", None),
        (14, "double", 14.0),
        ("1e3", "double", 1000.0),
        (float("inf"), "double", None),
        ("nan", "double", None),
        (10**400, "double", None),
        ("1_000", "double", None),  # Python's own spelling
        (True, "bool", True),
        ("FALSE", "bool", False),
        ("yes", "bool", None),
        (1, "bool", None),
        ("2026-03-09T10:00:00+01:00", "timestamp", "2026-03-09T09:00:00Z"),
        ("2026-03-09T10:00:00", "timestamp", None),  # whose ten o'clock?
        (1773046800, "timestamp", None),
    ],
)
def test_a_value_is_read_as_its_declared_type(value: Any, wanted: AttributeType, kept: Any) -> None:
    assert coerce(value, wanted) == kept
    assert type(coerce(value, wanted)) is type(kept)


def test_undeclared_attributes_are_dropped_with_a_warning() -> None:
    sorted_out = sort_attributes({"days": 3, "colour": "red"}, {"days": AttributeDefinition(type="int")})
    assert sorted_out.pinned == {"days": 3}
    assert "colour" in sorted_out.warnings[0]
    assert not sorted_out.faults


def test_personal_attributes_are_set_aside() -> None:
    sorted_out = sort_attributes({"trainer": "Ana"}, {"trainer": AttributeDefinition(type="string", personal=True)})
    assert (sorted_out.pinned, sorted_out.personal) == ({}, {"trainer": "Ana"})


def test_a_value_of_the_wrong_type_is_named_by_its_pointer() -> None:
    sorted_out = sort_attributes({"days": "many"}, {"days": AttributeDefinition(type="int")})
    assert [fault.pointer for fault in sorted_out.faults] == ["/data/days"]


def test_null_says_nothing() -> None:
    sorted_out = sort_attributes({"days": None}, {"days": AttributeDefinition(type="int")})
    assert (sorted_out.pinned, sorted_out.faults, sorted_out.warnings) == ({}, (), ())


@given(JSON, st.sampled_from(["string", "int", "double", "bool", "timestamp"]))
def test_coercing_never_fails_and_is_settled_after_once(value: Any, wanted: AttributeType) -> None:
    kept = coerce(value, wanted)
    if kept is not None:
        assert coerce(kept, wanted) == kept


@given(st.dictionaries(st.text(max_size=80), JSON, max_size=30))
def test_warnings_stay_short(given_attributes: dict[str, Any]) -> None:
    assert all(len(warning) < 1_000 for warning in sort_attributes(given_attributes, {}).warnings)
