"""A call at the partner's night is asked back about, and whoever is planned for by a colleague hears of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from icalendar import Calendar

from alerts import service
from alerts.threads import meeting_upkeep, meetings, talk_mail
from alerts.views import CaseView
from feedback_engine.directory.service import mark_contact_left
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message
from tests.alerts.builders import World, staff_actor
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_meetings import TALK, calendars, mails  # noqa: F401  # a fixture
from tests.alerts.threads import danas_case, send_all, thread_of
from tests.directory import builders as directory
from tests.servers import MailServer, Taken


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [
        ("2026-03-14", "10:00", "Sat 14 Mar, 10:00 in Lisbon is a day of rest there."),
        ("2026-03-12", "03:00", "Thu 12 Mar, 03:00 in Lisbon is outside working hours there."),
    ],
)
def test_a_call_at_an_hour_of_rest_is_asked_back_about_and_goes_when_it_is_meant(
    sqlite_engine: Engine, day: str, time: str, told: str
) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(of.engine, staff(of.dana))
    fields = {f"invite-{name}": getattr(TALK, name) for name in ("minutes", "subject", "place", "text")}
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text), "revision": "1", **fields}
    form |= {"invite-day": day, "invite-time": time}
    asked = client.post(f"/cases/{opened.ref}/meetings", data=form)
    assert asked.status_code == 422
    assert told in words(asked.text)
    assert 'name="invite-anyway"' in asked.text
    assert not thread_of(of, opened).meetings
    assert client.post(f"/cases/{opened.ref}/meetings", data={**form, "invite-anyway": "yes"}).status_code == 303
    [talk] = thread_of(of, opened).meetings
    assert (talk.day, talk.time) == (day, time)


def mails_to_staff(of: World) -> list[Any]:
    with of.engine.work.read() as view:
        due = [mail for mail in queue.due(view, 20) if mail.kind == meetings.TALK_KIND]
        return [(mail.recipient_id, talk_mail.render(of.engine, view, [mail])[mail.id]) for mail in due]


def test_a_call_in_a_colleagues_name_says_who_invites_and_tells_the_colleague(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = danas_case(sqlite_engine)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    meetings.invite(of.engine, staff_actor(priya), opened.id, TALK)
    [(reader, told)] = mails_to_staff(of)
    assert isinstance(told, Message)
    assert (reader, told.subject) == (of.dana.id, f"{opened.ref} Priya Raman planned a call of yours with Acme")
    assert "Thursday 12 March 2026, 10:30 your time, 30 minutes." in told.text
    outgoing = browser(sqlite_engine, staff(priya)).get("/outbox").text
    line = next(part for part in outgoing.split("<li>") if "News of a planned call" in part)
    assert f'href="/cases/{opened.ref}"' in line.partition("</li>")[0]
    [mail] = send_all(of, mails)
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert "Priya Raman invites you to a call with Dana Keller:" in text
    assert text.count("Priya Raman") == 1
    assert text.count("Dana Keller") == 2  # and under it, as whoever writes
    [calendar] = calendars([mail])
    assert isinstance(calendar, Calendar)
    [event] = calendar.walk("VEVENT")
    assert str(event["DESCRIPTION"]).startswith("Priya Raman invites you; Dana Keller will be on the call.")


def test_the_form_names_the_owner_who_will_be_on_the_call_unless_that_is_its_reader(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    told = "Dana Keller, whose case it is, will be on the call and is told by mail."
    assert told in words(browser(of.engine, staff(priya)).get(f"/cases/{opened.ref}").text)
    assert "whose case it is" not in words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)


def arranged(engine: Engine, mails: MailServer) -> tuple[World, CaseView]:  # noqa: F811
    """Dana's case, with a call to which she invited its contact."""
    of, opened = danas_case(engine)
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    send_all(of, mails)
    return of, opened


def test_a_new_owner_is_told_of_the_call_and_the_partner_who_will_be_on_it_instead(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = arranged(sqlite_engine, mails)
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    of.later(minutes=1)
    meeting_upkeep.follow(of.engine)
    [(reader, told)] = mails_to_staff(of)
    assert isinstance(told, Message)
    assert (reader, told.subject) == (
        of.luis.id,
        f"{opened.ref} You have a call with Acme now, in place of Dana Keller",
    )
    assert "Thursday 12 March 2026, 10:30 your time, 30 minutes." in told.text
    plain = send_all(of, mails)[-1].parsed.get_body(("plain",))
    assert plain is not None
    assert "Luis Ferro will be on this call in place of Dana Keller:" in plain.get_content()


def hand_over(of: World, opened: CaseView, *owners: Any) -> None:
    """Give the case to one after the other, each seen by the upkeep."""
    for owner in owners:
        service.assign(of.engine.work, staff_actor(of.dana), opened.id, owner.id)
        of.later(minutes=1)
        meeting_upkeep.follow(of.engine)


def said(mail: Taken) -> tuple[str, str]:
    """Subject and words of a mail."""
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    return str(mail.parsed["Subject"]), plain.get_content()


def test_the_first_word_on_a_call_is_an_invitation_however_often_it_changed_hands_before(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = danas_case(sqlite_engine)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    hand_over(of, opened, priya, of.luis)
    [mail] = send_all(of, mails)
    subject, text = said(mail)
    assert subject == "Invitation: Your registration"
    assert "You are invited to a call with Luis Ferro:" in text
    assert "in place of" not in text


def test_who_heard_of_a_call_reads_in_place_of_whom_they_had_heard(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = arranged(sqlite_engine, mails)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    hand_over(of, opened, priya, of.luis)
    subject, text = said(send_all(of, mails)[-1])
    assert subject == "Changed: Your registration"
    assert "Luis Ferro will be on this call in place of Dana Keller:" in text
    assert text.count("Dana Keller") == 1


def test_a_moved_hour_is_said_beside_a_new_owner(sqlite_engine: Engine, mails: MailServer) -> None:  # noqa: F811
    of, opened = arranged(sqlite_engine, mails)
    [meeting] = thread_of(of, opened).meetings
    meetings.change(of.engine, staff_actor(of.dana), opened.id, meeting.id, replace(TALK, time="15:30"))
    hand_over(of, opened, of.luis)
    _, text = said(send_all(of, mails)[-1])
    assert "Luis Ferro will be on this call in place of Dana Keller. Before: Thursday 12 March 2026, 09:30" in text
    assert "15:30" in text.partition("Now:")[2]


def test_a_call_is_off_at_the_hour_that_its_contact_knows(sqlite_engine: Engine, mails: MailServer) -> None:  # noqa: F811
    of, opened = arranged(sqlite_engine, mails)
    [meeting] = thread_of(of, opened).meetings
    meetings.change(of.engine, staff_actor(of.dana), opened.id, meeting.id, replace(TALK, time="15:30"))
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting.id)
    subject, text = said(send_all(of, mails)[-1])
    assert subject == "Cancelled: Your registration"
    assert "09:30" in text
    assert "15:30" not in text


def test_whose_call_went_on_at_once_to_a_third_one_hears_who_has_it_now(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    for owner in (priya, of.luis):
        service.assign(of.engine.work, staff_actor(priya), opened.id, owner.id)
        of.later(minutes=1)
        meeting_upkeep.follow(of.engine)
    told = {reader: mail for reader, mail in mails_to_staff(of) if isinstance(mail, Message)}
    assert told[of.dana.id].subject == f"{opened.ref} Luis Ferro has your call with Acme now"


def test_who_plans_their_own_call_is_told_nothing(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    assert mails_to_staff(of) == []


def test_a_colleague_hears_that_their_call_was_changed_and_that_it_is_off(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    priya = staff_actor(directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman"))
    meeting = meetings.invite(of.engine, priya, opened.id, TALK)
    meetings.change(of.engine, priya, opened.id, meeting, replace(TALK, time="15:00"))
    told = [mail.subject for _, mail in mails_to_staff(of) if isinstance(mail, Message)]
    assert f"{opened.ref} Priya Raman changed a call of yours with Acme" in told
    meetings.call_off(of.engine, priya, opened.id, meeting)
    told = [mail.subject for _, mail in mails_to_staff(of) if isinstance(mail, Message)]
    assert told == [f"{opened.ref} Priya Raman called off a call of yours with Acme"]


def test_a_call_with_somebody_who_left_is_off_when_the_case_changes_hands(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = arranged(sqlite_engine, mails)
    with of.engine.work.begin(actor=staff_actor(of.dana)) as uow:
        mark_contact_left(uow, of.ana.id)
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    of.later(minutes=1)
    meeting_upkeep.follow(of.engine)
    [(reader, told)] = mails_to_staff(of)
    assert isinstance(told, Message)
    assert (reader, told.subject) == (
        of.dana.id,
        f"{opened.ref} Your call with Acme is off, because the contact is gone",
    )
    assert "It would have been Thursday 12 March 2026, 10:30, your time." in told.text
    [talk] = thread_of(of, opened).meetings
    assert talk.state == "cancelled"


@pytest.mark.parametrize("place", [" ", "\u202e\u200b", "\u202eroom 7"])
def test_a_way_to_join_that_nobody_can_read_is_none(sqlite_engine: Engine, place: str) -> None:
    of, opened = danas_case(sqlite_engine)
    with pytest.raises(Invalid, match="Say how to join"):
        meetings.invite(of.engine, staff_actor(of.dana), opened.id, replace(TALK, place=place))


def test_an_invitation_names_the_language_in_which_it_is_written(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = danas_case(sqlite_engine)
    directory.contact(sqlite_engine, of.acme, "ana@acme.example", name="Ana Silva", language="de")
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    html = send_all(of, mails)[-1].parsed.get_body(("html",))
    assert html is not None
    assert 'lang="en"' in html.get_content()


@pytest.mark.parametrize("by_herself", [True, False])
def test_whose_call_is_off_because_a_colleague_closed_the_case_hears_of_it(
    sqlite_engine: Engine, *, by_herself: bool
) -> None:
    of, opened = danas_case(sqlite_engine)
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    closing = staff_actor(of.dana if by_herself else of.luis)
    service.close(of.engine.work, closing, opened.id, outcome="settled", root_cause="late")
    of.later(minutes=2)
    meeting_upkeep.follow(of.engine)
    told = [(reader, mail.subject) for reader, mail in mails_to_staff(of) if isinstance(mail, Message)]
    expected = f"{opened.ref} Your call with Acme is off, because the case was closed"
    assert told == ([] if by_herself else [(of.dana.id, expected)])


def test_whose_case_a_colleague_gives_away_hears_that_their_entry_in_the_calendar_is_void(
    sqlite_engine: Engine,
) -> None:
    of, opened = danas_case(sqlite_engine)
    meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    service.assign(of.engine.work, staff_actor(priya), opened.id, of.luis.id)
    of.later(minutes=1)
    meeting_upkeep.follow(of.engine)
    told = {reader: mail for reader, mail in mails_to_staff(of) if isinstance(mail, Message)}
    assert set(told) == {of.dana.id, of.luis.id}
    assert told[of.dana.id].subject == f"{opened.ref} Luis Ferro has your call with Acme now"
    assert "You can take it out of your calendar." in told[of.dana.id].text
