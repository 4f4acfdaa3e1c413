"""What a commit hands to the thread that sends webhooks: sent without a claim, and not lost with its process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from alerts import handlers, service
from alerts.channels import webhook
from alerts.notices import delivery, notification_store
from feedback_engine.app.worker import Chore, Worker
from feedback_engine.foundation.direct import Direct
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.outbox import Batch, Handler
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys.events import ResponseChanged, ResponseSubmitted
from tests.alerts.builders import announce, answer, open_case, staff_actor, world
from tests.alerts.test_delivery import Receiver, deliver, listen, receiver, webhooks

__all__ = ["receiver"]
HEAD_START = webhook.HEAD_START.total_seconds()


def handing(engine: Engine) -> Direct:
    """From now on a thread of this process takes webhooks by hand."""
    direct = Direct(lambda: None)
    engine.work.direct = {webhook.TOPIC: direct}
    return direct


def test_what_is_handed_over_is_sent_at_once_and_due_to_nobody_else(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    handing(engine)
    open_case(of, 3)
    [row] = webhooks(of)
    assert (row.state, row.due_at, row.claimed_at) == ("pending", of.now + webhook.HEAD_START, None)
    assert deliver(of) == 1
    [row] = webhooks(of)
    assert (row.state, row.attempts, row.status_code) == ("sent", 1, 204)
    of.later(seconds=HEAD_START)
    assert deliver(of) == 0
    assert len(receiver.received) == 1


def test_what_a_process_had_in_hand_when_it_died_is_sent_by_the_next_one(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    handing(engine)
    open_case(of, 3)
    engine.work.direct = {}  # its memory is gone
    assert deliver(of) == 0
    of.later(seconds=HEAD_START)
    assert deliver(of) == 1
    assert len(receiver.received) == 1
    assert webhooks(of)[0].state == "sent"


def test_what_a_process_that_stops_gives_back_is_due_at_once(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    direct = handing(engine)
    open_case(of, 3)
    engine.work.direct = {}
    assert delivery.give_back(engine.work, direct) == 1
    assert (deliver(of), len(receiver.received)) == (1, 1)
    of.later(seconds=HEAD_START)
    assert (deliver(of), delivery.give_back(engine.work, direct)) == (0, 0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(("status", "state"), [(204, "sent"), (503, "pending")])
def test_what_another_process_has_tried_meanwhile_is_not_given_back(
    sqlite_engine: Engine, receiver: Receiver, status: int, state: str
) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    direct = handing(sqlite_engine)
    open_case(of, 3)
    sqlite_engine.work.direct = {}
    receiver.statuses = [status]
    of.later(seconds=HEAD_START)
    deliver(of)
    assert delivery.give_back(sqlite_engine.work, direct) == 0
    assert (deliver(of), len(receiver.received)) == (0, 1)
    assert webhooks(of)[0].state == state


def test_a_worker_that_stops_gives_back_what_its_thread_never_took(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    engine.work.subscribers |= {ResponseSubmitted: ("alerts", "roll-ups")}
    done: SimpleQueue[str] = SimpleQueue()

    def count(batch: Batch[ResponseSubmitted]) -> None:
        done.put("counted")
        with batch.commit():
            pass

    with working(engine, Handler("roll-ups", count, (ResponseSubmitted,)), send=lambda: 0):
        announce(of, answer(of, 3))
        assert done.get(timeout=20) == "counted"
    assert [(row.state, row.due_at) for row in webhooks(of)] == [("pending", of.now)]
    assert (deliver(of), len(receiver.received)) == (1, 1)


def test_what_was_in_hand_too_long_is_left_to_whoever_finds_it_due(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    handing(engine)
    open_case(of, 3)
    of.later(seconds=HEAD_START - 9)  # a call may take ten seconds
    deliver(of)
    assert receiver.received == []
    of.later(seconds=9)
    deliver(of)
    assert len(receiver.received) == 1


def test_a_late_mark_does_not_touch_what_another_worker_has_put_off(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    direct = handing(engine)
    open_case(of, 3)

    def another_one_is_refused() -> None:
        """While we wait for our answer so long that the message falls due."""
        receiver.meanwhile = None
        of.later(seconds=HEAD_START)
        [row] = webhooks(of)
        values = {"state": "pending", "due_at": of.now + timedelta(minutes=1), "attempts": 1}
        with engine.work.begin(actor=SYSTEM) as uow:
            assert notification_store.change_notification(uow, row, values)

    receiver.meanwhile = another_one_is_refused
    delivery.deliver_due(engine)
    assert len(receiver.received) == 1
    assert direct.take(1) == []
    [row] = webhooks(of)
    assert (row.state, row.attempts, row.due_at) == ("pending", 1, of.now + timedelta(minutes=1))


def test_a_receiver_that_fails_costs_one_try_of_what_was_handed_over(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    handing(sqlite_engine)
    receiver.statuses = [503]
    for touchpoint in ("a", "b", "c"):
        open_case(of, 3, touchpoint=touchpoint)
    deliver(of)
    assert len(receiver.received) == 1
    assert sorted(row.attempts for row in webhooks(of)) == [0, 0, 1]
    receiver.statuses = [204]
    of.later(seconds=31)
    deliver(of)
    assert {row.state for row in webhooks(of)} == {"sent"}


def test_what_is_tried_again_gets_its_turn_however_much_is_handed_over(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    handing(sqlite_engine)
    receiver.statuses = [503]
    open_case(of, 3)
    delivery.deliver_due(sqlite_engine)
    receiver.statuses = [204]
    for number in range(4):
        of.later(seconds=10)
        open_case(of, 3, touchpoint=f"touchpoint.{number}")
        delivery.deliver_due(sqlite_engine)
    assert {row.state for row in webhooks(of)} == {"sent"}


def test_what_somebody_does_on_a_page_is_found_and_not_handed(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    opened = open_case(of, 3)
    service.note(engine.work, staff_actor(of.dana), opened.id, "Called her.")
    assert {row.due_at for row in webhooks(of)} == {of.now}


def test_a_running_worker_sends_by_hand(engine: Engine, receiver: Receiver) -> None:
    # The clock stands still: nothing whose head start runs falls due, so that only a hand can have brought it.
    of = world(engine)
    listen(of, receiver)
    sent: SimpleQueue[int] = SimpleQueue()
    receiver.meanwhile = lambda: sent.put(1)
    with working(engine):
        announce(of, answer(of, 3))
        assert sent.get(timeout=20) == 1
    with pytest.raises(Empty):
        sent.get_nowait()
    assert engine.work.direct == {}
    assert webhooks(of)[0].state == "sent"


def test_whoever_handed_something_over_lets_it_go_first(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    sqlite_engine.work.subscribers |= {ResponseSubmitted: ("alerts", "roll-ups")}
    done: SimpleQueue[str] = SimpleQueue()
    receiver.meanwhile = lambda: done.put("sent")

    def count(batch: Batch[ResponseSubmitted]) -> None:
        done.put("counted")
        with batch.commit():
            pass

    with working(sqlite_engine, Handler("roll-ups", count, (ResponseSubmitted,))):
        announce(of, answer(of, 3))
        assert [done.get(timeout=20) for _ in range(2)] == ["sent", "counted"]


def test_what_is_handed_over_during_a_round_is_waited_for_until_the_next_one_took_it(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    of = world(sqlite_engine)
    listen(of, receiver)
    sqlite_engine.work.subscribers |= {ResponseSubmitted: ("alerts", "roll-ups")}
    first_began, handed, second_began, counted = (threading.Event() for _ in range(4))
    order: SimpleQueue[str] = SimpleQueue()

    def hand_over(batch: Batch[Any]) -> None:
        handlers.raise_alerts(batch)
        handed.set()
        assert second_began.wait(timeout=20)  # so the first round has ended before anybody gives way

    def take() -> int:
        if not first_began.is_set():
            first_began.set()
            assert handed.wait(timeout=20)
        elif not second_began.is_set():
            second_began.set()
            counted.wait(timeout=0.5)  # whoever does not wait for us has all this time to show it
            order.put("taken")
        return 0

    def count(batch: Batch[ResponseSubmitted]) -> None:
        order.put("counted")
        counted.set()
        with batch.commit():
            pass

    with working(sqlite_engine, Handler("roll-ups", count, (ResponseSubmitted,)), send=take, react=hand_over):
        assert first_began.wait(timeout=20)
        announce(of, answer(of, 3))
        assert [order.get(timeout=20) for _ in range(2)] == ["taken", "counted"]


@contextmanager
def working(
    engine: Engine,
    *others: Handler,
    send: Callable[[], int] | None = None,
    react: Callable[[Batch[Any]], None] = handlers.raise_alerts,
) -> Iterator[Worker]:
    """A worker that reacts, by alerts first, and sends webhooks or does `send` instead, in threads of this process."""
    reaction = Handler("alerts", react, (ResponseSubmitted, ResponseChanged))
    way = timedelta(seconds=20)  # much longer than it ever takes here
    take = send or partial(delivery.deliver_due, engine)
    back = partial(delivery.give_back, engine.work)
    sending = Chore("webhooks", lambda _: take(), topic=webhook.TOPIC, direct=way, give_back=back)
    worker = Worker(engine, [reaction, *others], chores=[], mail=[sending])
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(timeout=30)
    assert not thread.is_alive()
