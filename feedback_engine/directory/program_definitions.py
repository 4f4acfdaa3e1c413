"""Pure. `program.yaml`: who asks whom and why, in which languages, by which calendars."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from feedback_engine.directory.addresses import deliverable_address
from feedback_engine.foundation.definitions import (
    Key,
    Language,
    LocalLine,
    LocalText,
    Paragraphs,
    ShortText,
    Strict,
    TimeZone,
    did_you_mean,
    refusal,
)
from feedback_engine.foundation.errors import Invalid

STARTER_POSTAL_ADDRESS = "Example Ltd, 1 Example Street, 00000 Example"
"""What the starter program writes where the postal address belongs."""

_PLACEHOLDER_DOMAINS = ("example.com", "example.net", "example.org")
"""Domains that nobody can own (RFC 2606). The ending `.example` is not among them: demos and trials live there."""

SMALLEST_THRESHOLD = 5
"""Fewer answers than this in one figure would let a reader guess who said what."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _address(value: str) -> str:
    try:
        return deliverable_address(value)
    except Invalid as error:
        raise refusal(f"`{value[:80]}` is not an e-mail address.", error.message) from None


def _span(value: str) -> str:
    found = _SPAN.fullmatch(value)
    begin, end = (found[1] + found[2], found[3] + found[4]) if found else ("", "")
    if not begin < end <= "2400":
        raise refusal(f"`{value[:60]}` is not a span of hours.", "Write one like `09:00-17:00`.")
    return value


def _country(value: str) -> str:
    from holidays import country_holidays  # here, because only publishing needs it, and it is large
    from holidays.registry import COUNTRIES

    country, dash, region = value.partition("-")
    try:
        country_holidays(country, subdiv=region if dash else None)
    except NotImplementedError:
        known = [country_code for names in COUNTRIES.values() for country_code in names[1:2]]
        remedy = f"Write a country like `IT` or `DE-BY`, or a list of dates. {did_you_mean(country, known)}"
        raise refusal(f"No public holidays are known for `{value[:20]}`.", remedy.strip()) from None
    return value


def _day(value: Any) -> Any:
    # Pydantic would also read a number of seconds.
    if not isinstance(value, str | date):
        raise refusal(f"`{str(value)[:20]}` is not a date.", "Write one like 2026-01-31.")
    return value


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Address = Annotated[str, AfterValidator(_address)]
Span = Annotated[str, AfterValidator(_span)]
Country = Annotated[str, AfterValidator(_country)]


def is_placeholder_sender(email: str) -> bool:
    """Whether an address can belong to nobody, as the starter's own: partners@example.com."""
    domain = email.strip().rpartition("@")[2].lower()
    return any(domain == reserved or domain.endswith("." + reserved) for reserved in _PLACEHOLDER_DOMAINS)


def is_placeholder_postal_address(text: str) -> bool:
    """Whether a postal address is still the starter's own, however it is spaced."""
    return " ".join(text.split()).casefold() == STARTER_POSTAL_ADDRESS.casefold()


class Sender(Strict):
    """The person from whom mail to partners comes, and to whom replies go."""

    name: ShortText
    email: Address


class FiveWs(Strict):
    """The plan behind the program: who takes part on both sides, what is asked, when, where it changes things, why."""

    who: LocalText
    what: LocalText
    when: LocalText
    where: LocalText
    why: LocalText


class Persona(Strict):
    """People of a partner who are asked the same things; `roles` are the words for them in the contacts' records."""

    name: LocalLine
    roles: tuple[ShortText, ...] = ()


class Confidentiality(Strict):
    """How many answers a figure needs before it is shown to those who may not read the answers themselves."""

    threshold: int = Field(default=SMALLEST_THRESHOLD, ge=SMALLEST_THRESHOLD, le=100)


class CalendarDefinition(Strict):
    """Working hours in a zone; `holidays` names a country (`IT`, `DE-BY`) or lists dates."""

    time_zone: TimeZone
    hours: dict[Weekday, Span] = Field(min_length=1)
    holidays: Country | tuple[Day, ...] = ()


def _office_hours() -> dict[str, CalendarDefinition]:
    hours: dict[Weekday, Span] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
    return {"office": CalendarDefinition(time_zone="UTC", hours=hours)}


class ProgramDefinition(Strict):
    """`program.yaml`. What is left out has the value shown here; `sampling` is read by the surveys.

    What `managed_by` says of files is read-only on screen, so that no page undoes what the files say, or they it.
    """

    managed_by: Literal["files", "screen"] = "files"
    name: ShortText
    languages: tuple[Language, ...] = Field(min_length=1, max_length=60)
    sender: Sender
    postal_address: Paragraphs = Field(min_length=1, max_length=500)
    five_ws: FiveWs
    personas: dict[Key, Persona] = Field(default_factory=dict)
    confidentiality: Confidentiality = Confidentiality()
    calendars: dict[Key, CalendarDefinition] = Field(default_factory=_office_hours, min_length=1)
    calendar: Key | None = None
    hold_minutes: float = Field(default=60, ge=0, le=10_080)
    sampling: dict[str, Any] | None = None
    test_addresses: tuple[Address, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> ProgramDefinition:
        twice = sorted({language for language in self.languages if self.languages.count(language) > 1})
        if twice:
            raise refusal(f"The language `{twice[0]}` stands twice.", "Keep one of them.", at="languages")
        if self.calendar is not None and self.calendar not in self.calendars:
            known = did_you_mean(self.calendar, self.calendars)
            raise refusal(f"There is no calendar `{self.calendar}`.", known, at="calendar")
        if self.calendar is None and len(self.calendars) > 1:
            raise refusal("There are several calendars.", "Say which is the default: `calendar: ...`.", at="calendars")
        return self

    @property
    def default_calendar(self) -> str:
        """The calendar for whoever has none of their own."""
        return self.calendar or next(iter(self.calendars))

    @property
    def first_language(self) -> str:
        """The language of bare texts."""
        return self.languages[0]
