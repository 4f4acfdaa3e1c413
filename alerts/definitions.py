"""Pure. The alert file as a whole, its root causes and calendars; and the program's alerts as they are published."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from alerts.casework.root_causes import RootCause, all_causes
from alerts.clocks.business_time import MINUTES_A_DAY, WEEKDAYS, Calendar, Hours
from alerts.clocks.service_levels import DEFAULT_LEVELS, Escalations, ServiceLevel, Targets
from alerts.conditions import Needs
from alerts.raising.rules import Rule
from alerts.routing.capacity import Capacity
from alerts.routing.examples import MOST_EXAMPLES, Example
from alerts.routing.rotas import Rota
from alerts.routing.tree import Routes
from alerts.settling.terms import Settling
from alerts.terms import Kind, Names, Severity
from feedback_engine.foundation.definitions import Key, Line, LocalLine, Strict, TimeZone, refusal
from feedback_engine.foundation.errors import Invalid

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


OTHER_CAUSE = "other"
"""The one root cause of a program that lists none, so that every recovery can be closed."""


class AlertFile(Strict):
    """One file under `alerts/`; several files together make the program's alerts."""

    rules: tuple[Rule, ...] = ()
    routes: Routes | None = None
    groups: dict[Key, Names] = Field(default_factory=dict)
    service_levels: dict[Kind, ServiceLevel] = Field(default_factory=dict)
    escalation: Escalations = ()
    root_causes: tuple[RootCause, ...] = ()
    rotas: dict[Key, Rota] = Field(default_factory=dict)
    examples: tuple[Example, ...] = Field(default=(), max_length=MOST_EXAMPLES)
    capacity: Capacity | None = None
    settling: Settling | None = None


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


class PersonaDefinition(Strict):
    """A persona that the routes name, with the words for it in the contacts' records."""

    name: LocalLine
    roles: tuple[Line, ...] = ()


class AlertProgram(Strict):
    """The program's alerts as published: every file in one, with the calendars they count by."""

    rules: tuple[Rule, ...]
    routes: Routes
    groups: dict[Key, Names] = Field(default_factory=dict)
    service_levels: dict[Kind, ServiceLevel] = Field(default_factory=dict)
    escalation: Escalations = ()
    root_causes: tuple[RootCause, ...] = ()
    rotas: dict[Key, Rota] = Field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    capacity: Capacity | None = None
    settling: Settling | None = None
    personas: dict[Key, PersonaDefinition] = Field(default_factory=dict)
    calendars: dict[str, CalendarDefinition] = Field(min_length=1)
    calendar: str

    def targets(self, kind: Kind, severity: Severity, tier: str) -> Targets:
        """The hours agreed for such a case; DEFAULT_LEVELS where the program says nothing."""
        return self.service_levels.get(kind, DEFAULT_LEVELS[kind]).targets(severity, tier)

    @property
    def settling_terms(self) -> Settling:
        """How cases are settled; the usual terms where the program says nothing."""
        return self.settling or Settling()

    def needs(self) -> Needs:
        """What has to be read of an answer for the rules in force."""
        found = Needs()
        for rule in self.rules:
            found |= rule.when.needs()
        return found

    def personas_of(self, role: str) -> tuple[str, ...]:
        """The personas to which somebody of this role belongs; one without roles stands for that of its own key."""
        wanted = role.strip().casefold()
        return tuple(
            key
            for key, persona in self.personas.items()
            if wanted in {name.strip().casefold() for name in persona.roles or (key,)}
        )

    def cause_keys(self) -> frozenset[str]:
        """The root causes a case may be closed with, branches of the tree and leaves."""
        return frozenset(cause.key for cause, _ in all_causes(self.root_causes)) or frozenset({OTHER_CAUSE})

    def group_of(self, touchpoint: str) -> str:
        """The group of touchpoints that share one open case; a touchpoint without a group is its own."""
        named = (group for group, touchpoints in self.groups.items() if touchpoint in touchpoints)
        return next(named, touchpoint)

    def calendar_key(self, kind: Kind, time_zone: str | None) -> str:
        """The name of the calendar by which such a case of somebody in this zone is counted.

        The one its service level names, else the program's one in that zone, else the program's default.
        """
        named = self.service_levels[kind].calendar if kind in self.service_levels else None
        if named is not None:
            return named
        if self.calendars[self.calendar].time_zone == time_zone:
            return self.calendar
        in_zone = (key for key, calendar in self.calendars.items() if calendar.time_zone == time_zone)
        return next(in_zone, self.calendar)

    def calendar_for(self, time_zone: str | None) -> Calendar:
        """The calendar of somebody in this zone, else the program's default."""
        in_zone = (calendar for calendar in self.calendars.values() if calendar.time_zone == time_zone)
        default = self.calendars[self.calendar]
        if default.time_zone == time_zone:
            return default.calendar()
        return next(in_zone, default).calendar()

    def calendar_named(self, key: str | None) -> Calendar:
        """The calendar of this name; the default where it is gone or was never named."""
        return self.calendars.get(key or self.calendar, self.calendars[self.calendar]).calendar()
