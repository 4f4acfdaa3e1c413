"""Plans and facts for tests: a touchpoint that asks everybody, changed where the test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from surveys.sampling.compiling import compile_calendar, compile_touchpoint
from surveys.sampling.decide import Decision, decide
from surveys.sampling.facts import Facts
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import Plan, TouchpointRules
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import Verdict

TOUCHPOINT = "onboarding.completed"
AT = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
SURVEY = {"survey": "onboarding", "kind": "touchpoint"}
PERSONAS = {"buyer": {"name": "Buyer", "roles": ["Procurement", "buyer"]}, "engineer": {"name": "Engineer"}}
CALENDARS: dict[str, Any] = {
    "rome": {"time_zone": "Europe/Rome", "hours": {"mon": "09:00-17:00", "fri": "09:00-13:00"}, "holidays": "IT"}
}
_COMPILED_CALENDARS = {key: compile_calendar(calendar) for key, calendar in CALENDARS.items()}


def at(text: str) -> int:
    """An instant written as ISO 8601 with its zone, in microseconds."""
    return to_micros(datetime.fromisoformat(text))


def plan(
    program: dict[str, Any] | None = None,
    *,
    survey: dict[str, Any] | None = SURVEY,
    touchpoint: dict[str, Any] | None = None,
    hold_minutes: float = 0,
    **sampling: Any,
) -> Plan:
    """A plan with one touchpoint. It reads the body as JSON would give it back."""
    definition = {"key": TOUCHPOINT, "sampling": sampling, **(touchpoint or {})}
    compiled = compile_touchpoint(
        program, definition, CALENDARS, PERSONAS, survey, calendar="rome", hold_minutes=hold_minutes
    )
    body = {"touchpoints": {TOUCHPOINT: compiled}, "calendars": _COMPILED_CALENDARS}
    return Plan.from_body(body, "sha256:" + "0" * 64)


def rules(program: dict[str, Any] | None = None, **given: Any) -> TouchpointRules:
    """The rules of that touchpoint."""
    return plan(program, **given).rules_of(TOUCHPOINT)


def facts(**given: Any) -> Facts:
    """An event that happened at AT to somebody about whom nothing is known."""
    return Facts(**{"touchpoint": TOUCHPOINT, "event_key": 1, "event_at": to_micros(AT), **given})


def decided(using: Plan, about: Facts, after: timedelta = timedelta()) -> Decision:
    """The decision, `after` so much time since the event."""
    return decide(using, about, about.event_at + after // timedelta(microseconds=1))


def verdict(decision: Decision, rule: str) -> Verdict:
    """What one rule said."""
    names = [each.name for each in SAMPLING_RULES]
    return decision.verdicts[names.index(rule)]
