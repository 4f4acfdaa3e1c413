"""Calls in calendars: files that parse, one UID for life, a SEQUENCE that rises, and talks that follow their case."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from alerts import reading, service
from alerts.handover.duties import Transfer
from alerts.threads import meeting_upkeep, meetings
from alerts.threads.meeting_times import starts_at
from alerts.threads.meetings import Proposal
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts.builders import World, answer, case, open_case, rows, staff_actor, take_in
from tests.alerts.site import browser, staff, words
from tests.alerts.threads import danas_case, live_world, reply, send_all, sent_id, take, thread_of, write
from tests.directory import builders as directory
from tests.servers import MailServer, Taken

TALK = Proposal(
    day="2026-03-12",
    time="09:30",
    minutes="30",
    zone="Europe/Lisbon",
    subject="Your registration",
    place="+351 21 555 0142",
    text="What went wrong; what we do.",
)
AT = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def mails() -> Any:
    with MailServer() as server:
        yield server


def invite(of: World, opened: CaseView, proposal: Proposal = TALK) -> UUID:
    return meetings.invite(of.engine, staff_actor(of.dana), opened.id, proposal)


def close(of: World, opened: CaseView) -> None:
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    of.later(minutes=2)  # the moment in which it could be taken back has passed


def reopen(of: World, opened: CaseView) -> None:
    service.reopen(of.engine.work, staff_actor(of.dana), opened.id, "It happened again.")


def follow(of: World) -> int:
    return meeting_upkeep.follow(of.engine)


def calendars(taken: list[Taken]) -> list[Calendar]:
    """The calendar of each mail that has one, parsed by the library that others use."""
    parts = [part for mail in taken for part in mail.parsed.walk() if part.get_content_type() == "text/calendar"]
    found = []
    for part in parts:
        calendar = Calendar.from_ical(part.get_content())
        assert part.get_param("method") == str(calendar["METHOD"])
        found.append(calendar)
    return found


def events(taken: list[Taken]) -> list[tuple[str, str, int, str]]:
    """Method, UID, SEQUENCE and STATUS of each calendar."""
    return [
        (str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"]))
        for calendar in calendars(taken)
        for event in calendar.walk("VEVENT")
    ]


def told(of: World, mails: MailServer) -> list[tuple[str, int]]:
    """Method and SEQUENCE of everything the contact was sent, of one and the same UID."""
    found = events(send_all(of, mails))
    assert len({uid for _, uid, _, _ in found}) <= 1
    return [(method, sequence) for method, _, sequence, _ in found]


def test_no_sign_that_turns_the_direction_of_a_text_reaches_a_partner(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened, replace(TALK, text="Open bar\u202egpj.\u2066exe"))
    write(of, opened, "Pay\u202d to DE\u2069 12")
    talk, letter = (mail.parsed for mail in send_all(of, mails))
    for mail, said in ((talk, "Open bargpj.exe"), (letter, "Pay to DE 12")):
        plain = mail.get_body(("plain",))
        assert plain is not None
        assert said in plain.get_content()
    [event] = calendars(mails.taken[:1])[0].walk("VEVENT")
    assert str(event["DESCRIPTION"]) == "Open bargpj.exe"


def test_an_invitation_is_a_calendar_entry_of_owner_and_contact(engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(engine)
    invite(of, opened)
    [mail] = send_all(of, mails)
    [calendar] = calendars([mail])
    [event] = calendar.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (AT, AT + timedelta(minutes=30))
    assert str(event["SUMMARY"]) == "Your registration"
    assert (str(event["LOCATION"]), str(event["DESCRIPTION"])) == (TALK.place, TALK.text)
    organizer, attendee = event["ORGANIZER"], event["ATTENDEE"]
    assert (str(organizer), organizer.params["CN"]) == ("mailto:dana@ours.example", "Dana Keller")
    assert organizer.params["SENT-BY"] == "mailto:partners@ours.example"
    assert (str(attendee), attendee.params["CN"]) == ("mailto:ana@acme.example", "Ana Silva")
    assert attendee.params["PARTSTAT"] == "NEEDS-ACTION"
    assert mail.parsed["Subject"] == "Invitation: Your registration"
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    assert "Thursday 12 March 2026, 09:30 (Lisbon), 30 minutes." in plain.get_content()
    assert "How to join: +351 21 555 0142" in plain.get_content()
    assert case(of, opened.id).state == "in_progress"


@pytest.mark.parametrize("address", ["1 Quay, Lisbon", "Northwind Alliances, 1 Quay, Lisbon"])
def test_an_invitation_greets_and_says_once_who_we_are_and_where(
    sqlite_engine: Engine, mails: MailServer, address: str
) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        body = {"name": "Northwind Alliances", "postal_address": address}
        versions.activate(uow, "program", "program", versions.publish(uow, "program", "program", body))
    invite(of, opened)
    [mail] = send_all(of, mails)
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    said = plain.get_content().strip()
    assert said.startswith("Hello Ana,\n\nYou are invited to a call with Dana Keller:\n\n")
    assert re.search(r"\n\nDana Keller\nNorthwind Alliances(\n|, )1 Quay, Lisbon$", said)


def test_an_invitation_counts_as_the_first_contact_and_the_form_says_so_beforehand(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    hint = "The invitation goes by mail, and counts as the first contact"
    assert hint in words(client.get(f"/cases/{opened.ref}").text)
    meeting = invite(of, opened)
    invited = case(of, opened.id)
    assert (invited.contacted_at, invited.due_at) == (of.now, opened.resolve_due_at)
    assert hint not in words(client.get(f"/cases/{opened.ref}").text)  # it counts once
    of.later(hours=1)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)
    off = case(of, opened.id)
    assert (off.contacted_at, off.due_at) == (invited.contacted_at, invited.due_at), "no time is won or lost by it"


def test_changes_keep_the_uid_and_raise_the_sequence_until_it_is_off(engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(engine)
    meeting = invite(of, opened)
    assert told(of, mails) == [("REQUEST", 0)]
    meetings.change(of.engine, staff_actor(of.dana), opened.id, meeting, replace(TALK, time="11:00"))
    meetings.change(of.engine, staff_actor(of.dana), opened.id, meeting, replace(TALK, time="12:00"))
    assert told(of, mails) == [("REQUEST", 0), ("REQUEST", 2)]  # of two changes in the queue the last one goes
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)
    assert told(of, mails) == [("REQUEST", 0), ("REQUEST", 2), ("CANCEL", 3)]
    last = events(send_all(of, mails))[-1]
    assert last[3] == "CANCELLED"
    with pytest.raises(Conflict, match="off already"):
        meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)


def test_what_is_off_before_anybody_was_invited_is_told_to_nobody(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    meeting = invite(of, opened)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)
    assert told(of, mails) == []


def test_a_talk_is_off_when_the_case_is_closed_before_it(engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(engine)
    invite(of, opened)
    assert told(of, mails) == [("REQUEST", 0)]
    close(of, opened)
    assert follow(of) == 1
    assert told(of, mails) == [("REQUEST", 0), ("CANCEL", 1)]
    assert follow(of) == 0
    [talk] = thread_of(of, opened).meetings
    assert (talk.state, talk.reason) == ("cancelled", "case_closed")


def test_a_closing_talk_stays_when_the_case_is_closed_and_is_off_when_it_is_reopened(
    engine: Engine, mails: MailServer
) -> None:
    of, opened = danas_case(engine)
    invite(of, opened, replace(TALK, closing=True))
    close(of, opened)
    assert follow(of) == 0
    assert told(of, mails) == [("REQUEST", 0)]
    reopen(of, opened)
    assert follow(of) == 1
    assert told(of, mails) == [("REQUEST", 0), ("CANCEL", 1)]
    [talk] = thread_of(of, opened).meetings
    assert talk.reason == "case_reopened"
    entry = [row for row in rows(of, "case_entry") if row.kind == "invitation_changed"][-1]
    assert (entry.detail["change"], entry.actor_kind) == ("cancelled", "system")


def test_a_closing_talk_may_be_planned_on_a_closed_case(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    close(of, opened)
    invite(of, opened, replace(TALK, closing=True))
    assert follow(of) == 0
    reopen(of, opened)
    assert follow(of) == 1
    assert case(of, opened.id).state == "reopened"


def test_whoever_closes_is_told_before_and_after_that_it_calls_off_a_talk(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client, off = browser(sqlite_engine, staff(of.dana)), "A call that was arranged is called off by this."
    assert off not in client.get("/inbox?view=mine").text + client.get(f"/cases/{opened.ref}").text
    invite(of, opened)
    bulk = client.get("/inbox?view=mine").text
    assert off in bulk
    assert " data-call>" in bulk
    assert "The partners are not asked by mail: to ask, close a case by itself." in words(bulk)
    for button in ("Close the case", "Dismiss the case"):
        assert off in client.get(f"/cases/{opened.ref}").text.partition(f"<button>{button}")[0].rpartition("<form")[2]
    close(of, opened)
    assert "being called off" in words(client.get(f"/cases/{opened.ref}").text)


def test_closing_that_is_taken_back_leaves_the_talk_alone(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    assert follow(of) == 0
    service.undo(of.engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=2)
    assert follow(of) == 0
    assert told(of, mails) == [("REQUEST", 0)]


def test_a_new_owner_who_is_taken_back_leaves_the_talk_alone(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    assert follow(of) == 0
    service.undo(of.engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=2)
    assert follow(of) == 0
    assert told(of, mails) == [("REQUEST", 0)]


def test_a_talk_that_is_over_is_left_alone(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    of.later(days=4)
    close(of, opened)
    assert follow(of) == 0


def _assign(of: World, opened: CaseView) -> None:
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)


def _transfer(of: World, opened: CaseView) -> None:
    service.transfer(of.engine.work, staff_actor(of.dana), Transfer(of.luis.id, partner_ids=(of.acme.id,)))


@pytest.mark.parametrize("happens", [_assign, _transfer])
def test_a_new_owner_is_the_organizer_of_the_same_entry(
    engine: Engine, mails: MailServer, happens: Callable[[World, CaseView], None]
) -> None:
    of, opened = danas_case(engine)
    invite(of, opened)
    send_all(of, mails)
    happens(of, opened)
    of.later(minutes=1)
    assert follow(of) == 1
    assert told(of, mails) == [("REQUEST", 0), ("REQUEST", 1)]
    last = send_all(of, mails)[-1]
    [event] = calendars([last])[0].walk("VEVENT")
    assert str(event["ORGANIZER"]) == "mailto:luis@ours.example"
    assert str(last.parsed["From"]).startswith("Luis Ferro")
    assert follow(of) == 0


def test_of_several_workers_one_calls_a_talk_off(engine: Engine, mails: MailServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    of, opened = danas_case(engine)
    invite(of, opened)
    send_all(of, mails)
    close(of, opened)
    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(lambda _: follow(of), range(4))) == 1
    assert told(of, mails) == [("REQUEST", 0), ("CANCEL", 1)]


def test_the_answer_to_an_invitation_lands_in_the_case(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    assert take(of, reply("That suits me.", answers=sent_id(of, opened))) == "landed"


@pytest.mark.parametrize(
    ("language", "subject", "day"),
    [
        ("it", "Invito: Your registration", "giovedì 12 marzo 2026"),
        ("de", "Invitation: Your registration", "Thursday 12 March 2026"),  # its words are English, so is its day
        ("en-GB", "Invitation: Your registration", "Thursday 12 March 2026"),
    ],
)
def test_an_invitation_is_written_in_the_language_of_its_reader(
    sqlite_engine: Engine, mails: MailServer, language: str, subject: str, day: str
) -> None:
    of = live_world(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        given = directory_service.read_contact({"email": "ana@acme.example", "name": "Ana", "language": language})
        directory_service.upsert_contact(uow, of.engine.keys, of.acme, given)
    invite(of, open_case(of, 3))
    [mail] = send_all(of, mails)
    assert mail.parsed["Subject"] == subject
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    assert day in plain.get_content()


@pytest.mark.parametrize(
    ("day", "time", "zone", "expected"),
    [
        ("2026-03-12", "09:30", "Europe/Lisbon", AT),
        ("2026-03-12", "09:30", "Asia/Kolkata", AT - timedelta(hours=5, minutes=30)),
        ("2026-03-29", "02:30", "Europe/Rome", "when_missing"),  # the clocks go forward over it
        ("2026-10-25", "02:30", "Europe/Rome", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of two
        ("2026-03-09", "09:00", "UTC", "when_past"),
        ("2027-06-01", "09:00", "UTC", "when_far"),
        ("2026-02-30", "09:00", "UTC", "when_unknown"),
        ("2026-03-12", "25:00", "UTC", "when_unknown"),
        ("", "", "UTC", "when_unknown"),
        ("2026-03-12", "1٩:3٠", "UTC", "when_unknown"),  # digits of another script
        ("0001-01-01", "00:00", "Asia/Tokyo", "when_out_of_reach"),  # before all time in UTC
        ("9999-12-31", "23:59", "America/Lima", "when_out_of_reach"),  # after all time in UTC
    ],
)
def test_a_time_is_that_of_the_partners_clock(day: str, time: str, zone: str, expected: object) -> None:
    found = starts_at(day, time, zone, datetime(2026, 3, 9, 9, 12, tzinfo=UTC))
    assert (found if isinstance(found, datetime) else found.reason) == expected


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"day": "soon"}, "/day"),
        ({"minutes": "4"}, "/minutes"),
        ({"minutes": "481"}, "/minutes"),
        ({"minutes": "½"}, "/minutes"),
        ({"subject": " "}, "/subject"),
        ({"subject": "x" * 201}, "/subject"),
        ({"place": " "}, "/place"),  # nobody would know how to meet
        ({"place": "x" * 501}, "/place"),
        ({"text": "x" * 2_001}, "/text"),
        ({"text": "\x00"}, "/text"),
    ],
)
def test_a_talk_that_cannot_be_names_its_field(sqlite_engine: Engine, changed: dict[str, str], pointer: str) -> None:
    of, opened = danas_case(sqlite_engine)
    with pytest.raises(Invalid) as refused:
        invite(of, opened, replace(TALK, **changed))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert not rows(of, "case_meeting")


@pytest.mark.parametrize("time", ["09:30", "09:01", "09:59"])
def test_nobody_is_invited_twice_to_an_hour_of_the_same_case(engine: Engine, time: str) -> None:
    of, opened = danas_case(engine)
    meeting = invite(of, opened)
    with pytest.raises(Invalid, match="stands at this hour already") as refused:
        invite(of, opened, replace(TALK, time=time))
    assert [fault.pointer for fault in refused.value.faults] == ["/time"]
    later = invite(of, opened, replace(TALK, time="10:00"))
    with pytest.raises(Invalid, match="stands at this hour already"):
        meetings.change(of.engine, staff_actor(of.dana), opened.id, later, replace(TALK, time=time))
    meetings.change(of.engine, staff_actor(of.dana), opened.id, meeting, replace(TALK, minutes="25"))  # itself
    for each in (meeting, later):
        meetings.call_off(of.engine, staff_actor(of.dana), opened.id, each)
    invite(of, opened, replace(TALK, time=time))


def test_two_contacts_are_invited_to_one_call(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    rui = directory.contact(sqlite_engine, of.acme, "rui@acme.example", name="Rui")
    invite(of, opened)
    invite(of, opened, replace(TALK, guest_id=rui.id))
    assert len(thread_of(of, opened).meetings) == 2


HOSTILE = 'X";CN=evil\r\nATTENDEE:mailto:evil@evil.example'


def test_texts_of_others_add_no_line_to_a_calendar(sqlite_engine: Engine, mails: MailServer) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened, replace(TALK, subject="A; B, C \\n D", text="one\nATTENDEE:mailto:evil@evil.example"))
    [calendar] = calendars(send_all(of, mails))
    [event] = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == "A; B, C \\n D"
    assert str(event["DESCRIPTION"]) == "one\nATTENDEE:mailto:evil@evil.example"
    assert str(event["ATTENDEE"]) == "mailto:ana@acme.example"


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_sign_that_some_take_for_the_end_of_a_line_reaches_a_calendar(
    sqlite_engine: Engine, mails: MailServer, end: str
) -> None:
    of, opened = danas_case(sqlite_engine)
    typed = replace(TALK, text=f"one{end}ATTENDEE:mailto:evil@evil.example", place=f"Room{end}1")
    invite(of, opened, typed)
    [calendar] = calendars(send_all(of, mails))
    written = calendar.to_ical().decode()
    assert not [line for line in written.splitlines() if line.startswith("ATTENDEE:mailto:evil")]
    [event] = calendar.walk("VEVENT")
    assert str(event["LOCATION"]) == "Room 1"


def test_a_name_adds_no_parameter_and_no_line_to_a_calendar() -> None:
    from types import SimpleNamespace

    from alerts.threads.meeting_calendar import calendar_of

    talk = SimpleNamespace(
        uid="1@ours.example", sequence=0, state="planned", starts_at=AT, minutes=30, subject="S", place="", text=""
    )
    evil = SimpleNamespace(email="ana@acme.example", name=HOSTILE)
    content = calendar_of(talk, "REQUEST", AT, organizer=evil, attendee=evil)  # type: ignore[arg-type]
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:ana@acme.example"


def test_a_case_of_nobody_needs_an_owner_first(sqlite_engine: Engine) -> None:
    of = live_world(sqlite_engine)
    lone = directory.partner(sqlite_engine, "lone", name="Lone")
    lea = directory.contact(sqlite_engine, lone, "lea@lone.example")
    event = answer(of, 2, partner=lone).model_copy(update={"contact_id": lea.id})
    take_in(of, event)
    with of.engine.work.read() as view:
        case_id = reading.responses_with_case(view, [event.response_id])[event.response_id]
    with pytest.raises(Conflict, match="nobody's"):
        meetings.invite(of.engine, Actor("api", "7", "CRM"), case_id, TALK)


def test_the_talk_of_another_case_is_as_absent_as_none(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    other = open_case(of, 2, touchpoint="training.held")
    meeting = invite(of, opened)
    for case_id, meeting_id in ((other.id, meeting), (opened.id, UUID(int=5))):
        with pytest.raises(NotFound):
            meetings.call_off(of.engine, staff_actor(of.dana), case_id, meeting_id)


def test_until_an_arranged_call_took_place_it_is_what_comes_first_and_not_to_close(sqlite_engine: Engine) -> None:
    of = live_world(sqlite_engine)
    opened = open_case(of, 3)
    invite(of, opened)
    for later, is_first in ({}, True), ({"days": 10}, False):
        of.later(**later)
        page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
        [how] = re.findall(r'<summary role="button"([^>]*)>Close', page)
        assert ('class="second"' in how) is is_first


def test_who_reads_that_a_call_has_moved_reads_when_it_was_to_be(sqlite_engine: Engine, mails: MailServer) -> None:
    of = live_world(sqlite_engine)
    opened = open_case(of, 3)
    talk = invite(of, opened)
    send_all(of, mails)
    meetings.change(of.engine, staff_actor(of.dana), opened.id, talk, replace(TALK, time="11:00"))
    [mail] = [each for each in send_all(of, mails) if "Changed:" in str(each.parsed["Subject"])]
    text = mail.parsed.get_body(("plain",)).get_content()
    assert "Before: Thursday 12 March 2026, 09:30 (Lisbon), 30 minutes. Now:" in text
    assert text.index("09:30") < text.index("11:00")
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller invited the partner to a call: Thu 12 Mar, 10:30 (09:30 in Lisbon)" in shown
    assert "Dana Keller changed the arranged call: Thu 12 Mar, 12:00 (11:00 in Lisbon)" in shown
