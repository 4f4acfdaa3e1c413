"""What the rules get to know of earlier asks: which count, until when, and that no order of adding matters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.sampling.decide import decide_by
from surveys.sampling.facts import Facts
from surveys.sampling.history import Ask, AskHistory, Party
from surveys.sampling.instants import DAY, to_micros
from surveys.sampling.plan import MILLI, TouchpointRules
from surveys.sampling.windows import room_at, window_of
from tests.surveys.sampling.builders import AT, at, facts, rules, verdict

NOW = to_micros(AT)
ACME, NORTH, GROUP = UUID(int=1), UUID(int=2), UUID(int=3)
ANA, BEN = b"ana", b"ben"


def ask(days_ago: float, **given: Any) -> Ask:
    values = {
        "at": NOW - round(days_ago * DAY),
        "weight": MILLI,
        "person": ANA,
        "partner_id": ACME,
        "family_id": GROUP,
        "survey": "onboarding",
        "survey_family": "onboarding",
    }
    return Ask(**{**values, **given})


def known(using: TouchpointRules, asks: list[Ask], *, instant: int = NOW, **given: Any) -> Facts:
    about = facts(**given)
    AskHistory(asks).complete(about, using, Party(ANA, ACME, GROUP), instant)
    return about


@pytest.mark.parametrize(
    ("scope", "survey", "family", "found"),
    [
        ("any_survey", "other", "other", True),
        ("this_survey", "onboarding", "onboarding", True),
        ("this_survey", "onboarding-2", "onboarding", False),
        ("survey_family", "onboarding-2", "onboarding", True),
        ("survey_family", "other", "other", False),
    ],
)
def test_a_gap_counts_the_surveys_of_its_scope(scope: str, survey: str, family: str, found: bool) -> None:
    using = rules(quarantine={"since_asked_days": 30, "scope": scope})
    assert bool(known(using, [ask(10, survey=survey, survey_family=family)]).last) is found


def test_only_the_person_asked_is_in_quarantine() -> None:
    assert known(rules(quarantine={"since_asked_days": 30}), [ask(10, person=BEN)]).last == {}


def test_the_latest_ask_counts_even_if_it_was_added_first() -> None:
    about = known(rules(quarantine={"since_asked_days": 30}), [ask(5), ask(20), ask(12)])
    assert about.last == {"aa": NOW - 5 * DAY}


def test_an_ask_of_no_weight_asks_nobody() -> None:
    assert known(rules(quarantine={"since_asked_days": 30}), [ask(5, weight=0)]).last == {}


def test_an_answer_counts_from_when_it_came_however_long_ago_the_ask_was() -> None:
    using = rules(quarantine={"since_answered_days": 30, "since_declined_days": 90})
    asks = [ask(40, answered_at=NOW - 2 * DAY), ask(80, declined_at=NOW - 70 * DAY)]
    assert known(using, asks).last == {"na": NOW - 2 * DAY, "da": NOW - 70 * DAY}


def test_an_answer_that_came_later_than_the_instant_is_not_known_yet() -> None:
    using = rules(quarantine={"since_answered_days": 30})
    assert known(using, [ask(40, answered_at=NOW + 1)]).last == {}


def test_what_lies_outside_every_gap_is_not_a_fact() -> None:
    using = rules(quarantine=[{"since_asked_days": 7}, {"since_asked_days": 30}])
    assert known(using, [ask(30)]).last == {}
    assert known(using, [ask(29)]).last == {"aa": NOW - 29 * DAY}


@pytest.mark.parametrize(("days_ago", "counts"), [(29.99, True), (30, False), (-2, True)])
def test_a_rolling_window_has_an_exact_edge(days_ago: float, counts: bool) -> None:
    using = rules(contact_frequency={"asks": 9, "window_days": 30})
    assert known(using, [ask(days_ago)]).person_window == ((1000,) if counts else ())


def test_a_calendar_window_counts_whole_days_of_the_readers_zone() -> None:
    using = rules(contact_frequency={"asks": 1, "window_days": 2, "calendar": True, "on_hit": "defer"})
    late_on_sunday = ask(0, at=at("2026-03-08T23:30:00+01:00"))  # 22:30 in UTC
    monday = at("2026-03-09T20:00:00+01:00")
    about = known(using, [late_on_sunday], instant=monday, zone="Europe/Rome")
    decision = decide_by(using, about, monday)
    # Sunday and Monday are the two days; on Tuesday at midnight in Rome there is room again.
    tuesday = at("2026-03-10T00:00:00+01:00")
    assert verdict(decision, "contact_frequency").until == tuesday
    assert known(using, [late_on_sunday], instant=tuesday, zone="Europe/Rome").person_window == ()


def test_an_account_counts_everybody_there_and_nobody_elsewhere() -> None:
    using = rules(account_cap={"asks": 9, "window_days": 30})
    asks = [ask(1), ask(2, person=BEN), ask(3, partner_id=NORTH, person=BEN)]
    assert known(using, asks).account_window == (2000,)


def test_a_family_counts_together() -> None:
    using = rules(account_cap={"asks": 9, "window_days": 30, "family": True})
    asks = [ask(1), ask(2, partner_id=NORTH), ask(3, partner_id=NORTH, family_id=NORTH)]
    assert known(using, asks).account_window == (2000,)


def test_a_cap_per_role_counts_the_contacts_own_role() -> None:
    using = rules(account_cap={"asks": 9, "window_days": 30, "per_role": True})
    assert known(using, [ask(1, role="buyer"), ask(2, role="engineer")], role="buyer").account_window == (1000,)


weights = st.sampled_from([0, 500, 1000, 2000])
asks_in_time = st.lists(st.tuples(st.integers(0, 60), weights), max_size=12).map(
    lambda items: sorted((NOW - days * DAY, weight) for days, weight in items)
)


@settings(deadline=None)
@given(asks_in_time, st.integers(1, 5))
def test_there_is_room_exactly_from_the_instant_the_window_says(asks: list[tuple[int, int]], limit: int) -> None:
    cap = rules(contact_frequency={"asks": limit, "window_days": 30}).contact_frequency
    assert cap is not None
    window = window_of(asks, cap, MILLI, NOW, "")
    until = room_at(window, cap, MILLI, "")

    def total(instant: int) -> int:
        return sum(weight for when, weight in asks if instant - when < 30 * DAY)

    assert (window[0] if window else 0) == total(NOW)
    if until:
        assert total(until) + MILLI <= cap.limit
        assert total(until - 1) + MILLI > cap.limit
    else:
        assert total(NOW) + MILLI <= cap.limit


@settings(deadline=None)
@given(st.permutations(range(8)), st.integers(0, 40))
def test_the_order_in_which_asks_become_known_does_not_matter(order: list[int], days: int) -> None:
    using = rules(quarantine={"since_asked_days": 30}, account_cap={"asks": 3, "window_days": 30})
    asks = [ask(number * 5, person=ANA if number % 2 else BEN, answered_at=NOW - number) for number in range(8)]
    instant = NOW + timedelta(days=days) // timedelta(microseconds=1)
    shuffled = known(using, [asks[number] for number in order], instant=instant)
    straight = known(using, asks, instant=instant)
    assert (shuffled.last, shuffled.account_window) == (straight.last, straight.account_window)
