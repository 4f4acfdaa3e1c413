"""Over random merges and splits, and their undoing: nothing is lost, and the alert bench does what live did."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import reading, service
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.keys import load
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Work
from tests.alerts.builders import World, answer, rows, staff_actor, take_in, world
from tests.alerts.recorded import record
from tests.alerts.test_trial import tried
from tests.conftest import START

DEEDS = st.lists(
    st.tuples(st.sampled_from(["answer", "merge", "split", "undo", "contact"]), st.integers(0, 99), st.integers(0, 99)),
    min_size=4,
    max_size=12,
)
PLACES = ("deal.approved", "training.held", "ticket.closed")


@pytest.fixture
def folder(blank_sqlite: Path, tmp_path: Path) -> Path:
    shutil.copyfile(blank_sqlite, tmp_path / "blank.db")
    return tmp_path


def fresh(folder: Path) -> World:
    shutil.copyfile(folder / "blank.db", folder / "test.db")
    for rest in ("test.db-wal", "test.db-shm"):
        (folder / rest).unlink(missing_ok=True)
    chosen = Settings(database_url=f"sqlite:///{folder}/test.db", var_dir=folder / "var")
    clock, database = MovedClock(START), Database(chosen.database_url, durable=False)
    work = Work(database, clock)
    return world(Engine(chosen, clock, database, work, load(work, "test secret")))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_nothing_is_lost_whatever_is_merged_and_split(folder: Path, deeds: list[tuple[str, int, int]]) -> None:
    of = fresh(folder)
    try:
        lines: dict[UUID, Any] = {}
        for place in PLACES:
            _answered(of, 3, place)
        for deed, one, two in deeds:
            earliest = _earliest(of)
            of.later(minutes=10)
            _do(of, deed, one, two)
            lines = _nothing_is_lost(of, lines)
            if deed in ("merge", "undo"):
                assert _earliest(of) <= earliest
        record(of, *of.answers.values())
        assert tried(of).differences == ()
    finally:
        of.engine.database.dispose()


def _do(of: World, deed: str, one: int, two: int) -> None:
    work, dana = of.engine.work, staff_actor(of.dana)
    opened = [row for row in rows(of, "casework") if row.state != "closed"]
    row, other = opened[one % len(opened)], opened[two % len(opened)]
    try:
        match deed:
            case "answer":
                _answered(of, one % 7, PLACES[two % len(PLACES)])
            case "merge":
                service.merge(work, dana, row.id, other.id)
            case "split":
                service.split(work, dana, row.id, _some(of, row.id, two))
            case "undo":
                service.undo(work, dana, row.id)
            case _:
                service.log_contact(work, dana, row.id)
    except (Conflict, Invalid):
        return  # a case with itself, the last alert, a step of a while ago: refused, and nothing has changed


def _answered(of: World, score: int, touchpoint: str) -> None:
    take_in(of, answer(of, score, touchpoint=touchpoint))


def _some(of: World, case_id: UUID, choice: int) -> list[UUID]:
    with of.engine.work.read() as view:
        alerts = reading.alerts_of_cases(view, [case_id]).get(case_id, ())
    return [alert.id for number, alert in enumerate(alerts) if (choice >> number) & 1]


def _earliest(of: World) -> datetime:
    return min(row.resolve_due_at for row in rows(of, "casework") if row.state != "closed")


def _nothing_is_lost(of: World, lines: dict[UUID, Any]) -> dict[UUID, Any]:
    cases = {row.id: row for row in rows(of, "casework")}
    with of.engine.work.read() as view:
        found = reading.alerts_of_cases(view, list(cases))
        belonging = [alert.id for alerts in found.values() for alert in alerts]
        assert sorted(belonging) == [row.id for row in rows(of, "alert")]  # each to one case
        # Nobody works on a merged case, so nothing belongs there.
        assert {case_id for case_id in found if cases[case_id].outcome == "merged"} == set()
        shown = {
            (entry.case_ref or view_of.ref, entry.revision)
            for view_of in reading.case_views(view, cases).values()
            if view_of.is_open
            for entry in reading.case_detail(view, view_of).together
        }
    after = {row.id: row for row in rows(of, "case_entry")}
    assert lines.items() <= after.items()
    told_twice = {row.id for row in after.values() if {"into_id", "from_id"} & row.detail.keys()}
    assert {
        (f"C-{cases[row.case_id].number}", row.revision) for row in after.values() if row.id not in told_twice
    } <= shown
    return after
