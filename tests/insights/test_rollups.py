"""The roll-ups always equal what a count over all current answers would give."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.insights import queries, rollups
from feedback_engine.insights.tally import Sums, changes, sums_of
from surveys.events import ResponseChanged, ResponseSubmitted, ScoredAnswer

AT = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)
PARTNER = ids.new_id(7)
scores = st.integers(0, 10)


def submitted(score: int, touchpoint: str = "deal.registered") -> ResponseSubmitted:
    return ResponseSubmitted(
        partner_id=PARTNER,
        response_id=ids.new_id(7),
        invitation_id=ids.new_id(7),
        contact_id=ids.new_id(7),
        touchpoint=touchpoint,
        survey="deal",
        survey_version="sha256:0",
        answers=(ScoredAnswer(question="recommend", kind="nps", score=score),),
        wants_contact=False,
        has_comment=False,
        tier="gold",
        region="emea",
        at=AT,
    )


def changed(first: ResponseSubmitted, before: int, after: int) -> ResponseChanged:
    return ResponseChanged(
        **first.model_dump(exclude={"answers"}),
        answers=(ScoredAnswer(question="recommend", kind="nps", score=after),),
        before=(ScoredAnswer(question="recommend", kind="nps", score=before),),
        revision=2,
        changed_at=AT,
    )


@given(st.lists(st.lists(scores, min_size=1, max_size=4), max_size=20))
def test_however_answers_change_only_the_last_one_counts(histories: list[list[int]]) -> None:
    events: list[ResponseSubmitted] = []
    expected = Sums()
    for history in histories:
        first = submitted(history[0])
        events.append(first)
        events.extend(changed(first, *pair) for pair in pairwise(history))
        expected = expected + sums_of("nps", history[-1])
    assert sum(changes(events).values(), Sums()) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.tuples(scores, st.sampled_from(["a", "b"])), min_size=1, max_size=12), st.integers(1, 5))
def test_batches_of_any_size_leave_the_same_roll_ups(
    sqlite_engine: Engine, answers: list[tuple[int, str]], size: int
) -> None:
    events = [submitted(score, touchpoint) for score, touchpoint in answers]
    with sqlite_engine.work.read() as reading:
        before = queries.by_touchpoint(reading, AT.date(), AT.date())
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        for start in range(0, len(events), size):
            rollups.add(uow, changes(events[start : start + size]))
    with sqlite_engine.work.read() as reading:
        after = queries.by_touchpoint(reading, AT.date(), AT.date())
    for touchpoint in {touchpoint for _, touchpoint in answers}:
        key = ("nps", touchpoint)
        gained = after[key] + -before.get(key, Sums())
        assert gained == sum((sums_of("nps", score) for score, place in answers if place == touchpoint), Sums())


def test_a_changed_answer_is_subtracted_and_added(engine: Engine) -> None:
    first = submitted(3)
    with engine.work.begin(actor=SYSTEM) as uow:
        rollups.add(uow, changes([first]))
        rollups.add(uow, changes([changed(first, 3, 9)]))
    with engine.work.read() as reading:
        [sums] = queries.by_touchpoint(reading, AT.date(), AT.date()).values()
        days = queries.by_day(reading, "nps", AT.date(), AT.date())
    assert sums == Sums(n=1, promoters=1, total=9, total_of_squares=81)
    assert days == {AT.date(): sums}
