"""Promises: when they are due, how they are made and end, and whose they are; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.clocks.business_time import ALWAYS, Calendar, Hours
from alerts.clocks.case_clock import Target
from alerts.promises.flow import Fault, MakePromise, SettlePromise, target_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import case, open_case, rows, staff_actor, world
from tests.alerts.promised import THURSDAY, entries, let_pass, promised, promises, settle
from tests.alerts.site import browser, staff, words
from tests.directory import builders as directory

ROME = Calendar("Europe/Rome", {day: Hours(9 * 60, 17 * 60) for day in range(5)}, frozenset({date(2026, 3, 11)}))
NOW = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)


# ---- when a promise is due


@pytest.mark.parametrize(
    ("calendar", "due_on", "due_at", "warn_at"),
    [
        (ROME, date(2026, 3, 10), "2026-03-10T16:00Z", "2026-03-10T12:18Z"),  # of 14 h 48, all but 3 h 42
        (ROME, date(2026, 3, 9), "2026-03-09T16:00Z", "2026-03-09T14:18Z"),  # today
        (ROME, date(2026, 3, 11), "2026-03-12T16:00Z", "2026-03-12T10:18Z"),  # a holiday
        (ROME, date(2026, 3, 14), "2026-03-16T16:00Z", "2026-03-13T14:18Z"),  # a Saturday
        (ALWAYS, date(2026, 3, 9), "2026-03-10T00:00Z", "2026-03-09T20:18Z"),
    ],
)
def test_a_promise_is_due_when_work_ends_on_its_day(
    calendar: Calendar, due_on: date, due_at: str, warn_at: str
) -> None:
    target = target_of(calendar, due_on, NOW)
    assert target == Target(datetime.fromisoformat(warn_at), datetime.fromisoformat(due_at))


@pytest.mark.parametrize(
    ("calendar", "due_on", "reason"),
    [
        (ROME, date(2026, 3, 6), "until_past"),  # the Friday before
        (ALWAYS, date(2026, 3, 8), "until_past"),
        (ROME, date(2027, 3, 11), "promise_far"),
    ],
)
def test_a_promise_for_a_day_that_cannot_be_is_none(calendar: Calendar, due_on: date, reason: str) -> None:
    assert target_of(calendar, due_on, NOW) == Fault(reason, "due_on")


def test_a_day_that_is_over_is_none_though_nobody_has_worked_since() -> None:
    sunday = datetime(2026, 3, 15, 10, tzinfo=UTC)
    assert target_of(ROME, date(2026, 3, 14), sunday) == Fault("until_past", "due_on")
    assert target_of(ROME, date(2026, 3, 15), sunday) != Fault("until_past", "due_on")


# ---- made and ended


def test_a_promise_is_kept_in_the_case_and_ends_once(engine: Engine) -> None:
    of = world(engine)
    promise = promised(of)
    assert (promise.state, promise.owner.id, promise.promised_by.id) == ("open", of.dana.id, of.dana.id)
    assert promise.due_at == datetime(2026, 3, 12, 16, tzinfo=UTC)
    settle(of, promise, "kept")
    [after] = promises(of, promise.case_id)
    assert (after.state, after.settled_at, after.is_open) == ("kept", of.now, False)
    with pytest.raises(Conflict, match="ended already"):
        settle(of, promise, "broken")
    assert entries(of) == ["opened", "promised", "promise_kept"]


def test_a_call_is_logged_with_all_that_came_of_it(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    revision = service.log_contact(
        engine.work,
        staff_actor(of.dana),
        opened.id,
        text="They wait for a yes.",
        root_cause="late",
        sentiment="relieved",
        promised=MakePromise("A yes or no", THURSDAY),
    )
    after = case(of, opened.id)
    assert (after.revision, after.state, after.root_cause) == (revision, "in_progress", "late")
    assert entries(of) == ["opened", "contact_logged", "promised"]
    [promise] = promises(of, opened.id)
    assert promise.text == "A yes or no"
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller logged a contact: Call, Talked · Relieved · Decision late" in page
    assert "Dana Keller promised, by Thu 12 Mar" in page
    service.undo(engine.work, staff_actor(of.dana), opened.id)  # the promise, and what was said stays said
    assert promises(of, opened.id) == []
    assert case(of, opened.id).contacted_at is not None


def test_a_call_needs_nothing_but_its_outcome(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    assert (promises(of, opened.id), case(of, opened.id).root_cause) == ([], None)


def test_a_cause_noted_on_the_phone_is_gone_with_a_dismissal(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened, dana = open_case(of), staff_actor(of.dana)
    service.log_contact(sqlite_engine.work, dana, opened.id, root_cause="late")
    service.dismiss(sqlite_engine.work, dana, opened.id, reason="mistaken")
    assert case(of, opened.id).root_cause is None


@pytest.mark.parametrize(
    ("contact", "pointer"),
    [
        ({"root_cause": "bad mood"}, "/root_cause"),
        ({"sentiment": "furious"}, "/sentiment"),
        ({"promised": MakePromise(" ", THURSDAY)}, "/promise"),
        ({"promised": MakePromise("x" * 2001, THURSDAY)}, "/promise"),
        ({"promised": MakePromise("A yes", None)}, "/promise_due_on"),
        ({"promised": MakePromise("A yes", date(2026, 3, 6))}, "/promise_due_on"),
        ({"promised": MakePromise("A yes", THURSDAY), "outcome": "no_answer"}, "/promise"),
        ({"sentiment": "upset", "outcome": "no_answer"}, "/sentiment"),
    ],
)
def test_what_cannot_have_come_of_a_call_is_refused_at_its_field(
    sqlite_engine: Engine, contact: dict[str, Any], pointer: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    with pytest.raises(Invalid) as refused:
        service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id, **contact)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert entries(of) == ["opened"]


@pytest.mark.parametrize(
    ("action", "refusal", "says"),
    [
        (MakePromise("", THURSDAY), Invalid, "/text"),
        (MakePromise("A yes", date(2028, 3, 12)), Invalid, "/due_on"),
        (MakePromise("A yes", THURSDAY, UUID(int=5)), Invalid, "/owner"),
        (SettlePromise(UUID(int=5), "kept"), NotFound, ""),
        (SettlePromise(UUID(int=5), "forgotten"), Invalid, "/state"),
        (SettlePromise(UUID(int=5), "withdrawn", " "), Invalid, "/reason"),
        (SettlePromise(UUID(int=5), "broken", "x" * 2001), Invalid, "/reason"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(
    sqlite_engine: Engine, action: Any, refusal: type[FeedbackError], says: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    with pytest.raises(refusal) as refused:
        service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, action)
    assert [fault.pointer for fault in getattr(refused.value, "faults", ())] == ([says] if says else [])


def test_a_promise_of_another_case_is_not_found_in_this_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    promise, other = promised(of), open_case(of, touchpoint="training.held")
    with pytest.raises(NotFound):
        service.settle_promise(sqlite_engine.work, SYSTEM, other.id, promise.id, "kept")


def test_a_promise_outlives_its_case(engine: Engine) -> None:
    of = world(engine)
    promise = promised(of)
    service.close(engine.work, staff_actor(of.dana), promise.case_id, outcome="settled", root_cause="late")
    let_pass(of, days=3, hours=6)
    let_pass(of, days=1)
    assert entries(of, "promise_warned", "promise_overdue") == ["promise_warned", "promise_overdue"]
    settle(of, promise, "broken", "Legal said no.")
    closed = case(of, promise.case_id)
    assert (closed.state, closed.outcome) == ("closed", "settled")
    assert [each.state for each in promises(of, closed.id)] == ["broken"]
    with pytest.raises(Conflict, match="Reopen it first"):
        promised(of, closed, "Another one")


def test_what_was_done_to_a_promise_is_taken_back(engine: Engine) -> None:
    of = world(engine)
    promise, dana = promised(of), staff_actor(of.dana)
    before = {**rows(of, "promise")[0]._mapping}
    settle(of, promise, "withdrawn", "They bought elsewhere.")
    service.undo(engine.work, dana, promise.case_id)
    after = {**rows(of, "promise")[0]._mapping}
    assert {name for name in before if before[name] != after[name]} == {"revision"}
    with pytest.raises(Conflict):  # what was taken back cannot be taken back
        service.undo(engine.work, dana, promise.case_id)
    promised(of, case(of, promise.case_id), "A second one")
    service.undo(engine.work, dana, promise.case_id)
    assert [each.text for each in promises(of, promise.case_id)] == ["Send the contract"]


# ---- whose it is


def test_open_promises_go_along_when_their_case_is_given_away_and_come_back_with_it(engine: Engine) -> None:
    of = world(engine)
    promise, dana = promised(of), staff_actor(of.dana)
    kept = promised(of, case(of, promise.case_id), "Already done")
    settle(of, kept, "kept")
    before = {row.id: row for row in rows(of, "promise")}
    service.assign(engine.work, dana, promise.case_id, of.luis.id)
    owners = {each.id: each.owner.id for each in promises(of, promise.case_id)}
    assert owners == {promise.id: of.luis.id, kept.id: of.dana.id}
    moved = {row.id: row for row in rows(of, "promise")}[promise.id]
    clock = ("due_at", "warn_at", "rung", "wakes_at", "promised_by_id")
    assert [getattr(moved, name) for name in clock] == [getattr(before[promise.id], name) for name in clock]
    service.undo(engine.work, dana, promise.case_id)
    assert {each.owner.id for each in promises(of, promise.case_id)} == {of.dana.id}


def test_what_a_colleague_promised_stays_with_them(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    third = directory.staff(sqlite_engine, "third@ours.example", name="Thea Holm")
    service.promise(sqlite_engine.work, staff_actor(third), opened.id, "A demo", THURSDAY)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    assert [each.owner.name for each in promises(of, opened.id)] == ["Thea Holm"]


def test_the_promise_of_a_program_is_that_of_the_cases_owner(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    service.promise(sqlite_engine.work, SYSTEM, opened.id, "A demo", THURSDAY)
    assert [each.owner.id for each in promises(of, opened.id)] == [of.dana.id]
