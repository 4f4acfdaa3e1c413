"""Pure. Rule 1: nobody is asked who asked to be forgotten or objected."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.base import Rule, never_eased
from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, Verdict

CAUSES = ("erased", "objected")
ALL = "all"


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse a person who was erased, or who objected to everything or to this family of surveys."""
    if facts.suppressions:
        against = causes_against(facts.suppressions, rules.family)
        for cause in CAUSES:
            if cause in against:
                return Verdict(REFUSE, 0, (cause,))
    return PASSED


def causes_against(suppressions: Iterable[tuple[str, str]], family: str) -> dict[str, str]:
    """Each cause that covers a survey of `family`, with the scope that does: `all` before `family`."""
    against: dict[str, str] = {}
    for cause, scope in suppressions:
        if scope == ALL or (scope == f"family:{family}" and cause not in against):
            against[cause] = ALL if scope == ALL else "family"
    return against


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("did not object and did not ask to be forgotten")
    if verdict.numbers[0] == "erased":
        return gettext("asked to be forgotten")
    return gettext("objected to being asked")


def sentence(rules: TouchpointRules) -> str:
    return gettext("Never ask people who asked to be forgotten or objected.")


RULE = Rule("erased", "er", judge, explain, sentence, never_eased)
