"""Pure. What the locale data know of countries: their names in their own languages, and their time zone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

_ENCLAVES = frozenset({"Europe/Busingen"})  # one town, which keeps the time of the country around it


def own_names() -> Iterator[tuple[str, str]]:
    """Code and name of each country in each of its official languages: `PL`, `Polska`."""
    for code in get_global("territory_languages"):
        for language in get_official_languages(code, de_facto=True) if len(code) == 2 else ():
            try:
                name = Locale.parse(language).territories.get(code)
            except (UnknownLocaleError, ValueError):
                continue
            if name:
                yield code, name


@cache
def only_time_zone(country: str) -> str:
    """The time zone of a country that has one; empty for a country with several, or one we do not know."""
    zones = set(get_global("territory_zones").get(country, ())) - _ENCLAVES
    (zone,) = zones if len(zones) == 1 else ("",)
    return zone if zone in available_timezones() else ""
