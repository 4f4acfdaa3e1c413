"""Pure. Turns what people wrote into the compiled plan: defaults resolved, units fixed, calendars written out.

The same input always gives the same JSON, because the hash of it is the version of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from feedback_engine.foundation.errors import Invalid
from surveys.sampling import definitions, gaps
from surveys.sampling.definitions import AccountCap, ContactFrequency, Gap, SamplingRules

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY_YEARS = range(2020, 2041)
"""Years whose public holidays are written into a plan; fixed, so that compiling tomorrow gives the same version."""

_DAY_S = 86_400
_ANY_TIME = (0, 1440)


def compile_touchpoint(
    program_sampling: Mapping[str, Any] | None,
    touchpoint: Mapping[str, Any],
    calendars: Mapping[str, Any],
    personas: Mapping[str, Any],
    survey: Mapping[str, Any] | None,
    *,
    survey_version: str = "",
    calendar: str | None = None,
    hold_minutes: float = 60,
) -> dict[str, Any]:
    """The compiled rules of one touchpoint, as canonical JSON values.

    `touchpoint`, `calendars`, `personas` and `survey` are dumps of their definitions; `calendar` names the program's
    default calendar. Raises Invalid for a persona or calendar that does not exist.
    """
    rules = definitions.merged(program_sampling, touchpoint.get("sampling"))
    kind = (survey or {}).get("kind") or "touchpoint"
    defers = kind == "relationship"
    names = list(touchpoint.get("personas") or ())
    return {
        "touchpoint": touchpoint["key"],
        **_survey_part(survey, survey_version),
        "kind": kind,
        "max_age_s": _seconds(rules.max_age_days),
        "condition": touchpoint.get("condition"),
        "attributes": _types(touchpoint.get("attributes")),
        "partner_attributes": _types(touchpoint.get("partner_attributes")),
        "personas": names,
        "roles": _roles(names, personas),
        "hold": rules.hold,
        "random_share": rules.random_share.model_dump(mode="json") if rules.random_share else None,
        "quarantine": [part for gap in rules.quarantine or () for part in _gaps(gap, defers)],
        "contact_frequency": _frequency(rules, defers),
        "account_cap": _account_cap(rules),
        "send_window": _send_window(rules, calendars, calendar),
        "delay_s": round((touchpoint.get("delay_hours") or 0) * 3600),
        "hold_s": round(hold_minutes * 60),
        "weight": round(rules.weight * 1000),
    }


def compile_calendar(calendar: Mapping[str, Any]) -> dict[str, Any]:
    """A calendar with its hours in minutes since midnight and its holidays written out as dates."""
    hours = calendar.get("hours") or {}
    return {
        "time_zone": calendar.get("time_zone") or "UTC",
        "week": [_span(hours.get(day)) for day in WEEKDAYS],
        "holidays": _holidays(calendar.get("holidays")),
    }


def _survey_part(survey: Mapping[str, Any] | None, version: str) -> dict[str, Any]:
    if survey is None:
        return {"survey": None, "survey_version": "", "family": "", "send_within_s": 0, "answer_within_s": 0}
    return {
        "survey": survey["survey"],
        "survey_version": version,
        "family": survey.get("family") or survey["survey"],
        "send_within_s": _seconds(survey.get("send_within_days") or 7),
        "answer_within_s": _seconds(survey.get("answer_within_days") or 14),
    }


def _seconds(days: float) -> int:
    return round(days * _DAY_S)


def _types(attributes: Mapping[str, Any] | None) -> dict[str, str]:
    """Name and type of each declared attribute; the personal ones are not pinned, so no rule can look at them."""
    written = {name: {"type": value} if isinstance(value, str) else value for name, value in (attributes or {}).items()}
    return {name: value["type"] for name, value in written.items() if not value.get("personal")}


def _roles(names: Sequence[str], personas: Mapping[str, Any]) -> list[str]:
    """The roles of the personas, folded; a persona without roles stands for the role of its own name."""
    roles: set[str] = set()
    for name in names:
        if name not in personas:
            raise Invalid(f"There is no persona {name!r}; program.yaml knows {', '.join(sorted(personas)) or 'none'}.")
        roles.update(role.strip().casefold() for role in personas[name].get("roles") or (name,))
    return sorted(roles)


def _gaps(gap: Gap, defers: bool) -> list[dict[str, Any]]:
    scope = gaps.SCOPES[gap.scope]
    written = (
        (gaps.ASKED, gap.since_asked_days),
        (gaps.ANSWERED, gap.since_answered_days),
        (gaps.DECLINED, gap.since_declined_days),
    )
    defers = defers if gap.on_hit is None else gap.on_hit == "defer"
    return [
        {"since": since, "scope": scope, "gap_s": _seconds(days), "defers": defers}
        for since, days in written
        if days is not None
    ]


def _frequency(rules: SamplingRules, defers: bool) -> dict[str, Any] | None:
    cap = rules.contact_frequency
    if cap is None:
        return None
    return _window(cap) | {"defers": defers if cap.on_hit is None else cap.on_hit == "defer"}


def _account_cap(rules: SamplingRules) -> dict[str, Any] | None:
    cap = rules.account_cap
    if cap is None:
        return None
    return _window(cap) | {"defers": True, "family": cap.family, "per_role": cap.per_role}


def _window(cap: ContactFrequency | AccountCap) -> dict[str, Any]:
    return {"asks": cap.asks, "window_s": _seconds(cap.window_days), "calendar": cap.calendar}


def _send_window(rules: SamplingRules, calendars: Mapping[str, Any], default: str | None) -> dict[str, Any] | None:
    window = rules.send_window
    if window is None:
        return None
    key = window.calendar or default
    if key is not None and key not in calendars:
        raise Invalid(f"There is no calendar {key!r}; program.yaml knows {', '.join(sorted(calendars)) or 'none'}.")
    calendar = calendars[key] if key is not None else {}
    week = [_span((calendar.get("hours") or {}).get(day)) for day in WEEKDAYS]
    if not any(week):
        week = [_ANY_TIME] * 7
    if window.days is not None:
        widest = _widest(week)
        week = [(week[i] or widest) if day in window.days else None for i, day in enumerate(WEEKDAYS)]
    if window.hours is not None:
        hours = definitions.minutes_of(window.hours)
        week = [hours if span else None for span in week]
    return {
        "week": [list(span) if span else None for span in week],
        "calendar": key,
        "zone": calendar.get("time_zone") or "UTC",
        "blackouts": sorted([blackout.first_on, blackout.last_on] for blackout in window.blackouts),
    }


def _widest(week: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
    """What a day is given that the calendar leaves closed but the send window names."""
    spans = [span for span in week if span]
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _span(hours: Any) -> tuple[int, int] | None:
    return definitions.minutes_of(hours) if hours else None


def _holidays(holidays: Any) -> list[str]:
    """The dates of a country (`IT`, `DE-BY`), or the dates written out."""
    if not holidays:
        return []
    if not isinstance(holidays, str):
        return sorted({day.isoformat() if isinstance(day, date) else str(day) for day in holidays})
    return list(_public_holidays(holidays))


@lru_cache(maxsize=64)
def _public_holidays(place: str) -> tuple[str, ...]:
    """The dates of a country or of one of its regions, kept: parts of a program ask for the same in turn."""
    from holidays import country_holidays  # here, because only publishing needs it, and it is large

    country, _, subdivision = place.partition("-")
    try:
        days = country_holidays(country, subdiv=subdivision or None, years=HOLIDAY_YEARS)
    except NotImplementedError as error:
        raise Invalid(f"No public holidays are known for {place!r}; write their dates instead.") from error
    return tuple(sorted(day.isoformat() for day in days))
