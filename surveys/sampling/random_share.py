"""Pure. Rule 6: a random share of the events, drawn by a hash that anybody can compute again."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling import phrases
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.hashing import TWO_64, draw
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASS, REFUSE, SWITCHED_OFF, Verdict

_MILLION = 1_000_000


def rate_of(rules: TouchpointRules, facts: Facts) -> float:
    """The share of events like this one that is asked: 1 when the rule is off."""
    if rules.random_share is None:
        return 1.0
    stratum = rules.random_share.strata.get(facts.stratum)
    return stratum[0] if stratum is not None else rules.random_share.rate


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse when `u >= rate`, `u` being the draw of the event (or of the person, in a panel) for this touchpoint."""
    chosen = rules.random_share
    if chosen is None:
        return SWITCHED_OFF
    rate, threshold = chosen.strata.get(facts.stratum) or (chosen.rate, chosen.threshold)
    drawn = draw(facts.person_key if chosen.panel else facts.event_key, rules.salt)
    result = REFUSE if drawn >= threshold else PASS
    # The draw is kept in millionths: whoever wants all its digits can compute it again.
    return Verdict(result, 0, (drawn * _MILLION >> 64, rate))


def explain(verdict: Verdict) -> str:
    if not verdict.numbers:
        return ""
    drawn, rate = _in_words(verdict)
    if verdict.fired:
        return gettext("not drawn: a share of {rate} is asked, the draw was {draw}", rate=rate, draw=drawn)
    return gettext("drawn: a share of {rate} is asked, the draw was {draw}", rate=rate, draw=drawn)


def sentence(rules: TouchpointRules) -> str:
    chosen = rules.random_share
    if chosen is None:
        return ""
    if not chosen.strata:
        return gettext("Ask a random {rate} of the events.", rate=phrases.share(chosen.rate))
    rates = ", ".join(f"{value}: {phrases.share(rate)}" for value, (rate, _) in sorted(chosen.strata.items()))
    return gettext(
        "Ask a random share of the events by {stratum} ({rates}), and {rate} of all others.",
        stratum=_in_words_of(chosen.by or ""),
        rates=rates,
        rate=phrases.share(chosen.rate),
    )


def _in_words_of(stratum: str) -> str:
    named = {
        "partner.kind": gettext("kind of partner"),
        "partner.tier": gettext("tier"),
        "partner.region": gettext("region"),
        "partner.country": gettext("country"),
        "contact.role": gettext("role"),
        "contact.language": gettext("language"),
    }
    return named.get(stratum, stratum)


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    chosen = rules.random_share
    if chosen is None:
        return None
    drawn, rate = _in_words(verdict)
    words = gettext("a random share above {draw} instead of {rate}", draw=drawn, rate=rate)
    return Change(replace(rules, random_share=replace(chosen, threshold=TWO_64, strata={})), facts, words)


def _in_words(verdict: Verdict) -> tuple[str, str]:
    drawn, rate = verdict.numbers
    return phrases.share(drawn / _MILLION), phrases.share(rate)


RULE = Rule("random_share", "rs", judge, explain, sentence, ease)
