"""Pure. The alert file: rules, the route tree, service levels, root causes; and the whole as it is published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from alerts.business_time import MINUTES_A_DAY, WEEKDAYS, Calendar, Hours
from alerts.conditions import AnyCondition
from feedback_engine.foundation.definitions import Key, Line, LocalLine, Strict, TimeZone, refusal
from feedback_engine.foundation.errors import Invalid

Kind = Literal["recovery", "callback", "thanks"]
KINDS: tuple[Kind, ...] = ("recovery", "callback", "thanks")
"""In the order in which they are opened: a wish to be called joins the recovery of the same answer."""

Severity = Literal["high", "normal", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "normal", "low")

PARTNER_OWNER = "partner_owner"
TOUCHPOINT_OWNER = "touchpoint_owner"

_RECIPIENT_REMEDY = "Write partner_owner, touchpoint_owner, team:<name> or staff:<e-mail address>."
_FIXED = re.compile(r"team:\S.{0,99}|staff:[^@\s]+@[^@\s]+")
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


def _recipient(value: str) -> str:
    if value not in (PARTNER_OWNER, TOUCHPOINT_OWNER) and not _FIXED.fullmatch(value):
        raise refusal(f"`{value[:60]}` is nobody who can receive a case.", _RECIPIENT_REMEDY)
    return value


def _fixed_recipient(value: str) -> str:
    if not _FIXED.fullmatch(value):
        raise refusal(
            f"`{value[:60]}` may find nobody, so it cannot be the last resort.",
            "Write team:<name> or staff:<e-mail address>.",
        )
    return value


def _as_list(value: Any) -> Any:
    """`touchpoint: deal.closed` is short for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Recipient = Annotated[Line, AfterValidator(_recipient)]
FixedRecipient = Annotated[Line, AfterValidator(_fixed_recipient)]
_MANY_NAMES = BeforeValidator(_as_list, json_schema_input_type=str | list[str])
_MANY_KINDS = BeforeValidator(_as_list, json_schema_input_type=Kind | list[Kind])
_MANY_SEVERITIES = BeforeValidator(_as_list, json_schema_input_type=Severity | list[Severity])
Names = Annotated[tuple[Line, ...], _MANY_NAMES, Field(min_length=1)]
Kinds = Annotated[tuple[Kind, ...], _MANY_KINDS, Field(min_length=1)]
Severities = Annotated[tuple[Severity, ...], _MANY_SEVERITIES, Field(min_length=1)]


class Rule(Strict):
    """When an answer becomes an alert, how grave that is, and what kind of case it opens."""

    key: Key
    name: LocalLine
    when: AnyCondition
    touchpoints: Names | None = None
    severity: Severity = "normal"
    kind: Kind = "recovery"

    def watches(self, touchpoint: str) -> bool:
        """Whether answers at this touchpoint concern the rule; a rule without touchpoints watches all."""
        return self.touchpoints is None or touchpoint in self.touchpoints


class Match(Strict):
    """What a branch of the route tree is for. Every field given must hold; a list holds when one of it does."""

    touchpoint: Names | None = None
    kind: Kinds | None = None
    severity: Severities | None = None
    region: Names | None = None
    tier: Names | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Match:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise refusal("A branch needs something to match.", "Name touchpoint, kind, severity, region or tier.")
        return self


class Route(Strict):
    """A branch. What it does not say, `to` or `otherwise`, it inherits from the branch above."""

    match: Match
    to: Recipient | None = None
    otherwise: Recipient | None = None
    children: tuple[Route, ...] = ()


class Routes(Strict):
    """The root of the tree. Its `otherwise` is the last resort and therefore names a team or a person."""

    to: Recipient = PARTNER_OWNER
    otherwise: FixedRecipient
    children: tuple[Route, ...] = ()


class ServiceLevel(Strict):
    """Within how many working hours a case of one kind sees its first contact, and its end."""

    first_contact_hours: float = Field(gt=0, le=2000)
    resolve_hours: float = Field(gt=0, le=2000)

    @model_validator(mode="after")
    def _in_order(self) -> ServiceLevel:
        if self.resolve_hours < self.first_contact_hours:
            raise refusal("A case cannot be settled before its first contact.", "Give resolve_hours more time.")
        return self


DEFAULT_LEVELS: Mapping[Kind, ServiceLevel] = {
    "recovery": ServiceLevel(first_contact_hours=8, resolve_hours=40),
    "callback": ServiceLevel(first_contact_hours=8, resolve_hours=24),
    "thanks": ServiceLevel(first_contact_hours=24, resolve_hours=40),
}


class RootCause(Strict):
    """Why a case came to be, in the program's own list; `department` is where a change would have to happen."""

    key: Key
    name: LocalLine
    department: Line | None = Field(default=None, min_length=1, max_length=120)


OTHER_CAUSE = "other"
"""The one root cause of a program that lists none, so that every recovery can be closed."""


class AlertFile(Strict):
    """One file under `alerts/`; several files together make the program's alerts."""

    rules: tuple[Rule, ...] = ()
    routes: Routes | None = None
    groups: dict[Key, Names] = Field(default_factory=dict)
    service_levels: dict[Kind, ServiceLevel] = Field(default_factory=dict)
    root_causes: tuple[RootCause, ...] = ()


def _span(value: str) -> str:
    try:
        hours_of(value)
    except Invalid as error:
        raise refusal(f"`{value[:60]}` are no working hours.", error.message) from None
    return value


Span = Annotated[str, AfterValidator(_span)]


def hours_of(span: str) -> Hours:
    """`09:00-17:00` as minutes. Raises Invalid."""
    found = _SPAN.fullmatch(span)
    if found is None:
        raise Invalid("Write hours like 09:00-17:00.")
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    if start_minute > 59 or end_minute > 59 or end_hour * 60 + end_minute > MINUTES_A_DAY:
        raise Invalid("Write hours between 00:00 and 24:00.")
    return Hours(start_hour * 60 + start_minute, end_hour * 60 + end_minute)


class CalendarDefinition(Strict):
    """A calendar with its holidays written out as dates, so that a version means the same for ever."""

    time_zone: TimeZone
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Span] = Field(min_length=1)
    holidays: tuple[date, ...] = ()

    def calendar(self) -> Calendar:
        """The calendar as `business_time` counts by it."""
        week = {WEEKDAYS.index(day): hours_of(span) for day, span in self.hours.items()}
        return Calendar(self.time_zone, week, frozenset(self.holidays))


class AlertProgram(Strict):
    """The program's alerts as published: every file in one, with the calendars they count by."""

    rules: tuple[Rule, ...]
    routes: Routes
    groups: dict[Key, Names] = Field(default_factory=dict)
    service_levels: dict[Kind, ServiceLevel] = Field(default_factory=dict)
    root_causes: tuple[RootCause, ...] = ()
    calendars: dict[str, CalendarDefinition] = Field(min_length=1)
    calendar: str

    def level(self, kind: Kind) -> ServiceLevel:
        """The hours agreed for a kind of case; DEFAULT_LEVELS where the program says nothing."""
        return self.service_levels.get(kind, DEFAULT_LEVELS[kind])

    def cause_keys(self) -> frozenset[str]:
        """The root causes a case may be closed with."""
        return frozenset(cause.key for cause in self.root_causes) or frozenset({OTHER_CAUSE})

    def group_of(self, touchpoint: str) -> str:
        """The group of touchpoints that share one open case; a touchpoint without a group is its own."""
        named = (group for group, touchpoints in self.groups.items() if touchpoint in touchpoints)
        return next(named, touchpoint)

    def calendar_for(self, time_zone: str | None) -> Calendar:
        """The owner's calendar: the program's one in their zone, else its default."""
        in_zone = (calendar for calendar in self.calendars.values() if calendar.time_zone == time_zone)
        default = self.calendars[self.calendar]
        if default.time_zone == time_zone:
            return default.calendar()
        return next(in_zone, default).calendar()
