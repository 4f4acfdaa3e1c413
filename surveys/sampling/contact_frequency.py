"""Pure. Rule 8: nobody is asked more often than a number of times in a window, all surveys together."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling import exempt, phrases
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.instants import SECOND
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.quarantine import otherwise
from surveys.sampling.verdict import Verdict
from surveys.sampling.windows import judge_window


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Fire when this ask would be more than the person is to bear in the window."""
    if facts.exempt and rules.contact_frequency is not None:
        return exempt.EXEMPT
    return judge_window(rules.contact_frequency, facts.person_window, rules.weight, facts.zone)


def explain(verdict: Verdict) -> str:
    if exempt.is_exempt(verdict):
        return exempt.words()
    if not verdict.numbers:
        return gettext("no asks in the window")
    return gettext("{asks} in {span}; at most {limit}", **phrases.window_words(*verdict.numbers))


def sentence(rules: TouchpointRules) -> str:
    cap = rules.contact_frequency
    if cap is None:
        return ""
    return gettext(
        "Ask nobody more than {limit} in {span}; {otherwise}.",
        limit=phrases.times(cap.limit),
        span=phrases.duration(cap.micros / SECOND),
        otherwise=otherwise(cap.defers),
    )


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    cap = rules.contact_frequency
    if cap is None:
        return None
    needed = phrases.rounded_up(facts.person_window[0] + rules.weight)
    words = gettext("{needed} allowed instead of {limit}", needed=phrases.asks(needed), limit=phrases.asks(cap.limit))
    return Change(replace(rules, contact_frequency=replace(cap, limit=needed)), facts, words)


RULE = Rule("contact_frequency", "cf", judge, explain, sentence, ease)
