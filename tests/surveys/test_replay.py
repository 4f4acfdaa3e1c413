"""Exact replay: the stored facts give back every record, whatever has changed since; a record that lies is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.directory import service as directory
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys.replay import ReplayReport, replay
from tests.surveys.lane import Lane, event, touchpoint

SAMPLING = {
    "hold": True,
    "random_share": {"rate": 0.5, "by": "partner.tier", "rates": {"gold": 1.0}},
    "quarantine": {"since_asked_days": 30, "on_hit": "defer"},
    "account_cap": {"asks": 3, "window_days": 30, "calendar": True},
    "send_window": {"hours": "09:00-17:00", "calendar": "rome"},
}
TOUCHPOINT = touchpoint(
    personas=["buyer"], condition="partner.tier == 'gold' || event.hours < 3.0", attributes={"hours": "double"}
)


@pytest.fixture
def lane(engine: Engine) -> Lane:
    """An installation in which a dozen decisions of all kinds were taken."""
    lane = Lane(engine)
    lane.apply(SAMPLING, [TOUCHPOINT])
    clock = lane.engine.clock
    assert isinstance(clock, MovedClock)
    for tier, key in (("gold", "acme"), ("silver", "beta")):
        partner = lane.partner(key, tier=tier, time_zone="Asia/Tokyo")
        for name, role in (("a", "buyer"), ("b", "buyer"), ("c", "engineer")):
            lane.contact(partner, f"{name}@{key}.example", role=role)
    for number in range(8):
        key, name = "acme" if number % 2 else "beta", "abc"[number % 3]
        lane.happen(event(number, clock.now(), subject=key, email=f"{name}@{key}.example", hours=float(number)))
        lane.decide()
        clock.advance(timedelta(days=2))
    clock.advance(timedelta(days=40))
    lane.decide_due()
    return lane


def replayed(lane: Lane) -> ReplayReport:
    with lane.engine.work.read() as reading:
        return replay(reading)


def test_every_record_is_reproduced_after_tiers_roles_addresses_and_rules_have_changed(lane: Lane) -> None:
    before = lane.outcomes()
    assert {outcome for outcome, _ in before} == {"invite", "defer", "drop"}
    for key in ("acme", "beta"):
        partner = lane.partner(key, tier="bronze", time_zone="America/Lima", parent_key="group")
        for contact in lane.contacts(partner):
            lane.contact(partner, contact.email, role="engineer", time_zone="Europe/Rome")
            with lane.engine.work.begin(actor=SYSTEM) as uow:
                directory.suppress(uow, contact.person, directory.ALL, "complaint")
    lane.apply({"random_share": 0})
    report = replayed(lane)
    assert (report.count, report.not_replayable, report.different) == (len(before), 0, [])


def test_a_person_erased_since_keeps_the_record_and_is_counted_apart(lane: Lane) -> None:
    before = [(row.id, row.outcome, row.verdicts) for row in lane.decisions()]
    (erased, *_) = lane.contacts(lane.partner("acme"))
    with lane.engine.work.begin(actor=SYSTEM) as uow:
        directory.erase_person(uow, erased.person)
    about = sum(row.contact_id == erased.id for row in lane.decisions())
    report = replayed(lane)
    assert about > 0
    assert (report.is_exact, report.not_replayable) == (True, about)
    assert [(row.id, row.outcome, row.verdicts) for row in lane.decisions()] == before


def test_a_record_that_was_tampered_with_is_named(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    lane.apply({"quarantine": {"since_asked_days": 30}})
    lane.happen(event(1, sqlite_engine.clock.now()), event(2, sqlite_engine.clock.now()))
    lane.decide()
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        uow.connection.exec_driver_sql("DROP TRIGGER decision_no_update")
        uow.connection.exec_driver_sql("UPDATE decision SET facts = '{}' WHERE seq = 2")
    report = replayed(lane)
    assert (report.count, report.different) == (2, [lane.decisions()[1].id])
