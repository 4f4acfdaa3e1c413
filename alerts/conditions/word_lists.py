"""Pure. Lists of words by language, and which of them a text holds: whole words, whatever their case and accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from feedback_engine.foundation.definitions import Language, Line, refusal

MOST_WORDS = 100
MOST_LANGUAGES = 20
LONGEST_WORD = 60
MOST_PARTS = 6

_PARTS = re.compile(r"\w+")


def parts_of(text: str) -> tuple[str, ...]:
    """The words of a text in the form in which they are compared: `L'Été` is l, ete."""
    # Folded on both sides, because a sign that is made plain may become a capital.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return tuple(_PARTS.findall("".join(sign for sign in folded if not unicodedata.combining(sign))))


def _word(value: str) -> str:
    parts = parts_of(value)
    if not parts:
        raise refusal(f"`{value}` holds no letter or digit.", "Write a word, or a few words in a row.")
    if len(parts) > MOST_PARTS:
        raise refusal(f"`{value}` has more than {MOST_PARTS} words.", "Shorten it.")
    return value


Word = Annotated[Line, Field(min_length=1, max_length=LONGEST_WORD), AfterValidator(_word)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_WORDS)]
WordLists = Annotated[dict[Language, Words], Field(min_length=1, max_length=MOST_LANGUAGES)]
"""Words, or a few in a row, by the language in which they are looked for."""


def all_words(lists: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Every word with its language, in the order by which an index means one."""
    return [(language, word) for language in sorted(lists) for word in lists[language]]


def find_word(lists: Mapping[str, tuple[str, ...]], language: str, text: str) -> int | None:
    """The index (in `all_words`) of the first word of the text's language that the text holds whole.

    `pt-BR` reads its own list, else that of `pt`; a text whose language nobody knows reads all lists.
    """
    wanted = _languages(lists, language)
    parts = parts_of(text)
    places: dict[str, list[int]] = {}
    for place, part in enumerate(parts):
        places.setdefault(part, []).append(place)
    for index, (of_language, word) in enumerate(all_words(lists)):
        if of_language in wanted and _holds(parts, places, parts_of(word)):
            return index
    return None


def _languages(lists: Mapping[str, object], language: str) -> set[str]:
    if not language:
        return set(lists)
    known = {name.casefold(): name for name in lists}
    spellings = _spellings(language.replace("_", "-").casefold())
    return {next((known[spelling] for spelling in spellings if spelling in known), "")}


def _spellings(language: str) -> Iterator[str]:
    yield language
    while "-" in language:
        language = language.rpartition("-")[0]
        yield language


def _holds(parts: tuple[str, ...], places: Mapping[str, list[int]], word: tuple[str, ...]) -> bool:
    return any(parts[place : place + len(word)] == word for place in places.get(word[0], ()))
