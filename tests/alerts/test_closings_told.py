"""An owner whose cases others end is told so, in one mail however many they were, and not of what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from alerts import service
from alerts.casework.flow import Action, Assign, Close, Dismiss
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.base import Outgoing
from tests.alerts.builders import World, open_case, rows, staff_actor, world
from tests.alerts.told import Postbox, choose, to, write_digests

CLOSE = Close("settled", "late")


def read(of: World) -> Postbox:
    """A postbox from which everything about the opening of cases has gone."""
    box = Postbox(of)
    box.empty()
    return box


def later(of: World, box: Postbox) -> list[Outgoing]:
    """What reaches Dana once the minute and the time to take back are over."""
    of.later(minutes=2)
    return to(of.dana, box.empty())


def of_acme(of: World, count: int) -> list[CaseView]:
    """Cases of Dana's, each about something else."""
    return [open_case(of, 3, touchpoint=f"review.{number}") for number in range(count)]


def by_luis(of: World, cases: Sequence[CaseView], action: Action = CLOSE) -> None:
    for each in cases:
        service.act(of.engine.work, staff_actor(of.luis), each.id, action)


@pytest.mark.parametrize(
    ("action", "how"),
    [
        (CLOSE, "Luis Ferro closed the case: "),
        (Dismiss("test"), "Luis Ferro acknowledged the case and dismissed it: "),
    ],
)
def test_whose_case_somebody_else_ended_is_told_who_did_and_how(engine: Engine, action: Action, how: str) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    box = read(of)
    by_luis(of, [opened], action)
    [mail] = later(of, box)
    assert mail.message.subject == f"{opened.ref} Acme: Luis Ferro ended your case"
    assert how in mail.message.text
    assert how in (mail.message.html or "")


def test_who_ends_their_own_case_is_told_nothing(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    box = read(of)
    service.act(engine.work, staff_actor(of.dana), opened.id, CLOSE)
    assert later(of, box) == []


def test_many_that_are_ended_at_once_are_told_in_one_mail(engine: Engine) -> None:
    of = world(engine)
    cases = of_acme(of, 12)
    box = read(of)
    by_luis(of, cases)
    [mail] = later(of, box)
    assert mail.message.subject == "12 of your cases were ended by others"
    assert [each.ref in mail.message.text for each in cases] == [True] * 12
    assert later(of, box) == []


def test_mails_that_are_written_one_by_one_tell_it_once(engine: Engine) -> None:
    of = world(engine)
    cases = of_acme(of, 3)
    box = read(of)
    by_luis(of, cases)
    of.later(minutes=2)
    [mail] = to(of.dana, box.empty(at_once=1))
    assert mail.message.subject == "3 of your cases were ended by others"


def test_what_was_taken_back_is_not_told(engine: Engine) -> None:
    of = world(engine)
    first, second, third = of_acme(of, 3)
    box = read(of)
    by_luis(of, [first, second, third])
    for each in (first, third):
        service.undo(engine.work, staff_actor(of.luis), each.id)
    [mail] = later(of, box)
    assert mail.message.subject == f"{second.ref} Acme: Luis Ferro ended your case"
    by_luis(of, [first])
    service.undo(engine.work, staff_actor(of.luis), first.id)
    assert later(of, box) == []


def test_a_mail_about_an_ending_waits_until_it_cannot_be_taken_back_whatever_its_reader_chose(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, quiet_from=0, quiet_until=60)
    opened, handed = of_acme(of, 2)
    box = read(of)
    by_luis(of, [opened])
    by_luis(of, [handed], Assign(of.luis.id))
    service.act(of.engine.work, staff_actor(of.luis), handed.id, Assign(of.dana.id))
    assert to(of.dana, box.empty()) == []
    assert len(later(of, box)) == 2


def test_whoever_wants_a_digest_reads_of_it_there(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, topics={"moved": "digest"}, rhythm="daily")
    opened = open_case(of, 3)
    box = read(of)
    by_luis(of, [opened])
    assert later(of, box) == []
    of.engine.clock.set(datetime(2026, 3, 10, 8, tzinfo=UTC))  # type: ignore[attr-defined]
    write_digests(of)
    [digest] = to(of.dana, box.empty())
    assert "Acme: the case was closed" in digest.message.text


def test_programs_hear_that_a_dismissed_case_has_ended(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    opened = open_case(of, 3)
    by_luis(of, [opened], Dismiss("test"))
    assert [row.news for row in rows(of, "notification") if row.channel == "webhook"] == ["opened", "closed"]


def test_a_merge_tells_the_owner_of_the_case_that_stays_and_of_no_ending(engine: Engine) -> None:
    of = world(engine)
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    box = read(of)
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    [mail] = later(of, box)
    assert mail.message.subject == f"{stays.ref} Acme: two cases are one now"
