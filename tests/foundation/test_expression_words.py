"""Conditions told in words: what has words, and that nothing is told which is only almost right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation.expression_words import in_words
from feedback_engine.foundation.i18n import use_locale


def name_of(variable: str) -> str:
    return variable.rpartition(".")[2]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("event.won", "won is yes"),
        ("!event.won", "won is no"),
        ("event.won == false", "won is no"),
        ("!has(event.renewal) || !event.renewal", "renewal is not known or renewal is no"),
        ("event.amount > 1000.0", "amount is more than 1,000"),
        ("event.days <= 2.5 && event.days != -3", "days is at most 2.5 and days is not −3"),
        ("partner.tier in ['gold', \"silver\"]", "tier is one of “gold”, “silver”"),
        ("event.type.startsWith('deal.')", "type begins with “deal.”"),
        ("event.at >= timestamp('2026-03-01T00:00:00Z')", "at is not before 1 Mar 2026, 00:00 UTC"),
        ("event.a && event.b || event.c", "(a is yes and b is yes) or c is yes"),
        ("event.a && (event.b || event.c)", "a is yes and (b is yes or c is yes)"),
        ("event.a\n  && event.b", "a is yes and b is yes"),
    ],
)
def test_comparisons_are_told(source: str, words: str) -> None:
    assert in_words(source, name_of) == words


def test_they_are_told_in_the_readers_language() -> None:
    with use_locale("it"):
        assert in_words("event.amount >= 1500.5 && has(event.x)", name_of) == "amount è almeno 1.500,50 e x è noto"


@pytest.mark.parametrize(
    "source",
    [
        "event.a + 1 > 2",
        "event.name.matches('^DR-')",
        "!(event.a && event.b)",
        "!event.a == event.b",  # the opposite of a, compared
        "event.a == event.b",
        "event.at > timestamp('2026')",
        "event.tags.exists(t, t == 'x')",
        "event.a ? event.b : event.c",
        "event.name == 'it\\'s'",
        "event.a // event.b",
        "event.a &&",
        "has(event.a",
        "event.x in []",
        "",
    ],
)
def test_what_goes_beyond_comparisons_is_left_as_it_is(source: str) -> None:
    assert in_words(source, name_of) is None


@given(st.text(alphabet="ab.!&|()[]<>=, '\"1-has in", max_size=40))
def test_any_text_is_told_or_left(source: str) -> None:
    words = in_words(source, name_of)
    assert words is None or words
