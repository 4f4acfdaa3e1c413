"""Writing to a contact: in whose name, with which headers, to whom not, and what it does to the case."""

from __future__ import annotations

import re

import pytest

from alerts import service
from alerts.threads.file_names import Upload
from feedback_engine.directory import service as directory
from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import settled
from tests.alerts.builders import World, case, open_case, rows, staff_actor
from tests.alerts.site import browser, staff, words
from tests.alerts.threads import address_of, danas_case, live_world, reply, send_all, sent_id, take, thread_of, write
from tests.directory import builders
from tests.journeys import builders as journeys
from tests.servers import MailServer
from tests.surveys import builders as surveys


def test_a_letter_goes_in_the_owners_name_and_asks_for_replies_at_the_case(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened, "Dear Ana,\n\nwhat went wrong?\n\nDana", subject="Your answer about DR-1042")
    with MailServer() as mails:
        [mail] = send_all(of, mails)
    assert mail.recipient == "ana@acme.example"
    assert mail.parsed["From"] == "Dana Keller <partners@ours.example>"
    assert str(mail.parsed["Reply-To"]) == f"Dana Keller <{address_of(of, opened)}>"
    assert mail.parsed["Subject"] == "Your answer about DR-1042"
    assert mail.parsed["Message-ID"] == f"<{sent_id(of, opened)}>"
    plain, html = (mail.parsed.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert plain.get_content().strip() == "Dear Ana,\n\nwhat went wrong?\n\nDana"
    assert html is not None
    assert "what went wrong?" in html.get_content()
    [letter] = thread_of(of, opened).messages
    assert (letter.direction, letter.writer, letter.state) == ("out", "Dana Keller", "sent")


def test_an_address_in_a_letter_is_a_link_for_its_reader_and_nothing_else_in_it_is(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened, "Join at https://meet.example/abc?a=1&b=2, please. <b>Dana</b>")
    with MailServer() as mails:
        [mail] = send_all(of, mails)
    page = mail.parsed.get_body(("html",))
    assert page is not None
    shown = page.get_content()
    assert re.search(r'<a href="https://meet\.example/abc\?a=1&amp;b=2"[^>]*>https://meet\.example/abc', shown)
    assert "&lt;b&gt;Dana" in shown


def test_a_letter_is_the_first_contact_and_stands_in_the_timeline(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    now = case(of, opened.id)
    assert (now.state, now.contacted_at, now.due_at) == ("in_progress", of.now, opened.resolve_due_at)
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "replied"]
    assert not [row for row in rows(of, "case_entry") if row.text]  # the words stand in one place only


def test_the_next_letter_joins_the_thread_of_replies(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    first = sent_id(of, opened)
    take(of, reply(answers=first))
    write(of, opened, "Thank you, Ana.")
    with MailServer() as mails:
        last = send_all(of, mails)[-1].parsed
    assert last["In-Reply-To"] == "<reply-1@acme.example>"
    assert str(last["References"]).split() == [f"<{first}>", "<reply-1@acme.example>"]
    assert thread_of(of, opened).subject == "Re: Your answer"


def test_without_a_mailbox_replies_go_to_the_owner(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, case_mailbox=None)
    write(of, opened)
    with MailServer() as mails:
        [mail] = send_all(of, mails)
    assert str(mail.parsed["Reply-To"]) == "Dana Keller <dana@ours.example>"


def test_a_mailbox_that_takes_no_tags_is_named_bare(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, case_mailbox_tags=False)
    assert address_of(of, opened) == "cases@ours.example"


def _suppress(of: World, cause: str) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, of.ana.person, directory.ALL, cause)  # type: ignore[arg-type]


def _leave(of: World, _: str) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory.mark_contact_left(uow, of.ana.id)


def _state(of: World, state: str) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, state)


REFUSALS = [
    (_suppress, "undeliverable", "came back"),
    (_suppress, "opted_out", "no more mail"),
    (_suppress, "complaint", "unwanted"),
    (_suppress, "objected", "objected"),
    (_leave, "", "left the partner"),
    (_state, "draft", "draft"),
    (_state, "test", "in test"),
]


@pytest.mark.parametrize(("happens", "how", "reason"), REFUSALS)
def test_whoever_may_not_be_written_to_is_refused_with_the_reason(
    sqlite_engine: Engine, happens: object, how: str, reason: str
) -> None:
    of, opened = danas_case(sqlite_engine)
    happens(of, how)  # type: ignore[operator]
    with pytest.raises(Conflict, match=reason):
        write(of, opened)
    assert reason in thread_of(of, opened).refusal
    assert not [row for row in rows(of, "mail") if row.kind == "case-letter"]


@pytest.mark.parametrize(("happens", "how", "reason"), REFUSALS)
def test_what_happens_between_writing_and_sending_still_counts(
    sqlite_engine: Engine, happens: object, how: str, reason: str
) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    happens(of, how)  # type: ignore[operator]
    with MailServer() as mails:
        assert send_all(of, mails) == []
    [letter] = thread_of(of, opened).messages
    assert letter.state == "cancelled"


def test_an_opt_out_from_one_kind_of_survey_stops_no_letter(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, of.ana.person, directory.family_scope("deals"), "opted_out")
    write(of, opened)
    with MailServer() as mails:
        assert len(send_all(of, mails)) == 1


@pytest.mark.parametrize(
    ("subject", "text", "pointer"),
    [
        ("", "words", "/subject"),
        ("two\nlines", "words", "/subject"),
        ("x" * 201, "words", "/subject"),
        ("Subject", "   ", "/text"),
        ("Subject", "x" * 10_001, "/text"),
        ("Subject", "nul \x00", "/text"),
    ],
)
def test_a_letter_that_cannot_go_names_its_field(sqlite_engine: Engine, subject: str, text: str, pointer: str) -> None:
    of, opened = danas_case(sqlite_engine)
    with pytest.raises(Invalid) as refused:
        write(of, opened, text, subject=subject)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_files_go_along_and_arrive_as_they_were(engine: Engine) -> None:
    of, opened = danas_case(engine)
    content = bytes(range(256)) * 40
    write(of, opened, files=(Upload("Angebot – März.pdf", "application/pdf", content),))
    with MailServer() as mails:
        [mail] = send_all(of, mails)
    [file] = list(mail.parsed.iter_attachments())
    assert (file.get_filename(), file.get_content_type()) == ("Angebot – März.pdf", "application/pdf")
    assert file.get_content() == content
    assert mail.parsed.get_body(("plain",)) is not None


def test_a_letter_waits_while_mail_to_partners_is_stopped(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "")
    write(of, opened)
    with MailServer() as mails:
        assert send_all(of, mails) == []
    assert thread_of(of, opened).messages[0].state == "queued"


def test_a_closed_case_is_written_about_and_stays_closed(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    write(of, opened)
    now = case(of, opened.id)
    assert (now.state, now.contacted_at) == ("closed", None)


def test_the_draft_speaks_the_language_of_its_reader(sqlite_engine: Engine) -> None:
    of = live_world(sqlite_engine)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        given = directory.read_contact({"email": "ana@acme.example", "name": "Ana Silva", "language": "it"})
        directory.upsert_contact(uow, of.engine.keys, of.acme, given)
    found = thread_of(of, open_case(of, 3))
    assert found.draft.startswith("Gentile Ana Silva,")
    assert found.draft.endswith("Dana Keller")


def test_two_who_write_at_once_do_not_write_over_each_other(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    seen = opened.revision
    service.note(of.engine.work, staff_actor(of.luis), opened.id, "I am calling her now.")
    from alerts.threads import letters

    with pytest.raises(service.CaseMoved):
        letters.write(of.engine, staff_actor(of.dana), opened.id, letters.Letter("S", "T"), expected=seen)
    assert not [row for row in rows(of, "mail") if row.kind == "case-letter"]


def test_the_subject_of_a_first_letter_is_in_its_readers_language_whoever_writes_it(
    sqlite_engine: Engine,
) -> None:
    of, opened = danas_case(sqlite_engine)
    journeys.publish(sqlite_engine, surveys.MAP)
    shown = browser(sqlite_engine, staff(of.dana, "it")).get(f"/cases/{opened.ref}").text
    assert 'value="Your answer about: Deal registration approved"' in shown
    assert "Registrazione approvata" in shown


def test_while_mail_is_stopped_form_and_thread_say_that_a_letter_waits_for_that(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    at_once = "It leaves at once, and cannot be taken back."
    kept = "Sending is stopped: mail to partners goes out on resume."
    page = words(client.get(f"/cases/{opened.ref}").text)
    assert (at_once in page, kept in page) == (True, False)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "A mistake in the plan.")
    write(of, opened)
    page = words(client.get(f"/cases/{opened.ref}").text)
    assert (at_once in page, page.count(kept)) == (False, 2)


@pytest.mark.parametrize(
    ("locale", "language", "told"),
    [
        ("en", "it", "Ana Silva reads these words as they stand, in Italian."),
        (
            "en",
            "es",
            "language is Spanish, in which letters about cases are not written: the words around yours are in",
        ),
        ("en", "", "Ana Silva reads these words as they stand, in English."),  # nobody knows better
        ("it", "en", "Ana Silva legge queste parole così come sono. Lingua: Inglese."),
    ],
)
def test_the_writer_is_told_that_the_partner_reads_this_and_in_which_language(
    sqlite_engine: Engine, locale: str, language: str, told: str
) -> None:
    of = settled.world(sqlite_engine)
    opened = open_case(of, 3)
    builders.contact(sqlite_engine, of.acme, "ana@acme.example", name="Ana Silva", language=language)
    page = browser(of.engine, staff(of.dana, locale)).get(f"/cases/{opened.ref}").text
    for name in ("close-found", "close-did"):
        hint = re.search(rf'<span class="hint" id="{name}-hint">(.*?)</span>', page)
        assert hint is not None
        assert told in words(hint[1])
