"""Stopping, lifting, and what is announced of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from feedback_engine.directory import reading, service, store
from feedback_engine.directory.events import ContactUnsubscribed
from feedback_engine.foundation import outbox_rows
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders

PERSON = b"p" * 32


def reasons(engine: Engine, person: bytes = PERSON) -> list[tuple[str, str]]:
    with engine.work.read() as now:
        return [(each.scope, each.cause) for each in reading.suppressed(now, [person]).get(person, [])]


def test_a_stop_holds_once_however_often_it_is_said(engine: Engine) -> None:
    for expected in (True, False):
        with engine.work.begin(actor=SYSTEM) as uow:
            assert service.suppress(uow, PERSON, service.ALL, "opted_out") is expected
    assert reasons(engine) == [("all", "opted_out")]


def test_the_same_stop_twice_in_a_batch_is_one(engine: Engine) -> None:
    stop = service.Stop(PERSON, service.ALL, "undeliverable")
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.suppress_all(uow, [stop, stop]) == [stop]


def test_several_causes_and_scopes_stand_beside_each_other(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, PERSON, service.ALL, "undeliverable")
        service.suppress(uow, PERSON, service.family_scope("support"), "opted_out")
    assert reasons(engine) == [("all", "undeliverable"), ("family:support", "opted_out")]


def test_an_opt_out_is_announced_at_every_partner_of_the_person(engine: Engine) -> None:
    engine.work.subscribers[ContactUnsubscribed] = ["watcher"]
    contacts = [builders.contact(engine, builders.partner(engine, key), "ana@x.example") for key in ("acme", "bolt")]
    with engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, contacts[0].person, service.ALL, "opted_out")
        service.suppress(uow, contacts[0].person, service.ALL, "undeliverable")  # no word of theirs
    with engine.work.read() as now:
        outbox = store.table_of(outbox_rows.Outbox)
        payloads = now.connection.execute(select(outbox.c.payload)).scalars().all()
    assert sorted(payload["contact_id"] for payload in payloads) == sorted(str(contact.id) for contact in contacts)


def test_what_may_be_lifted_is_lifted_once_and_may_come_again(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, PERSON, service.ALL, "opted_out")
    with engine.work.read() as now:
        [standing] = reading.suppressed(now, [PERSON])[PERSON]
    with engine.work.begin(actor=SYSTEM) as uow:
        service.lift_suppression(uow, standing.id)
    assert reasons(engine) == []
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        service.lift_suppression(uow, standing.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert service.suppress(uow, PERSON, service.ALL, "opted_out")


@pytest.mark.parametrize("cause", ["complaint", "objected", "erased"])
def test_only_the_person_can_end_a_complaint_an_objection_or_an_erasure(engine: Engine, cause: service.Cause) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, PERSON, service.ALL, cause)
    with engine.work.read() as now:
        [standing] = reading.suppressed(now, [PERSON])[PERSON]
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.lift_suppression(uow, standing.id)
    assert reasons(engine) == [("all", cause)]


@pytest.mark.parametrize("scope", ["", "everything", "family:", "support"])
def test_an_unknown_scope_is_refused(engine: Engine, scope: str) -> None:
    with pytest.raises(Invalid), engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, PERSON, scope, "opted_out")
