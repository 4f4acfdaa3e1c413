"""Pure. Rule 3: an event that is too old is not asked about any more."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling import phrases
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.instants import SECOND
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, Verdict


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse when more than the touchpoint's `max_age` has passed since the event; at exactly that age it passes."""
    age = at - facts.event_at
    if age > rules.max_age:
        return Verdict(REFUSE, 0, (age // SECOND, rules.max_age // SECOND))
    return PASSED


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("the event was recent enough")
    age, limit = verdict.numbers
    return gettext(
        "the event was {age} old; the limit is {limit}", age=phrases.duration(age), limit=phrases.duration(limit)
    )


def sentence(rules: TouchpointRules) -> str:
    return gettext("Drop events older than {limit}.", limit=phrases.duration(rules.max_age / SECOND))


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change:
    age = at - facts.event_at
    words = gettext("a limit of {age} instead of {limit}", age=_up(age), limit=phrases.duration(rules.max_age / SECOND))
    return Change(replace(rules, max_age=age), facts, words)


def _up(age: int) -> str:
    """An age rounded up to whole days: a limit said shorter than that would not have helped."""
    return phrases.days(-(-age // (86_400 * SECOND)))


RULE = Rule("stale", "st", judge, explain, sentence, ease)
