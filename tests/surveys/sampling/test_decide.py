"""The decision: every rule judges, refusals before deferrals, boundaries to the microsecond."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.sampling.decide import decide
from surveys.sampling.facts import Facts
from surveys.sampling.instants import DAY, SECOND, to_micros
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import DEFER, REFUSE, Verdict
from tests.surveys.sampling.builders import AT, TOUCHPOINT, decided, facts, plan, verdict

NOW = to_micros(AT)
MICROSECOND = timedelta(microseconds=1)
EVERY_RULE: dict[str, Any] = {
    "hold": True,
    "random_share": 1.0,
    "quarantine": {"since_asked_days": 30},
    "contact_frequency": {"asks": 4, "window_days": 180},
    "account_cap": {"asks": 12, "window_days": 30},
}


def test_the_registry_stands_in_the_order_that_names_a_refusal() -> None:
    names = [rule.name for rule in SAMPLING_RULES]
    assert names == [
        "erased", "suppressed", "stale", "condition", "persona", "hold", "random_share", "quarantine",
        "contact_frequency", "account_cap",
    ]  # fmt: skip
    assert len({rule.code for rule in SAMPLING_RULES}) == len(names)


def test_an_event_that_no_rule_stops_is_invited_and_every_rule_is_recorded() -> None:
    decision = decided(plan(**EVERY_RULE), facts())
    assert (decision.outcome, decision.rule, decision.send_at) == ("invite", None, NOW)
    assert len(decision.verdicts) == len(SAMPLING_RULES)
    assert not any(each.fired for each in decision.verdicts)


@pytest.mark.parametrize(
    ("given_facts", "rule", "outcome"),
    [
        ({"suppressions": (("erased", "all"), ("complaint", "all"))}, "erased", "drop"),
        ({"suppressions": (("objected", "family:onboarding"),)}, "erased", "drop"),
        ({"suppressions": (("objected", "family:other"),)}, None, "invite"),  # an objection to another kind of survey
        ({"suppressions": (("opted_out", "all"),)}, "suppressed", "drop"),
        ({"suppressions": (("opted_out", "family:onboarding"),)}, "suppressed", "drop"),
        ({"suppressions": (("opted_out", "family:other"),)}, None, "invite"),
        ({"suppressions": (("left", "all"),)}, "suppressed", "drop"),
        ({"open_case": True}, "hold", "defer"),
        ({"has_contact": False}, "persona", "drop"),
        ({"last": {"aa": NOW - DAY}}, "quarantine", "drop"),
        ({"person_window": (4000, NOW - DAY, 1000)}, "contact_frequency", "drop"),
        ({"account_window": (12000, NOW - DAY, 1000)}, "account_cap", "defer"),
        ({"open_case": True, "last": {"aa": NOW - DAY}}, "quarantine", "drop"),  # a refusal goes before a deferral
        (
            {"suppressions": (("complaint", "all"),), "last": {"aa": NOW}},
            "suppressed",
            "drop",
        ),  # the first one names it
    ],
)
def test_the_first_refusal_names_the_drop(given_facts: dict[str, Any], rule: str | None, outcome: str) -> None:
    decision = decided(plan(**EVERY_RULE), facts(**given_facts))
    assert (decision.outcome, decision.rule) == (outcome, rule)


def test_a_deferral_waits_for_the_rule_that_waits_longest() -> None:
    decision = decided(plan(**EVERY_RULE), facts(open_case=True, account_window=(12000, NOW - 2 * DAY, 1000)))
    assert (decision.rule, decision.until) == ("account_cap", NOW + 28 * DAY)
    assert verdict(decision, "hold").until == NOW + DAY


@pytest.mark.parametrize(
    ("elapsed", "outcome"),
    [
        (timedelta(days=30) - MICROSECOND, "drop"),  # inside, by the smallest step there is
        (timedelta(days=30), "invite"),  # at exactly 30 days it passes
        (timedelta(days=-3), "drop"),  # an ask that is planned for later
    ],
)
def test_a_gap_fires_while_less_than_its_length_has_passed(elapsed: timedelta, outcome: str) -> None:
    last = NOW - elapsed // MICROSECOND
    assert decided(plan(quarantine={"since_asked_days": 30}), facts(last={"aa": last})).outcome == outcome


@pytest.mark.parametrize(
    ("gap", "code", "fires"),
    [
        ({"since_asked_days": 30}, "aa", True),  # any survey unless the plan says otherwise
        ({"since_asked_days": 30, "scope": "this_survey"}, "as", True),
        ({"since_asked_days": 30, "scope": "this_survey"}, "aa", False),
        ({"since_asked_days": 30, "scope": "survey_family"}, "af", True),
        ({"since_answered_days": 30, "scope": "any_survey"}, "na", True),
        ({"since_declined_days": 30, "scope": "this_survey"}, "da", True),  # a decline counts whatever was declined
    ],
)
def test_a_gap_looks_at_its_own_kind_and_scope(gap: dict[str, Any], code: str, fires: bool) -> None:
    decision = decided(plan(quarantine=gap), facts(last={code: NOW - DAY}))
    assert verdict(decision, "quarantine").fired is fires


@pytest.mark.parametrize(
    ("kind", "on_hit", "outcome"),
    [
        ("touchpoint", None, "drop"),
        ("relationship", None, "defer"),
        ("touchpoint", "defer", "defer"),
        ("relationship", "refuse", "drop"),
    ],
)
def test_a_hit_refuses_touchpoint_surveys_and_defers_relationship_surveys(
    kind: str, on_hit: str | None, outcome: str
) -> None:
    gap = {"since_asked_days": 30, **({"on_hit": on_hit} if on_hit else {})}
    using = plan(survey={"survey": "s", "kind": kind}, quarantine=gap)
    assert decided(using, facts(last={"aa": NOW - DAY})).outcome == outcome


def test_of_several_gaps_a_refusal_goes_before_a_longer_deferral() -> None:
    gaps = [
        {"since_asked_days": 90, "on_hit": "defer"},
        {"since_answered_days": 10, "on_hit": "refuse"},
        {"since_answered_days": 60, "on_hit": "defer"},
    ]
    last = {"aa": NOW - DAY, "na": NOW - DAY}
    hit = verdict(decided(plan(quarantine=gaps), facts(last=last)), "quarantine")
    assert hit == Verdict(REFUSE, NOW + 9 * DAY, ("na", 86_400, 864_000))
    later = verdict(decided(plan(quarantine=gaps), facts(last=last), timedelta(days=20)), "quarantine")
    assert (later.result, later.until) == (DEFER, NOW + 89 * DAY)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (timedelta(days=14), "invite"),
        (timedelta(days=14) + MICROSECOND, "drop"),
    ],
)
def test_an_event_is_stale_when_more_than_its_greatest_age_has_passed(age: timedelta, outcome: str) -> None:
    assert decided(plan(), facts(), age).outcome == outcome


@pytest.mark.parametrize(
    ("total", "fires"),
    [
        (0, False),
        (2999, False),
        (3000, False),  # this would be the fourth of four
        (3500, True),  # half an ask too many: a recovery survey weighs one half
        (4000, True),
    ],
)
def test_a_person_bears_at_most_so_many_asks_in_a_window(total: int, fires: bool) -> None:
    window = (total, NOW - DAY, 1000) if total else ()
    decision = decided(plan(contact_frequency={"asks": 4, "window_days": 180}), facts(person_window=window))
    assert verdict(decision, "contact_frequency").fired is fires


def test_the_account_cap_waits_until_enough_asks_have_left_the_window() -> None:
    window = (5500, NOW - 20 * DAY, 500, NOW - 10 * DAY, 1000, NOW - 5 * DAY, 1000)
    decision = decided(plan(account_cap={"asks": 5, "window_days": 30}), facts(account_window=window))
    assert (decision.outcome, decision.until) == ("defer", NOW + 20 * DAY)


@pytest.mark.parametrize(
    ("role", "passes"),
    [
        ("Procurement", True),
        (" PROCUREMENT ", True),  # written as people write
        ("engineer", False),
        ("", False),
    ],
)
def test_a_touchpoint_asks_only_the_roles_of_its_personas(role: str, passes: bool) -> None:
    decision = decided(plan(touchpoint={"personas": ["buyer"]}), facts(role=role))
    assert verdict(decision, "persona").fired is not passes


@pytest.mark.parametrize(
    ("source", "attributes", "outcome", "reason"),
    [
        ("event.amount > 1000.0", {"amount": 1500.0}, "invite", None),
        ("event.amount > 1000.0", {"amount": 500.0}, "drop", "not_met"),
        ("event.amount > 1000.0", {}, "drop", "failed"),  # a value that is missing makes the condition err
        ("partner.tier == 'gold' && contact.role == 'buyer'", {}, "invite", None),
        ("event.type == 'deal.won' && event.at > timestamp('2026-01-01T00:00:00Z')", {}, "invite", None),
    ],
)
def test_an_event_is_dropped_where_its_condition_does_not_hold_or_cannot_be_told(
    source: str, attributes: dict[str, Any], outcome: str, reason: str | None
) -> None:
    using = plan(touchpoint={"condition": source, "attributes": {"amount": "double"}})
    pinned = {"event": attributes, "partner": {"tier": "gold"}, "contact": {}}
    decision = decided(using, facts(attributes=pinned, event_type="deal.won", role="buyer"))
    assert decision.outcome == outcome
    assert verdict(decision, "condition").numbers[:1] == (() if reason is None else (reason,))


def test_a_condition_that_errs_refuses_with_its_message() -> None:
    using = plan(touchpoint={"condition": "event.amount > 1000.0", "attributes": {"amount": "double"}})
    _, message = verdict(decided(using, facts()), "condition").numbers
    assert "event.amount" in message


@pytest.mark.parametrize(
    ("touchpoint", "survey", "reason"),
    [
        ("gone.touchpoint", {"survey": "s"}, "gone"),
        (TOUCHPOINT, None, "no_survey"),
    ],
)
def test_there_must_be_something_to_ask(touchpoint: str, survey: dict[str, Any] | None, reason: str) -> None:
    decision = decided(plan(survey=survey), facts(touchpoint=touchpoint))
    assert (decision.outcome, verdict(decision, "condition").numbers) == ("drop", (reason,))


def test_a_pause_defers_everybody_by_a_day_even_where_the_plan_holds_nobody() -> None:
    decision = decided(plan(), facts(paused=True))
    assert (decision.outcome, decision.rule, decision.until) == ("defer", "hold", NOW + DAY)


@pytest.mark.parametrize(("stratum", "rate"), [("platinum", 1.0), ("gold", 0.25), ("", 0.25)])
def test_rates_differ_by_stratum(stratum: str, rate: float) -> None:
    share = {"rate": 0.25, "by": "partner.tier", "rates": {"platinum": 1.0}}
    assert decided(plan(random_share=share), facts(stratum=stratum)).random_rate == rate


def test_a_panel_draws_the_person_and_not_the_event() -> None:
    using = plan(random_share={"rate": 0.5, "panel": "person"})
    drawn = {verdict(decided(using, facts(event_key=key, person_key=7)), "random_share").numbers for key in range(50)}
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("given_facts", "probability"),
    [
        ({}, 0.25),
        ({"open_case": True}, 0.0),
        ({"last": {"aa": NOW}}, 0.0),
    ],
)
@pytest.mark.parametrize("key", [1, 2, 3, 4, 5])
def test_the_probability_is_the_rate_when_all_else_passes(
    given_facts: dict[str, Any], probability: float, key: int
) -> None:
    using = plan(**{**EVERY_RULE, "random_share": 0.25})
    assert decided(using, facts(event_key=key, **given_facts)).inclusion_probability == probability


def test_mail_waits_for_delay_and_hold_but_history_knows_no_hold() -> None:
    using = plan(touchpoint={"delay_hours": 2}, hold_minutes=60)
    assert decided(using, facts()).send_at == NOW + 3 * 3600 * SECOND
    assert decided(using, facts(replayed=True)).send_at == NOW + 2 * 3600 * SECOND


def test_a_late_worker_dates_no_ask_in_the_past() -> None:
    assert decided(plan(), facts(ready_at=NOW + 3 * DAY)).send_at == NOW + 3 * DAY


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    ago = st.integers(-3 * DAY, 400 * DAY)
    suppression = st.tuples(
        st.sampled_from(["erased", "objected", "complaint", "opted_out", "undeliverable", "left"]),
        st.sampled_from(["all", "family:onboarding", "family:other"]),
    )
    window = st.one_of(
        st.just(()), st.integers(1, 20_000).map(lambda total: (total, NOW - DAY, total // 2, NOW, total - total // 2))
    )
    return facts(
        event_key=draw(st.integers(0, 2**64 - 1)),
        has_contact=draw(st.booleans()),
        paused=draw(st.booleans()),
        open_case=draw(st.booleans()),
        exempt=draw(st.sampled_from(["", "recovery"])),
        suppressions=tuple(draw(st.lists(suppression, max_size=2))),
        last={code: NOW - draw(ago) for code in draw(st.sets(st.sampled_from(["aa", "as", "na", "da"])))},
        person_window=draw(window),
        account_window=draw(window),
        replayed=draw(st.booleans()),
    )


@settings(deadline=None)
@given(some_facts(), st.integers(0, 28 * DAY), st.floats(0, 1))
def test_the_outcome_follows_from_the_verdicts_alone(about: Facts, after: int, rate: float) -> None:
    decision = decide(plan(**{**EVERY_RULE, "random_share": rate}), about, NOW + after)
    by_rule = zip(SAMPLING_RULES, decision.verdicts, strict=True)
    refusals = [rule.name for rule, each in by_rule if each.result == REFUSE]
    deferrals = [each.until for each in decision.verdicts if each.result == DEFER]
    if refusals:
        assert (decision.outcome, decision.rule, decision.until) == ("drop", refusals[0], 0)
    elif deferrals:
        assert (decision.outcome, decision.until) == ("defer", max(deferrals))
        assert decision.until > NOW + after
    else:
        assert (decision.outcome, decision.rule) == ("invite", None)
    assert (decision.send_at > 0) == (decision.outcome == "invite")
    assert decision.random_rate == rate


@settings(deadline=None)
@given(some_facts(), st.integers(0, 30 * DAY))
def test_deciding_twice_gives_the_same(about: Facts, after: int) -> None:
    assert decide(plan(**EVERY_RULE), about, NOW + after) == decide(plan(**EVERY_RULE), about, NOW + after)
