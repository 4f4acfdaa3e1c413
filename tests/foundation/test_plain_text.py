"""Text as people may write it, and how they are greeted by their names."""

from __future__ import annotations

import pytest

from feedback_engine.foundation.plain_text import find_refused, greeted_name, with_signs, without_turning


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


def test_signs_that_turn_the_direction_are_left_out_of_a_text_and_nothing_else_is() -> None:
    assert without_turning("Bar\u202egpj.\u2066exe\n\nשלום\u200f") == "Bargpj.exe\n\nשלום\u200f"


def test_a_text_is_quoted_with_its_unseen_signs_written_out_and_all_others_as_they_are() -> None:
    assert with_signs("key: \x1b[31mred\u202e é 👩\u200d💻") == "key: <U+001B>[31mred<U+202E> é 👩\u200d💻"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Sig.ra Rossi", "Sig.ra Rossi"),
        ("Dott.ssa Maria Verdi", "Dott.ssa Maria Verdi"),
        ("Mme Dupont", "Mme Dupont"),
        ("Señor García", "Señor García"),
        ("Signora Rossi", "Signora Rossi"),
        ("Signor Verdi", "Signor Verdi"),
        ("Madame Dupont", "Madame Dupont"),
        ("Frau Weber", "Frau Weber"),
        ("Miss Jones", "Miss Jones"),
        ("Senhora Lopes", "Senhora Lopes"),
        ("Mevrouw de Vries", "Mevrouw de Vries"),
        ("Ana Silva", "Ana"),
        ("Dr. Anna Rossi", "Dr. Anna Rossi"),  # a title calls nobody
        ("Prof Anna Rossi", "Prof Anna Rossi"),
        ("Rossi, Anna", "Rossi, Anna"),  # the surname stands first
        ("van der Berg, Jan", "van der Berg, Jan"),
        ("De Luca, Marco", "De Luca, Marco"),
        ("De Luca Marco", "De Luca Marco"),
        ("al Fayed", "al Fayed"),
        ("J. Smith", "J. Smith"),
        ("J Smith", "J Smith"),
        ("Pelé", "Pelé"),
        ("  ", ""),
    ],
)
def test_somebody_is_greeted_by_the_first_word_of_their_name_unless_it_calls_nobody(name: str, called: str) -> None:
    assert greeted_name(name) == called
