"""The plain numbers of the rules: fields show them, and write them back into a text that stays as it was otherwise."""

from __future__ import annotations

import pytest

from alerts.trial.plain_settings import plain_settings, with_settings

TEXT = """# Ours.
rules:
  - key: low   # the usual one
    name: {en: Low score, it: Punteggio basso}
    when: {condition: score_below, question: recommend, below: 7}  # 7: the first passive
  - key: several
    when:
      condition: several_detractors
      at_least: 3
      within_days: 30
  - key: silent
    when: {condition: silence, days: 90, at_least: 3, before_days: 180, of: events}
  - key: call
    when: {condition: asks_for_contact}
"""


def fields(text: str) -> dict[str, int]:
    """The numbers by the names of their fields."""
    return {each.field: each.value for each in plain_settings(text)}


def test_every_number_of_a_rule_that_is_tried_has_a_field_with_its_bounds() -> None:
    # Nothing of answers is in a silence, `below` is left out of the second rule, and asking for a call has no number.
    assert [(each.field, each.value, each.least, each.most) for each in plain_settings(TEXT)] == [
        ("low/below", 7, 1, 10),
        ("several/at_least", 3, 2, 100),
        ("several/within_days", 30, 1, 365),
    ]
    assert [each.name.get("it") for each in plain_settings(TEXT)] == ["Punteggio basso", "several", "several"]


def test_a_score_stands_on_the_scale_of_its_question_and_not_beyond_it() -> None:
    scales = {"recommend": (1, 5)}
    assert [(each.field, each.scale, each.most) for each in plain_settings(TEXT.replace("7}", "4}"), scales)] == [
        ("low/below", (1, 5), 5),
        ("several/at_least", None, 100),
        ("several/within_days", None, 365),
    ]
    # A rule that stands beyond its scale already is shown as it is.
    assert next((each.scale, each.most) for each in plain_settings(TEXT, scales)) == ((1, 5), 10)


def test_a_number_is_written_where_it_stands_and_nothing_else_moves() -> None:
    other = with_settings(TEXT, {"low/below": 10, "several/within_days": 7, "gone/below": 1})
    assert other == TEXT.replace("below: 7}", "below: 10}").replace("within_days: 30", "within_days: 7")
    assert fields(other) == {"low/below": 10, "several/at_least": 3, "several/within_days": 7}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("rules: [", {}),
        ("rules: 3", {}),
        ("rules: [{key: a, when: {condition: score_below, below: '7'}}]", {}),  # a text is no number
        ("rules: [{key: a, when: {condition: score_below, below: yes}}, 7, {when: {condition: [x]}}]", {}),
        ("whatever: 1\nrules: [{key: ä, when: {condition: score_below, below: 7}}]", {"ä/below": 7}),
        ("rules: [{name: '🙂', key: a, when: {condition: score_below, below: 7}}]", {"a/below": 7}),
    ],
)
def test_whatever_else_is_wrong_with_a_text_its_numbers_are_found(text: str, found: dict[str, int]) -> None:
    assert fields(text) == found
    assert fields(with_settings(text, dict.fromkeys(found, 5))) == dict.fromkeys(found, 5)
    assert with_settings(text, {}) == text
