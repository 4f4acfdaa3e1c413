"""One transaction, one instant: what is begun is committed whole or not at all, and announced once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from feedback_engine.foundation import ids, outbox
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import PermanentError
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.outbox import Batch, Handler
from feedback_engine.foundation.outbox_rows import Outbox
from feedback_engine.foundation.unit_of_work import SYSTEM, Work

OUTBOX = Outbox.__table__  # type: ignore[attr-defined]


class Happened(Event):
    number: int


def subscribed(engine: Engine) -> Work:
    engine.work.subscribers[Happened] = ("recorder",)
    return engine.work


def emit(work: Work, *numbers: int, shard: int = 7) -> None:
    partner_id = ids.new_id(shard)
    with work.begin(actor=SYSTEM) as uow:
        uow.emit_all(Happened(partner_id=partner_id, number=number) for number in numbers)


def waiting(work: Work) -> int:
    with work.read() as reading:
        return outbox.backlog(reading).get("recorder", 0)


def test_what_fails_half_way_leaves_no_trace(engine: Engine) -> None:
    work = subscribed(engine)

    def fail_half_way() -> None:
        with work.begin(actor=SYSTEM) as uow:
            uow.emit(Happened(partner_id=ids.new_id(1), number=1))
            uow.audit("test", "thing", "1")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert waiting(work) == 0


def test_a_handled_event_is_gone_and_seen_once(engine: Engine) -> None:
    work = subscribed(engine)
    emit(work, 1, 2, 3)
    seen: list[int] = []

    def react(batch: Batch[Happened]) -> None:
        with batch.commit():
            seen.extend(event.number for event in batch.events)

    handler = Handler("recorder", react, (Happened,))

    assert outbox.deliver(work, handler) == 3
    assert outbox.deliver(work, handler) == 0
    assert seen == [1, 2, 3]
    assert waiting(work) == 0


@pytest.mark.parametrize(
    "spoiled",
    [
        {"event_type": "SomethingNewer"},  # this release was put back over a newer one
        {"payload": {"nonsense": True}},  # somebody mended by hand
    ],
)
def test_an_event_that_cannot_be_read_stops_only_its_own_partner(engine: Engine, spoiled: dict[str, object]) -> None:
    work = subscribed(engine)
    emit(work, 1)
    with work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(update(OUTBOX).where(OUTBOX.c.shard == 7).values(spoiled))
        partner_id = uow.connection.execute(select(OUTBOX.c.partner_id)).scalar_one()
        uow.emit(Happened(partner_id=partner_id, number=2))
    emit(work, 3, shard=8)
    seen: list[int] = []

    def react(batch: Batch[Happened]) -> None:
        with batch.commit():
            seen.extend(event.number for event in batch.events)

    handler = Handler("recorder", react, (Happened,))
    while outbox.deliver(work, handler):
        pass
    assert seen == [3]
    assert waiting(work) == 2


def test_a_poison_event_stops_only_its_own_partner(engine: Engine, clock: MovedClock) -> None:
    work = subscribed(engine)
    emit(work, 1, 13, 2)
    emit(work, 3)
    seen: list[int] = []

    def react(batch: Batch[Happened]) -> None:
        if any(event.number == 13 for event in batch.events):
            raise PermanentError("13 cannot be digested")
        with batch.commit():
            seen.extend(event.number for event in batch.events)

    handler = Handler("recorder", react, (Happened,))
    outbox.deliver(work, handler)
    emit(work, 4, shard=9)
    outbox.deliver(work, handler)

    assert seen == [1, 3, 4]
    with work.read() as reading:
        [parked] = outbox.parked(reading)
    assert "13 cannot be digested" in parked.error

    with work.begin(actor=SYSTEM) as uow:
        assert outbox.retry_parked(uow, parked.shard, parked.id)
    clock.advance(timedelta(hours=1))
    outbox.deliver(work, Handler("recorder", lambda batch: _take(batch, seen), (Happened,)))
    assert seen == [1, 3, 4, 13, 2]


def _take(batch: Batch[Happened], seen: list[int]) -> None:
    with batch.commit():
        seen.extend(event.number for event in batch.events)


def test_a_handler_that_fails_for_a_while_is_tried_again_later(engine: Engine, clock: MovedClock) -> None:
    work = subscribed(engine)
    emit(work, 1)
    tries: list[int] = []

    def react(batch: Batch[Happened]) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the disk is away")
        with batch.commit():
            pass

    handler = Handler("recorder", react, (Happened,))
    for _ in range(3):
        outbox.deliver(work, handler)
        clock.advance(timedelta(hours=1))

    assert len(tries) == 3
    assert waiting(work) == 0


def test_the_audit_log_cannot_be_rewritten(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        uow.audit("test", "thing", "1")

    def rewrite(statement: str) -> None:
        with engine.work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(text(statement))

    for statement in ("UPDATE audit SET action = 'nothing'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"):
            rewrite(statement)
