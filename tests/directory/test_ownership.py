"""Who answers for a partner, since when, and who did then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from feedback_engine.directory import reading, service, store
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.foundation import outbox_rows
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid, NotFound
from feedback_engine.foundation.ids import new_id, new_reference_id, shard_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders


def announced(engine: Engine) -> int:
    """Owner changes in the outbox."""
    with engine.work.read() as now:
        query = select(func.count()).select_from(store.table_of(outbox_rows.Outbox))
        return now.connection.execute(query).scalar_one()


def test_a_transferred_partner_shows_who_owned_it_when(engine: Engine, clock: MovedClock) -> None:
    acme, dana, luis = builders.partner(engine), builders.staff(engine), builders.staff(engine, "luis@ours.example")
    start = clock.now()
    clock.advance(timedelta(days=1))
    builders.owned(engine, dana, acme)
    clock.advance(timedelta(days=30))
    builders.owned(engine, luis, acme)
    clock.advance(timedelta(days=1))
    with engine.work.read() as now:
        owner = {
            days: found.name if (found := reading.owner_at(now, acme.id, start + timedelta(days=days))) else None
            for days in (0, 1, 30, 31, 99)
        }
        history = reading.ownership_history(now, acme.id)
    assert owner == {0: None, 1: "dana", 30: "dana", 31: "luis", 99: "luis"}  # the day of the transfer is the new one's
    assert [(period.staff.name, period.to_at) for period in history] == [
        ("luis", None),
        ("dana", start + timedelta(days=31)),
    ]


def test_giving_a_partner_to_its_owner_again_changes_and_announces_nothing(engine: Engine) -> None:
    engine.work.subscribers[OwnerChanged] = ["watcher"]
    acme, dana = builders.partner(engine), builders.staff(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.assign_owner(uow, acme.id, dana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert not service.assign_owner(uow, acme.id, dana.id)
    assert announced(engine) == 1
    with engine.work.read() as now:
        assert len(reading.ownership_history(now, acme.id)) == 1


def test_a_transfer_within_the_same_instant_leaves_an_owner_for_no_time(engine: Engine, clock: MovedClock) -> None:
    acme, dana, luis = builders.partner(engine), builders.staff(engine), builders.staff(engine, "luis@ours.example")
    builders.owned(engine, dana, acme)
    builders.owned(engine, luis, acme)
    with engine.work.read() as now:
        assert reading.owners_of(now, [acme.id], clock.now()) == {acme.id: luis}


def test_many_partners_move_at_once(engine: Engine, clock: MovedClock) -> None:
    engine.work.subscribers[OwnerChanged] = ["watcher"]
    partners = [builders.partner(engine, f"p-{n}") for n in range(60)]
    dana, luis = builders.staff(engine), builders.staff(engine, "luis@ours.example")
    builders.owned(engine, dana, *partners[:40])
    with engine.work.begin(actor=SYSTEM) as uow:
        moved = service.assign_owners(uow, [(partner.id, luis.id) for partner in partners[20:]])
    assert len(moved) == 40
    assert announced(engine) == 80
    with engine.work.read() as now:
        owners = reading.owners_of(now, [partner.id for partner in partners], clock.now())
        assert [owners[partner.id].name for partner in partners] == ["dana"] * 20 + ["luis"] * 40
        assert len(reading.partners_owned_by(now, dana.id)) == 20


def test_who_may_not_own_is_refused_before_anything_is_written(engine: Engine) -> None:
    acme, bolt, dana = builders.partner(engine), builders.partner(engine, "bolt"), builders.staff(engine)
    viewer = builders.staff(engine, "vera@ours.example", "viewer")
    gone = builders.staff(engine, "gone@ours.example")
    with engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, gone.id)
    for staff_id, refusal in [(viewer.id, Invalid), (gone.id, Invalid), (new_reference_id(), NotFound)]:
        with pytest.raises(refusal), engine.work.begin(actor=SYSTEM) as uow:
            service.assign_owners(uow, [(acme.id, dana.id), (bolt.id, staff_id)])
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        service.assign_owner(uow, new_id(3), dana.id)
    with engine.work.read() as now:
        assert reading.partners_owned_by(now, dana.id) == []


def test_the_database_holds_at_most_one_open_period(engine: Engine, clock: MovedClock) -> None:
    acme, dana = builders.partner(engine), builders.staff(engine)
    builders.owned(engine, dana, acme)
    shard = shard_of(acme.id)
    row = {"shard": shard, "id": new_id(shard), "partner_id": acme.id, "staff_id": dana.id, "from_at": clock.now()}
    with pytest.raises(IntegrityError), engine.work.begin(actor=SYSTEM) as uow:
        store.insert_ownerships(uow.connection, [{**row, "to_at": None}])
