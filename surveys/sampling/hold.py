"""Pure. Rule 5: who has an open case is not asked until it is closed; nobody is while the program is paused."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.instants import DAY
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import DEFER, PASSED, SWITCHED_OFF, Verdict

PAUSED = "paused"
CASE = "case"

LOOK_AGAIN = DAY
"""Nobody knows when a case closes or a pause ends, so it is looked at again one day later."""


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Defer by a day while the program is paused, or while a case of this person is open."""
    if facts.paused:
        return Verdict(DEFER, at + LOOK_AGAIN, (PAUSED,))
    if not rules.hold:
        return SWITCHED_OFF
    if facts.open_case:
        return Verdict(DEFER, at + LOOK_AGAIN, (CASE,))
    return PASSED


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("no open case")
    if verdict.numbers[0] == PAUSED:
        return gettext("the program was a draft, or paused")
    return gettext("a case of this person was open")


def sentence(rules: TouchpointRules) -> str:
    return gettext("Wait while the person has an open case.") if rules.hold else ""


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    if facts.paused and rules.hold and facts.open_case:
        return None  # Two things would have to change.
    if facts.paused:
        return Change(rules, replace(facts, paused=False), gettext("taking the program out of its pause"))
    return Change(rules, replace(facts, open_case=False), gettext("closing the open case"))


RULE = Rule("hold", "ho", judge, explain, sentence, ease)
