"""A rule that is added by form: read out of its fields, and written behind the others of a text that stays as it is."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.conditions import CONDITION_OF, Setting
from alerts.raising.rules import Rule
from alerts.trial.new_rule import Offered, condition_of, field_of, read_rule, words_field
from alerts.trial.plain_settings import bounds_of
from alerts.trial.rule_text import keys_of, only_adds, with_rule
from feedback_engine.foundation.definitions import WRITTEN, load, scan

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
    touchpoints=("ticket.closed", "deal.lost"),
    questions={"nps": "Would you recommend us?", "effort": "Was it easy?", "joy": "Joy?"},
    asked={"ticket.closed": ["nps", "effort"], "deal.lost": []},
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


def test_a_rule_is_written_behind_the_others_and_every_line_and_comment_stays() -> None:
    assert with_rule(TEXT, RULE) == TEXT.replace(
        "  # - key: sleeping\n",
        """  # - key: sleeping
  - key: unhappy
    name: Not happy
    when: {condition: score_below, question: nps, below: 5}
    touchpoints: [ticket.closed]
    severity: high
    kind: recovery
""",
    )


@pytest.mark.parametrize(
    "text",
    [
        "rules: []  # none yet\nroutes: {otherwise: team:Ours}\n",
        "rules:\nroutes: {otherwise: team:Ours}",
        "routes: {otherwise: team:Ours}\n",
        "rules:\n- key: a\n  name: x\n# said of routes\nroutes: {otherwise: team:Ours}\n",
        "routes: {otherwise: team:Ours}\nrules:\n    - {key: a,\n       name: x}\n\n\n",
        "rules:\n  - key: a\n    name: |\n      # this is text\nroutes: {otherwise: team:Ours}\n",
    ],
)
def test_however_the_rules_of_a_file_are_laid_out_it_says_the_same_and_the_rule(text: str) -> None:
    before = load(text, name="a").value
    written = with_rule(text, RULE)
    assert written is not None
    assert load(written, name="a").value == {**before, "rules": [*(before.get("rules") or []), RULE]}
    assert only_adds(text, written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rules: [",
        "rules: 3\n",
        "rules: [{key: a}]\n",
        "rules: &ours\n  - key: a\n",
        "rules:\n  - key: a\n  - key: b\n    key: c\n",
        "rules:\n  - key: a\n...\n",
    ],
)
def test_where_only_a_person_knows_the_place_nothing_is_written(text: str) -> None:
    assert with_rule(text, RULE) is None


@given(some.text(min_size=1, max_size=40))
def test_whatever_a_rule_is_called_it_reads_back_the_same_or_is_not_written(name: str) -> None:
    rule = {**RULE, "name": name}
    written = with_rule(TEXT, rule)
    assert written is None or scan(written, name="a").value["rules"][-1] == rule


def test_a_text_that_changes_more_than_its_rules_does_not_only_add() -> None:
    added = with_rule(TEXT, RULE)
    assert added is not None
    assert not only_adds(TEXT, TEXT)
    assert not only_adds(TEXT, added.replace("team:Ours", "team:Theirs"))
    assert not only_adds(TEXT, added.replace("below: 7", "below: 6"))
    assert not only_adds(TEXT, "rules: [")


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
            "Give a whole number from 1 to 7.",
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
