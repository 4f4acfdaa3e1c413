"""Texts, dates and numbers stand in the reader's language, and every text has its Italian twin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation import i18n
from feedback_engine.foundation.i18n import gettext, ngettext, pick, use_locale

ROOT = Path(i18n.__file__).resolve().parents[2]
INNER = sorted(f"feedback_engine/{path.parent.name}" for path in ROOT.glob("feedback_engine/*/__init__.py"))
AREAS = [*INNER, "journeys", "surveys", "alerts"]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "gettext_noop": None, "rich": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract"), ("**.txt", "jinja2.ext:babel_extract")]
EVENING = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)


# ---- languages


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("it", "it"),
        ("it_IT", "it-IT"),  # as operating systems write it
        ("IT-it", "it-IT"),  # as people write it
        ("pt-BR", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("tlh", "en"),  # Klingon has no dates in CLDR
        ("", "en"),
        (None, "en"),
        ("../../etc", "en"),
    ],
)
def test_a_locale_has_one_spelling(written: str | None, means: str) -> None:
    assert i18n.normalise_locale(written) == means


@given(st.text(max_size=40))
def test_any_text_from_outside_is_a_locale_or_english(text: str) -> None:
    once = i18n.normalise_locale(text)
    assert i18n.normalise_locale(once) == once


def test_a_block_has_its_language_and_gives_it_back() -> None:
    assert gettext("Stop sending") == "Stop sending"
    with use_locale("it-CH"):
        assert gettext("Stop sending") == "Fermare invii"
        with use_locale("en"):
            assert gettext("Stop sending") == "Stop sending"
        assert i18n.current_locale() == "it-CH"
    assert i18n.current_locale() == "en"


def test_a_language_without_catalog_reads_english() -> None:
    with use_locale("pt-BR"):
        assert gettext("Stop sending") == "Stop sending"


def test_english_comes_first_and_italian_is_there() -> None:
    assert i18n.languages()[0] == "en"
    assert "it" in i18n.languages()


@pytest.mark.parametrize(
    ("locale", "direction", "name"),
    [("en", "ltr", "English"), ("it", "ltr", "Italiano"), ("ar", "rtl", "العربية"), ("pt", "ltr", "Português")],
)
def test_a_language_knows_its_direction_and_its_own_name(locale: str, direction: str, name: str) -> None:
    assert i18n.text_direction(locale) == direction
    assert i18n.language_name(locale) == name


@pytest.mark.parametrize(
    ("texts", "locale", "text"),
    [
        ({"en": "Yes", "it": "Sì"}, "it", "Sì"),
        ({"en": "Yes", "it": "Sì"}, "it-CH", "Sì"),  # the language serves where the region has no text
        ({"en": "Yes", "pt-BR": "Sim"}, "pt-BR", "Sim"),
        ({"en": "Yes", "it": "Sì"}, "ar", "Yes"),  # the default
        ({"it": "Sì"}, "ar", "Sì"),  # anything rather than nothing
        ({"en": "", "it": "Sì"}, "en", "Sì"),  # an empty text is no text
        ({}, "en", ""),
    ],
)
def test_a_text_by_language_is_picked_for_its_reader(texts: Mapping[str, str], locale: str, text: str) -> None:
    assert pick(texts, locale) == text


# ---- texts


def test_named_values_are_put_in() -> None:
    assert gettext("n = {n}", n="64") == "n = 64"


def test_braces_without_values_stay() -> None:
    assert gettext("write {event.name}") == "write {event.name}"


@pytest.mark.parametrize(("count", "text"), [(0, "0 persone"), (1, "1 persona"), (2000, "2.000 persone")])
def test_a_count_chooses_the_form_and_is_written_in_the_language(count: int, text: str) -> None:
    with use_locale("it"):
        assert ngettext("{n} person", "{n} people", count) == text


# ---- dates and numbers


@pytest.mark.parametrize(
    ("locale", "style", "text"),
    [
        ("en", "short", "10/03/2026"),
        ("en", "medium", "10 Mar 2026"),
        ("en", "full", "Tuesday 10 March 2026"),
        ("en", "weekday", "Tue 10 Mar"),
        ("it", "full", "martedì 10 marzo 2026"),
        ("en-US", "medium", "Mar 10, 2026"),
    ],
)
def test_a_day_is_the_day_in_the_readers_zone(locale: str, style: str, text: str) -> None:
    assert i18n.format_date(EVENING, "Europe/Rome", locale, style) == text  # half an hour past midnight in Rome


def test_a_plain_day_needs_no_zone() -> None:
    assert i18n.format_date(date(2026, 3, 9), locale="en") == "9 Mar 2026"


def test_an_instant_is_day_and_time() -> None:
    assert i18n.format_datetime(EVENING, "Europe/Lisbon", "en") == "9 Mar 2026, 23:30"
    assert i18n.format_time(EVENING, "Asia/Kolkata", "en") == "05:00"


@pytest.mark.parametrize(
    ("zone", "locale", "city"),
    [
        ("Europe/Lisbon", "en", "Lisbon"),
        ("Europe/Lisbon", "it", "Lisbona"),
        ("America/New_York", "it", "New York"),
        ("Europe/Kyiv", "en", "Kyiv"),  # Babel knows it by its former name only
        ("Asia/Kolkata", "it", "Calcutta"),
        ("UTC", "it", "UTC"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
    ],
)
def test_a_zone_is_called_by_its_city_in_the_readers_language(zone: str, locale: str, city: str) -> None:
    assert i18n.city_of(zone, locale) == city


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        i18n.format_time(EVENING.replace(tzinfo=None), "UTC")


@pytest.mark.parametrize(
    ("points", "text"),
    [(25, "+25"), (-16.4, "−16"), (0, "0"), (-0.2, "0"), (100, "+100")],  # a rounded zero has no sign
)
def test_points_carry_their_sign(points: float, text: str) -> None:
    assert i18n.format_points(points) == text


@pytest.mark.parametrize(("locale", "text"), [("en", "35.7\N{NO-BREAK SPACE}%"), ("it", "35,7\N{NO-BREAK SPACE}%")])
def test_a_share_is_written_in_per_cent(locale: str, text: str) -> None:
    assert i18n.format_share(0.357, 1, locale) == text


@pytest.mark.parametrize(
    ("locale", "n", "text"),
    [
        ("en", 1, "1 hour later"),
        ("en", 24.0, "24 hours later"),
        ("en", 0.5, "0.5 hours later"),  # not "0 hours"
        ("en", 1.5, "1.5 hours later"),
        ("it", 1.5, "1,5 ore dopo"),
        ("it", 1, "1 ora dopo"),
        ("en", 12345, "12,345 hours later"),
    ],
)
def test_a_count_has_its_form(locale: str, n: float, text: str) -> None:
    with use_locale(locale):
        assert ngettext("{n} hour later", "{n} hours later", n) == text


@pytest.mark.parametrize(
    ("locale", "value", "text"),
    [
        ("en", 133500.0, "133,500"),  # an amount has no empty decimal
        ("it", 133500.0, "133.500"),
        ("en", 1234.5, "1,234.50"),  # nor half a pair of cents
        ("en", 2.5, "2.5"),  # days, hours
        ("it", 37.25, "37,25"),
        ("en", -0.125, "−0.12"),
        ("en", 3, "3"),
    ],
)
def test_a_number_of_unknown_unit_is_written_as_people_do(locale: str, value: float, text: str) -> None:
    assert i18n.format_measure(value, locale) == text


# ---- catalogs


def _texts(area: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for file, line, message, _comments, _context in extract_from_dir(ROOT / area, METHODS, keywords=KEYWORDS):
        yield f"{area}/{file}:{line}", message


@pytest.mark.parametrize("area", AREAS)
def test_every_text_has_its_italian_twin(area: str) -> None:
    catalog = i18n.merged_catalog("it")
    missing = [f"{place}  {text!r}" for place, text in _texts(area) if not _is_translated(catalog, text)]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", sorted(i18n.TRANSLATIONS.glob("*/*.po")), ids=lambda path: path.name)
def test_a_translation_names_the_same_values(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert messages
    for message in messages:
        sources, forms = _as_tuple(message.id), _as_tuple(message.string)
        wanted = set[str]().union(*map(_names, sources))
        assert all(forms), f"{path.name}: {message.id!r} has no translation"
        assert all(_names(form) <= wanted for form in forms), f"{path.name}: {message.id!r} names too much"
        assert set[str]().union(*map(_names, forms)) == wanted, f"{path.name}: {message.id!r} loses a value"


def test_areas_agree_on_the_translation_of_a_text() -> None:
    known: dict[object, tuple[object, str]] = {}
    for path in sorted((i18n.TRANSLATIONS / "it").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    other = known.setdefault(message.id, (message.string, path.name))
                    assert other[0] == message.string, f"{message.id!r}: {other[1]} and {path.name} disagree"


def test_italian_addresses_partners_and_staff_alike_with_the_polite_form() -> None:
    familiar = re.compile(r"\b(?i:tu|ti|te|tu[ao]|tuoi|tue|hai|puoi|vuoi|devi|scegli|fai|voi)\b|\blei\b")
    for path in sorted((i18n.TRANSLATIONS / "it").glob("*.po")):
        with path.open("rb") as file:
            forms = [form for message in read_po(file) if message.id for form in _as_tuple(message.string)]
        assert [form for form in forms if familiar.search(form)] == [], path.name


def test_italian_has_one_word_for_a_call() -> None:
    # The first rung of a conflict is a direct talk, by whatever means.
    other = re.compile(r"(?i)\btelefonat[ae]\b|\bcolloqui\b|\bcolloquio\b(?! diretto)")
    for path in sorted((i18n.TRANSLATIONS / "it").glob("*.po")):
        with path.open("rb") as file:
            forms = [form for message in read_po(file) if message.id for form in _as_tuple(message.string)]
        assert [form for form in forms if other.search(form)] == [], path.name


def _is_translated(catalog: Catalog, text: str | tuple[str, ...]) -> bool:
    """Whether the text is found as it is asked for: a count is not found in an entry of one form."""
    message = catalog.get(text)
    return message is not None and (isinstance(text, str) or message.pluralizable)


def _as_tuple(texts: object) -> tuple[str, ...]:
    """A message of one form as a tuple too; Babel gives text, list or tuple."""
    return tuple(map(str, texts)) if isinstance(texts, list | tuple) else (str(texts),)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
