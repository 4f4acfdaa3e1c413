"""Nothing is withheld for a step that may be taken back: what an undo makes so again is told, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import service
from alerts.casework.flow import Assign, Close, Reopen, Snooze
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from tests.alerts.builders import case, open_case, rows, staff_actor, world
from tests.alerts.test_closings_told import CLOSE, by_luis, cleo, of_acme, read
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


def test_who_was_given_two_cases_hears_of_both_when_one_was_taken_for_a_moment(engine: Engine) -> None:
    of = world(engine)
    (first, second), taker = of_acme(of, 2), cleo(of)
    box = read(of)
    of.later(seconds=5)
    by_luis(of, [first, second], Assign(taker.id))
    of.later(seconds=80)
    service.act(engine.work, staff_actor(of.dana), first.id, Assign(of.luis.id))
    of.later(seconds=50)
    assert subjects(box, taker) == []
    service.undo(engine.work, staff_actor(of.dana), first.id)
    of.later(minutes=5)
    assert subjects(box, taker) == ["2 cases are yours now"]


def test_whoever_lost_two_cases_hears_of_both_when_one_was_open_again_for_a_moment(engine: Engine) -> None:
    of = world(engine)
    (first, second), third = of_acme(of, 2), cleo(of)
    box = read(of)
    of.later(seconds=5)
    by_luis(of, [first, second])
    of.later(seconds=80)
    service.act(engine.work, staff_actor(third), first.id, Reopen("One thing is left."))
    of.later(seconds=50)
    assert subjects(box, of.dana) == []
    service.undo(engine.work, staff_actor(third), first.id)
    of.later(minutes=5)
    assert subjects(box, of.dana) == ["2 of your cases were ended by others"]


def test_who_was_given_a_case_that_was_another_one_for_a_moment_hears_of_it(engine: Engine) -> None:
    of = world(engine)
    (first, second), taker = of_acme(of, 2), cleo(of)
    box = read(of)
    of.later(seconds=5)
    by_luis(of, [first], Assign(taker.id))
    of.later(seconds=80)
    service.merge(engine.work, staff_actor(of.luis), first.id, second.id)
    of.later(seconds=50)
    assert subjects(box, taker) == []
    service.undo(engine.work, staff_actor(of.luis), second.id)
    of.later(minutes=5)
    assert subjects(box, taker) == [f"{first.ref} Acme: the case is yours now"]


@pytest.mark.parametrize("step", [CLOSE, "assign"])
def test_a_reopening_is_told_though_the_case_was_gone_again_for_a_moment(engine: Engine, step: Close | str) -> None:
    of = world(engine)
    opened, third = open_case(of, 3), cleo(of)
    box = read(of)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    of.later(minutes=5)
    service.act(engine.work, staff_actor(of.luis), opened.id, Reopen("One thing is left."))
    of.later(seconds=40)
    service.act(engine.work, staff_actor(third), opened.id, Assign(of.luis.id) if isinstance(step, str) else step)
    of.later(seconds=30)
    assert subjects(box, of.dana) == []
    service.undo(engine.work, staff_actor(third), opened.id)
    of.later(minutes=5)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme: the case was reopened"]


def test_a_case_that_came_at_night_is_told_though_it_was_elsewhere_for_a_moment(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 2) * 60)
    box = read(of)
    opened = open_case(of, 3)
    of.later(minutes=119, seconds=50)
    service.act(engine.work, staff_actor(of.luis), opened.id, Assign(of.luis.id))
    of.later(seconds=15)
    assert subjects(box, of.dana) == []
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(minutes=5)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme gave a 3"]


@pytest.mark.parametrize("step", ["close", "assign"])
def test_whoever_takes_their_own_step_back_hears_of_the_answer_that_was_not_told_for_it(
    engine: Engine, step: str
) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    choose(of, of.dana, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 2) * 60)
    box = read(of)
    open_case(of, 2)
    of.later(minutes=106, seconds=110)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE if step == "close" else Assign(of.luis.id))
    of.later(seconds=15)
    assert subjects(box, of.dana) == []
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=5)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme gave a 2, one more answer in the open case"]


def test_whoever_keeps_to_their_own_step_is_not_told_of_what_it_made_needless(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    choose(of, of.dana, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 2) * 60)
    box = read(of)
    open_case(of, 2)
    of.later(minutes=107, seconds=50)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    for _ in range(3):
        of.later(minutes=1)
        assert subjects(box, of.dana) == []
    assert not [row for row in rows(of, "mail") if row.state == "queued"]


def test_a_digest_waits_while_what_it_tells_may_be_made_so_again(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    choose(of, taker, topics={"handed_to_me": "digest"}, rhythm="daily")
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    [due_at] = [row.next_digest_at for row in rows(of, "notice_choice") if row.staff_id == taker.id]
    of.later(seconds=(due_at - of.now).total_seconds() - 20)
    service.act(engine.work, staff_actor(of.dana), opened.id, Assign(of.luis.id))
    of.later(seconds=25)
    write_digests(of)
    assert subjects(box, taker) == []
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=5)
    [digest] = to(taker, box.empty())
    assert f"{opened.ref} Acme: the case is yours now" in digest.message.text


def test_an_undo_brings_nothing_back_that_was_withheld_for_good(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    of.later(seconds=20)
    by_luis(of, [opened], Assign(of.luis.id))
    of.later(minutes=5)
    assert subjects(box, taker) == [f"{opened.ref} Acme: Luis Ferro took your case"]
    of.later(days=9)
    service.act(engine.work, staff_actor(taker), opened.id, Assign(taker.id))
    of.later(hours=2)
    service.act(engine.work, staff_actor(taker), opened.id, Snooze(of.now + timedelta(hours=3)))
    of.later(seconds=5)
    service.undo(engine.work, staff_actor(taker), opened.id)
    of.later(minutes=3)
    assert subjects(box, taker) == []


def test_several_undos_in_a_row_tell_a_giving_once(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    of.later(seconds=90)
    service.act(engine.work, staff_actor(of.dana), opened.id, Assign(of.luis.id))
    of.later(seconds=40)
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    for _ in range(3):
        service.act(engine.work, staff_actor(of.luis), opened.id, Snooze(of.now + timedelta(hours=9)))
        of.later(seconds=5)
        service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(hours=4)
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
    box = read(of)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
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
    box = read(of)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
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


def test_at_the_instant_in_which_a_reopening_is_told_it_cannot_be_taken_back_any_more(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    of.later(minutes=5)
    box = read(of)
    service.act(engine.work, staff_actor(of.luis), opened.id, Reopen("One thing is left."))
    of.later(seconds=60)
    assert subjects(box, of.dana) == [f"{opened.ref} Acme: the case was reopened"]
    with pytest.raises(Conflict, match="others may have acted on it"):
        service.undo(engine.work, staff_actor(of.luis), opened.id)
