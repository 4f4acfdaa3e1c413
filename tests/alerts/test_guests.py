"""Whom a call is with: chosen where there are several, named where there is one, in a language that is said."""

from __future__ import annotations

from typing import Any

import pytest

from alerts import service
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.staffing import StaffChange
from feedback_engine.directory.views import ContactView
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, answer, case, open_case, staff_actor, take_in
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_meetings import TALK, calendars, invite, mails  # noqa: F401  # a fixture
from tests.alerts.threads import danas_case, live_world, send_all, thread_of
from tests.directory import builders as directory
from tests.servers import MailServer


def colleague(of: World, **fields: Any) -> ContactView:
    """Somebody else at Acme, who has not answered."""
    return directory.contact(of.engine, of.acme, "rui@acme.example", **{"name": "Rui Costa", **fields})


def answers_too(of: World, contact: ContactView, opened: CaseView) -> None:
    """They answer about the same later, and it joins the case."""
    of.later(minutes=5)
    take_in(of, answer(of, 2).model_copy(update={"contact_id": contact.id}))
    assert case(of, opened.id).revision > opened.revision


def page_of(of: World, opened: CaseView) -> str:
    return str(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)


def send(of: World, opened: CaseView, *, follow_redirects: bool = False, **fields: str) -> Any:
    """Dana fills the form in as its page brings it, and sends it."""
    client = browser(of.engine, staff(of.dana))
    given = {name: getattr(TALK, name) for name in ("day", "time", "minutes", "subject", "place", "text")} | fields
    form = {f"invite-{name}": text for name, text in given.items()}
    form |= {
        "csrf_token": token(client.get(f"/cases/{opened.ref}").text),
        "revision": str(case(of, opened.id).revision),
    }
    return client.post(f"/cases/{opened.ref}/meetings", data=form, follow_redirects=follow_redirects)


def test_where_there_is_one_contact_the_form_names_them_and_asks_nothing(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    page = page_of(of, opened)
    assert "To Ana Silva, in English." in words(page)
    assert 'name="invite-contact"' not in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("it", "To Ana Silva, in their language: Italian."),
        ("de-AT", "To Ana Silva, in English: this mail has no text in their language, German."),
    ],
)
def test_the_form_says_in_which_language_the_mail_goes_out(sqlite_engine: Engine, language: str, told: str) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        given = directory_service.read_contact({"email": "ana@acme.example", "name": "Ana Silva", "language": language})
        directory_service.upsert_contact(uow, of.engine.keys, of.acme, given)
    assert told in words(page_of(of, opened))


def test_of_several_contacts_who_answered_last_is_invited_unless_another_is_chosen(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = danas_case(sqlite_engine)
    rui, eva = colleague(of), directory.contact(of.engine, of.acme, "eva@acme.example", name="Eva Dias", language="it")
    directory.contact(of.engine, of.acme, "kai@acme.example", name="Kai Lang", language="de")
    answers_too(of, rui, opened)
    page = page_of(of, opened)
    assert f'<option value="{rui.id}" selected>Rui Costa · English</option>' in page
    names = [page.index(f">{each}</option>") for each in ("Rui Costa · English", "Ana Silva · English")]
    assert page.index('label="Who answered"') < names[0] < names[1] < page.index('label="Others at the partner"')
    assert page.index('label="Others at the partner"') < page.index("Eva Dias · Italian")
    assert "Kai Lang · English (no text in German)" in page
    assert send(of, opened, contact=str(eva.id)).status_code == 303
    invite(of, case(of, opened.id))
    chosen, by_itself = sorted(send_all(of, mails), key=lambda each: each.recipient)
    assert (chosen.recipient, by_itself.recipient) == ("eva@acme.example", "rui@acme.example")
    [event] = calendars([chosen])[0].walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:eva@acme.example"
    assert sorted(talk.guest_name for talk in thread_of(of, opened).meetings) == ["Eva Dias", "Rui Costa"]
    assert "with Eva Dias" in words(page_of(of, opened))


def test_nobody_is_offered_who_cannot_be_written_to_and_nobody_of_another_partner_is_invited(
    sqlite_engine: Engine,
) -> None:
    of, opened = danas_case(sqlite_engine)
    rui = colleague(of)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.suppress(uow, rui.person, directory_service.ALL, "opted_out")
    assert "Rui Costa" not in page_of(of, opened)
    for contact in (str(rui.id), str(of.bo.id), "somebody"):
        refused = send(of, opened, contact=contact)
        assert refused.status_code == 422
        assert "Choose somebody of the partner who can be written to." in words(refused.text)
    assert not thread_of(of, opened).meetings


def test_the_form_says_what_the_time_is_for_a_guest_and_for_the_owner_whose_clocks_say_something_else(
    sqlite_engine: Engine,
) -> None:
    of, opened = danas_case(sqlite_engine)
    colleague(of, time_zone="Asia/Tokyo")
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, of.dana.id, StaffChange(time_zone="Asia/Kolkata"))
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    shown = words(browser(of.engine, staff(priya)).get(f"/cases/{opened.ref}").text)
    told = "Time in Lisbon It is 09:12 there and 09:12 where you are."
    assert f"{told} In Kolkata (Dana Keller) it is 14:42. In Tokyo (Rui Costa) it is 18:12." in shown


def test_the_hour_is_typed_by_the_clock_of_the_form_and_told_by_that_of_the_guest(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of, opened = danas_case(sqlite_engine)
    rui = colleague(of, time_zone="Europe/Rome")
    assert send(of, opened, contact=str(rui.id)).status_code == 303
    [mail] = send_all(of, mails)
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    assert "10:30 (Rome)" in plain.get_content()  # 09:30 in Lisbon, as the form says


def test_the_proposed_subject_says_what_the_call_is_about_in_the_language_of_its_guest(
    sqlite_engine: Engine,
    mails: MailServer,  # noqa: F811
) -> None:
    of = live_world(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        body = {"name": "Northwind Alliances", "postal_address": "1 Quay, Lisbon"}
        versions.activate(uow, "program", "program", versions.publish(uow, "program", "program", body))
    opened = open_case(of, 3)
    eva = directory.contact(of.engine, of.acme, "eva@acme.example", name="Eva Dias", language="it")
    proposed = "A call about your feedback (Northwind Alliances)"
    assert f'value="{proposed}"' in page_of(of, opened)
    send(of, opened, subject=proposed, contact=str(eva.id))
    send(of, opened, subject=proposed, contact=str(of.ana.id))
    send(of, opened, subject="Nine days", contact=str(eva.id), time="11:30")
    subjects = {str(mail.parsed["Subject"]) for mail in send_all(of, mails)}
    assert subjects == {
        "Invito: Una chiamata sulla Sua opinione (Northwind Alliances)",
        f"Invitation: {proposed}",
        "Invito: Nine days",
    }


def test_after_sending_the_page_says_who_was_invited_when_and_how_to_join(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    told = "Ana Silva for Thu 12 Mar, 10:30 (09:30 in Lisbon) is on its way. How to join: +351 21 555 0142"
    assert f"The invitation to {told}" in words(send(of, opened, follow_redirects=True).text)


def test_while_sending_is_stopped_an_invitation_is_said_to_wait(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "a wrong list")
    told = "The invitation to Ana Silva for Thu 12 Mar, 10:30 (09:30 in Lisbon) waits. How to join: +351 21 555 0142"
    shown = words(send(of, opened, follow_redirects=True).text)
    assert f"Sending is stopped: mail to partners goes out on resume. {told}" in shown


def test_whoever_has_the_case_and_may_not_see_the_partner_invites_who_answered(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    rui = colleague(of)
    other = directory.team(of.engine, "Elsewhere")
    bob = directory.staff(of.engine, "bob@ours.example", name="Bob Roe", team=other)
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, bob.id)
    client = browser(of.engine, staff(bob))
    page = client.get(f"/cases/{opened.ref}").text
    assert "Rui Costa" in page_of(of, opened)
    assert "Rui Costa" not in page
    given = {name: getattr(TALK, name) for name in ("day", "time", "minutes", "subject", "place", "text")}
    form = {f"invite-{name}": text for name, text in (given | {"contact": str(rui.id)}).items()}
    form |= {"csrf_token": token(page), "revision": str(case(of, opened.id).revision)}
    assert client.post(f"/cases/{opened.ref}/meetings", data=form).status_code == 422
    assert not thread_of(of, opened).meetings
