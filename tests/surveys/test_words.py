"""Our own words reach partners in their language, and an author's phrase is never code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import surveys
from feedback_engine.foundation.i18n import merged_catalog, use_locale
from surveys import words
from tests.surveys import builders as build

SLICE = Path(surveys.__file__).parent
CODE = ["answering.py", "invitation_mail.py", "wording.py", "web/receipt.py"]
CALLS = ("gettext", "gettext_noop", "ngettext", "say")
PAGES = ["closed", "not_now", "unsubscribe", "retry", "receipt", "respond"]


def said_to_partners() -> set[str]:
    """Every text of ours on the pages and in the mail that partners get."""
    found = set(_in_code(*(SLICE / name for name in CODE), *(SLICE / "questions").glob("*.py")))
    pages = [SLICE / "templates" / "surveys" / f"{name}.html" for name in PAGES]
    return found | set(_in_pages(*pages, *(SLICE / "templates" / "surveys" / "questions").glob("*.html")))


@pytest.mark.parametrize("language", words.languages())
def test_every_word_to_partners_is_there_in_each_language_we_bring(language: str) -> None:
    with (SLICE / "words" / f"{language}.po").open("rb") as file:
        catalog = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    assert said_to_partners() <= set(catalog)
    for text, translated in catalog.items():
        assert translated, text
        assert _names(text) == _names(translated), text


def test_every_text_of_the_slice_is_there_in_italian() -> None:
    catalog = merged_catalog("it")
    pages = list((SLICE / "templates" / "surveys").glob("**/*.html"))
    texts = {*_in_code(*SLICE.glob("*.py"), *(SLICE / "web").glob("*.py")), *_in_pages(*pages), *said_to_partners()}
    missing = sorted(text for text in texts if text not in catalog or not catalog[text].string)
    assert missing == []


def test_an_author_may_bring_further_languages_and_better_words() -> None:
    survey = build.survey(build.SURVEY + "phrases: {nl: {Send: Versturen, '{n} questions': '{n} vragen'}}\n")
    with use_locale("nl"):
        say = words.speaker(survey, "nl-BE")
        assert say("Send") == "Versturen"
        assert say("{n} questions", n=3) == "3 vragen"
        assert say("Not now") == "Not now"


@pytest.mark.parametrize(("language", "send"), [("en", "Send"), ("it", "Inviare"), ("de", "Senden"), ("ar", "إرسال")])
def test_the_button_speaks_the_readers_language(language: str, send: str) -> None:
    with use_locale(language):
        assert words.speaker(build.survey(), language)("Send") == send


def test_a_phrase_is_no_format_string() -> None:
    survey = build.survey(build.SURVEY + "phrases: {ar: {'{n} questions': '{n.__class__} {0} {n}'}}\n")
    assert words.speaker(survey, "ar")("{n} questions", n=3) == "{n.__class__} {0} 3"


def _in_code(*paths: Path) -> Iterator[str]:
    for path in paths:
        with path.open("rb") as file:
            for _, _, message, _ in extract_python(file, dict.fromkeys(CALLS), [], {}):
                yield from _first(message)


def _in_pages(*paths: Path) -> Iterator[str]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true"}
    for path in paths:
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_", "ngettext", "rich"], [], options):
                yield from _first(message)


def _first(message: object) -> Iterator[str]:
    texts = [message] if isinstance(message, str) else [text for text in message or () if text]  # type: ignore[attr-defined]
    yield from texts[:1]


def _names(text: str) -> list[str]:
    return sorted(re.findall(r"{\w+}", text))
