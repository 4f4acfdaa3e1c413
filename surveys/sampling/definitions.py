"""Pure. The `sampling:` block of a program or a touchpoint, as people write it.

What stands at a touchpoint replaces what the program says under the same name; `false` switches a rule off there.
A rule that is written nowhere is off; suppression, erasure and age are always on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from feedback_engine.foundation.definitions import Strict, refusal

MAX_DAYS = 3650
Days = Annotated[float, Field(ge=0, le=MAX_DAYS)]
WindowDays = Annotated[float, Field(gt=0, le=MAX_DAYS)]
Share = Annotated[float, Field(ge=0, le=1)]
OnHit = Literal["refuse", "defer"]
Scope = Literal["this_survey", "survey_family", "any_survey"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
IsoDate = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]

STRATA = re.compile(
    r"(partner\.(kind|tier|region|country|attributes\.\w{1,64})|contact\.(role|language)|event\.\w{1,64})"
)
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def minutes_of(hours: str) -> tuple[int, int]:
    """`09:00-17:00` as minutes since midnight, from and to. Raises a refusal when it says nothing sensible."""
    found = _HOURS.fullmatch(hours)
    begin, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if not begin < end <= 1440:
        raise refusal(f"`{hours[:40]}` is not a span of hours.", "Write one like `09:00-17:00`.")
    return begin, end


def _hours(value: str) -> str:
    minutes_of(value)
    return value


def _stratum(value: str) -> str:
    if not STRATA.fullmatch(value):
        remedy = "Write `partner.tier`, `contact.role` or `event.name`."
        raise refusal(f"`{value[:80]}` does not name a stratum.", remedy)
    return value


def _as_rate(value: Any) -> Any:
    return {"rate": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


def _off(value: Any) -> Any:
    return None if value is False else value


def _off_or(written: Any) -> BeforeValidator:
    """`false` at a touchpoint switches off what the program says; `written` is what editors offer besides."""
    return BeforeValidator(_off, json_schema_input_type=written | Literal[False] | None)


class RandomShare(Strict):
    """A random share of the events; `rates` by the value of `by`, `rate` for all others.

    `panel: person` draws each person once for good, so that the same people are asked every time.
    """

    rate: Share
    by: Annotated[str, AfterValidator(_stratum)] | None = None
    rates: dict[str, Share] = Field(default_factory=dict)
    panel: Literal["event", "person"] = "event"

    @model_validator(mode="after")
    def _rates_need_by(self) -> RandomShare:
        if self.rates and self.by is None:
            raise refusal("`rates` are given, but not by what.", "Write for example `by: partner.tier`.")
        return self


class Gap(Strict):
    """The least time since the person was asked, answered or declined. Declining counts whatever survey it was."""

    since_asked_days: Days | None = None
    since_answered_days: Days | None = None
    since_declined_days: Days | None = None
    scope: Scope = "any_survey"
    on_hit: OnHit | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Gap:
        if (self.since_asked_days, self.since_answered_days, self.since_declined_days) == (None, None, None):
            raise refusal("The quarantine names no gap.", "Write for example `since_asked_days: 30`.")
        return self


class ContactFrequency(Strict):
    """At most `asks` of one person in any `window_days`, all surveys together.

    `calendar: true` counts whole days in the partner's zone instead of exact time.
    """

    asks: int = Field(ge=1, le=10_000)
    window_days: WindowDays
    calendar: bool = False
    on_hit: OnHit | None = None


class AccountCap(Strict):
    """At most `asks` of one company (or of its whole family, or of each role there) in any `window_days`."""

    asks: int = Field(ge=1, le=100_000)
    window_days: WindowDays
    calendar: bool = False
    family: bool = False
    per_role: bool = False


class Blackout(Strict):
    """Days, both included, on which no mail goes out."""

    first_on: IsoDate
    last_on: IsoDate

    @model_validator(mode="after")
    def _in_order(self) -> Blackout:
        if self.last_on < self.first_on:
            raise refusal("The blackout ends before it begins.", "Exchange `first_on` and `last_on`.")
        return self


class SendWindow(Strict):
    """When mail may go out, in the zone of the contact, else of the partner, else of the calendar.

    Days and hours left out are those of the calendar; its holidays always count.
    """

    days: tuple[Weekday, ...] | None = Field(default=None, min_length=1)
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    calendar: str | None = None
    blackouts: tuple[Blackout, ...] = Field(default=(), max_length=20)


class SamplingRules(Strict):
    """One `sampling:` block."""

    max_age_days: WindowDays = 14
    hold: bool = False
    random_share: Annotated[RandomShare | None, BeforeValidator(_as_rate), _off_or(Share | RandomShare)] = None
    quarantine: Annotated[tuple[Gap, ...] | None, BeforeValidator(_as_list), _off_or(Gap | list[Gap])] = None
    contact_frequency: Annotated[ContactFrequency | None, _off_or(ContactFrequency)] = None
    account_cap: Annotated[AccountCap | None, _off_or(AccountCap)] = None
    send_window: Annotated[SendWindow | None, _off_or(SendWindow)] = None
    weight: float = Field(default=1.0, ge=0, le=100)


def merged(program: Mapping[str, Any] | None, touchpoint: Mapping[str, Any] | None) -> SamplingRules:
    """The rules of one touchpoint: its own where it has any, the program's elsewhere.

    Raises pydantic's ValidationError; both blocks were checked when their files were read.
    """
    return SamplingRules.model_validate({**(program or {}), **(touchpoint or {})})
