"""Staff and teams: roles, successors, the last administrator."""

from __future__ import annotations

from typing import Any

import pytest

from feedback_engine.directory import reading, service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.ids import new_reference_id
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders


def find(engine: Engine, email: str) -> reading.StaffView:
    with engine.work.read() as now:
        found = reading.find_staff_by_email(now, email)
    assert found is not None
    return found


def test_staff_are_found_by_any_spelling_of_their_address(engine: Engine) -> None:
    added = builders.staff(engine, "Dana.Keller@Ours.Example", name="Dana Keller")
    assert find(engine, " dana.keller@OURS.example ") == added
    with engine.work.read() as now:
        assert reading.find_staff_by_email(now, "no address") is None


def test_an_address_belongs_to_one_member_of_staff(engine: Engine) -> None:
    builders.staff(engine, "dana@ours.example")
    with pytest.raises(Conflict):
        builders.staff(engine, "DANA@ours.example")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"email": "dana"}, "/email"),
        ({"role": "boss"}, "/role"),
        ({"time_zone": "Nowhere"}, "/time_zone"),
        ({"time_zone": ""}, "/time_zone"),  # deadlines are told in it
        ({"locale": "??"}, "/locale"),
    ],
)
def test_wrong_staff_are_refused_at_their_field(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        service.read_staff({"email": "dana@ours.example", "role": "viewer", **fields})
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_an_owner_cannot_be_disabled_without_a_successor_and_hears_the_count(engine: Engine) -> None:
    dana, luis = builders.staff(engine), builders.staff(engine, "luis@ours.example")
    partners = [builders.partner(engine, f"p-{n}") for n in range(3)]
    builders.owned(engine, dana, *partners)
    with pytest.raises(Conflict, match="3 partners"), engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, dana.id)
    with pytest.raises(Invalid), engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, dana.id, dana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.disable_staff(uow, dana.id, luis.id) == 3
    with engine.work.read() as now:
        assert reading.partners_owned_by(now, dana.id) == []
        assert set(reading.partners_owned_by(now, luis.id)) == {partner.id for partner in partners}
    assert not find(engine, "dana@ours.example").active
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, dana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.enable_staff(uow, dana.id)
    assert find(engine, "dana@ours.example").active


def test_an_owner_does_not_become_somebody_who_only_looks(engine: Engine) -> None:
    dana = builders.staff(engine)
    builders.owned(engine, dana, builders.partner(engine))
    with pytest.raises(Conflict, match="1 partner"), engine.work.begin(actor=SYSTEM) as uow:
        service.change_staff(uow, dana.id, service.read_staff_change({"role": "viewer"}))


def test_the_last_administrator_stays(engine: Engine) -> None:
    ada = builders.staff(engine, "ada@ours.example", "admin")
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, ada.id)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.change_staff(uow, ada.id, service.read_staff_change({"role": "viewer"}))
    builders.staff(engine, "bea@ours.example", "admin")
    with engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, ada.id)


def test_what_a_change_does_not_name_stays(engine: Engine) -> None:
    north = builders.team(engine, "North")
    dana = builders.staff(engine, team=north, name="Dana")
    with engine.work.begin(actor=SYSTEM) as uow:
        changed = service.change_staff(uow, dana.id, service.read_staff_change({"locale": "it"}))
    assert (changed.team_id, changed.name, changed.locale) == (north, "Dana", "it")
    with engine.work.begin(actor=SYSTEM) as uow:
        changed = service.change_staff(uow, dana.id, service.read_staff_change({"team_id": None}))
    assert changed.team_id is None


def test_a_team_is_made_once(engine: Engine) -> None:
    assert builders.team(engine, "North") == builders.team(engine, " North ")
    with pytest.raises(Invalid):
        builders.team(engine, " ")
    with pytest.raises(NotFound):
        builders.staff(engine, team=new_reference_id())
