"""An owner whose cases others end is told so, in one mail however many they were, and not of what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts import service
from alerts.casework.flow import Action, Assign, Close, Dismiss
from alerts.notices import choices as notice_choices
from alerts.notices import delivery, telling_log
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.base import Outgoing
from tests.alerts.builders import World, open_case, rows, staff_actor, world
from tests.alerts.test_noticing import SLACK
from tests.alerts.told import Postbox, attempts_of, choose, to, write_digests
from tests.directory import builders as directory
from tests.foundation.test_chat import ntfy

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


def test_a_digest_does_not_tell_of_an_ending_that_was_taken_back(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, topics={"moved": "digest"}, rhythm="daily")
    opened = open_case(of, 3)
    box = read(of)
    by_luis(of, [opened])
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.engine.clock.set(datetime(2026, 3, 10, 8, tzinfo=UTC))  # type: ignore[attr-defined]
    write_digests(of)
    [digest] = to(of.dana, box.empty())
    assert "the case was closed" not in digest.message.text


def test_who_closed_the_case_anew_themselves_is_not_told_of_the_ending_before(engine: Engine) -> None:
    of = world(engine)
    own, luises, told = of_acme(of, 3)
    box = read(of)
    by_luis(of, [own, luises, told])
    for each, closes in ((own, of.dana), (luises, of.luis)):
        service.reopen(engine.work, staff_actor(of.dana), each.id, "There is more to it.")
        service.act(engine.work, staff_actor(closes), each.id, CLOSE)
    [mail] = later(of, box)
    assert [each.ref in mail.message.text for each in (own, luises, told)] == [False, True, True]
    assert mail.message.text.count(luises.ref + " ") == 1


def test_the_log_says_that_what_was_taken_back_was_not_told(engine: Engine) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    box = read(of)
    by_luis(of, [first, second])
    service.undo(engine.work, staff_actor(of.luis), second.id)
    later(of, box)
    with engine.work.read() as view:
        [told] = [each for each in telling_log.told_of_case(view, second.id) if each.news == "closed"]
    assert told.last is not None
    assert told.last.error == "the case was opened again before the message went"


def test_a_chat_hears_of_all_endings_of_a_minute_in_one_message(engine: Engine) -> None:
    with ntfy() as (port, received):
        open_engine = replace(engine, settings=engine.settings.model_copy(update={"webhook_allow_private": True}))
        of = world(open_engine)
        with open_engine.work.begin(actor=staff_actor(of.dana)) as uow:
            notice_choices.add_chat(uow, of.dana.id, f"ntfy://127.0.0.1:{port}/dana", ("ntfy",), allow_private=True)
        cases = of_acme(of, 3)
        while delivery.deliver_due(open_engine):
            pass
        received.clear()
        by_luis(of, cases)
        assert delivery.deliver_due(open_engine) == 0, "it can still be taken back"
        of.later(minutes=2)
        while delivery.deliver_due(open_engine):
            pass
    [(_, body, _)] = received
    assert body["title"] == "3 of your cases were ended by others"
    assert [each.ref in body["message"] for each in cases] == [True] * 3


def test_a_chat_hears_nothing_of_a_case_that_was_given_and_taken_back(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3, partner=of.brisk)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    by_luis(of, [opened], Assign(of.dana.id))
    assert delivery.deliver_due(engine) == 0
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(minutes=2)
    while delivery.deliver_due(engine):
        pass
    assert attempts_of(of, "chat") == [("withdrawn", "the case was taken back before the message went")]


def test_programs_hear_that_an_ending_was_taken_back_and_nobody_else_does(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    opened = open_case(of, 3)
    box = read(of)
    by_luis(of, [opened])
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    hooks = [row.news for row in rows(of, "notification") if row.channel == "webhook"]
    assert hooks == ["opened", "closed", "reopened"]
    assert later(of, box) == []


def test_whose_case_went_into_that_of_somebody_else_is_told_whatever_becomes_of_that(engine: Engine) -> None:
    of = world(engine)
    theirs = cleo(of)
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    service.assign(engine.work, staff_actor(of.luis), stays.id, theirs.id)
    of.later(minutes=5)
    box = read(of)
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    by_luis(of, [stays])
    [mail] = later(of, box)
    assert mail.message.subject == f"{goes.ref} Acme: Luis Ferro ended your case"
    assert f"Luis Ferro merged this case into {stays.ref}" in mail.message.text
    assert "reopen it" not in mail.message.text


def test_whose_case_went_into_another_of_theirs_is_told_once(engine: Engine) -> None:
    of = world(engine)
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    box = read(of)
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    assert len(later(of, box)) == 1


def test_programs_hear_that_a_merge_and_a_split_were_taken_back(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    joined = open_case(of, 2).id == stays.id and rows(of, "alert")[-1].id
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    service.undo(engine.work, staff_actor(of.luis), stays.id)
    part = service.split(engine.work, staff_actor(of.luis), stays.id, {joined})
    service.undo(engine.work, staff_actor(of.luis), stays.id)
    hooks = [(row.case_id, row.news) for row in rows(of, "notification") if row.channel == "webhook"]
    assert [news for case_id, news in hooks if case_id == goes.id] == ["opened", "closed", "reopened"]
    assert [news for case_id, news in hooks if case_id == part] == ["split", "closed"]


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


def test_nobody_hears_of_a_merge_or_a_split_as_long_as_it_can_be_taken_back(engine: Engine) -> None:
    of = world(engine)
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    box, luis = read(of), staff_actor(of.luis)
    service.merge(engine.work, luis, goes.id, stays.id)
    of.later(seconds=59)
    assert box.empty() == []
    service.undo(engine.work, luis, stays.id)
    assert later(of, box) == []
    service.merge(engine.work, luis, goes.id, stays.id)
    assert len(later(of, box)) == 1
    alert = max(rows(of, "alert"), key=lambda row: row.answered_at)
    part = service.split(engine.work, luis, stays.id, [alert.id])
    of.later(seconds=59)
    assert box.empty() == []
    service.undo(engine.work, luis, stays.id)
    assert later(of, box) == []
    with engine.work.read() as view:
        whys = [
            each.last.error for id_ in (stays.id, part) for each in telling_log.told_of_case(view, id_) if each.last
        ]
    assert whys.count("the case was taken back before the message went") == 2
    service.split(engine.work, luis, stays.id, [alert.id])
    [mail] = later(of, box)
    assert "a part of the case stands alone now" in mail.message.subject


def test_a_digest_does_not_tell_of_a_merge_that_was_taken_back(engine: Engine) -> None:
    of = world(engine)
    stays, goes = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    box = read(of)
    choose(of, of.dana, topics={"moved": "digest"}, rhythm="daily")
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    service.undo(engine.work, staff_actor(of.luis), stays.id)
    of.later(days=1)
    write_digests(of)
    [digest] = box.empty()
    assert "two cases are one now" not in digest.message.text


def test_a_digest_waits_until_nothing_that_it_tells_can_be_taken_back(engine: Engine) -> None:
    of = world(engine)
    kept, undone = of_acme(of, 2)
    choose(of, of.dana, topics={"moved": "digest"}, rhythm="daily", digest_minute=9 * 60)
    box = read(of)
    of.engine.clock.set(datetime(2026, 3, 10, 7, 59, 30, tzinfo=UTC))
    by_luis(of, [kept, undone])
    of.later(seconds=35)  # past nine, on a wall in Rome
    write_digests(of)
    assert box.empty() == []
    service.undo(engine.work, staff_actor(of.luis), undone.id)
    of.later(minutes=1)
    write_digests(of)
    [digest] = to(of.dana, box.empty())
    [new] = [part for part in digest.message.text.split("\n\n") if part.startswith("New")]
    assert (kept.ref in new, undone.ref in new) == (True, False)


def test_what_waits_to_be_taken_back_does_not_come_in_the_quiet_hours_that_begin_meanwhile(engine: Engine) -> None:
    of = world(engine)
    stays, goes, closed = of_acme(of, 3)
    minute = (of.now.hour + 1) * 60 + of.now.minute + 1  # the next one, on a wall in Rome
    choose(of, of.dana, quiet_from=minute, quiet_until=minute + 600)
    box = read(of)
    of.later(seconds=50)
    service.merge(engine.work, staff_actor(of.luis), goes.id, stays.id)
    by_luis(of, [closed])
    of.later(minutes=5)
    assert box.empty() == []
    of.later(hours=10)
    assert len(to(of.dana, box.empty())) == 2


# ---- given to somebody else


def cleo(of: World) -> StaffView:
    """Somebody to whom cases are given."""
    return directory.staff(of.engine, "cleo@ours.example", name="Cleo Brandt")


def test_whose_case_somebody_else_gave_away_is_told_by_whom_and_to_whom(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    taker = cleo(of)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    assert to(of.dana, box.empty()) == []
    [mail] = later(of, box)
    assert mail.message.subject == f"{opened.ref} Acme: Luis Ferro gave your case to Cleo Brandt"
    for text in (mail.message.text, mail.message.html or ""):
        assert "Luis Ferro gave the case to Cleo Brandt" in text
        assert f"/cases/{opened.ref}" in text
        assert "reopen it on its page" not in text


def test_whose_case_somebody_took_reads_that_they_took_it(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    box = read(of)
    by_luis(of, [opened], Assign(of.luis.id))
    [mail] = later(of, box)
    assert mail.message.subject == f"{opened.ref} Acme: Luis Ferro took your case"
    assert "Luis Ferro took the case" in mail.message.text


def test_who_may_not_see_the_case_any_more_hears_to_whom_it_went_without_a_link_to_it(
    engine: Engine,
) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3, partner=of.brisk), cleo(of)
    by_luis(of, [opened], Assign(of.dana.id))
    of.later(minutes=2)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    [mail] = later(of, box)
    assert "Luis Ferro gave the case to Cleo Brandt" in mail.message.text
    assert f"/cases/{opened.ref}" not in mail.message.text + (mail.message.html or "")


def test_endings_and_cases_given_away_within_a_minute_are_told_in_one_mail(engine: Engine) -> None:
    of = world(engine)
    ended, *given = of_acme(of, 3)
    box, taker = read(of), cleo(of)
    by_luis(of, given, Assign(taker.id))
    by_luis(of, [ended])
    [mail] = later(of, box)
    assert mail.message.subject == "3 of your cases were ended or given to others"
    assert [each.ref in mail.message.text for each in (ended, *given)] == [True] * 3


def test_many_that_are_given_away_at_once_are_told_in_one_mail(engine: Engine) -> None:
    of = world(engine)
    cases = of_acme(of, 2)
    box = read(of)
    by_luis(of, cases, Assign(cleo(of).id))
    [mail] = later(of, box)
    assert mail.message.subject == "2 of your cases were given to others"


def test_who_gave_a_case_away_themselves_is_told_nothing(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    box = read(of)
    service.assign(engine.work, staff_actor(of.dana), opened.id, cleo(of).id)
    assert later(of, box) == []


def test_a_case_that_came_back_within_the_minute_is_not_told_as_given_away(engine: Engine) -> None:
    of = world(engine)
    undone, back = of_acme(of, 2)
    box, taker = read(of), cleo(of)
    by_luis(of, [undone, back], Assign(taker.id))
    service.undo(engine.work, staff_actor(of.luis), undone.id)
    service.assign(engine.work, staff_actor(taker), back.id, of.dana.id)
    assert [mail.message.subject for mail in later(of, box)] == [f"{back.ref} Acme: the case is yours now"]
    with engine.work.read() as view:
        [told] = [each for each in telling_log.told_of_case(view, undone.id) if each.news == "given_away"]
    assert told.last is not None
    assert told.last.error == "the case was taken back before the message went"


def test_whoever_hands_partners_over_is_told_of_no_case_that_went_with_them(engine: Engine) -> None:
    of = world(engine)
    open_case(of, 3)
    box = read(of)
    service.transfer(engine.work, staff_actor(of.luis), service.Transfer(cleo(of).id, of.dana.id))
    assert later(of, box) == []


def test_a_digest_says_which_case_was_given_to_somebody_else(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, topics={"moved": "digest"}, rhythm="daily")
    opened, back = of_acme(of, 2)
    by_luis(of, [opened, back], Assign(cleo(of).id))
    service.undo(engine.work, staff_actor(of.luis), back.id)
    box = read(of)
    of.engine.clock.set(datetime(2026, 3, 10, 8, tzinfo=UTC))  # type: ignore[attr-defined]
    write_digests(of)
    [digest] = to(of.dana, box.empty())
    assert digest.message.text.count("Acme: the case was given to somebody else") == 1


def test_programs_hear_once_that_a_case_was_given_to_somebody(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    by_luis(of, [open_case(of, 3)], Assign(cleo(of).id))
    assert [row.news for row in rows(of, "notification") if row.channel == "webhook"] == ["opened", "assigned"]
