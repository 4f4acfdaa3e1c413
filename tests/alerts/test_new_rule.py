"""A rule that is added by form, read out of its fields."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from alerts.conditions import CONDITION_OF, Setting
from alerts.raising.rules import Rule
from alerts.trial.new_rule import Offered, condition_of, field_of, read_rule, words_field
from alerts.trial.plain_settings import bounds_of
from alerts.trial.rule_text import keys_of, with_rule
from feedback_engine.foundation.definitions import WRITTEN, load

TEXT = """# Ours.
rules:
  - key: low   # the usual one
    name: {en: Low score, it: Punteggio basso}
    when: {condition: score_below, question: nps, below: 7}  # 7: the first passive
  # - key: sleeping

# Who gets it.
routes: {to: partner_owner, otherwise: "team:Ours"}
"""
RULE = {
    "key": "unhappy",
    "name": "Not happy",
    "when": {"condition": "score_below", "question": "nps", "below": 5},
    "touchpoints": ["ticket.closed"],
    "severity": "high",
    "kind": "recovery",
}
OFFERED = Offered(
    touchpoints=("ticket.closed", "deal.lost", "order.sent"),
    questions={"nps": "Would you recommend us?", "effort": "Was it easy?", "joy": "Joy?"},
    asked={"ticket.closed": ["nps", "effort"], "deal.lost": [], "order.sent": ["effort"]},
    events=("com.example.review",),
    languages=("en", "it"),
    scales={"nps": (0, 10), "effort": (1, 7)},
)
SENT = {
    "rule/condition": "score_below",
    "rule/when/question": "nps",
    "rule/when/below": "5",
    "rule/name": " Not  happy ",
    "rule/touchpoint": "ticket.closed",
    "rule/severity": "high",
    "rule/kind": "recovery",
}


def test_a_filled_form_is_a_rule_with_a_key_of_its_name_that_no_other_rule_has() -> None:
    assert read_rule(SENT, {"low"}, OFFERED) == ({**RULE, "key": "not_happy"}, [])
    assert read_rule(SENT, {"not_happy", "not_happy_2"}, OFFERED)[0]["key"] == "not_happy_3"
    assert read_rule({**SENT, "rule/name": "Über 5 Fälle!"}, (), OFFERED)[0]["key"] == "uber_5_falle"
    assert read_rule({**SENT, "rule/name": "満足"}, (), OFFERED)[0]["key"] == "score_below"
    assert keys_of(TEXT) == {"low"}
    assert keys_of("rules: 3") == set()


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"rule/when/below": ""}, "rule/when/below", "Give a whole number from 1 to 10."),
        ({"rule/when/below": "11"}, "rule/when/below", "Give a whole number from 1 to 10."),
        ({"rule/when/below": "-3"}, "rule/when/below", "Give a whole number from 1 to 10."),
        (
            {"rule/when/below": "8", "rule/when/question": "effort"},
            "rule/when/below",
            "Give a whole number from 2 to 7.",
        ),
        (
            {"rule/when/below": "1", "rule/when/question": "", "rule/touchpoint": "order.sent"},
            "rule/when/below",
            "Give a whole number from 2 to 7.",
        ),
        (
            {"rule/condition": "score_high", "rule/when/question": "effort", "rule/when/at_least": "1"},
            "rule/when/at_least",
            "Give a whole number from 2 to 7.",
        ),
        (
            {"rule/condition": "score_drop", "rule/when/question": "effort", "rule/when/by": "7"},
            "rule/when/by",
            "Give a whole number from 1 to 6.",
        ),
        (
            {"rule/when/question": "joy"},
            "rule/when/question",
            "It is not asked at this touchpoint. Asked there: “Would you recommend us?”, “Was it easy?”.",
        ),
        (
            {"rule/touchpoint": "deal.lost"},
            "rule/touchpoint",
            "Nobody is asked for a score there; choose another touchpoint.",
        ),
        ({"rule/when/question": "gone"}, "rule/when/question", "Choose one of the list."),
        ({"rule/name": " "}, "rule/name", "Give it a name."),
        ({"rule/name": "x" * 201}, "rule/name", "Shorten it to 200 characters."),
        ({"rule/name": "a\ufffeb"}, "rule/name", "Write one short line of plain signs."),
        ({"rule/name": "a\x07b"}, "rule/name", "Write one short line of plain signs."),
        ({"rule/touchpoint": "gone"}, "rule/touchpoint", "Choose one of the list."),
        ({"rule/severity": "huge"}, "rule/severity", "Choose one of the list."),
        ({"rule/condition": "kpi_missed"}, "rule/when/attribute", "Fill this in."),
        (
            {"rule/condition": "kpi_missed", "rule/when/attribute": "certified"},
            "rule/when/target",
            "Give the agreed number, or the attribute that holds it, and not both.",
        ),
        (
            {"rule/condition": "kpi_missed", "rule/when/attribute": "certified", "rule/when/target": "five"},
            "rule/when/target",
            "Give a number.",
        ),
        (
            {
                "rule/condition": "kpi_missed",
                "rule/when/attribute": "certified",
                "rule/when/target": "999999999999999,999999999",
            },
            "rule/when/target",
            "Give a number of at most 15 digits.",
        ),
        (
            {
                "rule/condition": "kpi_missed",
                "rule/when/attribute": "certified",
                "rule/when/target": "5",
                "rule/when/name": "x" * 201,
            },
            "rule/when/name",
            "Shorten it to 200 characters.",
        ),
        (
            {"rule/condition": "comment_mentions", "rule/when/words/it": "bene\nma\uffffle"},
            "rule/when/words/it",
            "Write one short line of plain signs.",
        ),
        (
            {"rule/condition": "agreement_date_near", "rule/when/attribute": "a" * 65, "rule/when/within_days": "3"},
            "rule/when/attribute",
            "Write one short line of plain signs.",
        ),
        ({"rule/condition": "comment_mentions"}, "rule/when/words", "Write at least one word, in any language."),
        (
            {"rule/condition": "comment_mentions", "rule/when/words/it": "!!"},
            "rule/when/words/it",
            "Write whole words, at most six on a line and a hundred in a language.",
        ),
    ],
)
def test_a_field_that_cannot_be_used_says_what_it_wants(typed: dict[str, str], field: str, told: str) -> None:
    _, faults = read_rule({**SENT, **typed}, (), OFFERED)
    assert (faults[0].pointer, faults[0].detail) == (field, told)


LONG = "2026: contracts of partners that end within a month from today, all of them"
WHEN: dict[str, dict[str, str]] = {
    "score_below": {},
    "agreement_date_near": {"rule/when/attribute": "ends_on", "rule/when/within_days": "30"},
    "comment_mentions": {"rule/when/words/en": "late"},
    "several_detractors": {"rule/when/at_least": "2", "rule/when/within_days": "30"},
}


@pytest.mark.parametrize("condition", WHEN)
def test_a_long_name_that_begins_with_a_digit_makes_a_key_that_the_file_takes(condition: str) -> None:
    sent = {**SENT, **WHEN[condition], "rule/condition": condition, "rule/name": LONG, "rule/touchpoint": ""}
    rule, faults = read_rule(sent, (), OFFERED)
    again, more = read_rule(sent, {rule["key"]}, OFFERED)
    assert (faults, more) == ([], [])
    assert rule["key"].startswith(f"{condition}_2026")
    assert again["key"] == f"{rule['key']}_2"


def test_a_sign_that_nobody_sees_before_what_was_pasted_is_left_out() -> None:
    assert read_rule({**SENT, "rule/name": "\ufeffNot happy"}, (), OFFERED)[0]["name"] == "Not happy"
    words = {"rule/condition": "comment_mentions", words_field("en"): "\ufefflate\n\ufeff"}
    rule, faults = read_rule({**SENT, **words}, (), OFFERED)
    assert (faults, rule["when"]["words"]) == ([], {"en": ["late"]})


@pytest.mark.parametrize(
    ("typed", "written"),
    [("0.000000001", "0.000000001"), ("0,8", "0.8"), ("-0", "0"), ("12.50", "12.5"), ("123456789012345", None)],
)
def test_an_agreed_number_stands_in_the_file_as_it_was_typed(typed: str, written: str | None) -> None:
    sent = {"rule/condition": "kpi_missed", "rule/when/attribute": "certified", "rule/when/target": typed}
    rule, faults = read_rule({**SENT, **sent, "rule/touchpoint": ""}, (), OFFERED)
    assert faults == []
    assert f"target: {written or typed}}}" in with_rule(TEXT, rule)


def _typed(setting: Setting, condition: str) -> dict[str, str]:
    """A field filled with something that it takes."""
    if setting.kind == "words":
        return {words_field("en"): "late\ntoo slow", words_field("it"): ""}
    least, _ = bounds_of(condition, setting.name)
    by_kind = {
        "question": "nps",
        "event": "com.example.review",
        "line": "certified_people",
        "number": "2,5",
        "choice": setting.choices[0][0] if setting.choices else "",
    }
    return {field_of(setting.name): by_kind.get(setting.kind, str(least))}


IN_THE_FILE_ALONE = {("comment_mentions", "themes")}


@pytest.mark.parametrize("condition", CONDITION_OF)
def test_every_condition_is_added_by_form_with_all_its_settings(condition: str) -> None:
    asked = CONDITION_OF[condition].settings
    fields = CONDITION_OF[condition].model_fields
    assert {each.name for each in asked} | {name for of, name in IN_THE_FILE_ALONE if of == condition} == {
        name for name in fields if name != "condition"
    }
    for each in asked:
        is_whole = each.kind in ("score", "points", "whole")
        assert is_whole == all(isinstance(end, int) for end in bounds_of(condition, each.name))
        choices = {key for key, _ in each.choices}
        assert choices == (set(get_args(fields[each.name].annotation)) if each.kind == "choice" else set())
    typed: dict[str, str] = {}
    for each in asked:
        if each.name != "target_attribute":  # one of two
            typed |= _typed(each, condition)
    sent = {**SENT, "rule/touchpoint": "", **typed, "rule/condition": condition}
    rule, faults = read_rule(sent, keys_of(TEXT), OFFERED)
    assert faults == []
    assert condition_of(sent) is CONDITION_OF[condition]
    written = with_rule(TEXT, rule)
    assert written is not None
    read: Any = load(written, name="a").value["rules"][-1]
    made = Rule.model_validate(read, context=WRITTEN)
    assert made.when.condition == condition
    assert {name for name in made.when.model_fields_set if name != "condition"} == {
        each.name for each in asked if each.name != "target_attribute"
    }


def test_a_touchpoint_is_no_part_of_a_rule_about_the_partner_as_a_whole() -> None:
    silence = {"rule/condition": "silence", "rule/when/days": "30", "rule/when/at_least": "2"}
    rule, faults = read_rule({**SENT, **silence}, (), OFFERED)
    assert (faults, "touchpoints" in rule) == ([], False)
    overdue, faults = read_rule({**SENT, "rule/condition": "promise_overdue"}, (), OFFERED)
    assert (faults, overdue["touchpoints"]) == ([], ["ticket.closed"])
