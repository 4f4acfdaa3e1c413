"""Which answers become alerts, and which case they belong to."""

from __future__ import annotations

from uuid import UUID

import pytest

from alerts.conditions import CONDITIONS, AnswerFacts, Condition, Scored
from alerts.definitions import AlertFile, Rule
from alerts.raising.evaluate import evaluate
from alerts.raising.grouping import CaseGroup, case_to_join
from alerts.terms import Kind
from feedback_engine.foundation.definitions import load, parse

PARTNER, OTHER = UUID(int=1 << 8), UUID(int=2 << 8)


def rules(text: str) -> tuple[Rule, ...]:
    return parse(AlertFile, load(text, name="alerts.yaml")).rules


def facts(*scores: tuple[str, int], touchpoint: str = "deal.closed", wants_contact: bool = False) -> AnswerFacts:
    kinds = {"nps": "nps", "ease": "ces", "happy": "csat"}
    return AnswerFacts(touchpoint, tuple(Scored(name, kinds[name], score) for name, score in scores), wants_contact)


@pytest.mark.parametrize(
    ("when", "answer", "reason"),
    [
        ("{condition: score_below, question: nps, below: 7}", facts(("nps", 6)), "score_below"),  # the last detractor
        ("{condition: score_below, question: nps, below: 7}", facts(("nps", 7)), None),  # the first passive
        ("{condition: score_below, question: nps, below: 7}", facts(("nps", 0)), "score_below"),
        ("{condition: score_below, question: nps, below: 7}", facts(("ease", 1)), None),  # another question
        ("{condition: score_below, question: nps, below: 7}", facts(), None),  # nothing has a score
        ("{condition: score_below, below: 3}", facts(("ease", 2), ("nps", 9)), "score_below"),  # the first one counts
        ("{condition: score_high, question: nps, at_least: 9}", facts(("nps", 9)), "score_high"),  # the first promoter
        ("{condition: score_high, question: nps, at_least: 9}", facts(("nps", 8)), None),  # the last passive
        ("{condition: asks_for_contact}", facts(("nps", 10), wants_contact=True), "asks_for_contact"),
        ("{condition: asks_for_contact}", facts(("nps", 0)), None),  # a low score is not a wish
    ],
)
def test_a_condition_fires_with_its_reason(when: str, answer: AnswerFacts, reason: str | None) -> None:
    [rule] = rules(f"rules: [{{key: r, name: R, when: {when}}}]")
    found = rule.when.fires(answer)
    assert (found.reason if found else None) == reason


def test_the_reason_carries_its_numbers() -> None:
    [rule] = rules("rules: [{key: r, name: R, when: {condition: score_below, question: nps, below: 7}}]")
    found = rule.when.fires(facts(("nps", 3)))
    assert found is not None
    assert dict(found.numbers) == {"score": 3, "below": 7}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_can_be_named_in_a_file(condition: type[Condition]) -> None:
    name = condition.model_fields["condition"].annotation.__args__[0]  # type: ignore[union-attr]
    given = {
        "score_below": ", below: 7",
        "score_high": ", at_least: 9",
        "score_drop": ", by: 3",
        "comment_mentions": ", words: {en: [late]}",
        "several_detractors": ", at_least: 3, within_days: 30",
        "silence": ", days: 60, at_least: 3",
        "kpi_missed": ", attribute: certified_people, target: 5",
        "agreement_date_near": ", attribute: contract_ends_on, within_days: 60",
    }.get(name, "")
    [rule] = rules(f"rules: [{{key: r, name: R, when: {{condition: {name}{given}}}}}]")
    assert type(rule.when) is condition


PROGRAM = """
rules:
  - {key: call-me, name: Wants a call, kind: callback, when: {condition: asks_for_contact}}
  - {key: praise, name: Praise, kind: thanks, severity: low, when: {condition: score_high, at_least: 9}}
  - {key: low, name: Low, kind: recovery, severity: high, touchpoints: [deal.closed],
     when: {condition: score_below, below: 7}}
"""


@pytest.mark.parametrize(
    ("answer", "fired"),
    [
        (facts(("nps", 3)), ["low"]),
        (facts(("nps", 3), wants_contact=True), ["low", "call-me"]),  # the recovery comes first, so the wish joins it
        (facts(("nps", 10), wants_contact=True), ["call-me", "praise"]),
        (facts(("nps", 8)), []),  # nothing to do is a good day
        (facts(("nps", 3), touchpoint="training.held"), []),  # the rule watches another touchpoint
    ],
)
def test_all_rules_of_an_answer_fire_in_a_steady_order(answer: AnswerFacts, fired: list[str]) -> None:
    assert [firing.rule for firing in evaluate(rules(PROGRAM), answer)] == fired


def group(kind: Kind, partner: UUID = PARTNER, touchpoints: str = "deals") -> CaseGroup:
    return CaseGroup(partner, touchpoints, kind)


@pytest.mark.parametrize(
    ("alert", "open_cases", "joins"),
    [
        (group("recovery"), {}, None),  # nothing is open
        (group("recovery"), {group("recovery"): "C-1"}, "C-1"),  # more bad news joins
        (group("recovery"), {group("recovery", OTHER): "C-1"}, None),  # another partner
        (group("recovery"), {group("recovery", touchpoints="support"): "C-1"}, None),  # another group of touchpoints
        (group("recovery"), {group("thanks"): "C-1"}, None),  # praise is no place for a complaint
        (group("callback"), {group("recovery"): "C-1"}, "C-1"),  # one call, not two
        (group("callback"), {group("recovery"): "C-1", group("callback"): "C-2"}, "C-2"),  # its own case first
        (group("recovery"), {group("callback"): "C-1"}, None),  # a recovery has its own clock and cause
        (group("thanks"), {group("recovery"): "C-1"}, None),
    ],
)
def test_an_alert_joins_the_open_case_of_its_group(
    alert: CaseGroup, open_cases: dict[CaseGroup, str], joins: str | None
) -> None:
    assert case_to_join(alert, open_cases) == joins
