"""The conditions that no answer meets: tables of what they notice, and on which occasion."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import LatestEvent, OverduePromise, PartnerCondition, PartnerFacts, Watches
from alerts.definitions import AlertFile
from alerts.raising.evaluate import notice, watches
from alerts.raising.grouping import CaseGroup, case_to_join
from feedback_engine.foundation.definitions import DefinitionError, load, parse
from feedback_engine.foundation.i18n import use_locale

NOW = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
TODAY = date(2026, 3, 9)
CASE, DANA, PROMISE = UUID(int=1 << 8), UUID(int=2 << 8), UUID(int=3 << 8)


def condition(text: str) -> PartnerCondition:
    [rule] = parse(AlertFile, load(f"rules: [{{key: r, name: R, when: {{{text}}}}}]", name="alerts.yaml")).rules
    assert isinstance(rule.when, PartnerCondition)
    return rule.when


def ago(*days: float) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(days=each) for each in days)


def facts(**known: Any) -> PartnerFacts:
    return PartnerFacts(at=NOW, day=TODAY, **known)


def noticed(text: str, seen: PartnerFacts) -> list[tuple[str, dict[str, float]]]:
    return [(each.fired.reason, dict(each.fired.numbers)) for each in condition(text).notices(seen)]


# ---- silence

QUIET = "condition: silence, days: 60, at_least: 3, before_days: 180"


@pytest.mark.parametrize(
    ("days_ago", "numbers"),
    [
        ((60, 90, 120), {"days": 60, "count": 3, "before": 180}),  # exactly so long
        ((59.9, 90, 120, 130), None),  # not quite
        ((60, 90), None),  # never one of those who answer often
        ((60, 90, 239), {"days": 60, "count": 3, "before": 180}),  # the last day of the span before
        ((60, 90, 240), None),  # the first day outside
        ((100, 110, 120, 130), {"days": 100, "count": 4, "before": 180}),
        ((241, 250, 260), None),  # silent for so long that nobody would be surprised
        ((1, 61, 90, 120), None),  # heard of yesterday
        ((), None),
    ],
)
def test_silence_is_noticed_after_many_answers(days_ago: tuple[float, ...], numbers: dict[str, int] | None) -> None:
    assert noticed(QUIET, facts(answers=ago(*days_ago))) == ([("silence_answers", numbers)] if numbers else [])
    assert noticed(QUIET, facts(events=ago(*days_ago))) == []
    of_events = noticed(f"{QUIET}, of: events", facts(events=ago(*days_ago)))
    assert of_events == ([("silence_events", numbers)] if numbers else [])


def test_the_occasion_of_a_silence_is_the_last_answer_whenever_one_looks() -> None:
    answers = ago(70, 90, 120)
    first = condition(QUIET).notices(facts(answers=answers))
    later = condition(QUIET).notices(PartnerFacts(NOW + timedelta(days=20), TODAY, answers=answers))
    assert [each.occasion for each in first] == [each.occasion for each in later]
    again = condition(QUIET).notices(PartnerFacts(NOW + timedelta(days=80), TODAY, answers=(NOW, *answers)))
    assert [each.occasion for each in again] != [each.occasion for each in first]


@given(st.lists(st.floats(0, 500), max_size=12))
def test_more_answers_long_ago_never_hide_a_silence(days_ago: list[float]) -> None:
    known = noticed(QUIET, facts(answers=ago(*days_ago)))
    more = noticed(QUIET, facts(answers=ago(*days_ago, *(day + 1 for day in days_ago if day >= 60))))
    assert not known or more


# ---- promise_overdue


def overdue(days: float) -> OverduePromise:
    return OverduePromise(PROMISE, NOW - timedelta(days=days), CASE, DANA, "deal.closed")


@pytest.mark.parametrize(
    ("setting", "promises", "days"),
    [
        ("", (overdue(0),), [0]),
        ("", (overdue(2.5), overdue(0.1)), [2, 0]),
        (", days: 3", (overdue(3),), [3]),
        (", days: 3", (overdue(2.9),), []),
        ("", (), []),
    ],
)
def test_a_promise_is_overdue(setting: str, promises: tuple[OverduePromise, ...], days: list[int]) -> None:
    found = condition(f"condition: promise_overdue{setting}").notices(facts(promises=promises))
    assert [each.fired.numbers["days"] for each in found] == days
    for each in found:
        assert (each.occasion, each.case_id, each.holder_id) == (f"promise:{PROMISE}", CASE, DANA)


# ---- kpi_missed


@pytest.mark.parametrize(
    ("setting", "attributes", "expected"),
    [
        ("target: 5", {"people": 4}, ("kpi_at_least", {"value": 4, "target": 5})),
        ("target: 5", {"people": 5}, None),  # reached
        ("target: 5", {"people": "4.5"}, ("kpi_at_least", {"value": 4.5, "target": 5})),  # from a spreadsheet
        ("target: 5", {"people": "many"}, None),
        ("target: 5", {"people": True}, None),
        ("target: 5", {}, None),  # nobody knows
        ("target: 0.9", {"people": 0.85}, ("kpi_at_least", {"value": 0.85, "target": 0.9})),
        ("target: 5, direction: at_most", {"people": 6}, ("kpi_at_most", {"value": 6, "target": 5})),
        ("target: 5, direction: at_most", {"people": 5}, None),
        ("target_attribute: agreed", {"people": 4, "agreed": 6}, ("kpi_at_least", {"value": 4, "target": 6})),
        ("target_attribute: agreed", {"people": 4}, None),  # nothing was agreed with them
        ("target_attribute: agreed", {"people": 4, "agreed": "6"}, ("kpi_at_least", {"value": 4, "target": 6})),
    ],
)
def test_an_agreed_number_is_missed(
    setting: str, attributes: dict[str, Any], expected: tuple[str, dict[str, float]] | None
) -> None:
    found = noticed(f"condition: kpi_missed, attribute: people, {setting}", facts(attributes=attributes))
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("every", "day", "occasion"),
    [
        ("month", date(2026, 3, 31), "kpi:people:2026-03"),
        ("quarter", date(2026, 3, 31), "kpi:people:2026-Q1"),
        ("quarter", date(2026, 4, 1), "kpi:people:2026-Q2"),
        ("quarter", date(2026, 12, 31), "kpi:people:2026-Q4"),
        ("year", date(2026, 4, 1), "kpi:people:2026"),
    ],
)
def test_a_missed_number_is_told_once_in_its_period(every: str, day: date, occasion: str) -> None:
    rule = condition(f"condition: kpi_missed, attribute: people, target: 5, every: {every}")
    [found] = rule.notices(PartnerFacts(NOW, day, attributes={"people": 1}))
    assert found.occasion == occasion


def test_the_number_of_an_event_is_that_of_the_last_one_and_of_its_period() -> None:
    rule = condition("condition: kpi_missed, attribute: revenue, event: quarter.closed, target_attribute: plan")
    january = datetime(2026, 1, 5, tzinfo=UTC)
    seen = (LatestEvent("quarter.closed", january, {"revenue": 80}), LatestEvent("other", NOW, {"revenue": 1}))
    in_april = PartnerFacts(NOW, date(2026, 4, 20), latest=seen, attributes={"plan": 100})
    [found] = rule.notices(in_april)
    assert (found.occasion, found.fired.numbers) == ("kpi:revenue:2026-Q1", {"value": 80, "target": 100})
    assert rule.notices(PartnerFacts(NOW, TODAY, attributes={"revenue": 1, "plan": 100})) == ()
    assert rule.event_attributes() == ("quarter.closed", ("revenue",))


# ---- agreement_date_near


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2026-03-09", 0),  # today
        ("2026-05-08", 60),  # the last day that is near
        ("2026-05-09", None),
        ("2026-03-08", None),  # it has passed
        ("2026-04-01T00:00:00Z", 23),
        (" 2026-04-01 ", 23),
        ("1 April 2026", None),
        ("2026-02-30", None),  # no day
        (20260401, None),
        (None, None),
    ],
)
def test_a_date_comes_near(value: Any, days: int | None) -> None:
    rule = condition("condition: agreement_date_near, attribute: ends_on, within_days: 60")
    found = rule.notices(facts(attributes={"ends_on": value}))
    assert [each.fired.numbers["days"] for each in found] == ([] if days is None else [days])


# ---- in words


@pytest.mark.parametrize(
    ("text", "seen", "locale", "names"),
    [
        (
            "condition: kpi_missed, attribute: certified_people, target: 5",
            facts(attributes={"certified_people": 4.5}),
            "it",
            {"kpi": "certified people", "value": "4,5", "target": "5"},
        ),
        (
            "condition: kpi_missed, attribute: p, target: 1500, name: {en: Revenue, it: Fatturato}",
            facts(attributes={"p": 2}),
            "en",
            {"kpi": "Revenue", "value": "2", "target": "1,500"},
        ),
        (
            "condition: agreement_date_near, attribute: ends_on, within_days: 60, name: {en: Contract ends, it: Fine}",
            facts(attributes={"ends_on": "2026-04-01"}),
            "en",
            {"date": "Contract ends", "on": "1 Apr 2026"},
        ),
    ],
)
def test_what_was_noticed_is_told_in_words(text: str, seen: PartnerFacts, locale: str, names: dict[str, str]) -> None:
    rule = condition(text)
    [found] = rule.notices(seen)
    with use_locale(locale):
        assert rule.names(found.fired.numbers, locale) == names


# ---- files


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when: {condition: silence, days: 60}", "at_least"),
        ("when: {condition: silence, days: 5, at_least: 3}", "at least 7"),
        ("when: {condition: silence, days: 60, at_least: 3, of: calls}", "answers"),
        ("when: {condition: silence, days: 60, at_least: 3}, touchpoints: [deal.closed]", "partner as a whole"),
        ("when: {condition: promise_overdue, days: -1}", "at least 0"),
        ("when: {condition: kpi_missed, attribute: people}", "one target"),
        ("when: {condition: kpi_missed, attribute: people, target: 5, target_attribute: agreed}", "one target"),
        ("when: {condition: kpi_missed, attribute: people, target: many}", "number"),
        ("when: {condition: kpi_missed, attribute: people, target: 5, direction: up}", "at_most"),
        (f"when: {{condition: kpi_missed, attribute: {'x' * 65}, target: 5}}", "64"),
        ("when: {condition: agreement_date_near, attribute: ends_on}", "within_days"),
        ("when: {condition: agreement_date_near, attribute: ends_on, within_days: 400}", "366"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse(AlertFile, load(f"rules: [{{key: r, name: R, {text}}}]", name="alerts.yaml"))
    assert says in str(refused.value)


RULES = """
rules:
  - {key: late, name: Late, kind: callback, when: {condition: promise_overdue}, touchpoints: [deal.closed]}
  - {key: low, name: Low, when: {condition: score_below, below: 7}}
  - {key: ends, name: Ends, when: {condition: agreement_date_near, attribute: ends_on, within_days: 60}}
  - {key: quiet, name: Quiet, when: {condition: silence, days: 60, at_least: 1, before_days: 100, of: events}}
  - {key: kpi, name: KPI, when: {condition: kpi_missed, attribute: x, target: 1, event: e}}
"""


def test_rules_without_an_answer_are_looked_at_together_recoveries_first() -> None:
    rules = parse(AlertFile, load(RULES, name="alerts.yaml")).rules
    assert watches(rules) == Watches(0, 160, frozenset({"e"}), promises=True)
    assert watches(rules[1:2]) is None
    seen = facts(promises=(overdue(1),), attributes={"ends_on": "2026-04-01"}, events=ago(70))
    assert [firing.rule for firing, _ in notice(rules, seen)] == ["ends", "quiet", "late"]
    elsewhere = OverduePromise(PROMISE, NOW, CASE, DANA, "training.held")
    assert notice(rules, facts(promises=(elsewhere,))) == ()  # the rule names touchpoints


@pytest.mark.parametrize(
    ("wanted", "known", "joined"),
    [
        (("", "recovery"), [("deals", "recovery"), ("training", "recovery")], ("deals", "recovery")),
        (("", "recovery"), [("", "recovery"), ("deals", "recovery")], ("", "recovery")),
        (("", "recovery"), [("deals", "callback")], None),
        (("", "callback"), [("deals", "recovery")], ("deals", "recovery")),
        (("", "callback"), [("deals", "recovery"), ("training", "callback")], ("training", "callback")),
        (("deals", "recovery"), [("", "recovery")], None),  # an answer is about its touchpoint
    ],
)
def test_what_is_about_the_whole_partner_joins_any_case_of_its_kind(
    wanted: tuple[str, Any], known: list[tuple[str, Any]], joined: tuple[str, Any] | None
) -> None:
    cases = {CaseGroup(CASE, *each): each for each in known}
    assert case_to_join(CaseGroup(CASE, *wanted), cases) == joined
    assert case_to_join(CaseGroup(DANA, *wanted), cases) is None
