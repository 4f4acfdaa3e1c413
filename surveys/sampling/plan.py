"""Pure. The compiled sampling plan: what is published as a version, and the objects that `decide` runs on.

The body of a plan is JSON, built by whoever compiles the program:

    {"touchpoints": {key: compile_touchpoint(...)}, "calendars": {key: compile_calendar(...)}, ...}

Whatever else it holds belongs to the closure that its version names, and is not read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.sampling import gaps
from surveys.sampling.hashing import salt_of, threshold
from surveys.sampling.instants import SECOND
from surveys.sampling.send_window import SendWindow

MILLI = 1000

Declared = tuple[tuple[str, str], ...]
"""Declared attributes as pairs of name and type name, sorted."""


@dataclass(frozen=True, slots=True)
class RandomShare:
    """Thresholds are first draws that are not taken, out of 2**64 (see `hashing`)."""

    by: str | None
    panel: bool
    rate: float
    threshold: int
    strata: Mapping[str, tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Gap:
    """A minimum gap in microseconds since the thing that `code` names (see `gaps`)."""

    code: str
    micros: int
    defers: bool


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` (thousandths of an ask) in a window; of a person, or of a company."""

    limit: int
    micros: int
    calendar: bool = False
    defers: bool = True
    family: bool = False
    per_role: bool = False


@dataclass(frozen=True, slots=True)
class TouchpointRules:
    """Everything that decides about the events of one touchpoint. Durations are in microseconds."""

    touchpoint: str
    exists: bool = True
    survey: str | None = None
    survey_version: str = ""
    family: str = ""
    kind: str = "touchpoint"
    send_within: int = 0
    answer_within: int = 0
    salt: int = 0
    max_age: int = 14 * 86_400 * SECOND
    condition: str | None = None
    attributes: Declared = ()
    partner_attributes: Declared = ()
    personas: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    hold: bool = False
    random_share: RandomShare | None = None
    gaps: tuple[Gap, ...] = ()
    contact_frequency: Cap | None = None
    account_cap: Cap | None = None
    send_window: SendWindow | None = None
    delay: int = 0
    hold_time: int = 0
    weight: int = MILLI

    @property
    def needs_role(self) -> bool:
        """Whether the contact's role can matter to any rule."""
        per_role = self.account_cap is not None and self.account_cap.per_role
        return bool(self.personas) or per_role or self._mentions("contact.role")

    @property
    def needs_language(self) -> bool:
        """Whether the contact's language can matter to any rule."""
        return self._mentions("contact.language")

    @property
    def needs_zone(self) -> bool:
        """Whether it can matter where the contact lives."""
        caps = (self.contact_frequency, self.account_cap)
        return self.send_window is not None or any(cap is not None and cap.calendar for cap in caps)

    def _mentions(self, name: str) -> bool:
        by = self.random_share.by if self.random_share else None
        return by == name or name in (self.condition or "")

    @property
    def person_span(self) -> int:
        """How far back anything about a person can matter, in microseconds."""
        cap = self.contact_frequency
        return max([gap.micros for gap in self.gaps] + ([_reach(cap)] if cap else []), default=0)

    @property
    def account_span(self) -> int:
        """How far back the asks of the company can matter, in microseconds."""
        return _reach(self.account_cap) if self.account_cap else 0

    def means(self, role: str) -> bool:
        """Whether this touchpoint is meant for people of this role; without personas it is meant for everybody."""
        return not self.personas or role.strip().casefold() in self.roles


def _reach(cap: Cap) -> int:
    """A calendar window begins at a midnight, which lies at most a day and a shifted hour before the exact one."""
    return cap.micros + (90_000 * SECOND if cap.calendar else 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of every touchpoint, under the name of their version."""

    version: str
    touchpoints: Mapping[str, TouchpointRules]

    @classmethod
    def from_body(cls, body: Mapping[str, Any], version: str = "") -> Plan:
        """The plan behind a published body. Raises KeyError when it was not built by `compile_touchpoint`."""
        calendars = body.get("calendars", {})
        rules = {key: _read_touchpoint(compiled, calendars) for key, compiled in body["touchpoints"].items()}
        return cls(version, rules)

    def rules_of(self, touchpoint: str) -> TouchpointRules:
        """The rules of a touchpoint; of one that the program no longer has, rules that refuse everything."""
        found = self.touchpoints.get(touchpoint)
        return found if found is not None else TouchpointRules(touchpoint, exists=False, salt=salt_of(touchpoint))


def _read_touchpoint(compiled: Mapping[str, Any], calendars: Mapping[str, Any]) -> TouchpointRules:
    window = compiled["send_window"]
    return TouchpointRules(
        touchpoint=compiled["touchpoint"],
        survey=compiled["survey"],
        survey_version=compiled["survey_version"],
        family=compiled["family"],
        kind=compiled["kind"],
        send_within=compiled["send_within_s"] * SECOND,
        answer_within=compiled["answer_within_s"] * SECOND,
        salt=salt_of(compiled["touchpoint"]),
        max_age=compiled["max_age_s"] * SECOND,
        condition=compiled["condition"],
        attributes=tuple(sorted(compiled["attributes"].items())),
        partner_attributes=tuple(sorted(compiled["partner_attributes"].items())),
        personas=tuple(compiled["personas"]),
        roles=frozenset(compiled["roles"]),
        hold=compiled["hold"],
        random_share=_read_share(compiled["random_share"]),
        gaps=tuple(_read_gap(gap) for gap in compiled["quarantine"]),
        contact_frequency=_read_cap(compiled["contact_frequency"]),
        account_cap=_read_cap(compiled["account_cap"]),
        send_window=SendWindow.from_body(window, calendars.get(window["calendar"], {})) if window else None,
        delay=compiled["delay_s"] * SECOND,
        hold_time=compiled["hold_s"] * SECOND,
        weight=compiled["weight"],
    )


def _read_share(compiled: Mapping[str, Any] | None) -> RandomShare | None:
    if compiled is None:
        return None
    strata = {value: (rate, threshold(rate)) for value, rate in compiled["rates"].items()}
    rate = compiled["rate"]
    return RandomShare(compiled["by"], compiled["panel"] == "person", rate, threshold(rate), strata)


def _read_gap(compiled: Mapping[str, Any]) -> Gap:
    return Gap(gaps.code_of(compiled["since"], compiled["scope"]), compiled["gap_s"] * SECOND, compiled["defers"])


def _read_cap(compiled: Mapping[str, Any] | None) -> Cap | None:
    if compiled is None:
        return None
    return Cap(
        limit=compiled["asks"] * MILLI,
        micros=compiled["window_s"] * SECOND,
        calendar=compiled["calendar"],
        defers=compiled["defers"],
        family=compiled.get("family", False),
        per_role=compiled.get("per_role", False),
    )
