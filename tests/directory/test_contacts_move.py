"""Somebody leaves a partner or goes to another: the person stays one, and the history stays where it was made."""

from __future__ import annotations

import pytest

from feedback_engine.directory import reading, service
from feedback_engine.directory.events import ContactLeft
from feedback_engine.foundation import outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.ids import new_id, shard_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders
from tests.directory.site import headers, post, signed_in, site


def left(engine: Engine) -> list[ContactLeft]:
    """Who was announced as having left since the last call."""
    found: list[ContactLeft] = []

    def keep(batch: outbox.Batch[ContactLeft]) -> None:
        with batch.commit():
            found.extend(batch.events)

    while outbox.deliver(engine.work, outbox.Handler("watcher", keep, (ContactLeft,))):
        pass
    return found


def test_who_moves_is_the_same_person_at_the_new_partner_and_has_left_the_old_one(engine: Engine) -> None:
    engine.work.subscribers[ContactLeft] = ["watcher"]
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk")
    ana = builders.contact(engine, acme, name="Ana", role="buyer", language="pt", phone="+351 1")
    with engine.work.begin(actor=SYSTEM) as uow:
        moved = service.move_contact(uow, ana.id, brisk)
    with engine.work.read() as now:
        before, after = reading.find_contact(now, ana.id), reading.find_contact(now, moved.id)
    assert before == ana._replace(state="left")
    assert after == ana._replace(id=moved.id, partner_id=brisk.id, role="")  # what they do there, nobody knows yet
    assert shard_of(moved.id) == shard_of(brisk.id)
    assert [event.contact_id for event in left(engine)] == [ana.id]


def test_who_comes_back_is_the_contact_they_were(engine: Engine) -> None:
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk")
    ana = builders.contact(engine, acme)
    with engine.work.begin(actor=SYSTEM) as uow:
        there = service.move_contact(uow, ana.id, brisk)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.move_contact(uow, there.id, acme).id == ana.id
    with engine.work.read() as now:
        states = {each.id: each.state for each in reading.contacts_by_person(now, [ana.person])[ana.person]}
    assert states == {ana.id: "active", there.id: "left"}


def test_a_move_that_means_nothing_is_refused(engine: Engine) -> None:
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk")
    ana, twin = builders.contact(engine, acme), builders.contact(engine, brisk)
    bo = builders.contact(engine, acme, "bo@acme.example")
    with engine.work.begin(actor=SYSTEM) as uow:
        service.erase_person(uow, bo.person)
    for contact_id, to, refusal in (
        (ana.id, acme, Conflict),  # where they are
        (ana.id, brisk, Conflict),  # where they are too
        (bo.id, brisk, Conflict),  # who asked to be forgotten
        (new_id(5), brisk, NotFound),
    ):
        with pytest.raises(refusal), engine.work.begin(actor=SYSTEM) as uow:
            service.move_contact(uow, contact_id, to)
    with engine.work.read() as now:
        assert [reading.find_contact(now, each.id) for each in (ana, twin)] == [ana, twin]


def test_the_page_moves_somebody_to_a_partner_that_its_reader_sees(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk", name="Brisk")
    ana, dana = builders.contact(engine, acme), builders.staff(engine)
    builders.owned(engine, dana, acme)
    browser = signed_in(engine, site(engine), dana)
    page = f"/contacts/{ana.id}"
    assert post(browser, f"{page}/move", page, partner="brisk").location == page  # not hers, so not there
    builders.owned(engine, dana, brisk)
    answer = post(browser, f"{page}/move", page, partner="brisk")
    assert answer.location != page
    assert "They are at Brisk now" in browser.get(answer.location).text


def test_who_moves_somebody_may_write_the_name_of_the_partner(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    ana = builders.contact(engine, builders.partner(engine))
    builders.partner(engine, "B-17", name="Brisk Freight")
    browser = signed_in(engine, site(engine), builders.staff(engine, role="program_owner"))
    page = f"/contacts/{ana.id}"
    assert post(browser, f"{page}/move", page, partner="nowhere").location == page
    assert "Write its name or its key." in browser.get(page).text
    answer = post(browser, f"{page}/move", page, partner="brisk")
    assert "They are at Brisk Freight now" in browser.get(answer.location).text


def test_programs_say_who_left_and_who_moved(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    acme = builders.partner(engine)
    builders.partner(engine, "brisk")
    ana, bo = builders.contact(engine, acme), builders.contact(engine, acme, "bo@acme.example")
    program, keys = site(engine).test_client(), headers(engine, "contacts:write")
    answer = program.post(f"/api/v1/contacts/{ana.id}/left", headers=keys)
    assert (answer.status_code, answer.json and answer.json["state"]) == (200, "left")
    assert program.post(f"/api/v1/contacts/{ana.id}/left", headers=keys).status_code == 409
    answer = program.post(f"/api/v1/contacts/{bo.id}/move", json={"partner": "brisk"}, headers=keys)
    assert (answer.status_code, answer.json and answer.json["partner"]) == (200, "brisk")
    assert program.post(f"/api/v1/contacts/{bo.id}/move", json={}, headers=keys).status_code == 422
