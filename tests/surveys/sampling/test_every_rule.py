"""The same exam for every sampling rule: judged alike each time, told in each language, eased just far enough."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_engine.foundation.i18n import languages, use_locale
from surveys.sampling import words
from surveys.sampling.base import Rule
from surveys.sampling.counterfactual import single_change
from surveys.sampling.decide import INVITE, decide, decide_by
from surveys.sampling.facts import Facts
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import Plan
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import DEFER, REFUSE, Verdict
from tests.surveys.sampling.builders import AT, TOUCHPOINT, plan
from tests.surveys.sampling.test_decide import EVERY_RULE, some_facts

NOW = to_micros(AT)
FULL = plan(
    **{**EVERY_RULE, "random_share": {"rate": 0.5, "by": "partner.tier", "rates": {"gold": 0.9}}},
    touchpoint={"personas": ["buyer"], "condition": "event.amount > 3.0", "attributes": {"amount": "double"}},
)
BARE = plan()

facts_of_all_kinds = st.builds(
    lambda about, amount, role: _with(about, amount, role),
    some_facts(),
    st.sampled_from([None, 1.0, 5.0]),
    st.sampled_from(["", "buyer", "engineer"]),
)


def _with(about: Facts, amount: float | None, role: str) -> Facts:
    about.attributes = {"event": {} if amount is None else {"amount": amount}, "partner": {}, "contact": {}}
    about.role = role
    return about


@settings(deadline=None)
@given(about=facts_of_all_kinds, age=st.integers(0, 20 * 86_400_000_000))
def test_every_rule_judges_alike_and_a_deferral_ends_later(about: Facts, age: int) -> None:
    for using, rule in product((FULL, BARE), SAMPLING_RULES):
        verdict = rule.judge(using.rules_of(TOUCHPOINT), about, NOW + age)
        assert verdict == rule.judge(using.rules_of(TOUCHPOINT), about, NOW + age), rule.name
        assert verdict.result != DEFER or verdict.until > NOW + age, rule.name
        assert Verdict.from_document(verdict.as_document()) == verdict, rule.name


@settings(deadline=None)
@given(about=facts_of_all_kinds)
def test_every_verdict_is_told_in_every_language(about: Facts) -> None:
    for using, rule in product((FULL, BARE), SAMPLING_RULES):
        verdict = rule.judge(using.rules_of(TOUCHPOINT), about, NOW)
        told = {locale: words.sentence(rule.name, verdict, locale) for locale in languages()}
        assert all(told.values()), rule.name
        assert len(set(told.values())) == len(told), rule.name


@pytest.mark.parametrize("rule", SAMPLING_RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_name_and_a_sentence_in_every_language(rule: Rule) -> None:
    said = set()
    for locale in languages():
        with use_locale(locale):
            said.add((words.title(rule.name), rule.sentence(FULL.rules_of(TOUCHPOINT))))
    assert len(said) == len(languages())
    assert all(title and sentence for title, sentence in said)


@settings(deadline=None)
@given(about=facts_of_all_kinds, age=st.integers(0, 20 * 86_400_000_000))
def test_after_its_nearest_change_a_rule_stands_in_nobodys_way(about: Facts, age: int) -> None:
    rules = FULL.rules_of(TOUCHPOINT)
    for rule in SAMPLING_RULES:
        verdict = rule.judge(rules, about, NOW + age)
        change = rule.ease(rules, about, NOW + age, verdict) if verdict.fired else None
        if change is not None:
            assert change.words, rule.name
            assert not rule.judge(change.rules, change.facts, NOW + age).fired, rule.name


@settings(deadline=None)
@given(about=facts_of_all_kinds, using=st.sampled_from([FULL, BARE]))
def test_a_single_change_that_is_offered_would_have_invited(about: Facts, using: Plan) -> None:
    decision = decide(using, about, NOW)
    change = single_change(using.rules_of(TOUCHPOINT), about, NOW, decision)
    if change is not None:
        assert decision.outcome != INVITE
        assert decide_by(change.rules, change.facts, NOW).outcome == INVITE


def test_a_verdict_is_told_in_the_language_asked_for() -> None:
    verdict = Verdict(REFUSE, 0, ("aa", 86_400, 172_800))
    assert words.sentence("quarantine", verdict, "it") == "ultima richiesta 1 giorno prima; l’intervallo è 2 giorni"
