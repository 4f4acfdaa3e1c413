"""A survey file is read strictly, and what is wrong in it is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import surveys
from feedback_engine.foundation.definitions import DefinitionError, load, parse
from surveys.definitions import (
    SurveyDefinition,
    body_of,
    choose_language,
    read_body,
    remarks,
    undeclared_fields,
)
from tests.surveys import builders as build

LIBRARY = sorted((Path(surveys.__file__).parent / "library").glob("*.yaml"))


def test_a_survey_is_stored_and_read_back_unchanged() -> None:
    survey = build.survey()
    assert read_body(body_of(survey)) == survey


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_surveys_we_ship_are_sound_in_both_languages(path: Path) -> None:
    survey = parse(SurveyDefinition, load(path.read_text(encoding="utf-8"), name=path.name))
    assert set(survey.languages(["en", "it"])) >= {"en", "it"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: nps", "type: nsp", "nps"),  # the closest known type is named
        ("key: better", "key: recommend", "recommend"),  # one key twice
        ("{event.deal|Your deal}", "{contact.email}", "contact.email"),  # no such field
        ("{event.deal|Your deal}", "{event.deal", "brace"),
        ("{event.deal|Your deal}", "{{ config }}", "brace"),
        ("survey: deal-registration", "survey: Deal", "survey"),
        ("thanks:", "tanks:", "thanks"),
        ("type: nps\n", "type: nps\n    scale: 5\n", "scale"),  # a key it does not know
    ],
)
def test_a_fault_is_named_with_file_and_line(old: str, new: str, words: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        build.survey(build.SURVEY.replace(old, new, 1))
    fault = caught.value.definition_faults[0]
    assert fault.file == "surveys/survey.yaml"
    assert fault.line > 0
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("it", "it"),
        ("it-IT", "it"),  # a regional tag falls back to its language
        ("it_CH", "it"),
        ("pt", "en"),  # not offered: the program's first
        ("", "en"),
    ],
)
def test_a_contact_is_addressed_in_a_language_the_survey_has(wanted: str, expected: str) -> None:
    assert choose_language(build.survey(), ["en", "it"], wanted) == expected


def test_a_language_is_only_offered_when_every_text_is_there() -> None:
    half = build.survey(build.SURVEY.replace(', it: "La registrazione {event.deal}"', ""))
    assert half.languages(["en", "it"]) == ("en",)
    assert any("it" in fault.detail for fault in remarks(half, ["en", "it"]))


def test_a_bare_text_is_in_the_programs_first_language() -> None:
    assert build.survey(build.EVERY_TYPE).languages(["de", "en"]) == ("de",)


def test_fields_must_be_declared_by_the_event() -> None:
    assert undeclared_fields(build.survey(), ["deal"]) == []
    assert undeclared_fields(build.survey(), ["amount"])
