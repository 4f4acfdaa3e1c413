"""A case that is opened while its partner changes hands ends with the new owner, once, whoever is faster."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.handover.following import follow_owner
from alerts.raising import cases
from alerts.raising.desk import open_desk
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation import outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import settled
from tests.alerts.builders import World, announce, answer, case, open_case, react, rows, staff_actor, world
from tests.alerts.site import browser
from tests.directory import builders as directory


def _world(engine: Engine) -> World:
    of = world(engine)
    engine.work.subscribers |= {OwnerChanged: ("follow",)}
    return of


def follow(of: World) -> None:
    while outbox.deliver(of.engine.work, outbox.Handler("follow", follow_owner, (OwnerChanged,))):
        pass


def owner_of(of: World, case_id: UUID) -> StaffView | None:
    return case(of, case_id).owner


def test_a_case_that_the_transfer_did_not_see_is_handed_over_once(engine: Engine) -> None:
    of = _world(engine)
    opened = open_case(of, 3)
    of.later(seconds=1)
    directory.owned(engine, of.luis, of.acme)  # the partner alone changes hands
    follow(of)
    with engine.work.begin(actor=SYSTEM) as uow:
        uow.emit(OwnerChanged(partner_id=of.acme.id, staff_id=of.luis.id))  # told once more
    follow(of)
    assert owner_of(of, opened.id) == of.luis
    entries = [row for row in rows(of, "case_entry") if row.kind == "transferred"]
    assert [(row.case_id, row.detail["owner_id"]) for row in entries] == [(opened.id, str(of.luis.id))]
    told = [row for row in rows(of, "notification") if row.news == "assigned" and row.channel == "email"]
    assert [row.recipient_id for row in told] == [of.luis.id]


def test_a_case_from_before_stays_with_whoever_ends_it(sqlite_engine: Engine) -> None:
    of = _world(sqlite_engine)
    opened = open_case(of, 3)
    of.later(minutes=1)
    directory.owned(sqlite_engine, of.luis, of.acme)
    follow(of)
    assert owner_of(of, opened.id) == of.dana


def test_a_case_stays_where_it_is_while_its_partners_new_owner_mediates_in_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    sqlite_engine.work.subscribers |= {OwnerChanged: ("follow",)}
    henrik, _ = settled.steering(of)
    shut = settled.closed(of)
    settled.say(of, browser(sqlite_engine, None), shut, "no")
    directory.owned(sqlite_engine, henrik, of.acme)
    follow(of)
    assert settled.told(of, "mediation_began") == [henrik.id]
    assert owner_of(of, shut.id) == of.dana


def test_a_case_that_was_given_to_somebody_stays_with_them(sqlite_engine: Engine) -> None:
    of = _world(sqlite_engine)
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, SYSTEM, opened.id, of.luis.id)
    service.assign(sqlite_engine.work, staff_actor(of.luis), opened.id, of.dana.id)
    third = directory.staff(sqlite_engine, "third@ours.example")
    directory.owned(sqlite_engine, third, of.acme)
    follow(of)
    assert owner_of(of, opened.id) == of.dana


def test_a_case_that_is_written_after_the_transfer_is_decided_again(engine: Engine) -> None:
    of = _world(engine)
    event = answer(of, 3)
    with engine.work.read() as view:
        desk = open_desk(view, [event])
        assert desk is not None
        cases.take_in(desk, event)
    directory.owned(engine, of.luis, of.acme)
    with pytest.raises(cases.OwnerMoved), engine.work.begin(actor=SYSTEM) as uow:
        cases.save(uow, desk)
    assert rows(of, "casework") == []
    announce(of, event)
    react(of)
    follow(of)
    [row] = rows(of, "casework")
    assert row.owner_id == of.luis.id
    kinds: list[Any] = [entry.kind for entry in rows(of, "case_entry")]
    assert kinds == ["opened"]
