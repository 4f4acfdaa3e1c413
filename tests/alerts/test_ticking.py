"""What becomes of cases by the passing of time, on both databases: each effect once, none missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerts import service, store
from alerts.clocks import case_clock as clocks
from alerts.clocks import ticking
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from tests.alerts.builders import ALERTS, World, case, open_case, rows, staff_actor, tick, world
from tests.directory import builders as directory

ESCALATING = (
    ALERTS
    + """
escalation:
  - {after_hours: 0, to: team:Alliances}
  - {after_hours: 4, to: role:program_owner}
  - {after_hours: 12, to: staff:ada@ours.example}
"""
)


def _world(engine: Engine) -> tuple[World, UUID, UUID]:
    of = world(engine, ESCALATING)
    olga = directory.staff(engine, "olga@ours.example", name="Olga Rey", role="program_owner")
    ada = directory.staff(engine, "ada@ours.example", name="Ada Lund", role="admin")
    return of, olga.id, ada.id


def _pass(of: World, **span: float) -> None:
    """Let time pass and do what fell due."""
    of.later(**span)
    tick(of)


def _effects(of: World) -> list[tuple[str, int | None]]:
    """What time has done, oldest first: the kind of each entry and its level."""
    by_time = ("warned", "escalated", "woke", "resumed")
    entries = sorted(rows(of, "case_entry"), key=lambda row: row.revision)
    return [(row.kind, row.detail.get("level")) for row in entries if row.kind in by_time]


def _told(of: World, news: str) -> set[UUID]:
    return {row.recipient_id for row in rows(of, "notification") if row.news == news and row.channel == "email"}


def test_each_rung_comes_once_in_its_order(engine: Engine) -> None:
    of, olga, ada = _world(engine)
    open_case(of)  # Monday 10:12 in Rome: due Tuesday 10:12, warned of at 16:12
    _pass(of, hours=5.9)
    assert _effects(of) == []
    _pass(of, hours=0.2)
    assert _effects(of) == [("warned", None)]
    for _ in range(60):
        _pass(of, hours=1)
    assert _effects(of) == [("warned", None), ("escalated", 1), ("escalated", 2), ("escalated", 3)]
    assert _told(of, "warned") == {of.dana.id}
    assert _told(of, "escalated") == {of.dana.id, olga, ada}
    [row] = rows(of, "casework")
    assert row.wakes_at is None


def test_after_three_days_of_downtime_the_highest_level_comes_once(engine: Engine) -> None:
    of, _, ada = _world(engine)
    open_case(of)
    _pass(of, days=3)
    assert _effects(of) == [("escalated", 3)]
    [escalated] = [row for row in rows(of, "case_entry") if row.kind == "escalated"]
    assert escalated.detail["skipped"] == [1, 2]
    assert _told(of, "escalated") == {of.dana.id, ada}
    _pass(of, days=30)
    assert _effects(of) == [("escalated", 3)]


def test_the_clock_of_the_end_has_rungs_of_its_own(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    _pass(of, hours=6.5)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    _pass(of, days=30)
    entries = [row.detail["of"] for row in rows(of, "case_entry") if row.kind in ("warned", "escalated")]
    assert entries == ["contact", "settlement"]  # one look after thirty days: the highest level


def test_whoever_is_told_of_an_escalation_hears_of_it_even_when_it_means_nobody(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS + "escalation: [{after_hours: 0, to: 'team:Nobody'}]\n")
    olga = directory.staff(sqlite_engine, "olga@ours.example", name="Olga Rey", role="program_owner")
    open_case(of)
    _pass(of, days=2)
    assert _told(of, "escalated") == {of.dana.id, olga.id}


def test_a_closed_case_and_a_thank_you_are_silent(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    open_case(of, 10)
    service.close(sqlite_engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    _pass(of, days=30)
    assert _effects(of) == []


# ---- pauses


def test_a_pause_keeps_the_working_time_that_was_left(engine: Engine) -> None:
    of, _, _ = _world(engine)
    opened = open_case(of)
    dana = staff_actor(of.dana)
    of.later(hours=2)
    left = case(of, opened.id).left
    service.pause(engine.work, dana, opened.id, reason="awaiting_partner", text="They look for the contract.")
    _pass(of, days=9, hours=3)
    paused = case(of, opened.id)
    assert (paused.left, paused.pause_reason, _effects(of)) == (left, "awaiting_partner", [])
    service.resume(engine.work, dana, opened.id)
    resumed = case(of, opened.id)
    assert (resumed.left, resumed.contact_due_at, resumed.paused_at) == (left, resumed.due_at, None)
    _pass(of, days=9)
    assert _effects(of)[-1] == ("escalated", 3)


def test_a_pause_with_an_end_ends_by_itself(engine: Engine) -> None:
    of, _, _ = _world(engine)
    opened = open_case(of)
    until = of.now + timedelta(days=2)
    left = opened.left
    service.pause(
        engine.work, staff_actor(of.dana), opened.id, reason="agreed_date", text="They are back then.", until=until
    )
    _pass(of, days=2)
    after = case(of, opened.id)
    assert (after.paused_at, after.left, _effects(of)) == (None, left, [("resumed", None)])


def test_a_pause_does_not_stop_the_clock_of_the_end_from_keeping_its_time(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    dana = staff_actor(of.dana)
    service.log_contact(sqlite_engine.work, dana, opened.id)
    left = case(of, opened.id).left
    service.pause(sqlite_engine.work, dana, opened.id, reason="awaiting_others", text="Legal reads it.")
    of.later(days=20)
    service.resume(sqlite_engine.work, dana, opened.id)
    after = case(of, opened.id)
    assert (after.left, after.due_at, after.contact_due_at) == (left, after.resolve_due_at, opened.contact_due_at)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda work, who, it: service.resume(work, who, it), "is running"),
        (lambda work, who, it: service.pause(work, who, it, reason="holiday", text="x"), "reason"),
        (lambda work, who, it: service.pause(work, who, it, reason="agreed_date", text=" "), "what was agreed"),
        (lambda work, who, it: service.snooze(work, who, it, datetime(2020, 1, 1, tzinfo=UTC)), "This time is past"),
        (lambda work, who, it: service.snooze(work, who, it, datetime(2027, 1, 1, tzinfo=UTC)), "90 days"),
        (lambda work, who, it: service.dismiss(work, who, it, reason="bored"), "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(sqlite_engine: Engine, act, words: str) -> None:  # type: ignore[no-untyped-def]
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    with pytest.raises((Conflict, Invalid)) as caught:
        act(sqlite_engine.work, staff_actor(of.dana), opened.id)
    told = " ".join([caught.value.message, *(fault.detail for fault in getattr(caught.value, "faults", ()))])
    assert words in told
    assert case(of, opened.id).revision == 1


# ---- snoozes


def test_a_snoozed_case_comes_back_at_nine_where_the_partner_is(engine: Engine) -> None:
    of, _, _ = _world(engine)
    opened = open_case(of)
    until = clocks.morning(of.now, "Europe/Lisbon")
    service.snooze(engine.work, staff_actor(of.dana), opened.id, until)
    assert case(of, opened.id).snoozed_until == datetime(2026, 3, 10, 9, tzinfo=UTC)
    _pass(of, hours=12)  # its clock goes on
    _pass(of, hours=12)
    assert _effects(of) == [("warned", None), ("woke", None), ("escalated", 1)]
    assert case(of, opened.id).snoozed_until is None


def test_more_bad_news_wakes_a_snoozed_case(engine: Engine) -> None:
    of, _, _ = _world(engine)
    opened = open_case(of)
    service.snooze(engine.work, staff_actor(of.dana), opened.id, of.now + timedelta(days=5))
    joined = open_case(of, 1)
    assert (joined.id, joined.snoozed_until) == (opened.id, None)


# ---- two at once


def test_of_two_workers_that_saw_the_same_due_case_one_writes(engine: Engine) -> None:
    of, _, _ = _world(engine)
    open_case(of)
    of.later(days=3)
    with engine.work.read() as view:
        [row] = store.cases_to_wake(view, 10)
    ticking._tick(engine.work, row)
    ticking._tick(engine.work, row)
    assert _effects(of) == [("escalated", 3)]
    assert len([row for row in rows(of, "notification") if row.news == "escalated"]) == 2  # Dana, and Ada


# ---- undo


def test_the_last_step_is_taken_back_by_whoever_did_it(engine: Engine) -> None:
    of, _, _ = _world(engine)
    opened = open_case(of)
    dana, luis = staff_actor(of.dana), staff_actor(of.luis)
    before = {**rows(of, "casework")[0]._mapping}
    service.close(engine.work, dana, opened.id, outcome="settled", root_cause="late")
    with pytest.raises(Conflict):
        service.undo(engine.work, luis, opened.id)
    service.undo(engine.work, dana, opened.id)
    after = {**rows(of, "casework")[0]._mapping}
    assert {name for name in before if before[name] != after[name]} == {"revision"}
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "closed", "undone"]
    with pytest.raises(Conflict):  # what was taken back cannot be taken back
        service.undo(engine.work, dana, opened.id)


def test_a_step_of_a_while_ago_stands(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    dana = staff_actor(of.dana)
    service.dismiss(sqlite_engine.work, dana, opened.id, reason="test")
    of.later(minutes=2)
    with pytest.raises(Conflict):
        service.undo(sqlite_engine.work, dana, opened.id)
    assert case(of, opened.id).outcome == "dismissed"


def test_what_was_said_to_a_partner_cannot_be_taken_back(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    dana = staff_actor(of.dana)
    service.log_contact(sqlite_engine.work, dana, opened.id)
    with pytest.raises(Conflict):
        service.undo(sqlite_engine.work, dana, opened.id)


def test_a_reopened_case_begins_anew_under_the_terms_of_today(sqlite_engine: Engine) -> None:
    of, _, _ = _world(sqlite_engine)
    opened = open_case(of)
    dana = staff_actor(of.dana)
    _pass(of, days=3)
    service.close(sqlite_engine.work, dana, opened.id, outcome="settled", root_cause="late")
    of.later(days=10)
    service.reopen(sqlite_engine.work, dana, opened.id, "Not settled after all.")
    again = case(of, opened.id)
    assert again.left == timedelta(hours=8)
    _pass(of, days=3)
    assert [kind for kind, _ in _effects(of)] == ["escalated", "escalated"]
