"""Whoever is given cases is told so, in one mail however many they were in a minute, and not of what was taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts import service
from alerts.casework.flow import Assign
from alerts.handover import handing
from alerts.notices import choices as notice_choices
from alerts.notices import delivery, notifications, telling_log
from alerts.notices.news import News
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.base import Outgoing
from tests.alerts.builders import World, open_case, rows, staff_actor, world
from tests.alerts.promised import promised
from tests.alerts.site import staff
from tests.alerts.test_absences import away
from tests.alerts.test_closings_told import CLOSE, by_luis, cleo, of_acme, read
from tests.alerts.told import Postbox, choose, to, write_digests
from tests.foundation.test_chat import ntfy


def told(of: World, box: Postbox, member: StaffView) -> list[Outgoing]:
    """What reaches somebody once the minute and the time to take back are over."""
    of.later(minutes=2)
    return to(member, box.empty())


def test_many_that_are_given_at_once_are_told_in_one_mail_with_what_each_is_about_and_by_when(engine: Engine) -> None:
    of = world(engine)
    cases, taker = of_acme(of, 12), cleo(of)
    box = read(of)
    by_luis(of, cases, Assign(taker.id))
    [mail] = told(of, box, taker)
    assert mail.message.subject == "12 cases are yours now"
    for text in (mail.message.text, mail.message.html or ""):
        assert [f"{each.ref} Acme" in text for each in cases] == [True] * 12
        assert [f"/cases/{each.ref}" in text for each in cases] == [True] * 12
        assert text.count("Contact by: ") == 12
        assert cases[0].touchpoint_name in text
    assert told(of, box, taker) == []


def test_the_mail_says_who_gave_them_that_one_stands_in_and_what_was_promised(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    cases, taker = of_acme(of, 2), cleo(of)
    promised(of, cases[0])
    box = read(of)
    away(of, of.dana, taker, from_days=1)
    handing.hand_over_cases(
        of.engine.work, staff_actor(of.dana), staff(of.dana), taker.id, [each.ref for each in cases]
    )
    [mail] = told(of, box, taker)
    for text in (mail.message.text, mail.message.html or ""):
        assert "Dana Keller gave them to you. They are away from 10 Mar 2026 to 17 Mar 2026" in text  # days in Rome
        assert "and you stand in: new cases of theirs come to you, too." in text
        assert text.count("Promised by ") == 1


def test_one_that_is_given_alone_keeps_the_mail_of_one_case(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    [mail] = told(of, box, taker)
    assert mail.message.subject == f"{opened.ref} Acme: the case is yours now"
    assert "The case: http" in mail.message.text
    assert "Luis Ferro gave it to you." in mail.message.text


def test_cases_that_are_handed_over_are_told_in_one_mail(engine: Engine) -> None:
    of = world(engine)
    cases, taker = of_acme(of, 3), cleo(of)
    box = read(of)
    handing.hand_over_cases(
        of.engine.work, staff_actor(of.dana), staff(of.dana), taker.id, [each.ref for each in cases]
    )
    assert [mail.message.subject for mail in told(of, box, taker)] == ["3 cases are yours now"]


def test_mails_that_are_written_one_by_one_tell_it_once(engine: Engine) -> None:
    of = world(engine)
    cases, taker = of_acme(of, 3), cleo(of)
    box = read(of)
    by_luis(of, cases, Assign(taker.id))
    of.later(minutes=2)
    [mail] = to(taker, box.empty(at_once=1))
    assert mail.message.subject == "3 cases are yours now"


def test_what_was_taken_back_closed_or_given_on_is_not_told(engine: Engine) -> None:
    of = world(engine)
    kept, undone, closed, passed_on = of_acme(of, 4)
    taker = cleo(of)
    box = read(of)
    by_luis(of, [kept, undone, closed, passed_on], Assign(taker.id))
    service.undo(engine.work, staff_actor(of.luis), undone.id)
    service.act(engine.work, staff_actor(taker), closed.id, CLOSE)
    service.act(engine.work, staff_actor(taker), passed_on.id, Assign(of.dana.id))
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{kept.ref} Acme: the case is yours now"]
    with engine.work.read() as view:
        [of_undone] = [each for each in telling_log.told_of_case(view, undone.id) if each.who == taker.name]
    assert of_undone.last is not None
    assert of_undone.last.error == "the case was taken back before the message went"


def test_a_case_that_was_given_twice_in_a_minute_is_told_once(engine: Engine) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    taker = cleo(of)
    box = read(of)
    by_luis(of, [first, second], Assign(taker.id))
    service.undo(engine.work, staff_actor(of.luis), first.id)
    by_luis(of, [first], Assign(taker.id))
    [mail] = told(of, box, taker)
    assert mail.message.subject == "2 cases are yours now"
    assert mail.message.text.count(f"{first.ref} Acme") == 1


def test_nobody_hears_of_a_giving_as_long_as_it_can_be_taken_back(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    of.later(seconds=55)
    by_luis(of, [opened], Assign(taker.id))
    of.later(seconds=59)
    assert box.empty() == [], "it can still be undone, and the minute of the giving is long over"
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(minutes=3)
    assert box.empty() == []


def test_a_case_that_was_given_back_and_given_again_later_is_told_once(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    of.later(seconds=50)
    by_luis(of, [opened], Assign(taker.id))
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(seconds=20)
    by_luis(of, [opened], Assign(taker.id))
    of.later(minutes=1)
    before = to(taker, box.empty())
    of.later(minutes=3)
    assert [mail.message.subject for mail in (*before, *to(taker, box.empty()))] == [
        f"{opened.ref} Acme: the case is yours now"
    ]
    with engine.work.read() as view:
        errors = [each.last.error for each in telling_log.told_of_case(view, opened.id) if each.last]
    assert "the case was taken back before the message went" in errors
    assert "the case was closed before the message went" not in errors


def test_whoever_gets_a_case_back_that_went_on_before_they_were_told_of_it_is_told(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    of.later(seconds=100)
    service.act(engine.work, staff_actor(of.dana), opened.id, Assign(of.luis.id))
    of.later(seconds=30)
    assert to(taker, box.empty()) == [], "it is somebody else's just now"
    service.undo(engine.work, staff_actor(of.dana), opened.id)
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{opened.ref} Acme: the case is yours now"]
    assert told(of, box, taker) == []


def test_the_end_of_quiet_hours_tells_nothing_that_can_be_taken_back(engine: Engine) -> None:
    of = world(engine)
    opened, taker = open_case(of, 3), cleo(of)
    midnight = of.now.replace(hour=0, minute=0)
    ends = int((of.now - midnight).total_seconds()) // 60 + 61  # a minute from now, on a wall in Rome
    choose(of, taker, quiet_from=0, quiet_until=ends)
    box = read(of)
    of.later(seconds=50)
    by_luis(of, [opened], Assign(taker.id))
    of.later(seconds=20)
    assert box.empty() == []
    service.undo(engine.work, staff_actor(of.luis), opened.id)
    of.later(minutes=3)
    assert box.empty() == []


def test_who_gains_and_loses_cases_in_one_minute_reads_each_in_its_own_mail(engine: Engine) -> None:
    of = world(engine)
    given, ended = of_acme(of, 2), open_case(of, 3, touchpoint="ticket.closed")
    taker = cleo(of)
    by_luis(of, given, Assign(taker.id))
    of.later(minutes=2)
    box = read(of)
    by_luis(of, given, Assign(of.dana.id))
    by_luis(of, [ended], CLOSE)
    subjects = {mail.message.subject for mail in told(of, box, of.dana)}
    assert subjects == {"2 cases are yours now", f"{ended.ref} Acme: Luis Ferro ended your case"}


def test_a_digest_tells_only_of_what_is_theirs_still(engine: Engine) -> None:
    of = world(engine)
    kept, undone = of_acme(of, 2)
    taker = cleo(of)
    choose(of, taker, topics={"handed_to_me": "digest"}, rhythm="daily")
    box = read(of)
    by_luis(of, [kept, undone], Assign(taker.id))
    service.undo(engine.work, staff_actor(of.luis), undone.id)
    of.engine.clock.set(datetime(2026, 3, 10, 8, tzinfo=UTC))  # type: ignore[attr-defined]
    write_digests(of)
    [digest] = to(taker, box.empty())
    assert digest.message.text.count("Acme: the case is yours now") == 1


def test_a_chat_hears_of_all_that_were_given_in_a_minute_in_one_message(engine: Engine) -> None:
    with ntfy() as (port, received):
        open_engine = replace(engine, settings=engine.settings.model_copy(update={"webhook_allow_private": True}))
        of = world(open_engine)
        taker = cleo(of)
        with open_engine.work.begin(actor=staff_actor(taker)) as uow:
            notice_choices.add_chat(uow, taker.id, f"ntfy://127.0.0.1:{port}/cleo", ("ntfy",), allow_private=True)
        cases = of_acme(of, 3)
        by_luis(of, cases, Assign(taker.id))
        assert delivery.deliver_due(open_engine) == 0, "it can still be taken back"
        of.later(minutes=2)
        while delivery.deliver_due(open_engine):
            pass
    [(_, body, _)] = received
    assert body["title"] == "3 cases are yours now"
    assert [f"/cases/{each.ref}" in body["message"] for each in cases] == [True] * 3
    assert body["message"].count("Contact by: ") == 3


def test_programs_hear_of_each_case_alone(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    cases = of_acme(of, 3)
    by_luis(of, cases, Assign(cleo(of).id))
    hooks = [row.news for row in rows(of, "notification") if row.channel == "webhook"]
    assert hooks == ["opened"] * 3 + ["assigned"] * 3
    service.undo(engine.work, staff_actor(of.luis), cases[0].id)
    assert [row.news for row in rows(of, "notification") if row.channel == "webhook"][6:] == ["assigned"]


IN_DIGEST = {"handed_to_me": "digest", "moved": "digest"}


def digest_of(of: World, box: Postbox, member: StaffView) -> str:
    """What their next digest says."""
    of.engine.clock.set(datetime(2026, 3, 10, 8, tzinfo=UTC))  # type: ignore[attr-defined]
    write_digests(of)
    [mail] = to(member, box.empty())
    return mail.message.text


@pytest.mark.parametrize("goes_over", [True, False])
def test_whoever_leaves_or_joins_the_digest_within_the_minute_hears_of_each_giving_by_its_own_way(
    engine: Engine, goes_over: bool
) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    taker = cleo(of)
    choose(of, taker, topics={} if goes_over else IN_DIGEST, rhythm="daily")
    box = read(of)
    by_luis(of, [first], Assign(taker.id))
    choose(of, taker, topics=IN_DIGEST if goes_over else {}, rhythm="daily")
    by_luis(of, [second], Assign(taker.id))
    mailed, digested = (first, second) if goes_over else (second, first)
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{mailed.ref} Acme: the case is yours now"]
    assert f"{digested.ref} Acme: the case is yours now" in digest_of(of, box, taker)


def first_in_digest(engine: Engine) -> tuple[World, Postbox, StaffView, CaseView, CaseView]:
    """Somebody who wants a digest, with two cases of which the first was just given to them."""
    of = world(engine)
    first, second = of_acme(of, 2)
    taker = cleo(of)
    choose(of, taker, topics=IN_DIGEST, rhythm="daily")
    box = read(of)
    by_luis(of, [first], Assign(taker.id))
    return of, box, taker, first, second


def test_whoever_wants_no_digest_any_more_hears_at_once_but_of_nothing_that_can_be_taken_back(engine: Engine) -> None:
    of, box, taker, _, second = first_in_digest(engine)
    of.later(seconds=5)
    choose(of, taker)
    assert box.empty() == [], "it can still be taken back"
    by_luis(of, [second], Assign(taker.id))
    assert [mail.message.subject for mail in told(of, box, taker)] == ["2 cases are yours now"]


def test_whoever_leaves_the_digest_within_the_minute_hears_of_each_loss_by_its_own_way(engine: Engine) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    choose(of, of.dana, topics=IN_DIGEST, rhythm="daily")
    box = read(of)
    by_luis(of, [first], CLOSE)
    choose(of, of.dana, rhythm="daily")
    by_luis(of, [second], CLOSE)
    subjects = [mail.message.subject for mail in told(of, box, of.dana)]
    assert subjects == [f"{second.ref} Acme: Luis Ferro ended your case"]
    assert first.ref in digest_of(of, box, of.dana)


# ---- who changes how they are told while a message waits


def test_what_went_into_the_digest_and_out_of_it_once_the_minute_was_told_is_told_then_and_once(engine: Engine) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    taker = cleo(of)
    box = read(of)
    by_luis(of, [first], Assign(taker.id))
    choose(of, taker, topics=IN_DIGEST, rhythm="daily")
    by_luis(of, [second], Assign(taker.id))
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{first.ref} Acme: the case is yours now"]
    of.later(hours=1)
    choose(of, taker)
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{second.ref} Acme: the case is yours now"]


def test_what_was_told_at_once_is_not_told_again_by_what_waited_for_the_digest_of_that_minute(engine: Engine) -> None:
    of, box, taker, first, second = first_in_digest(engine)
    choose(of, taker, rhythm="daily")
    by_luis(of, [second], Assign(taker.id))
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{second.ref} Acme: the case is yours now"]
    of.later(hours=1)
    choose(of, taker)
    assert [mail.message.subject for mail in told(of, box, taker)] == [f"{first.ref} Acme: the case is yours now"]


@pytest.mark.parametrize("is_lost", [False, True])
def test_who_ends_their_quiet_hours_hears_at_once_of_what_comes_then_and_in_the_morning_of_what_came_before(
    engine: Engine, is_lost: bool
) -> None:
    of = world(engine)
    first, second = of_acme(of, 2)
    reader, action = (of.dana, CLOSE) if is_lost else (taker := cleo(of), Assign(taker.id))
    choose(of, reader, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 4) * 60)
    box = read(of)
    by_luis(of, [first], action)
    choose(of, reader)
    by_luis(of, [second], action)
    assert [second.ref in mail.message.subject for mail in told(of, box, reader)] == [True]
    of.later(hours=4)
    assert [first.ref in mail.message.subject for mail in told(of, box, reader)] == [True]
    of.later(hours=4)
    assert told(of, box, reader) == []


def test_the_end_of_quiet_hours_tells_in_one_mail_of_all_that_was_given_in_them(engine: Engine) -> None:
    of = world(engine)
    cases, taker = of_acme(of, 3), cleo(of)
    choose(of, taker, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 4) * 60)
    box = read(of)
    for each in cases:
        by_luis(of, [each], Assign(taker.id))
        of.later(minutes=10)
    of.later(hours=4)
    assert [mail.message.subject for mail in told(of, box, taker)] == ["3 cases are yours now"]


def test_whoever_wants_no_digest_any_more_reads_in_one_mail_of_all_cases_that_waited_for_it(engine: Engine) -> None:
    of = world(engine)
    cases, taker = of_acme(of, 3), cleo(of)
    choose(of, taker, topics=IN_DIGEST, rhythm="daily")
    box = read(of)
    for each in cases:
        by_luis(of, [each], Assign(taker.id))
        of.later(minutes=10)
    choose(of, taker)
    assert [mail.message.subject for mail in told(of, box, taker)] == ["3 cases are yours now"]


def test_who_ends_their_digest_while_something_is_written_for_it_hears_at_once(engine: Engine) -> None:
    of = world(engine)
    opened, reader = open_case(of, 3), of.dana
    choose(of, reader, topics={"mention": "digest"}, rhythm="daily")
    box = read(of)
    service.note(engine.work, staff_actor(of.luis), opened.id, "Please look.")
    of_note = max(row.revision for row in rows(of, "case_entry"))
    news = News(opened.id, of_note, "mentioned", reader.id, None)
    with engine.work.read() as view:
        tellings = [each for each in notifications.choose_tellings(view, [news]) if each.recipient_id == reader.id]
    choose(of, reader)
    with engine.work.begin(actor=staff_actor(of.luis)) as uow:
        notifications.begin_tellings(uow, tellings)
    assert len(to(reader, box.empty())) == 1
