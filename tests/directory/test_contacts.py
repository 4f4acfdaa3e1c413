"""Writing contacts: one person behind two contacts, those who left, those who asked to be forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from feedback_engine.directory import reading, service, store
from feedback_engine.directory.events import ContactErased
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.ids import new_id, shard_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders


def write(engine: Engine, *wanted: tuple[reading.PartnerView, dict[str, Any]]) -> list[str]:
    """The outcome of each input."""
    inputs = [(partner.id, service.read_contact(fields)) for partner, fields in wanted]
    with engine.work.read() as before:
        preview = service.preview_contacts(before, engine.keys, inputs)
    with engine.work.begin(actor=SYSTEM) as uow:
        results = service.upsert_contacts(uow, engine.keys, inputs)
    assert [(each.outcome, each.changes) for each in preview] == [(each.outcome, each.changes) for each in results]
    return [each.outcome for each in results]


def stored(engine: Engine, partner: reading.PartnerView) -> list[reading.ContactView]:
    with engine.work.read() as now:
        return reading.contacts_of(now, [partner.id]).get(partner.id, [])


def test_a_contact_is_created_then_changed_then_left_alone(engine: Engine) -> None:
    acme = builders.partner(engine)
    ana = {"email": "Ana@acme.example", "name": "Ana Bell", "role": "Sales", "language": "it"}
    assert write(engine, (acme, ana)) == ["created"]
    assert write(engine, (acme, ana)) == ["unchanged"]
    assert write(engine, (acme, {**ana, "email": "ANA@ACME.example"})) == ["unchanged"]  # another spelling of her
    assert write(engine, (acme, {"email": "ana@acme.example", "role": "Buyer"})) == ["changed"]
    [contact] = stored(engine, acme)
    assert (contact.email, contact.name, contact.role) == ("Ana@acme.example", "Ana Bell", "Buyer")
    assert shard_of(contact.id) == shard_of(acme.id)


def test_one_address_at_two_partners_is_two_contacts_and_one_person(engine: Engine) -> None:
    acme, bolt = builders.partner(engine, "acme"), builders.partner(engine, "bolt")
    first, second = builders.contact(engine, acme, "ana@x.example"), builders.contact(engine, bolt, "ANA@x.example")
    assert first.id != second.id
    assert first.person == second.person == engine.keys.person("ana@x.example")
    with engine.work.read() as now:
        found = reading.contacts_by_person(now, [first.person])
    assert {contact.partner_id for contact in found[first.person]} == {acme.id, bolt.id}


def test_one_address_twice_in_a_batch_is_one_contact(engine: Engine) -> None:
    acme = builders.partner(engine)
    outcomes = write(
        engine, (acme, {"email": "ana@acme.example"}), (acme, {"email": "Ana@acme.example", "name": "Ana"})
    )
    assert outcomes == ["created", "changed"]
    assert [contact.name for contact in stored(engine, acme)] == ["Ana"]


def test_many_writers_of_one_new_contact_make_one(engine: Engine) -> None:
    partners = [builders.partner(engine, f"p-{n}") for n in range(3)]
    wanted = [(partner.id, service.read_contact({"email": "ana@x.example"})) for partner in partners]

    def arrive(turn: int) -> list[object]:
        with engine.work.begin(actor=SYSTEM) as uow:
            return [each.view.id for each in service.upsert_contacts(uow, engine.keys, wanted[turn % 3 :] + wanted)]

    with ThreadPoolExecutor(8) as pool:
        assert len({contact for found in pool.map(arrive, range(24)) for contact in found}) == 3


def test_who_left_stays_away_until_taken_back(engine: Engine) -> None:
    acme = builders.partner(engine)
    ana = builders.contact(engine, acme)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.mark_contact_left(uow, ana.id)
    assert write(engine, (acme, {"email": ana.email, "name": "Ana"})) == ["changed"]
    assert stored(engine, acme)[0].state == "left"
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.mark_contact_left(uow, ana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.mark_contact_back(uow, ana.id)
    assert stored(engine, acme)[0].state == "active"


def test_nobody_can_be_marked_who_does_not_exist(engine: Engine) -> None:
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        service.mark_contact_left(uow, new_id(7))


def test_an_erased_person_leaves_no_trace_and_does_not_come_back(engine: Engine) -> None:
    engine.work.subscribers[ContactErased] = ["watcher"]
    acme, bolt = builders.partner(engine, "acme"), builders.partner(engine, "bolt")
    ana = builders.contact(engine, acme, "ana@x.example", name="Ana Bell", phone="+39 06 1", role="Sales")
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.erase_person(uow, ana.person) == [ana.id]
    assert write(engine, (acme, {"email": "ana@x.example", "name": "Ana"})) == ["erased"]
    assert write(engine, (bolt, {"email": "ana@x.example", "name": "Ana"})) == ["erased"]  # nor at another partner
    for partner in (acme, bolt):
        [contact] = stored(engine, partner)
        assert (contact.email, contact.name, contact.phone, contact.role, contact.state) == ("", "", "", "", "erased")
        assert contact.person == ana.person  # the keyed hash keeps the wish
    with engine.work.read() as now:
        rows = [str(tuple(row)) for row in now.connection.execute(store.CONTACT.select())]
    assert not any("ana@x" in row or "Ana Bell" in row or "ana bell" in row for row in rows)


def test_contacts_of_several_partners_come_in_one_reading(engine: Engine) -> None:
    partners = [builders.partner(engine, f"p-{n}") for n in range(5)]
    for partner in partners[:4]:
        builders.contact(engine, partner, "ana@x.example")
    with engine.work.read() as now:
        found = reading.contacts_of(now, [partner.id for partner in partners])
    assert set(found) == {partner.id for partner in partners[:4]}


@pytest.mark.parametrize("column", [{"state": "gone"}, {"email": ""}, {"state": "erased"}])
def test_the_database_refuses_impossible_contacts(engine: Engine, column: dict[str, str]) -> None:
    contact = builders.contact(engine, builders.partner(engine))
    mine = (store.CONTACT.c.shard == shard_of(contact.id)) & (store.CONTACT.c.id == contact.id)
    with pytest.raises(IntegrityError), engine.work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(store.CONTACT.update().where(mine).values(**column))
