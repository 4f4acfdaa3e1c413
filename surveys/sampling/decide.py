"""Pure. The decision about one event, one touchpoint, one person: every rule judges, and all verdicts are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from surveys.sampling.facts import Facts
from surveys.sampling.plan import Plan, TouchpointRules
from surveys.sampling.random_share import rate_of
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import DEFER, PASSED, REFUSE, SWITCHED_OFF, Verdict

INVITE = "invite"
DROP = "drop"
DEFERRED = "defer"

_CODES = tuple(rule.code for rule in SAMPLING_RULES)
_JUDGES = tuple(rule.judge for rule in SAMPLING_RULES)
_RANDOM = next(index for index, rule in enumerate(SAMPLING_RULES) if rule.name == "random_share")


@dataclass(slots=True)
class Decision:
    """What was decided and why. `verdicts` stand in the order of `SAMPLING_RULES`.

    `rule` names a drop (the first refusal) or a deferral (the rule that waits longest). `until` and `send_at` are
    microseconds since 1970, 0 where they do not apply.
    """

    outcome: str
    rule: str | None
    until: int
    send_at: int
    random_rate: float
    inclusion_probability: float
    verdicts: tuple[Verdict, ...]

    def verdicts_document(self) -> dict[str, Any]:
        """The verdicts as they stand in the ledger: by the rules' short codes."""
        # Most rules let pass, and say so by the same two values: no call for these.
        return {
            code: verdict[0] if verdict is PASSED or verdict is SWITCHED_OFF else verdict.as_document()
            for code, verdict in zip(_CODES, self.verdicts, strict=True)
        }


def decide(plan: Plan, facts: Facts, at: int) -> Decision:
    """Any refusal drops; else any deferral waits until the latest `until`; else the person is invited.

    `at` is the instant of the decision in microseconds since 1970: now, the event's own for history, the instant it
    fell due for a deferred one.
    """
    return decide_by(plan.rules_of(facts.touchpoint), facts, at)


def decide_by(rules: TouchpointRules, facts: Facts, at: int) -> Decision:
    """The same, with the rules of the touchpoint already at hand."""
    verdicts = tuple([judge(rules, facts, at) for judge in _JUDGES])
    refused = deferred = -1
    until = 0
    lone = True  # whether at most the random share stands in the way
    for index, verdict in enumerate(verdicts):
        if verdict is PASSED or verdict is SWITCHED_OFF:
            continue
        result = verdict[0]
        if result == REFUSE:
            if refused < 0:
                refused = index
            lone = lone and index == _RANDOM
        elif result == DEFER:
            lone = False
            if verdict[1] > until:
                deferred, until = index, verdict[1]
    rate = rate_of(rules, facts)
    probability = rate if lone else 0.0
    if refused >= 0:
        return Decision(DROP, SAMPLING_RULES[refused].name, 0, 0, rate, probability, verdicts)
    if deferred >= 0:
        return Decision(DEFERRED, SAMPLING_RULES[deferred].name, until, 0, rate, probability, verdicts)
    return Decision(INVITE, None, 0, send_at(rules, facts, at), rate, probability, verdicts)


def send_at(rules: TouchpointRules, facts: Facts, at: int) -> int:
    """When the mail goes out: after delay and hold, at the next instant of the send window.

    History has no hold, because there is no mail that anybody could take back.
    """
    earliest = max(at, facts.ready_at) + rules.delay + (0 if facts.replayed else rules.hold_time)
    return earliest if rules.send_window is None else rules.send_window.next_allowed(earliest, facts.zone)
