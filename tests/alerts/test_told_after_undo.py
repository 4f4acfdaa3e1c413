"""What was not told because it was not so any more is told once an undo has made it so again, and nothing twice."""

from __future__ import annotations

import pytest

from alerts import service
from alerts.casework.flow import Assign, Reopen
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import case, open_case, rows, staff_actor, world
from tests.alerts.test_closings_told import CLOSE, cleo, read
from tests.alerts.told import Postbox, choose, to, write_digests


def subjects(box: Postbox, member: StaffView) -> list[str]:
    """What somebody has been sent since the last look."""
    return [mail.message.subject for mail in to(member, box.empty())]


def test_whoever_loses_a_case_by_an_undo_hears_of_the_loss_that_was_not_told(engine: Engine) -> None:
    of = world(engine)
    opened, third = open_case(of, 3), cleo(of)
    box = read(of)
    of.later(seconds=40)
    service.act(engine.work, staff_actor(of.luis), opened.id, Assign(of.luis.id))
    of.later(seconds=60)
    service.act(engine.work, staff_actor(third), opened.id, Assign(of.dana.id))
    of.later(seconds=21)
    assert subjects(box, of.dana) == [], "it is hers just now"
    of.later(seconds=10)
    service.undo(engine.work, staff_actor(third), opened.id)
    of.later(minutes=3)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme: Luis Ferro took your case"]
    of.later(hours=1)
    assert subjects(box, of.dana) == []


def test_whoever_owns_a_case_whose_closing_stands_again_hears_that_it_was_closed(engine: Engine) -> None:
    of = world(engine)
    opened, third = open_case(of, 3), cleo(of)
    box = read(of)
    of.later(seconds=40)
    service.act(engine.work, staff_actor(of.luis), opened.id, CLOSE)
    of.later(seconds=60)
    service.act(engine.work, staff_actor(third), opened.id, Reopen("One thing is left."))
    of.later(seconds=21)
    assert subjects(box, of.dana) == [], "it is open again just now, and that can be taken back"
    of.later(seconds=10)
    service.undo(engine.work, staff_actor(third), opened.id)
    of.later(minutes=3)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme: Luis Ferro ended your case"]
    assert not case(of, opened.id).is_open


@pytest.mark.parametrize("is_quiet", [True, False])
def test_who_was_given_a_case_and_not_told_while_it_was_elsewhere_is_told_once_it_is_back(
    engine: Engine, is_quiet: bool
) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    if is_quiet:
        choose(of, taker, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 2) * 60)
    box = read(of)
    service.act(engine.work, staff_actor(of.luis), opened.id, Assign(taker.id))
    # Until the quiet hours end; or mail stands still for a while.
    of.later(minutes=107 if is_quiet else 5, seconds=30)
    service.act(engine.work, staff_actor(of.dana), opened.id, Assign(of.luis.id))
    of.later(seconds=31)
    assert subjects(box, taker) == []
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=3)
    assert subjects(box, taker) == [f"{opened.ref} Acme: the case is yours now"]


def test_who_was_told_of_a_giving_is_not_told_again_when_the_next_one_is_taken_back(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    of.later(seconds=59)
    service.act(engine.work, staff_actor(of.luis), opened.id, Assign(taker.id))
    of.later(seconds=62)
    assert subjects(box, taker) == [f"{opened.ref} Acme: the case is yours now"]
    of.later(seconds=30)
    service.act(engine.work, staff_actor(of.dana), opened.id, Assign(of.luis.id))
    of.later(seconds=10)
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=5)
    assert subjects(box, taker) == []


@pytest.mark.parametrize("by_digest", [False, True])
def test_nobody_hears_of_a_reopening_that_was_taken_back(engine: Engine, by_digest: bool) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    if by_digest:
        choose(of, of.dana, topics={"new_case": "digest"}, rhythm="daily")
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    box = read(of)
    of.later(minutes=5)
    service.act(engine.work, staff_actor(of.luis), opened.id, Reopen("One thing is left."))
    of.later(seconds=2)
    assert subjects(box, of.dana) == []
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(days=1)
    write_digests(of)
    assert [mail.message.text.count("reopened") for mail in to(of.dana, box.empty())] in ([], [0])


def test_a_reopening_that_stands_is_told_a_minute_later_with_its_words(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    box = read(of)
    service.act(engine.work, staff_actor(of.luis), opened.id, Reopen("One thing is left."))
    of.later(minutes=2)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme: the case was reopened"]


def test_programs_hear_that_a_reopening_was_taken_back(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    service.act(engine.work, staff_actor(of.luis), opened.id, Reopen("One thing is left."))
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    hooks = [row.news for row in rows(of, "notification") if row.channel == "webhook"]
    assert hooks == ["closed", "reopened", "closed"]
