"""Pure. Rule 7: a minimum gap since a person was asked, answered or declined.

A gap of 30 days fires when `at - last < 30 * 86400 s`; at exactly 30 days it passes.
"""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling import exempt, gaps, phrases
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.instants import SECOND
from surveys.sampling.plan import Gap, TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, SWITCHED_OFF, Verdict, on_hit


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """The verdict of the gap that ends last; a gap that refuses goes before all that only defer."""
    if not rules.gaps:
        return SWITCHED_OFF
    if facts.exempt:
        return exempt.EXEMPT
    worst = PASSED
    last = facts.last
    if not last:
        return worst
    for gap in rules.gaps:
        since = last.get(gap.code)
        if since is not None and at - since < gap.micros:
            worst = _graver(worst, _verdict(gap, since, at))
    return worst


def _verdict(gap: Gap, since: int, at: int) -> Verdict:
    return on_hit(gap.defers, since + gap.micros, gap.code, (at - since) // SECOND, gap.micros // SECOND)


def _graver(one: Verdict, other: Verdict) -> Verdict:
    return max(one, other, key=lambda verdict: (verdict.result == REFUSE, verdict.until))


def explain(verdict: Verdict) -> str:
    if exempt.is_exempt(verdict):
        return exempt.words()
    if not verdict.fired:
        return gettext("not asked, heard or refused too recently")
    code, elapsed, gap = verdict.numbers
    known = {"elapsed": phrases.duration(max(elapsed, 0)), "gap": phrases.duration(gap)}
    if code[0] == gaps.DECLINED:
        return gettext("declined {elapsed} before; the gap is {gap}", **known)
    if code[0] == gaps.ANSWERED:
        return gettext("answered {elapsed} before; the gap is {gap}", **known)
    if elapsed < 0:
        return gettext("an ask is already planned; the gap is {gap}", **known)
    return gettext("asked {elapsed} before; the gap is {gap}", **known)


def sentence(rules: TouchpointRules) -> str:
    return " ".join(_one_sentence(gap) for gap in rules.gaps)


def _one_sentence(gap: Gap) -> str:
    length, after = phrases.duration(gap.micros / SECOND), otherwise(gap.defers)
    if gap.code[0] == gaps.DECLINED:
        return gettext("Leave people alone for {gap} after they declined; {otherwise}.", gap=length, otherwise=after)
    scope = _scope(gap.code)
    if gap.code[0] == gaps.ANSWERED:
        return gettext("Leave {gap} after an answer, {scope}; {otherwise}.", gap=length, scope=scope, otherwise=after)
    return gettext(
        "Leave at least {gap} between two asks of one person, {scope}; {otherwise}.",
        gap=length,
        scope=scope,
        otherwise=after,
    )


def _scope(code: str) -> str:
    scopes = {
        gaps.SURVEY: gettext("this survey only"),
        gaps.FAMILY: gettext("this kind of survey only"),
        gaps.ANY: gettext("all surveys together"),
    }
    return scopes[code[1]]


def otherwise(defers: bool) -> str:
    """What happens to an event that hits a rule which may refuse or defer."""
    return gettext("otherwise wait") if defers else gettext("otherwise drop")


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change:
    shortened = tuple(_shortened(gap, facts, at) for gap in rules.gaps)
    _, elapsed, span = verdict.numbers
    length = phrases.duration(span)
    if elapsed < 0:
        words = gettext("no gap instead of {gap}", gap=length)
    else:
        words = gettext("a gap of {elapsed} instead of {gap}", elapsed=phrases.duration(elapsed), gap=length)
    return Change(replace(rules, gaps=tuple(gap for gap in shortened if gap.micros >= 0)), facts, words)


def _shortened(gap: Gap, facts: Facts, at: int) -> Gap:
    since = facts.last.get(gap.code)
    return gap if since is None else replace(gap, micros=min(gap.micros, at - since))


RULE = Rule("quarantine", "qu", judge, explain, sentence, ease)
