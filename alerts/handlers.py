"""What the alert slice does when answers come in or change, and when a promise was not kept in time."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.events import PromiseOverdue
from alerts.notices import notifications
from alerts.notices.notifications import Telling
from alerts.raising import cases, watching
from alerts.raising.desk import Desk, open_desk
from alerts.raising.watch_store import NoticedTwice
from alerts.routing.turn_store import TurnTaken
from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import Work
from surveys.events import ResponseSubmitted

_TRIES = 4


def raise_alerts(batch: Batch[ResponseSubmitted]) -> None:
    """Turn answers, new and changed (`ResponseChanged`), into alerts and cases.

    Subscribe it to both events under one name: then a change is seen after the answer it changes. The events are
    taken in one after the other, so that a batch does what its events do one by one. Whoever loses a turn of a rota
    to another worker, or meets a partner that changes hands, decides again, with nothing written; who loses again and
    again leaves the batch for later.
    """
    for _ in range(_TRIES):
        try:
            return _raise_alerts(batch)
        except (TurnTaken, cases.OwnerMoved):
            continue
    return _raise_alerts(batch)


def look_at_partners(batch: Batch[PromiseOverdue]) -> None:
    """See whether the rules without an answer fire on partners about whom something changed.

    Whoever loses to another worker that notices the same decides again, with nothing written.
    """
    for _ in range(_TRIES):
        try:
            return _look_at_partners(batch)
        except (TurnTaken, NoticedTwice):
            continue
    return _look_at_partners(batch)


def _look_at_partners(batch: Batch[PromiseOverdue]) -> None:
    with batch.work.read() as reading:
        desk, tellings = watching.look_at(reading, {event.partner_id for event in batch.events})
    with batch.commit() as uow:
        watching.save(uow, desk, tellings)


def _raise_alerts(batch: Batch[ResponseSubmitted]) -> None:
    desk, tellings = _decide(batch.work, batch.events)
    with batch.commit() as uow:
        if desk is not None:
            cases.save(uow, desk)
            notifications.begin_tellings(uow, tellings)


def _decide(work: Work, events: Sequence[ResponseSubmitted]) -> tuple[Desk | None, list[Telling]]:
    with work.read() as reading:
        desk = open_desk(reading, events)
        if desk is None:
            return None, []
        for event in desk.heard:
            if isinstance(event, ResponseSubmitted):
                cases.take_in(desk, event)
        return desk, notifications.choose_tellings(reading, cases.news_of(desk))
