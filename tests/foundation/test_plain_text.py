"""One line of text as people may write it."""

from __future__ import annotations

import pytest

from feedback_engine.foundation.plain_text import find_refused


@pytest.mark.parametrize(
    "sign", ["\x00", "\n", "\x7f", "\x85", "\u2028", "\ud800", "\u202e", "\u202a", "\u2066", "\u2069"]
)
def test_what_breaks_a_line_or_turns_its_direction_is_refused(sign: str) -> None:
    assert find_refused(f"Acme{sign}Ltd") == f"U+{ord(sign):04X}"


@pytest.mark.parametrize(
    "text", ["Acme", "Łódź Sp. z o.o.", "شركة", "株式会社", "Zero\u200dwidth", "a\u00a0b", "👩\u200d💻"]
)
def test_names_of_every_script_are_fine(text: str) -> None:
    assert find_refused(text) is None
