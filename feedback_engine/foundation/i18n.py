"""Owns the language a text is read in: catalogs, the locale in force, dates, times and numbers in that locale.

Source strings are English. Every `translations/<locale>/*.po` is read at first use and merged into one
catalog in memory; nothing compiled is kept. Values are named in braces: `gettext("{n} days left", n=3)`.
"""

from __future__ import annotations

import gettext as gnu
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"

# Plain "en" means American dates to Babel; day before month is what the rest of the program writes.
_FORMATS_OF = {"en": "en_GB"}

# Codes of no language, of several, of no script and of no country (ISO 639-2, ISO 15924, CLDR).
_NO_LETTERS = frozenset({"und", "mul", "mis", "zxx", "zxxx", "zzzz", "zz"})

_locale: ContextVar[str] = ContextVar("feedback_engine_locale", default=SOURCE_LANGUAGE)


# ---- which language


@cache
def languages() -> tuple[str, ...]:
    """Languages of the interface, the source language first: those that have a catalog."""
    return (SOURCE_LANGUAGE, *sorted({path.parent.name for path in TRANSLATIONS.glob("*/*.po")}))


@contextmanager
def use_locale(locale: str | None) -> Iterator[str]:
    """Read texts in `locale` ("it", "pt-BR") inside the block; an unknown locale means English."""
    before = set_locale(locale)
    try:
        yield current_locale()
    finally:
        reset_locale(before)


def set_locale(locale: str | None) -> Token[str]:
    """Read texts in `locale` from here on; give the token to `reset_locale` at the end. `use_locale` is safer."""
    return _locale.set(normalise_locale(locale))


def reset_locale(before: Token[str]) -> None:
    """Go back to the locale that was in force before `set_locale`."""
    _locale.reset(before)


def current_locale() -> str:
    """The locale in force, as written in HTML's `lang` ("en", "it", "pt-BR")."""
    return _locale.get()


@lru_cache(maxsize=256)
def normalise_locale(locale: str | None) -> str:
    """`it_IT`, `IT-it` and `it-IT` are one locale; what Babel does not know is read as English."""
    parsed = _parse(locale)
    return str(parsed).replace("_", "-") if parsed else SOURCE_LANGUAGE


def text_direction(locale: str | None = None) -> str:
    """`ltr` or `rtl`."""
    return str(_babel(locale).text_direction)


def find_language(tag: str) -> str | None:
    """A language tag by the code of today: `he` for `iw`, which it was once. None where it names no language, by the
    names that English has for languages, or none that a letter can be written in."""
    code, _, rest = tag.partition("-")
    known = _babel(SOURCE_LANGUAGE).languages
    today = code.lower() if code.lower() in known else get_global("language_aliases").get(code.lower(), "")
    # Some are a language of one country or script by now, as Dari is fa-AF; whoever said which, said it themselves.
    today = today.partition("_")[0] if rest else today.replace("_", "-")
    if today.partition("-")[0] not in known or not _NO_LETTERS.isdisjoint(f"{today}-{rest}".lower().split("-")):
        return None
    return f"{today}-{rest}" if rest else str(today)


def language_name(locale: str) -> str:
    """The language's name for itself, as a language switch shows it: "Italiano"."""
    known = _parse(locale)
    name = known.get_language_name(known) if known else None
    return (name or locale)[:1].upper() + (name or locale)[1:]


def language_for_reader(locale: str) -> str:
    """The language's name in the locale in force, as it stands alone in a list: "Inglese"."""
    known = _parse(locale)
    name = known.get_language_name(_babel(None)) if known else None
    return (name or locale)[:1].upper() + (name or locale)[1:]


def country_name(code: str) -> str:
    """The country of a two-letter code in the locale in force; the code itself where there is none."""
    return str(_babel(None).territories.get(code.upper(), code))


def is_foreign(locale: str) -> bool:
    """Whether this is another language than that of the reader; "pt" and "pt-BR" are one, none said is none."""
    return bool(locale) and _language_of(locale) != _language_of(current_locale())


def _language_of(locale: str) -> str:
    return locale.replace("_", "-").partition("-")[0].lower()


def pick(texts: Mapping[str, str], locale: str | None = None, default: str = SOURCE_LANGUAGE) -> str:
    """The text for a reader: exact locale, else its language, else `default`'s, else the first one written."""
    wanted = normalise_locale(locale or current_locale())
    for key in (wanted, wanted.partition("-")[0], default):
        if texts.get(key):
            return texts[key]
    return next((text for text in texts.values() if text), "")


# ---- texts


def gettext(text: str, /, **named: object) -> str:
    """`text` in the locale in force, with `{name}` replaced; values are not escaped (templates escape the whole)."""
    translated = _catalog(current_locale()).gettext(text)
    return translated.format(**named) if named else translated


def ngettext(singular: str, plural: str, n: float, /, **named: object) -> str:
    """The form of the text that fits `n`, which is always available as `{n}`."""
    # Half an hour is plural in our languages, and a catalog knows whole numbers only.
    whole = int(n) if n == int(n) else 2
    translated = _catalog(current_locale()).ngettext(singular, plural, whole)
    return translated.format(n=format_measure(n), **named)


def gettext_noop(text: str) -> str:
    """Marks a constant for the catalogs; whoever shows it calls `gettext` then."""
    return text


@cache
def _catalog(locale: str) -> gnu.NullTranslations:
    language = locale.partition("-")[0]
    folder = TRANSLATIONS / language
    if language == SOURCE_LANGUAGE or not folder.is_dir():
        return gnu.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged_catalog(language))
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


def merged_catalog(language: str) -> Catalog:
    """All `.po` files of a language as one catalog; one text may stand in several files."""
    merged = Catalog(locale=language)
    for path in sorted((TRANSLATIONS / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string)
    return merged


# ---- dates and times


_SKELETONS = {"weekday": "MMMEd", "day": "MMMd"}


def format_date(
    at: datetime | date, zone: str | ZoneInfo | None = None, locale: str | None = None, style: str = "medium"
) -> str:
    """A day as people write it; style `short` 09/03/2026, `day` 9 Mar, `medium` 9 Mar 2026, `long`, `full` Monday 9
    March 2026, `weekday` Mon 9 Mar. An instant needs the zone in which it is read."""
    day = _local(at, zone).date() if isinstance(at, datetime) else at
    known = _babel(locale)
    pattern = known.datetime_skeletons[_SKELETONS[style]].pattern if style in _SKELETONS else style
    written = str(dates.format_date(day, format=pattern, locale=known))
    # English puts a comma after the weekday, which only slows reading in a list.
    return written.replace(", ", " ") if str(known) == "en_GB" else written


def format_time(at: datetime, zone: str | ZoneInfo | None, locale: str | None = None) -> str:
    """Hour and minute of an instant in a zone: 17:00."""
    return dates.format_time(_local(at, zone).time(), format="short", locale=_babel(locale))


def format_datetime(at: datetime, zone: str | ZoneInfo | None, locale: str | None = None, style: str = "medium") -> str:
    """Day and time of an instant in a zone: 9 Mar 2026, 17:00; `style` as for `format_date`."""
    pattern = str(dates.get_datetime_format("medium", locale=_babel(locale)))
    return pattern.replace("{1}", format_date(at, zone, locale, style)).replace("{0}", format_time(at, zone, locale))


def city_of(zone: str, locale: str | None = None) -> str:
    """The city that a time zone is named after, as the locale calls it: of Europe/Lisbon Lisbon, Lisbona."""
    known = _babel(locale).time_zones
    # Babel lists cities under the names that zones had once: Europe/Kiev, Asia/Calcutta.
    names = (zone, *(old for old, new in get_global("zone_aliases").items() if new == zone))
    told = (known[name].get("city") for name in names if name in known)
    return str(next(filter(None, told), None) or zone.rpartition("/")[2].replace("_", " "))


def sentence(words: str) -> str:
    """Words as they stand alone, with a large first letter: has left, Has left."""
    return words[:1].upper() + words[1:]


def _local(at: datetime, zone: str | ZoneInfo | None) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A time without zone cannot be shown; pass an aware instant.")
    return at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone or ZoneInfo("UTC"))


# ---- numbers


def format_number(value: float, digits: int = 0, locale: str | None = None) -> str:
    """A number with grouping and exactly `digits` decimals, with a true minus sign."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    written = str(numbers.format_decimal(value, format=pattern, locale=_babel(locale)))
    return written.replace("-", "\N{MINUS SIGN}")


def format_measure(value: float, locale: str | None = None) -> str:
    """A number of unknown unit, such as an attribute of an event: 133,500; 12,345.60; 2.5. Never 133500.0."""
    if float(value).is_integer():
        return format_number(value, 0, locale)
    # One decimal is how hours and days are written; from a thousand on it is mostly money.
    digits = 1 if abs(value) < 1000 and round(value, 1) == value else 2
    return format_number(value, digits, locale)


def format_points(value: float, locale: str | None = None) -> str:
    """Points of NPS, signed and whole: +25, −16, 0."""
    whole = round(value)
    return ("+" if whole > 0 else "") + format_number(whole, locale=locale)


def format_share(share: float, digits: int = 0, locale: str | None = None) -> str:
    """A share 0..1 in per cent, as 36 %; the blank does not break."""
    return format_number(share * 100, digits, locale) + "\N{NO-BREAK SPACE}%"


# ---- Babel


@cache
def _parse(locale: str | None) -> Locale | None:
    try:
        return Locale.parse((locale or "").replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return None


def _babel(locale: str | None) -> Locale:
    wanted = normalise_locale(locale or current_locale())
    return Locale.parse(_FORMATS_OF.get(wanted, wanted).replace("-", "_"))
