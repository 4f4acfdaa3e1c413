"""Pure. Rule 2: suppression (complaint, opt-out, undeliverable) beats everything below, whatever is configured."""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.base import Rule, never_eased
from surveys.sampling.erased import causes_against
from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, Verdict

LEFT = "left"
CAUSES = ("complaint", "opted_out", "undeliverable", LEFT)
"""The strongest first, so that the one named does not depend on the order in which they came."""


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse when a suppression covers everything, or the family of this touchpoint's survey."""
    if facts.suppressions:
        against = causes_against(facts.suppressions, rules.family)
        for cause in CAUSES:
            if cause in against:
                return Verdict(REFUSE, 0, (cause, against[cause]))
    return PASSED


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("not opted out, no complaint, can be reached")
    cause, scope = verdict.numbers
    if cause == "complaint":
        return gettext("complained about our mail")
    if cause == "undeliverable":
        return gettext("mail could not be delivered; correct the address on the contact page")
    if cause == LEFT:
        return gettext("has left the company")
    if scope == "family":
        return gettext("opted out of this kind of survey")
    return gettext("opted out of all surveys")


def sentence(rules: TouchpointRules) -> str:
    return gettext("Never ask people who opted out, complained or cannot be reached.")


RULE = Rule("suppressed", "su", judge, explain, sentence, never_eased)
