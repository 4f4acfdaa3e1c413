"""The live file over cases that were split and merged, and over what silences kept quiet, does what live did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.silences import writing as silences
from alerts.silences.writing import NewSilence
from alerts.trial.trying import try_out
from alerts.trial.views import Trial
from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.foundation.engine import Engine
from surveys.events import ResponseSubmitted
from tests.alerts.builders import ALERTS, World, answer, case, rows, staff_actor, take_in, world
from tests.alerts.recorded import record
from tests.alerts.test_trial import draft
from tests.alerts.test_watching import NOTICED, know, look
from tests.alerts.test_watching import world as watched

START = datetime(2026, 1, 1, tzinfo=UTC)


def tried(of: World, from_at: datetime = START, text: str = ALERTS) -> Trial:
    """The alerts in force over everything since an instant."""
    record(of, *of.answers.values())
    with of.engine.work.read() as reading:
        return try_out(reading, draft(text), from_at, of.now + timedelta(seconds=1))


def said(of: World, score: int, **how: Any) -> ResponseSubmitted:
    """An answer, taken in a little later. It is kept when all is over: who splits a case would look for its survey."""
    event = answer(of, score, **how)
    of.later(minutes=3)
    take_in(of, event)
    of.later(hours=5)
    return event


def said_of(of: World, score: int, touchpoint: str = "deal.approved") -> UUID:
    """The alert that an answer raises."""
    event = said(of, score, touchpoint=touchpoint)
    [alert] = [row for row in rows(of, "alert") if row.response_id == event.response_id]
    return alert.id


def case_of(of: World, alert_id: UUID) -> UUID:
    """The case that an alert was raised in."""
    return next(row.case_id for row in rows(of, "alert") if row.id == alert_id)


def split_off(of: World) -> tuple[UUID, UUID]:
    """A case of two answers, the second of which was split off, and the case that came of it."""
    first, second = said_of(of, 3), said_of(of, 2)
    whole = case_of(of, first)
    part = service.split(of.engine.work, staff_actor(of.dana), whole, [second])
    of.later(seconds=10)
    return whole, part


def split(of: World) -> None:
    """What was split off stands for its group only once nothing else does."""
    whole, part = split_off(of)
    assert case_of(of, said_of(of, 4)) == whole
    close(of, whole)
    assert case_of(of, said_of(of, 5)) == part


def split_and_undone(of: World) -> None:
    """What comes after belongs to the whole again."""
    whole, _ = split_off(of)
    service.undo(of.engine.work, staff_actor(of.dana), whole)
    assert case_of(of, said_of(of, 4)) == whole
    close(of, whole)
    assert case_of(of, said_of(of, 5)) != whole


def merged(of: World) -> None:
    """What comes on a merged matter joins the case that stays, and opens one when that is closed."""
    gone, stays = two(of)
    service.merge(of.engine.work, staff_actor(of.dana), gone, stays)
    of.later(seconds=10)
    assert case_of(of, said_of(of, 4)) == stays
    close(of, stays)
    assert case_of(of, said_of(of, 5)) not in (gone, stays)


def merged_and_undone(of: World) -> None:
    """The case that stayed was open all the time, the other one is again."""
    gone, stays = two(of)
    service.merge(of.engine.work, staff_actor(of.dana), gone, stays)
    event = answer(of, 4, touchpoint="training.held")
    undone_after = of.now
    of.later(seconds=10)
    service.undo(of.engine.work, staff_actor(of.dana), stays)
    # Given while they were one, taken in when they were two; and one that was taken in meanwhile stays where it was.
    take_in(of, event)
    assert of.now > undone_after
    assert case_of(of, said_of(of, 4)) == gone
    assert case_of(of, said_of(of, 5, "training.held")) == stays


def split_and_merged_elsewhere(of: World) -> None:
    """A part goes into a case of another matter; its whole is closed, and its matter goes on there."""
    whole, part = split_off(of)
    other = case_of(of, said_of(of, 1, "training.held"))
    service.merge(of.engine.work, staff_actor(of.dana), part, other)
    of.later(seconds=10)
    close(of, whole)
    assert case_of(of, said_of(of, 4)) == other


def silenced(of: World) -> None:
    """What a silence kept quiet opens nothing in a draft either."""
    wanted = NewSilence("brisk", "", "", of.now + timedelta(days=3), "An outage of ours")
    with of.engine.work.begin(actor=staff_actor(of.luis)) as uow:
        silences.add_silence(uow, EVERYTHING, wanted)
    of.later(minutes=1)
    said(of, 10, partner=of.brisk)
    assert rows(of, "silenced_alert")
    of.later(days=5)
    said(of, 10, partner=of.brisk)


def two(of: World) -> tuple[UUID, UUID]:
    """Two open cases of Acme."""
    return case_of(of, said_of(of, 3)), case_of(of, said_of(of, 2, "training.held"))


def close(of: World, case_id: UUID) -> None:
    """Close a case, and let a moment pass."""
    service.close(of.engine.work, staff_actor(of.dana), case_id, outcome="settled", root_cause="late")
    of.later(seconds=10)
    assert not case(of, case_id).is_open


@pytest.mark.parametrize(
    "happened",
    [split, split_and_undone, merged, merged_and_undone, split_and_merged_elsewhere, silenced],
    ids=lambda each: each.__name__,
)
@pytest.mark.parametrize("since", ["the beginning", "after the first two answers"])
def test_the_live_file_does_what_live_did(engine: Engine, happened: Callable[[World], None], since: str) -> None:
    of = world(engine)
    begins = of.now if since == "the beginning" else of.now + timedelta(hours=6)
    happened(of)
    trial = tried(of, begins)
    assert trial.differences == ()
    assert [(alert.key, alert.opened) for alert in trial.draft] == [(alert.key, alert.opened) for alert in trial.live]
    assert len(trial.live) >= 1
    assert trial.unroutable == ()


def test_what_no_answer_caused_is_not_tried(engine: Engine) -> None:
    of = watched(engine, NOTICED)
    first = said_of(of, 3)
    know(of, of.acme, certified_people=2)
    look(of)
    assert [(row.rule, row.case_id) for row in rows(of, "alert")] == [
        (each, case_of(of, first)) for each in ("low", "people")
    ]
    trial = tried(of, text=NOTICED)
    assert trial.differences == ()
    assert [(each.rule, each.opened) for each in trial.live] == [("low", True)]
