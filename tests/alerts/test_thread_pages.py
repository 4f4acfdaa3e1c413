"""The thread on its page and the list of what matched nothing: what is shown, cut, escaped; what is forgotten."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from alerts import service
from alerts.notices import rendering
from alerts.threads import handlers as thread_handlers
from alerts.threads import letters, mail_intake, meetings
from alerts.threads.letters import Letter
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.events import ContactErased
from feedback_engine.foundation import outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.events import MailBounced
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, open_case, rows, staff_actor
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_case_files import attach, pdf
from tests.alerts.test_meetings import TALK, invite
from tests.alerts.threads import address_of, danas_case, reply, send_all, sent_id, take, thread_of, unmatched, write
from tests.directory import builders as directory
from tests.servers import MailServer

LONG = """\
It took nine days.

On Mon, 9 Mar 2026 at 10:12, Dana Keller
<cases@ours.example> wrote:
> What went wrong, Ana?
"""
PAYLOAD = '<img src=x onerror="alert(1)">{{ 9999*9999 }}'


def admin(of: World) -> Any:
    return browser(of.engine, staff(directory.staff(of.engine, "root@ours.example", name="Root", role="admin")))


def test_a_reply_shows_its_new_words_and_the_whole_on_demand(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    take(of, reply(LONG, answers=sent_id(of, opened)))
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    head, _, whole = page.partition('<summary class="small">Show all</summary>')
    assert "It took nine days." in head
    assert "&gt; What went wrong, Ana?" not in head
    assert "&gt; What went wrong, Ana?" in whole
    assert "The partner replied by mail" in words(page)


def test_a_mail_in_the_owners_name_says_who_had_it_sent_where_that_was_somebody_else(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened, "My own words.")
    letters.write(of.engine, staff_actor(of.luis), opened.id, Letter("Your answer", "In Dana’s name."))
    meetings.invite(of.engine, staff_actor(of.luis), opened.id, TALK)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert shown.count("Dana Keller , ") == 3
    assert shown.count("Dana Keller , sent by Luis Ferro, ") == 2


@pytest.mark.parametrize(("transport", "told"), [("folder", "written to the folder"), ("smtp", "has left")])
def test_mail_on_a_case_stands_as_on_the_page_of_outgoing_mail(
    sqlite_engine: Engine, transport: str, told: str
) -> None:
    of, opened = danas_case(sqlite_engine, mail_transport=transport)
    write(of, opened)
    with MailServer() as mails:
        send_all(of, mails)
    page = words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert f", {told} Your answer" in page


def test_what_a_partner_writes_is_never_code(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened, f"Dear {PAYLOAD}", subject=f"Re {PAYLOAD}")
    mail = reply(PAYLOAD, answers=sent_id(of, opened)).replace(b"Re: Your answer", PAYLOAD.encode())
    assert take(of, mail) == "landed"
    take(of, reply(PAYLOAD, sender=f'"{PAYLOAD[:20]}" <x@evil.example>', number=2))
    for page in (
        browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text,
        admin(of).get("/admin/unmatched-mail").text,
    ):
        assert "<img" not in page
        assert "99980001" not in page
        assert "&lt;img src=x" in page
    with MailServer() as mails:
        html = send_all(of, mails)[0].parsed.get_body(("html",))
    assert html is not None
    assert "<img" not in html.get_content()


def test_a_key_that_is_quoted_in_a_letter_is_shown_once_its_recipient_got_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    quoted = address_of(of, opened)
    write(of, opened, f"Write to {quoted}, please.", subject=f"Re: {quoted}")
    client = browser(of.engine, staff(of.dana))
    waiting = words(client.get(f"/cases/{opened.ref}").text)
    assert "Re: cases+…@ours.example Write to cases+…@ours.example, please." in waiting
    with MailServer() as mails:
        send_all(of, mails)
    assert f"Write to {quoted}, please." in words(client.get(f"/cases/{opened.ref}").text)


def test_a_talk_shows_both_clocks(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    shown = words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Your registration" in shown
    assert "10:30" in shown  # in Rome, where Dana is
    assert "09:30 in Lisbon" in shown


def test_the_form_says_what_becomes_of_a_call_when_the_case_is_closed_or_opened_again(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get(f"/cases/{opened.ref}").text
    said = "Unless this is ticked, closing the case calls it off. A call that was kept is called off when the case is"
    assert f"Keep this call when the case is closed {said} opened again." in words(page)
    invite(of, opened, replace(TALK, closing=True))
    talks = words(client.get(f"/cases/{opened.ref}").text.partition('id="talks"')[2])
    assert "kept when the case is closed" in talks


def test_a_call_is_invited_to_and_called_off_by_forms(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(of.engine, staff(of.dana))
    fields = {f"invite-{name}": getattr(TALK, name) for name in ("day", "time", "minutes", "subject", "place", "text")}
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text), "revision": "1"}
    wrong = client.post(f"/cases/{opened.ref}/meetings", data={**form, **fields, "invite-time": "late"})
    assert wrong.status_code == 422
    assert 'value="late"' in wrong.text
    assert client.post(f"/cases/{opened.ref}/meetings", data={**form, **fields}).status_code == 303
    [talk] = thread_of(of, opened).meetings
    assert (talk.day, talk.time, talk.zone) == ("2026-03-12", "09:30", "Europe/Lisbon")
    path = f"/cases/{opened.ref}/meetings/{talk.id}"
    moved = {name.replace("invite-", f"meeting-{talk.id}-"): value for name, value in fields.items()}
    moved[f"meeting-{talk.id}-time"] = "11:00"
    assert client.post(path, data={**form, **moved, "revision": "2"}).status_code == 303
    assert thread_of(of, opened).meetings[0].time == "11:00"
    assert client.post(f"{path}/cancel", data={**form, "revision": "3"}).status_code == 303
    assert thread_of(of, opened).meetings[0].reason == "called_off"
    assert client.post(f"{path}/cancel", data={**form, "revision": "4"}).status_code == 409


def test_an_invitation_that_says_no_way_to_join_stays_open_as_it_was_typed(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(of.engine, staff(of.dana))
    fields = {f"invite-{name}": getattr(TALK, name) for name in ("day", "time", "minutes", "subject", "text")}
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text), "revision": "1", **fields}
    refused = client.post(f"/cases/{opened.ref}/meetings", data={**form, "invite-place": " "})
    assert refused.status_code == 422
    assert "Say how to join: a link, a phone number or a place." in words(refused.text)
    assert 'value="2026-03-12"' in refused.text
    assert TALK.text in words(refused.text)
    assert not thread_of(of, opened).meetings


def said_of_it(page: str) -> str:
    """What a page says of what was just done."""
    return words(page.partition('<div class="flash">')[2].partition("</div>")[0])


def test_calling_off_asks_first_and_takes_a_word_to_the_partner_into_its_mail(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    client = browser(of.engine, staff(of.dana))
    [talk] = thread_of(of, opened).meetings
    path, field = f"/cases/{opened.ref}/meetings/{talk.id}/cancel", f"meeting-off-{talk.id}-words"
    nobody = "Nobody at the partner knows of this call yet, so nobody is told that it is off."
    before = client.get(f"/cases/{opened.ref}").text
    assert nobody in words(before)
    assert field not in before
    unheard = {"csrf_token": token(before), "revision": "2", field.replace("-words", "-untold"): "yes"}
    assert f'name="{field.replace("-words", "-untold")}" value="yes"' in before
    with MailServer() as mails:
        send_all(of, mails)
        late = client.post(path, data=unheard)
        assert late.status_code == 409, "the form said that nobody would be told"
        assert "The invitation has left meanwhile" in words(late.text)
        page = client.get(f"/cases/{opened.ref}").text
        assert nobody not in words(page)
        asked = re.search(rf'<details class="act"><summary[^>]*>Call off</summary>(.*?{path}.*?)</details>', page, re.S)
        assert asked is not None, "the first tap opens a form"
        assert "Ana Silva gets a mail that the call is off" in words(asked[1])
        assert "It leaves at once, and cannot be taken back." in words(asked[1])
        form = {"csrf_token": token(page), "revision": "2"}
        refused = client.post(path, data={**form, field: "x" * 2_001})
        assert refused.status_code == 422
        assert re.search(r'<details class="act" open><summary[^>]*>Call off</summary>', refused.text)
        assert "Shorten it to 2000 characters." in words(refused.text)
        assert client.post(path, data={**form, field: "I am ill.\x0cI call on Monday. "}).status_code == 303
        mail = send_all(of, mails)[-1].parsed
    plain = mail.get_body(("plain",))
    [entry] = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    assert plain is not None
    assert re.search(r"is off:\s+.*30 minutes\.\n\nI am ill\.\nI call on Monday\.\n", plain.get_content(), re.S)
    assert "METHOD:CANCEL" in entry.get_content()
    assert "SEQUENCE:1" in entry.get_content()
    assert "I am ill. I call on Monday." in words(client.get(f"/cases/{opened.ref}").text)


def test_of_a_call_of_which_nobody_was_told_nobody_is_said_to_be_told_that_it_is_off(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "a wrong list")
    invite(of, opened)
    client = browser(of.engine, staff(of.dana))
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text), "revision": "2"}
    [talk] = thread_of(of, opened).meetings
    off = client.post(f"/cases/{opened.ref}/meetings/{talk.id}/cancel", data=form, follow_redirects=True)
    assert "The call is off. The partner had not been told of it." in said_of_it(off.text)
    assert "goes out on resume" not in said_of_it(off.text)


def test_while_sending_is_stopped_no_word_to_the_partner_is_said_to_go(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    with MailServer() as mails:
        send_all(of, mails)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "a wrong list")
    client = browser(of.engine, staff(of.dana))
    form = {"csrf_token": token(client.get(f"/cases/{opened.ref}").text)}
    letter = {"letter-subject": "Nine days", "letter-text": "What went wrong?", "revision": "2"}
    sent = client.post(f"/cases/{opened.ref}/letters", data=form | letter, follow_redirects=True)
    [talk] = thread_of(of, opened).meetings
    path = f"/cases/{opened.ref}/meetings/{talk.id}/cancel"
    off = client.post(path, data=form | {"revision": "3"}, follow_redirects=True)
    stopped = "Sending is stopped: mail to partners goes out on resume."
    assert f"{stopped} The mail waits." in said_of_it(sent.text)
    assert f"{stopped} The call is off, and the partner is told then." in said_of_it(off.text)


def test_the_form_says_why_nobody_can_be_written_to(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.suppress(uow, of.ana.person, directory_service.ALL, "undeliverable")
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    assert "Mail to this address came back." in words(page)
    assert 'name="letter-text"' not in page


# ---- the list


def test_the_list_says_why_and_leads_to_the_case(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    take(of, reply("It is me.", answers=sent_id(of, opened), sender="ana@home.example"))
    client = admin(of)
    page = client.get("/admin/unmatched-mail").text
    assert "ana@home.example" in page
    assert "comes from nobody we know at that partner" in words(page)
    assert f'href="/cases/{opened.ref}"' in page
    [listed] = unmatched(of)
    whole = client.get(f"/admin/unmatched-mail/{listed.id}.eml")
    assert whole.headers["Content-Disposition"].startswith("attachment;")
    assert b"It is me." in whole.data
    form = {"csrf_token": token(page), "ref": "C-999999"}
    refused = client.post(f"/admin/unmatched-mail/{listed.id}/case", data=form, follow_redirects=True)
    assert "There is no such case." in words(refused.text)
    assert len(unmatched(of)) == 1
    form = {"csrf_token": token(page), "ref": opened.ref.lower()}
    assert client.post(f"/admin/unmatched-mail/{listed.id}/case", data=form).status_code == 303
    assert unmatched(of) == []
    assert "Root" in words(client.get("/admin/unmatched-mail?state=settled").text)


def test_a_mail_is_set_aside_on_the_page(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    take(of, reply())
    client, [listed] = admin(of), unmatched(of)
    form = {"csrf_token": token(client.get("/admin/unmatched-mail").text)}
    assert client.post(f"/admin/unmatched-mail/{listed.id}/aside", data=form).status_code == 303
    assert "Every mail that came in has found its case." in words(client.get("/admin/unmatched-mail").text)


@pytest.mark.parametrize("role", ["program_owner", "alliance_manager", "viewer"])
def test_the_list_is_for_administrators(sqlite_engine: Engine, role: str) -> None:
    of, _ = danas_case(sqlite_engine)
    take(of, reply())
    member = directory.staff(of.engine, "else@ours.example", name="Else", role=role)
    client = browser(of.engine, staff(member))
    assert client.get("/admin/unmatched-mail").status_code == 403
    assert client.get(f"/admin/unmatched-mail/{unmatched(of)[0].id}.eml").status_code == 403


def test_an_unknown_mail_is_not_found(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    assert admin(of).get(f"/admin/unmatched-mail/{opened.id}.eml").status_code == 404


# ---- what happens below


def _react(of: World, event_type: type[Any], reaction: Any) -> None:
    handler = outbox.Handler("threads", reaction, (event_type,))
    while outbox.deliver(of.engine.work, handler):
        pass


def test_a_letter_that_the_server_refuses_for_good_ends_writing_there(engine: Engine) -> None:
    of, opened = danas_case(engine)
    of.engine.work.subscribers[MailBounced] = ("threads",)
    write(of, opened)
    with MailServer() as mails:
        mails.refuse["ana@acme.example"] = "550 5.1.1 no such user"
        assert send_all(of, mails) == []
    _react(of, MailBounced, thread_handlers.note_returned)
    found = thread_of(of, opened)
    assert found.messages[0].returned_at == of.now
    assert "came back" in found.refusal


def test_whoever_is_erased_leaves_no_word_in_any_thread(engine: Engine) -> None:
    of, opened = danas_case(engine)
    of.engine.work.subscribers[ContactErased] = ("threads",)
    other = open_case(of, 2, partner=of.brisk)  # a case of another company, in another shard
    write(of, opened, "SECRET-out")
    take(of, _with_file(reply("SECRET-in", answers=sent_id(of, opened))))
    take(of, reply("SECRET-unmatched", number=2))
    take(of, reply("SECRET-by hand", number=3))
    mail_intake.file_unmatched(of.engine, staff_actor(of.luis), unmatched(of)[0].id, other.ref)
    invite(of, opened)
    attach(of, opened, pdf())
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.erase_person(uow, of.ana.person)
    _react(of, ContactErased, thread_handlers.forget_threads)
    for table in ("case_message", "case_file", "case_meeting", "unmatched_mail", "case_entry", "notification"):
        for row in rows(of, table):
            kept = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in row)
            assert "SECRET" not in kept, table
            assert "ana@acme.example" not in kept, table
            assert "Ana Silva" not in kept, table
    assert len(thread_of(of, opened).messages) == 3  # that there was mail is remembered
    assert [file.name for file in thread_of(of, opened).files] == ["offer.pdf"]  # our own note stays


def _with_file(mail: bytes) -> bytes:
    from tests.alerts.test_case_files import _with_files

    return _with_files(mail, b"SECRET-file")


@pytest.mark.parametrize("closed", [False, True])
def test_the_owner_reads_the_reply_in_the_mail_that_tells_of_it(sqlite_engine: Engine, closed: bool) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    if closed:
        service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    take(of, reply(LONG, answers=sent_id(of, opened)))
    with of.engine.work.read() as view:
        due = [mail for mail in queue.due(view, 100) if mail.kind == "case-notification"]
        told = [mail for mail in rendering.render(of.engine, view, due).values() if isinstance(mail, Message)]
    [mail] = [each for each in told if "replied to your mail" in each.subject]
    assert mail.recipient.email == "dana@ours.example"
    assert "It took nine days." in mail.text
    assert "What went wrong" not in mail.text
