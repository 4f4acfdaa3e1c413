"""Pure. Which rules fire on an answer, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.conditions import AnswerFacts, Noticed, PartnerCondition, PartnerFacts, Watches
from alerts.raising.rules import Rule
from alerts.terms import KINDS, Kind, Severity


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: what it makes of the answer, and the reason as a code with numbers."""

    rule: str
    kind: Kind
    severity: Severity
    reason: str
    numbers: Mapping[str, float]
    question: str | None


def evaluate(rules: Iterable[Rule], facts: AnswerFacts) -> tuple[Firing, ...]:
    """Every rule that fires, recoveries first, then in the order of the file."""
    fired = [
        Firing(rule.key, rule.kind, rule.severity, found.reason, found.numbers, found.question)
        for rule in rules
        if rule.watches(facts.touchpoint) and (found := rule.when.fires(facts)) is not None
    ]
    return tuple(sorted(fired, key=lambda firing: KINDS.index(firing.kind)))


def watches(rules: Iterable[Rule]) -> Watches | None:
    """What has to be read of partners for the rules that no answer sets off; None when there is no such rule."""
    found: Watches | None = None
    for rule in rules:
        if isinstance(rule.when, PartnerCondition):
            found = rule.when.watches() if found is None else found | rule.when.watches()
    return found


def notice(rules: Iterable[Rule], facts: PartnerFacts) -> tuple[tuple[Firing, Noticed], ...]:
    """Everything that rules without an answer notice, recoveries first, then in the order of the file."""
    found = [
        (Firing(rule.key, rule.kind, rule.severity, noticed.fired.reason, noticed.fired.numbers, None), noticed)
        for rule in rules
        if isinstance(rule.when, PartnerCondition)
        for noticed in rule.when.notices(facts)
        if rule.watches(noticed.touchpoint)
    ]
    return tuple(sorted(found, key=lambda each: KINDS.index(each[0].kind)))
