"""Decisions one by one and in batches are identical, over random worlds, live and as history; so is their replay."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_engine.foundation.clock import MovedClock
from journeys.service import EventDraft
from surveys.replay import replay
from tests.surveys.lane import Lane, day, event, open_lane, touchpoint

TOUCHPOINTS = [
    touchpoint("ticket.closed", attributes={"hours": "double"}, condition="event.hours < 40.0"),
    touchpoint("deal.won", survey="sales", personas=["buyer"], delay_hours=30),
    touchpoint("year.end", survey="relationship", sampling={"max_age_days": 60}),
]
SURVEYS = [
    {"survey": "support"},
    {"survey": "sales", "family": "support"},
    {"survey": "relationship", "kind": "relationship"},
]
PEOPLE = [
    ("acme", "ana@acme.example", "buyer"),
    ("acme", "ben@acme.example", "engineer"),
    ("beta", "ana@acme.example", "buyer"),  # the same person at another partner
    ("beta", "cy@beta.example", "engineer"),
    ("north", "di@north.example", "buyer"),  # a child of acme
]

on_hit = st.sampled_from(["refuse", "defer"])
gaps = st.fixed_dictionaries(
    {"scope": st.sampled_from(["this_survey", "survey_family", "any_survey"]), "on_hit": on_hit},
    optional={"since_answered_days": st.integers(1, 10), "since_declined_days": st.integers(1, 10)},
).flatmap(lambda gap: st.integers(0, 9).map(lambda days: {**gap, "since_asked_days": days}))
caps = st.fixed_dictionaries({"asks": st.integers(1, 3), "window_days": st.integers(1, 12), "calendar": st.booleans()})
samplings = st.fixed_dictionaries(
    {},
    optional={
        "hold": st.just(True),
        "random_share": st.sampled_from([0.7, {"rate": 0.4, "by": "partner.tier", "rates": {"gold": 0.9}}]),
        "quarantine": st.lists(gaps, min_size=1, max_size=2),
        "contact_frequency": st.builds(lambda cap, hit: {**cap, "on_hit": hit}, caps, on_hit),
        "account_cap": st.builds(
            lambda cap, family, role: {**cap, "family": family, "per_role": role}, caps, st.booleans(), st.booleans()
        ),
        "send_window": st.just({"days": ["mon", "wed", "fri"], "hours": "08:00-12:00"}),
    },
)
happenings = st.lists(
    st.tuples(
        st.integers(0, 25),  # the day
        st.integers(0, 3),  # the hour, so that many fall on one instant
        st.sampled_from(TOUCHPOINTS),
        st.sampled_from([*PEOPLE, ("acme", None, ""), ("beta", None, "")]),
    ),
    min_size=1,
    max_size=30,
)


def drafts_of(happened: list[Any]) -> list[EventDraft]:
    """The events in the order in which history is decided."""
    drafts = [
        event(number, day(when, hour), subject=subject, email=email, kind=place["event"], hours=30.0 + hour * 4)
        for number, (when, hour, place, (subject, email, _)) in enumerate(happened)
    ]
    return sorted(drafts, key=lambda draft: (draft.at, draft.source, draft.id))


def ledger(lane: Lane) -> list[tuple[Any, ...]]:
    """What was decided, without ids that differ between installations."""
    numbers = {row.id: row.seq for row in lane.decisions()}
    return [
        (
            row.seq, row.touchpoint, row.contact_id, row.attempt, numbers.get(row.previous_id), row.at, row.outcome,
            row.rule, row.until, row.send_at, row.random_rate, row.inclusion_probability, row.facts, row.verdicts,
        )
        for row in lane.decisions()
    ]  # fmt: skip


class Twins:
    """Two installations that begin with the same program, partners and keys."""

    def __init__(self, blank: Path, folder: Path, sampling: dict[str, Any], now: datetime) -> None:
        first, second = folder / "one.db", folder / "other.db"
        shutil.copyfile(blank, first)
        self.one = open_lane(first, now)
        self.one.apply(sampling, TOUCHPOINTS, SURVEYS)
        for key, parent in (("acme", ""), ("beta", ""), ("north", "acme")):
            tier = "gold" if key == "acme" else "silver"
            self.one.partner(key, tier=tier, parent_key=parent, time_zone="America/New_York" if key == "beta" else "")
        partners = {key: self.one.partner(key) for key in ("acme", "beta", "north")}
        for key, email, role in PEOPLE:
            self.one.contact(partners[key], email, role=role)
        self.people = [contact.person for partner in partners.values() for contact in self.one.contacts(partner)]
        self.one.engine.database.dispose()
        shutil.copyfile(first, second)
        self.one, self.other = open_lane(first, now), open_lane(second, now)

    def close(self) -> None:
        for lane in (self.one, self.other):
            lane.engine.database.dispose()

    def assert_alike(self) -> None:
        assert ledger(self.one) == ledger(self.other)
        for lane in (self.one, self.other):
            with lane.engine.work.read() as reading:
                report = replay(reading)
            assert (report.is_exact, report.count) == (True, len(lane.decisions()))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sampling=samplings, happened=happenings)
def test_history_in_one_batch_is_history_event_by_event(
    blank_sqlite: Path, sampling: dict[str, Any], happened: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        twins = Twins(blank_sqlite, Path(folder), sampling, day(300))
        drafts = drafts_of(happened)
        for lane, limit in ((twins.one, 1000), (twins.other, 1)):
            lane.happen(*drafts, mode="history")
            lane.decide(limit=limit)
            moved(lane).advance(timedelta(minutes=11))
            lane.decide_due()
        twins.assert_alike()
        twins.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sampling=samplings, happened=happenings, quiet=st.sets(st.integers(0, 25)), data=st.data())
def test_live_events_in_batches_are_live_events_one_by_one(
    blank_sqlite: Path, sampling: dict[str, Any], happened: list[Any], quiet: set[int], data: st.DataObject
) -> None:
    """On quiet days the worker sleeps; cases open and close, and people answer now and then."""
    with tempfile.TemporaryDirectory() as folder:
        twins = Twins(blank_sqlite, Path(folder), sampling, day(0))
        by_day: dict[int, list[EventDraft]] = {}
        for draft in drafts_of(happened):
            assert draft.at is not None
            by_day.setdefault((draft.at - day(0, 0)).days, []).append(draft)
        for number in range(40):
            in_case = data.draw(st.sets(st.sampled_from(twins.people), max_size=1)) if number < 26 else set()
            for lane, limit in ((twins.one, 1000), (twins.other, 1)):
                moved(lane).set(day(number, 12))
                lane.in_case = in_case
                lane.happen(*by_day.get(number, ()))
                if number not in quiet:
                    lane.decide(limit=limit)
                    lane.decide_due()
                    answer(lane, number)
        twins.assert_alike()
        twins.close()


def answer(lane: Lane, number: int) -> None:
    """On every third day everybody answers who was asked by then; on every seventh they decline instead."""
    column = {0: "answered_at", 1: "declined_at"}.get(number % 3 if number % 7 else 1)
    now = lane.engine.clock.now()
    if column is not None:
        asked = [ask for ask in lane.invitations() if ask.send_at <= now]
        lane.mark([ask for ask in asked if not ask.answered_at and not ask.declined_at], **{column: now})


def moved(lane: Lane) -> MovedClock:
    assert isinstance(lane.engine.clock, MovedClock)
    return lane.engine.clock
