"""Pure. The smallest change that would have asked somebody: one rule, or one circumstance, moved just far enough."""

from __future__ import annotations

from surveys.sampling.base import Change
from surveys.sampling.decide import INVITE, Decision, decide_by
from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.rules import SAMPLING_RULES


def stood_in_the_way(decision: Decision) -> list[str]:
    """The names of the rules that refused or deferred."""
    return [rule.name for rule, verdict in zip(SAMPLING_RULES, decision.verdicts, strict=True) if verdict.fired]


def single_change(rules: TouchpointRules, facts: Facts, at: int, decision: Decision) -> Change | None:
    """The change of a single rule under which the same event would have been invited; None when there is none.

    Each candidate is decided again before it is offered.
    """
    for rule, verdict in zip(SAMPLING_RULES, decision.verdicts, strict=True):
        if not verdict.fired:
            continue
        change = rule.ease(rules, facts, at, verdict)
        if change is not None and decide_by(change.rules, change.facts, at).outcome == INVITE:
            return change
    return None
