"""A rule that is added by form on the alert bench, as its readers meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests

from feedback_engine.app.program_draft import text_in_force
from tests.app.benched import BENCH, FILE, benched, posted, press, words_of
from tests.installation import Installation


@pytest.fixture(scope="module")
def furnished(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with benched(migrated_sqlite, tmp_path_factory.mktemp("bench")) as installation:
        yield installation


@pytest.fixture(scope="module")
def priya(furnished: Installation) -> requests.Session:
    """The browser of an admin."""
    return furnished.signed_in("priya@northwind.example")


def filled(**other: str) -> dict[str, str]:
    """The fields of a rule for low scores of one question at one touchpoint."""
    return {
        "rule/shown": "score_below",
        "rule/condition": "score_below",
        "rule/when/question": "nps",
        "rule/when/below": "5",
        "rule/name": "Deal gone wrong",
        "rule/touchpoint": "deal.registration_decided",
        "rule/severity": "high",
        "rule/kind": "recovery",
        **other,
    }


def test_a_rule_is_added_by_form_and_is_a_draft_like_any_other(
    furnished: Installation, priya: requests.Session
) -> None:
    page = posted(furnished, priya, f"{BENCH}/rule", FILE, 200, **{"set/promoter/at_least": "8"})
    draft = re.search(r'name="draft" value="([^"]*)"', page)
    assert draft
    typed = unescape(draft[1])
    assert typed == FILE.replace("at_least: 9", "at_least: 8"), "numbers typed beside it come along"
    tried = posted(furnished, priya, BENCH, typed, 200, **filled())
    told = words_of(tried)
    assert "“Deal gone wrong” is in the draft." in told
    assert "Deal gone wrong: score below (0–10)" in told
    assert "Publish this draft" in told
    assert re.search(r"Deal gone wrong high [1-9]", told), "it raises alerts in the trial"
    text = re.search(r'<textarea class="mono"[^>]*>\n(.*?)</textarea>', tried, re.DOTALL)
    assert text
    added = """  - key: deal_gone_wrong
    name: Deal gone wrong
    when: {condition: score_below, question: nps, below: 5}
    touchpoints: [deal.registration_decided]
    severity: high
    kind: recovery
"""
    before, behind = typed.split("\n# First the partner's owner")
    assert unescape(text[1]) == f"{before}{added}\n# First the partner's owner{behind}"
    published = press(furnished, priya, f"{BENCH}/publish", unescape(text[1]))
    assert "Published. The new alerts are in force." in published
    with furnished.engine.work.read() as reading:
        in_force = text_in_force(reading)
        assert "Deal gone wrong" in in_force
    again = filled(**{"rule/name": "Deal gone wrong"})
    tried = posted(furnished, priya, BENCH, in_force, 200, **again)
    assert "key: deal_gone_wrong_2" in tried
    assert not re.search(r'<details class="act" open', tried), "what was added by form needs no look into the file"
    press(furnished, priya, f"{BENCH}/publish", FILE)


def test_a_new_rule_with_a_wrong_field_says_what_it_wants_and_keeps_the_rest(
    furnished: Installation, priya: requests.Session
) -> None:
    page = posted(furnished, priya, BENCH, FILE, 422, **filled(**{"rule/when/below": "11"}))
    assert '<a href="#rule-when-below">Give a whole number from 1 to 10.</a>' in page
    assert 'value="Deal gone wrong"' in page
    assert unescape(FILE) in unescape(page)


def test_another_condition_shows_its_own_settings_before_anything_is_added(
    furnished: Installation, priya: requests.Session
) -> None:
    page = posted(furnished, priya, BENCH, FILE, 200, **filled(**{"rule/condition": "silence"}))
    told = words_of(page)
    assert "None for so many days 7 to 730 days" in told
    assert 'id="rule-touchpoint"' not in page
    assert 'name="rule/shown" value="silence"' in page
    assert "The bench tries no rule that needs no answer" in told
    thanks = posted(furnished, priya, f"{BENCH}/rule", FILE, 200, **filled(**{"rule/condition": "score_high"}))
    assert '<option value="thanks" selected' in thanks


def test_each_number_of_a_new_rule_says_on_which_scale_or_in_what_it_counts(
    furnished: Installation, priya: requests.Session
) -> None:
    page = words_of(priya.get(f"{furnished.address}{BENCH}/rule", timeout=30).text)
    assert "Score below On the scale of the question: 0–10, 1–7 · “Up to 6” is below 7." in page
    several = {"rule/condition": "several_detractors"}
    page = words_of(posted(furnished, priya, f"{BENCH}/rule", FILE, 200, **filled(**several)))
    assert "People, at least 2 to 100 people" in page
    assert "Within days 1 to 365 days" in page


def test_a_number_of_the_file_without_one_question_names_the_scales_it_may_stand_on(
    furnished: Installation, priya: requests.Session
) -> None:
    draft = FILE.replace("question: nps, below: 7", "below: 7")
    told = words_of(posted(furnished, priya, BENCH, draft, 200))
    assert "Would not recommend us: score below on the scale of the question: 0–10, 1–7" in told


def test_a_draft_whose_rules_stand_between_brackets_says_that_it_takes_none_by_form(
    furnished: Installation, priya: requests.Session
) -> None:
    draft = "rules: [{key: a, name: x, when: {condition: asks_for_contact}}]\nroutes: {otherwise: team:Alliances}\n"
    page = posted(furnished, priya, f"{BENCH}/rule", draft, 200)
    refused = posted(furnished, priya, BENCH, draft, 422, **filled())
    for each in (page, refused):
        assert "This draft takes no rule by form" in each
        assert "Put it into the draft" not in each
    back = posted(furnished, priya, BENCH, draft, 200, **{"rule/without": "yes", "rule/condition": "score_below"})
    assert "Alerts by rule" in back


@pytest.mark.parametrize("end", ["\r", "\n\r"])
def test_a_draft_whose_lines_end_as_no_browser_sends_them_takes_a_rule_too(
    furnished: Installation, priya: requests.Session, end: str
) -> None:
    draft = FILE.replace("\n", end)
    asked = posted(furnished, priya, f"{BENCH}/rule", draft, 200)
    assert "Put it into the draft" in asked
    assert "“Deal gone wrong” is in the draft." in words_of(posted(furnished, priya, BENCH, draft, 200, **filled()))


def test_as_many_words_as_a_rule_may_look_for_are_added_by_form(
    furnished: Installation, priya: requests.Session
) -> None:
    many = "\n".join(f"wonderful expression number {n} indescribable things" for n in range(100))
    of_words = {"rule/shown": "comment_mentions", "rule/condition": "comment_mentions", "rule/when/words/en": many}
    told = words_of(posted(furnished, priya, BENCH, FILE, 200, **filled(**of_words)))
    assert "“Deal gone wrong” is in the draft." in told


def test_a_rule_for_which_a_file_has_no_room_says_so_and_stays_in_its_fields(
    furnished: Installation, priya: requests.Session
) -> None:
    room = 128 * 1024 - len(FILE) - 150
    draft = FILE + f"# {'x' * 97}\n" * (room // 100)
    draft += "#" * (128 * 1024 - len(draft) - 150)
    page = posted(furnished, priya, BENCH, draft, 422, **filled())
    told = words_of(page)
    assert "One thing needs correcting" in told
    assert "With one more rule the file could not be read: The file is larger than 128 KB." in told
    assert 'value="Deal gone wrong"' in page


def test_a_draft_that_takes_no_rule_says_the_reason_that_holds(
    furnished: Installation, priya: requests.Session
) -> None:
    unread = words_of(posted(furnished, priya, f"{BENCH}/rule", "rules: [", 200))
    assert "takes no rule by form. It cannot be read: go back, and the bench says what is wrong." in unread
    empty = words_of(posted(furnished, priya, BENCH, "", 422, **filled()))
    assert "“Deal gone wrong” is in the draft." in empty
    assert "routes" in empty
