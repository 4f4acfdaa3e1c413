"""The clock of a case: what is due when, each rung once, and pauses that neither gain nor lose working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.clocks import case_clock as clocks
from alerts.clocks import words as clock_words
from alerts.clocks.business_time import Calendar, Hours, working_time
from alerts.clocks.case_clock import Target
from alerts.clocks.service_levels import ServiceLevel, Targets
from alerts.definitions import AlertFile
from alerts.terms import Severity
from feedback_engine.foundation.definitions import DefinitionError, load, parse

OFFICE = Hours(9 * 60, 17 * 60)
ROME = Calendar("Europe/Rome", dict.fromkeys(range(5), OFFICE))
RIYADH = Calendar("Asia/Riyadh", dict.fromkeys((6, 0, 1, 2, 3), OFFICE), frozenset({date(2026, 3, 22)}))
NEW_YORK = Calendar("America/New_York", dict.fromkeys(range(5), Hours(0, 24 * 60)))
LORD_HOWE = Calendar("Australia/Lord_Howe", dict.fromkeys(range(7), Hours(60, 240)))
KOLKATA = Calendar("Asia/Kolkata", dict.fromkeys(range(5), OFFICE), frozenset({date(2026, 10, 2)}))
CALENDARS = (ROME, RIYADH, NEW_YORK, LORD_HOWE, KOLKATA)

instants = st.timedeltas(timedelta(), timedelta(days=330)).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
spans = st.timedeltas(timedelta(), timedelta(days=12))


def rome(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Rome")).astimezone(UTC)


@given(st.sampled_from(CALENDARS), instants, st.floats(0.1, 80), st.lists(st.tuples(spans, spans), max_size=5))
def test_pauses_neither_gain_nor_lose_working_time(
    calendar: Calendar, at: datetime, hours: float, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    target = clocks.start(calendar, at, hours)
    now, worked = at, timedelta()
    for running, paused in pauses:
        paused_at = now + running
        if paused_at >= target.due_at:
            break
        worked += working_time(calendar, now, paused_at)
        left = working_time(calendar, paused_at, target.due_at)
        now = paused_at + paused
        target = clocks.resumed(calendar, target, paused_at, now)
        assert working_time(calendar, now, target.due_at) == left
    assert worked + working_time(calendar, now, target.due_at) == timedelta(hours=hours)


def test_a_target_that_was_missed_before_a_pause_stays_missed() -> None:
    target = Target(rome("2026-03-09 15:00"), rome("2026-03-09 17:00"))
    after = clocks.resumed(ROME, target, rome("2026-03-09 16:00"), rome("2026-03-10 10:00"))
    assert after == Target(rome("2026-03-09 15:00"), rome("2026-03-10 11:00"))


@given(st.sampled_from(CALENDARS), instants, st.floats(0.1, 80), st.lists(st.floats(0, 60), max_size=4))
def test_the_warning_comes_first_and_each_level_after_the_one_before(
    calendar: Calendar, at: datetime, hours: float, levels: list[float]
) -> None:
    target = clocks.start(calendar, at, hours)
    due = clocks.rungs(calendar, target, sorted(levels))
    assert all(earlier <= later for earlier, later in pairwise([at, *due]))


@given(st.lists(instants, min_size=1, max_size=6).map(sorted), st.lists(instants, max_size=12).map(sorted))
def test_however_rarely_somebody_looks_no_rung_is_done_twice_and_the_last_due_one_never_missed(
    due: list[datetime], looks: list[datetime]
) -> None:
    reached, done = 0, []
    for now in looks:
        rung = clocks.due_rung(due, reached, now)
        upcoming = clocks.next_instant(due, reached)
        assert (rung is not None) == (upcoming is not None and upcoming <= now)
        if rung is not None:
            done.append(rung)
            reached = rung
    assert done == sorted(set(done))
    passed = sum(instant <= looks[-1] for instant in due) if looks else 0
    assert (done[-1] if done else 0) == passed


def test_three_quarters_of_the_working_time_are_six_of_eight_hours() -> None:
    assert clocks.start(ROME, rome("2026-03-06 16:00"), 8) == Target(rome("2026-03-09 14:00"), rome("2026-03-09 16:00"))


def test_the_morning_is_nine_oclock_where_the_partner_is() -> None:
    night = rome("2026-03-28 23:30")
    assert clocks.morning(night, "Europe/Lisbon") == datetime(2026, 3, 29, 8, tzinfo=UTC)  # summer time has begun
    assert clocks.morning(night, "Asia/Tokyo", days=2) == datetime(2026, 3, 31, 0, tzinfo=UTC)  # it is Sunday there


LEVEL = """
service_levels:
  recovery:
    first_contact_hours: 8
    resolve_hours: 40
    special:
      - {severity: high, tier: Gold, first_contact_hours: 2, resolve_hours: 16}
      - {severity: high, first_contact_hours: 4}
      - {tier: [Gold, Silver], resolve_hours: 24}
"""


@pytest.mark.parametrize(
    ("severity", "tier", "expected"),
    [
        ("high", "gold ", Targets(2, 16)),  # the first that concerns the case
        ("high", "Bronze", Targets(4, 40)),  # what it does not say stays
        ("normal", "Silver", Targets(8, 24)),
        ("low", "Bronze", Targets(8, 40)),
    ],
)
def test_targets_differ_by_severity_and_tier(severity: Severity, tier: str, expected: Targets) -> None:
    level = parse(AlertFile, load(LEVEL, name="alerts/all.yaml")).service_levels["recovery"]
    assert level.targets(severity, tier) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("special: [{first_contact_hours: 2}]", "somebody they are for"),
        ("special: [{tier: Gold}]", "need hours"),
        ("special: [{tier: Gold, first_contact_hours: 50}]", "settled before its first contact"),
        ("special: [{tier: Gold, first_contact_hours: 0}]", "must be more than 0"),
        ("special: [{severity: urgent, first_contact_hours: 2}]", "high"),
    ],
)
def test_special_hours_that_make_no_sense_are_refused(text: str, wrong: str) -> None:
    written = f"service_levels: {{recovery: {{first_contact_hours: 8, resolve_hours: 40, {text}}}}}"
    with pytest.raises(DefinitionError) as caught:
        parse(AlertFile, load(written, name="alerts/all.yaml"))
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[{after_hours: 8, to: partner_owner}, {after_hours: 8, to: 'role:admin'}]", "later than the one before"),
        ("[{after_hours: -1, to: partner_owner}]", "must be at least 0"),
        ("[{after_hours: 0, to: 'role:viewer'}]", "nobody who can receive"),
    ],
)
def test_levels_of_escalation_that_make_no_sense_are_refused(text: str, wrong: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(AlertFile, load(f"escalation: {text}", name="alerts/all.yaml"))
    assert wrong in str(caught.value)


def test_general_hours_hold_where_nothing_special_is_said() -> None:
    assert ServiceLevel(first_contact_hours=8, resolve_hours=40).targets("low", "") == Targets(8, 40)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("Europe/Lisbon", "16:00"),
        ("Australia/Sydney", "Thu 3 Dec, 03:00"),  # it is tomorrow there already
        ("Europe/Paris", ""),  # as the reader reads it
        ("", ""),  # nobody knows
    ],
)
def test_the_hour_in_another_zone_names_its_day_where_it_is_another_one(other: str, told: str) -> None:
    assert clock_words.there(rome("2026-12-02T17:00"), "Europe/Rome", other) == told
