"""Our own words to partners ("Send", "Not now") in their language: a survey's phrases, our catalogs, the interface's.

The interface speaks English and Italian; partners are asked in any language. The catalogs beside this file hold what
partners read, and nothing else. A survey may bring further languages, or better words, under `phrases`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from feedback_engine.foundation.i18n import gettext
from surveys.definitions import SurveyDefinition

Say = Callable[..., str]
"""Words for one reader, called as `gettext`: the English text, then the numbers and names in it."""

_HERE = Path(__file__).parent


def speaker(survey: SurveyDefinition, locale: str) -> Say:
    """The words for a reader in `locale`, which must be the locale in force when the words are said."""
    language = locale.partition("-")[0]
    phrases = survey.phrases.get(locale) or survey.phrases.get(language) or {}
    catalog = _catalog(language)

    def say(text: str, /, **named: object) -> str:
        known = phrases.get(text) or catalog.get(text)
        return gettext(text, **named) if known is None else _fill(known, named)

    return say


def languages() -> tuple[str, ...]:
    """The languages of the catalogs beside this file."""
    return tuple(sorted(path.stem for path in _HERE.glob("*.po")))


@cache
def _catalog(language: str) -> Mapping[str, str]:
    path = _HERE / f"{language}.po"
    if language not in languages():
        return {}
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=language) if message.id}


def _fill(phrase: str, named: Mapping[str, object]) -> str:
    """Put the named values in. Not `str.format`: survey authors write phrases, and their braces must stay harmless."""
    for name, value in named.items():
        phrase = phrase.replace("{" + name + "}", str(value))
    return phrase
