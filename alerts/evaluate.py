"""Pure. Which rules fire on an answer, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.conditions import AnswerFacts
from alerts.rules import Rule
from alerts.terms import KINDS, Kind, Severity


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: what it makes of the answer, and the reason as a code with numbers."""

    rule: str
    kind: Kind
    severity: Severity
    reason: str
    numbers: Mapping[str, int]
    question: str | None


def evaluate(rules: Iterable[Rule], facts: AnswerFacts) -> tuple[Firing, ...]:
    """Every rule that fires, recoveries first, then in the order of the file."""
    fired = [
        Firing(rule.key, rule.kind, rule.severity, found.reason, found.numbers, found.question)
        for rule in rules
        if rule.watches(facts.touchpoint) and (found := rule.when.fires(facts)) is not None
    ]
    return tuple(sorted(fired, key=lambda firing: KINDS.index(firing.kind)))
