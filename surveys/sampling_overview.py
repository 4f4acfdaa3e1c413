"""The sampling rules in force as people read them, and what became of the events of late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedback_engine.foundation import program_state, versions
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import decision_store as store
from surveys import personas
from surveys.sampling import words
from surveys.sampling.decide import DROP, INVITE
from surveys.sampling.plan import Plan, TouchpointRules
from surveys.sampling.rules import SAMPLING_RULES

SENDING = "send_window"
CONDITION = "condition"
_SWITCHED = tuple(rule.name for rule in SAMPLING_RULES if rule.name not in ("condition", "persona"))
"""Rules that are switched on and off; the others say what a touchpoint is about, and are missed by nobody."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in force: its name, and what it says; of a condition, the expression itself, and `told` in words."""

    name: str
    words: str
    told: str = ""

    @property
    def title(self) -> str:
        """The rule's name as people read it; empty for when mail is sent, which is no rule that says no."""
        return "" if self.name == SENDING else words.title(self.name)


@dataclass(frozen=True, slots=True)
class TouchpointLines:
    """What is special about one touchpoint. `off` names rules that are in force elsewhere, but not here."""

    key: str
    name: str
    survey: str | None
    lines: tuple[RuleLine, ...]
    off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The plan in force in words, with the rules that all touchpoints share apart from those that differ.

    Counts are of decisions since `counted_from`; `refused` is by rule, in their order.
    """

    version: str
    since: datetime
    state: str
    shared: tuple[RuleLine, ...]
    touchpoints: tuple[TouchpointLines, ...]
    silent: tuple[str, ...]
    off: tuple[str, ...]
    invited: int
    refused: tuple[tuple[str, int], ...]
    waiting: int
    exempt: int = 0

    @property
    def special(self) -> list[TouchpointLines]:
        """The touchpoints that differ from what all share."""
        return [touchpoint for touchpoint in self.touchpoints if touchpoint.lines or touchpoint.off]

    @property
    def decided(self) -> int:
        """Events that were settled: asked or not."""
        return self.invited + sum(count for _, count in self.refused)


def read_overview(reading: Reading, names: Mapping[str, str], counted_from: datetime) -> Overview | None:
    """The plan in force now, None when there is none; `names` gives the touchpoints their names and their order."""
    found = versions.in_force(reading, "plan", "plan")
    if found is None:
        return None
    plan = Plan.from_body(found.body, found.version)
    ordered = [key for key in names if key in plan.touchpoints]
    with_survey = [plan.touchpoints[key] for key in ordered if plan.touchpoints[key].survey]
    asking = {rules.touchpoint: _lines(_with_names(rules, reading)) for rules in with_survey}
    shared = _shared(list(asking.values()))
    counts = store.counts_since(reading, counted_from)
    refused = {rule: count for outcome, rule, count in counts if outcome == DROP and rule is not None}
    return Overview(
        version=found.version,
        since=found.from_at,
        state=program_state.current(reading),
        shared=_told(shared),
        touchpoints=tuple(
            _special(key, names[key], plan.touchpoints[key], lines, shared, asking) for key, lines in asking.items()
        ),
        silent=tuple(names[key] for key in ordered if key not in asking),
        off=tuple(words.title(name) for name in _off_everywhere(list(asking.values()))),
        invited=sum(count for outcome, _, count in counts if outcome == INVITE),
        refused=tuple((rule.name, refused[rule.name]) for rule in SAMPLING_RULES if rule.name in refused),
        waiting=store.count_waiting(reading),
        exempt=store.count_exempt(reading, counted_from),
    )


def _lines(rules: TouchpointRules) -> dict[str, str]:
    """What each rule that is on says, by name."""
    lines = {**dict(words.rules_in_force(rules)), SENDING: words.sending(rules)}
    return {**lines, CONDITION: rules.condition} if rules.condition else lines


def _with_names(rules: TouchpointRules, reading: Reading) -> TouchpointRules:
    """The same rules with the personas' names in place of their keys."""
    named = personas.names(reading)
    return replace(rules, personas=tuple(named.get(key, key) for key in rules.personas))


def _shared(said: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What every touchpoint says in the same words."""
    if not said:
        return {}
    first, *others = said
    return {name: text for name, text in first.items() if all(other.get(name) == text for other in others)}


def _off_everywhere(said: Sequence[Mapping[str, str]]) -> list[str]:
    return [name for name in _SWITCHED if not any(name in lines for lines in said)]


def _special(
    key: str,
    name: str,
    rules: TouchpointRules,
    lines: Mapping[str, str],
    shared: Mapping[str, str],
    asking: Mapping[str, Mapping[str, str]],
) -> TouchpointLines:
    elsewhere = {rule for other in asking.values() for rule in other}
    off = [words.title(rule) for rule in _SWITCHED if rule in elsewhere and rule not in lines]
    own = {rule: text for rule, text in lines.items() if rule not in shared}
    return TouchpointLines(key, name, rules.survey, _told(own), tuple(off))


def _told(said: Mapping[str, str]) -> tuple[RuleLine, ...]:
    return tuple(
        RuleLine(name, text, journeys.condition_words(text) or "" if name == CONDITION else "")
        for name, text in said.items()
    )
