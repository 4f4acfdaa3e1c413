"""Pure. Rule 9: a company (or its family, or each role there) is asked only so often in a window; then people wait."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling import exempt, phrases
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.instants import SECOND
from surveys.sampling.plan import Cap, TouchpointRules
from surveys.sampling.verdict import Verdict
from surveys.sampling.windows import judge_window


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Defer until the window of the company has room for one more ask."""
    if facts.exempt and rules.account_cap is not None:
        return exempt.EXEMPT
    return judge_window(rules.account_cap, facts.account_window, rules.weight, facts.zone)


def explain(verdict: Verdict) -> str:
    if exempt.is_exempt(verdict):
        return exempt.words()
    if not verdict.numbers:
        return gettext("no asks of the company in the window")
    return gettext("the company had {asks} in {span}; at most {limit}", **phrases.window_words(*verdict.numbers))


def sentence(rules: TouchpointRules) -> str:
    cap = rules.account_cap
    if cap is None:
        return ""
    return gettext(
        "Ask {whom} at most {limit} in {span}; otherwise wait, the least recently heard role first.",
        whom=_whom(cap),
        limit=phrases.times(cap.limit),
        span=phrases.duration(cap.micros / SECOND),
    )


def _whom(cap: Cap) -> str:
    if cap.per_role:
        return gettext("each role of a group of companies") if cap.family else gettext("each role of a company")
    return gettext("each group of companies") if cap.family else gettext("each company")


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    cap: Cap | None = rules.account_cap
    if cap is None:
        return None
    needed = phrases.rounded_up(facts.account_window[0] + rules.weight)
    words = gettext(
        "{needed} of the company allowed instead of {limit}", needed=phrases.asks(needed), limit=phrases.asks(cap.limit)
    )
    return Change(replace(rules, account_cap=replace(cap, limit=needed)), facts, words)


RULE = Rule("account_cap", "ac", judge, explain, sentence, ease)
