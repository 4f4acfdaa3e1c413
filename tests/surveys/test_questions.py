"""Every type of question reads what its page can send, and answers everything else with a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.questions import QUESTION_TYPES, Asked, Given, Question, Refused
from surveys.questions.base import TEXT_LIMIT, clean_text

NOBODY, KNOWN = Asked(), Asked(phone_known=True)

EXTRAS: dict[str, dict[str, Any]] = {
    "single_choice": {"choices": [{"key": "portal", "text": "The portal"}, {"key": "people", "text": "The people"}]}
}


def question(kind: str, **changes: Any) -> Question:
    """A question of a type."""
    (made,) = [each for each in QUESTION_TYPES if each.kind == kind]
    return made.model_validate({"key": "q", "type": kind, "text": "Well?", **EXTRAS.get(kind, {}), **changes})


EVERY_KIND = [each.kind for each in QUESTION_TYPES]


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        ("nps", {"q-q": "0"}, Given(score=0)),
        ("nps", {"q-q": "10"}, Given(score=10)),
        ("csat", {"q-q": "5"}, Given(score=5)),
        ("ces", {"q-q": "7"}, Given(score=7)),
        ("single_choice", {"q-q": "people"}, Given(choice="people")),
        ("open_text", {"q-q": " Slow.\r\nVery. "}, Given(text="Slow.\nVery.")),
        ("open_text", {"q-q": "a\x07b\x1b[31m"}, Given(text="ab[31m")),  # control characters are dropped
        ("open_text", {"q-q": "x" * TEXT_LIMIT}, Given(text="x" * TEXT_LIMIT)),
        ("open_text", {"q-q": "   "}, None),
        ("call_me", {}, None),
        ("call_me", {"q-q-phone": "+351 91 234 5678"}, None),  # a number without the tick asks for nothing
        ("call_me", {"q-q": "yes", "q-q-phone": "+351 91 234 5678"}, Given(choice="any", text="+351 91 234 5678")),
        ("call_me", {"q-q": "yes", "q-q-phone": "12345", "q-q-time": "09-12"}, Given(choice="09-12", text="12345")),
    ],
)
def test_an_answer_is_read_from_its_form_and_none_where_nothing_was_answered(
    kind: str, form: dict[str, str], expected: Given | None
) -> None:
    assert question(kind).parse(form, NOBODY) == expected


@pytest.mark.parametrize(
    ("kind", "form", "at"),
    [
        ("nps", {"q-q": "11"}, "q-q"),
        ("nps", {"q-q": "-1"}, "q-q"),
        ("nps", {"q-q": "٧"}, "q-q"),  # a digit to int(), but not one we offer
        ("nps", {"q-q": "1_0"}, "q-q"),
        ("nps", {"q-q": "07"}, "q-q"),
        ("nps", {"q-q": "7.0"}, "q-q"),
        ("csat", {"q-q": "0"}, "q-q"),
        ("ces", {"q-q": "8"}, "q-q"),
        ("single_choice", {"q-q": "else"}, "q-q"),
        ("open_text", {"q-q": "x" * (TEXT_LIMIT + 1)}, "q-q"),
        ("open_text", {"q-q": "a\0b"}, "q-q"),
        ("call_me", {"q-q": "yes"}, "q-q-phone"),  # nobody knows a number
        ("call_me", {"q-q": "yes", "q-q-phone": "call my boss"}, "q-q-phone"),
        ("call_me", {"q-q": "yes", "q-q-phone": "9" * 41}, "q-q-phone"),
        ("call_me", {"q-q": "yes", "q-q-phone": "12345", "q-q-time": "03-04"}, "q-q-time"),
    ],
)
def test_what_the_page_never_offers_is_refused_with_a_remedy(kind: str, form: dict[str, str], at: str) -> None:
    refused = question(kind).parse(form, NOBODY)
    assert isinstance(refused, Refused)
    assert refused.input == at
    assert refused.remedy.format(**refused.numbers) if refused.numbers else refused.remedy


def test_a_known_number_need_not_be_typed_again() -> None:
    assert question("call_me").parse({"q-q": "yes"}, KNOWN) == Given(choice="any", text="")


def test_scores_are_required_unless_the_survey_says_otherwise() -> None:
    assert isinstance(question("nps").read({}, NOBODY), Refused)
    assert question("nps", required=False).read({}, NOBODY) is None
    assert question("open_text").read({}, NOBODY) is None
    assert isinstance(question("open_text", required=True).read({}, NOBODY), Refused)


@pytest.mark.parametrize("kind", EVERY_KIND)
@given(value=st.text(max_size=60), phone=st.text(max_size=60), time=st.text(max_size=8))
def test_no_form_breaks_a_question_and_every_answer_can_be_shown_again(
    kind: str, value: str, phone: str, time: str
) -> None:
    asked = question(kind)
    form = dict(zip(asked.fields(), (value, phone, time), strict=False))
    parsed = asked.parse(form, KNOWN)
    if isinstance(parsed, Given):
        assert asked.parse(asked.show(parsed), KNOWN) == parsed


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_links_in_the_mail_preselect_what_they_show(kind: str) -> None:
    asked = question(kind)
    for choice in asked.mail_choices("en", "en"):
        form = asked.preselect(choice.value)
        assert isinstance(asked.parse(form, NOBODY), Given)
    assert asked.preselect("no such answer") == {}


def test_the_recommend_question_has_eleven_links_in_two_rows() -> None:
    asked = question("nps")
    assert [choice.label for choice in asked.mail_choices("en", "en")] == [str(score) for score in range(11)]
    assert asked.mail_columns == 6


@given(st.text())
def test_cleaned_text_holds_no_control_character(raw: str) -> None:
    cleaned = clean_text(raw)
    assert (cleaned is None) == ("\0" in raw)
    if cleaned is not None:
        assert cleaned == clean_text(cleaned)
        assert not any((ord(sign) < 32 and sign not in "\n\t") or 127 <= ord(sign) < 160 for sign in cleaned)
