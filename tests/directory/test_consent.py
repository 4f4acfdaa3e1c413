"""What a suppression stands against, and which rule names it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.directory.consent import ALL, CAUSES, decide_refusal, family_scope, is_scope, may_lift


@dataclass(frozen=True)
class Given:
    scope: str
    cause: str


SUPPORT = family_scope("support")


@pytest.mark.parametrize(
    ("given_", "refusal"),
    [
        ([], None),
        ([Given(ALL, "opted_out")], ("suppressed", "opted_out")),
        ([Given(SUPPORT, "opted_out")], ("suppressed", "opted_out")),
        ([Given(family_scope("sales"), "opted_out")], None),  # another family may still ask
        ([Given(ALL, "undeliverable")], ("suppressed", "undeliverable")),
        ([Given(ALL, "complaint")], ("suppressed", "complaint")),
        ([Given(ALL, "objected")], ("erased", "objected")),  # an objection in law counts like an erasure
        ([Given(ALL, "erased")], ("erased", "erased")),
        ([Given(ALL, "erased"), Given(SUPPORT, "opted_out")], ("erased", "erased")),  # the strongest is named
        ([Given(ALL, "undeliverable"), Given(SUPPORT, "complaint")], ("suppressed", "complaint")),
    ],
)
def test_a_person_is_refused_by_the_strongest_reason(given_: list[Given], refusal: tuple[str, str] | None) -> None:
    assert {decide_refusal(order, "support") for order in permutations(given_)} == {refusal}


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("all", True),
        ("family:support", True),
        ("family:", False),  # no family
        ("support", False),
        ("", False),
        ("family:" + "x" * 100, True),
        ("family:" + "x" * 101, False),
    ],
)
def test_a_scope_is_all_or_one_family(scope: str, known: bool) -> None:
    assert is_scope(scope) is known


def test_only_an_opt_out_and_a_bad_address_can_be_lifted_by_us() -> None:
    assert [cause for cause in CAUSES if may_lift(cause)] == ["undeliverable", "opted_out"]


@given(st.lists(st.builds(Given, st.sampled_from([ALL, SUPPORT]), st.sampled_from(CAUSES)), min_size=1))
def test_no_second_reason_ever_makes_a_person_askable(reasons: list[Given]) -> None:
    assert decide_refusal(reasons, "support") is not None
