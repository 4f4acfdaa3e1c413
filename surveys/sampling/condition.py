"""Pure. Rule 4a: the touchpoint's own condition, in CEL over what the event, the partner and the contact were like."""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.base import Rule, never_eased
from surveys.sampling.conditions import evaluate
from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, SWITCHED_OFF, Verdict

GONE = "gone"
NO_SURVEY = "no_survey"
NOT_MET = "not_met"
FAILED = "failed"

_LONGEST_MESSAGE = 200
_NOT_MET = Verdict(REFUSE, 0, (NOT_MET,))


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse when the condition does not hold, when it errs (with its message), and when there is nothing to ask."""
    if rules.survey is None:
        return Verdict(REFUSE, 0, (NO_SURVEY if rules.exists else GONE,))
    if rules.condition is None:
        return SWITCHED_OFF
    outcome = evaluate(rules, facts)
    if outcome is True:
        return PASSED
    if outcome is False:
        return _NOT_MET
    return Verdict(REFUSE, 0, (FAILED, outcome[:_LONGEST_MESSAGE]))


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("the condition held")
    reason = verdict.numbers[0]
    if reason == GONE:
        return gettext("the program no longer has this touchpoint")
    if reason == NO_SURVEY:
        return gettext("this touchpoint has no survey; name one at the touchpoint in the journey")
    if reason == FAILED:
        return gettext("the condition could not be read: {message}", message=verdict.numbers[1])
    return gettext("the condition of this touchpoint did not hold")


def sentence(rules: TouchpointRules) -> str:
    if rules.condition is None:
        return ""
    return gettext("Ask only where this holds: {condition}", condition=rules.condition)


RULE = Rule("condition", "co", judge, explain, sentence, never_eased)
