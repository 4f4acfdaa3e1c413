"""A rule that is added by form, written behind the others of a text that stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.trial.rule_text import TakesNone, only_adds, with_rule
from alerts.trial.scanned import scanned
from feedback_engine.foundation.definitions import load, scan
from tests.alerts.test_new_rule import RULE, TEXT

ITEM = """  - key: unhappy
    name: Not happy
    when: {condition: score_below, question: nps, below: 5}
    touchpoints: [ticket.closed]
    severity: high
    kind: recovery
"""
LOW = "rules:\n  - key: low\n    name: Low\n    when: {condition: asks_for_contact}\n"
ROUTES = "routes: {otherwise: team:Ours}\n"
OFF = "#  - key: off\n#    name: Off\n"


def test_a_rule_is_written_behind_the_others_and_every_line_and_comment_stays() -> None:
    sleeping = "  # - key: sleeping\n"
    assert with_rule(TEXT, RULE) == TEXT.replace(sleeping, sleeping + ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "rules: []  # none yet\nroutes: {otherwise: team:Ours}\n",
        "rules:\nroutes: {otherwise: team:Ours}",
        "routes: {otherwise: team:Ours}\n",
        "rules:\n- key: a\n  name: x\n# said of routes\nroutes: {otherwise: team:Ours}\n",
        "routes: {otherwise: team:Ours}\nrules:\n    - {key: a,\n       name: x}\n\n\n",
        "rules:\n  - key: a\n    name: |\n      # this is text\nroutes: {otherwise: team:Ours}\n",
        "rules:\n  -\n    key: a\nroutes: {otherwise: team:Ours}\n",
        "rules:\n  - # the first\n\n    # of them\n    key: a\nroutes: {otherwise: team:Ours}\n",
        "---\nroutes: {otherwise: team:Ours}\n",
        "# Ours.\n--- # from here\nroutes: {otherwise: team:Ours}\n",
        "rules:\n  - key: a\n...\n",
        "rules:\n  - key: a\n# the last one\n...\n# no more\n",
        "rules:\n  - key: a\n    name: x",
        "",
        "# to come\n",
    ],
)
def test_however_the_rules_of_a_file_are_laid_out_it_says_the_same_and_the_rule(text: str) -> None:
    before = load(text, name="a").value or {}
    written = with_rule(text, RULE)
    assert load(written, name="a").value == {**before, "rules": [*(before.get("rules") or []), RULE]}
    assert not before or only_adds(text, written)


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_a_text_whose_lines_end_otherwise_takes_a_rule_like_any_other(end: str) -> None:
    assert with_rule(TEXT.replace("\n", end), RULE) == with_rule(TEXT, RULE)
    assert with_rule(end * 9 + TEXT, RULE) == "\n" * 9 + with_rule(TEXT, RULE)


@pytest.mark.parametrize(
    ("behind", "stays"),
    [
        (OFF + "\n", True),  # a rule that was put out of use
        (OFF, True),
        ("\n" + OFF + "\n", True),
        ("\n# A heading.\n\n" + OFF + "\n", True),
        ("# Said of the rules.\n\n", True),
        ("# Said of the routes.\n", False),
        ("\n# A heading.\n\n# Said of the routes:\n# - owners\n", False),
        ("\n\n", False),
    ],
)
def test_what_is_said_at_the_margin_stays_with_what_it_is_about(behind: str, stays: bool) -> None:
    before, after = (behind.rstrip("\n") + "\n", behind[len(behind.rstrip("\n")) + 1 :]) if stays else ("", behind)
    assert with_rule(LOW + behind + ROUTES, RULE) == LOW + before + ITEM + after + ROUTES


def test_between_the_rules_and_the_next_part_each_remark_stays_on_its_side() -> None:
    assert with_rule(f"{LOW}{OFF}# Who gets it.\n{ROUTES}", RULE) == f"{LOW}{OFF}{ITEM}# Who gets it.\n{ROUTES}"
    assert with_rule(f"{ROUTES}{LOW}# The end.", RULE) == f"{ROUTES}{LOW}# The end.\n{ITEM.rstrip()}"
    assert with_rule(f"{ROUTES}{LOW}\n# The end.\n", RULE) == f"{ROUTES}{LOW}{ITEM}\n# The end.\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rules: [", "It cannot be read: go back, and the bench says what is wrong."),
        ("rules: &ours\n  - key: a\n", "It cannot be read: go back, and the bench says what is wrong."),
        (
            "rules:\n  - key: a\n  - key: b\n    key: c\n",
            "It cannot be read: go back, and the bench says what is wrong.",
        ),
        ("- key: a\n", "It is no file of alerts: it holds no line “rules:”."),
        ("rules: 3\n", "What stands under “rules:” is no list of rules."),
        ("rules: [{key: a}]\n", "Its rules stand between brackets: go back and write each on lines of its own."),
        ("rules: [\n  {key: a}\n]\n", "Its rules stand between brackets: go back and write each on lines of its own."),
        ("rules: [\n]\n", "Its rules stand between brackets: go back and write each on lines of its own."),
        ("--- {routes: {otherwise: x}}\n", "It stands between brackets as a whole: go back and write it on lines."),
        (
            TEXT + f"# {'x' * 97}\n" * 1308,
            "With one more rule the file could not be read: The file is larger than 128 KB. Split it into several "
            "files.",
        ),
    ],
)
def test_a_text_that_takes_no_rule_says_the_reason_that_holds(text: str, why: str) -> None:
    with pytest.raises(TakesNone) as none:
        with_rule(text, RULE)
    assert none.value.words == why


@given(some.text(min_size=1, max_size=40))
def test_whatever_a_rule_is_called_it_reads_back_the_same_or_is_not_written(name: str) -> None:
    rule = {**RULE, "name": name}
    try:
        written = with_rule(TEXT, rule)
    except TakesNone:
        return
    assert scan(written, name="a").value["rules"][-1] == rule


def test_as_many_words_as_a_rule_may_look_for_go_over_lines() -> None:
    many = [f"wonderful expression number {n} indescribable things" for n in range(100)]
    when = {"condition": "comment_mentions", "words": {"en": many, "it": ["in ritardo", "no"]}}
    written = with_rule(TEXT, {**RULE, "when": when})
    assert max(map(len, written.split("\n"))) <= 120
    assert load(written, name="a").value["rules"][-1]["when"] == when
    assert "        it: [in ritardo, no]" in written.split("\n")


def test_a_text_that_changes_more_than_its_rules_does_not_only_add() -> None:
    added = with_rule(TEXT, RULE)
    assert not only_adds(TEXT, TEXT)
    assert not only_adds(TEXT, added.replace("team:Ours", "team:Theirs"))
    assert not only_adds(TEXT, added.replace("below: 7", "below: 6"))
    assert not only_adds(TEXT, "rules: [")


def test_a_draft_that_many_parts_of_a_page_ask_for_is_read_once() -> None:
    assert scanned(TEXT) is scanned(TEXT)
    assert scanned(TEXT).value["rules"][0]["key"] == "low"
