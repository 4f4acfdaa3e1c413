"""A waiting mail's own page says how it stands, shows it as it would be written, and gives none of its keys away."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from flask.testing import FlaskClient

from alerts.threads.case_address import CaseAddresses
from feedback_engine.app.factory import create_app
from feedback_engine.foundation import ids
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.mail import queue, sending
from feedback_engine.foundation.mail.message import Address, Attachment, Calendar, Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import MailOrder, QueuedMail
from feedback_engine.foundation.mail.transports.base import Again, Outcome, Refused, Sent, Unclear
from feedback_engine.foundation.mail.transports.folder import FolderTransport, folder_of
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading
from feedback_engine.foundation.web import outbox, outbox_letters
from feedback_engine.foundation.web.outbox import MailNote
from tests.foundation.test_mail import SENDER, Scripted
from tests.foundation.web_site import staff

Written = Message | Withdrawn | Later
BASE = "https://Feedback.example/fe"
KEYS = Keys({1: b"x" * 32}, b"y" * 32)
ADDRESSES = CaseAddresses(b"z" * 32, "cases@ours.example")
OURS = outbox_letters.Ours(BASE, lambda signs: [*KEYS.tokens_in(["survey"], signs), *ADDRESSES.tags_in(signs)])


def letter(subject: str = "Hello", text: str = "Text", page: str = "", **fields: Address) -> Message:
    return Message(SENDER, Address("ana@acme.example"), subject, text, page or None, **fields)


def writes(content: Written | Exception) -> sending.Renderer:
    """Whoever writes every letter like this, or fails at it."""

    def render(_reading: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Written]:
        if isinstance(content, Exception):
            raise content
        return {mail.id: content for mail in mails}

    return render


def reader(engine: Engine, content: Written | Exception) -> FlaskClient:
    pages = outbox.blueprint(engine, OURS.find_keys, renderers={"letter": writes(content)})
    return create_app(engine, blueprints=[pages], load_principal=lambda request: staff()).test_client()


def waiting(engine: Engine, *, send_before: timedelta | None = None, repeatable: bool = False) -> UUID:
    partner_id = ids.new_id(5)
    with engine.work.begin(actor=SYSTEM) as uow:
        last = None if send_before is None else uow.now + send_before
        order = MailOrder("letter", 5, partner_id, uow.now, "partner", partner_id, None, last, repeatable)
        return queue.enqueue(uow, order)


def tried(engine: Engine, outcome: Outcome) -> None:
    render = {"letter": writes(letter())}
    sending.send_due(engine.work, Scripted(outcome), render, holder="test", domain="northwind.example")


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_mail_that_nobody_tried_has_not_been_sent(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    assert "It has not been sent yet." in words(reader(sqlite_engine, letter()), f"/outbox/{mail_id}")


def test_a_mail_that_waits_goes_by_its_subject_on_its_page(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    pages = outbox.blueprint(
        sqlite_engine,
        OURS.find_keys,
        lambda reading, mails: {mail.id: MailNote("About a case") for mail in mails},
        {"letter": writes(letter("Is this settled?"))},
    )
    client = create_app(sqlite_engine, blueprints=[pages], load_principal=lambda request: staff()).test_client()
    page = client.get(f"/outbox/{mail_id}").text
    assert re.search(r"<h1[^>]*>Is this settled\?</h1>", page)
    assert "About a case" in page, "as the list calls it, whose reader has not opened it"


def test_the_mail_stands_on_its_page_in_a_frame_whose_links_open_a_tab_of_their_own(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    client = reader(sqlite_engine, letter(page="<!doctype html><html><head><title>x</title></head><p>Hi</p></html>"))
    page = client.get(f"/outbox/{mail_id}")
    assert f'src="/outbox/{mail_id}/html"' in page.text
    assert f'href="/outbox/{mail_id}/html"' not in page.text, "a page of the mail alone has no way back"
    assert 'href="/outbox"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    seen = client.get(f"/outbox/{mail_id}/html")
    assert seen.text.startswith('<!doctype html><html><head><base target="_blank"><title>')
    policy = seen.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert policy.endswith("sandbox allow-popups allow-popups-to-escape-sandbox")


@pytest.mark.parametrize(
    ("written_in", "said"), [("it", "Language Italian"), ("pt-BR", "Language Portuguese"), ("en", "")]
)
def test_a_mail_in_another_language_than_its_readers_says_which(
    sqlite_engine: Engine, written_in: str, said: str
) -> None:
    mail_id = waiting(sqlite_engine)
    page = f'<!doctype html>\n<html lang="{written_in}" dir="ltr"><head></head><p lang="de">Ja</p></html>'
    told = words(reader(sqlite_engine, letter(page=page)), f"/outbox/{mail_id}")
    assert said in told
    assert ("Language" in told) == bool(said)


def test_a_mail_of_text_alone_is_shown_as_text_without_a_frame(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    page = reader(sqlite_engine, letter(text="Dear Ana")).get(f"/outbox/{mail_id}").text
    assert "<iframe" not in page
    assert "Dear Ana" in page


def test_a_mail_that_went_to_the_folder_says_so_and_when(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    client = reader(sqlite_engine, letter())
    transport = FolderTransport(folder_of(sqlite_engine.settings))
    sending.send_due(sqlite_engine.work, transport, {"letter": writes(letter())}, holder="test", domain="ours.example")
    assert "State Written to the folder, 9 Mar 2026, 10:12" in words(client, f"/outbox/{mail_id}")
    listed = words(client, "/outbox")
    assert "Written to the folder 1" in listed
    assert "left" not in listed


@pytest.mark.parametrize("left", [False, True], ids=["waits", "left"])
def test_what_goes_along_with_a_mail_is_named_on_its_page_with_its_size(sqlite_engine: Engine, left: bool) -> None:
    mail_id = waiting(sqlite_engine)
    contract = Attachment("Verträge <1>.pdf", "application/pdf", b"x" * 2001)
    files = (contract, Attachment("a.eml", "message/rfc822", b"a"))
    along = replace(letter(page="<p>Hi</p>"), calendar=Calendar("REQUEST", b"BEGIN:VCALENDAR"), attachments=files)
    client = reader(sqlite_engine, along)
    if left:
        transport = FolderTransport(folder_of(sqlite_engine.settings))
        sending.send_due(sqlite_engine.work, transport, {"letter": writes(along)}, holder="test", domain="ours.example")
    told = words(client, f"/outbox/{mail_id}")
    assert "Along with it Calendar entry · 1 KB Verträge <1>.pdf · 3 KB a.eml · 1 KB" in told


def test_a_mail_with_which_nothing_goes_says_nothing_of_that(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    assert "Along with it" not in words(reader(sqlite_engine, letter(page="<p>Hi</p>")), f"/outbox/{mail_id}")


def test_the_list_shows_of_each_mail_the_instant_it_is_sorted_by_newest_first(
    sqlite_engine: Engine, clock: MovedClock
) -> None:
    client = reader(sqlite_engine, letter())
    waiting(sqlite_engine)
    clock.advance(timedelta(minutes=1))
    tried(sqlite_engine, Refused("no such mailbox"))
    waiting(sqlite_engine)
    clock.advance(timedelta(minutes=1))
    tried(sqlite_engine, Sent())
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        later = uow.now + timedelta(days=3)
        queue.enqueue(uow, MailOrder("letter", 5, ids.new_id(5), later))
    clock.advance(timedelta(minutes=1))
    listed = words(client, "/outbox")
    dates = ["ordered 9 Mar 2026, 10:14", "9 Mar 2026, 10:14", "ordered 9 Mar 2026, 10:12"]
    assert re.findall(r"(?:ordered )?9 Mar 2026, 10:\d\d", listed) == dates
    assert "From 12 Mar 2026, 10:14 on" in listed, "nobody else says what it waits for"


def test_a_mail_of_unknown_fate_that_goes_again_may_have_arrived(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    tried(sqlite_engine, Unclear("it broke off"))
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.settle_unknown(uow, mail_id, arrived=False)
    told = words(reader(sqlite_engine, letter()), f"/outbox/{mail_id}")
    assert "It may have been handed over before, and have arrived; it goes again." in told
    assert "has not been sent" not in told


def test_a_mail_that_was_tried_says_that_it_is_tried_again_and_when(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    tried(sqlite_engine, Again("try later", timedelta(minutes=5)))
    told = words(reader(sqlite_engine, letter()), f"/outbox/{mail_id}")
    assert "It was tried before, and is tried again." in told
    assert "Is tried again at " in told
    assert "try later" in told


def heading(client: FlaskClient, mail_id: UUID) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", client.get(f"/outbox/{mail_id}").text, re.DOTALL)
    assert found is not None
    return html.unescape(re.sub(r"<[^>]+>", " ", found[1])).strip()


def row(client: FlaskClient, mail_id: UUID) -> str:
    found = re.search(rf'href="/outbox/{mail_id}"[^>]*>(.*?)</a>', client.get("/outbox").text)
    assert found is not None
    return html.unescape(found[1])


def test_a_mail_that_waits_is_called_by_its_subject_on_its_page_and_in_the_list(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    base = sqlite_engine.settings.base_url
    client = reader(sqlite_engine, letter(f"Deal approved: how did we do? {base}/s/KEY"))
    subject = f"Deal approved: how did we do? {base}/…"
    assert (heading(client, mail_id), row(client, mail_id)) == (subject, subject)


@pytest.mark.parametrize("content", [Withdrawn("the contact was erased"), ZeroDivisionError("a bug"), letter("")])
def test_a_mail_that_has_no_subject_is_called_alike_on_its_page_and_in_the_list(
    sqlite_engine: Engine, content: Written | Exception
) -> None:
    mail_id = waiting(sqlite_engine)
    client = reader(sqlite_engine, content)
    assert (heading(client, mail_id), row(client, mail_id)) == ("letter", "letter")


def test_a_mail_that_is_too_late_says_so_and_since_when(sqlite_engine: Engine, clock: MovedClock) -> None:
    mail_id = waiting(sqlite_engine, send_before=timedelta(hours=1))
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "to look at it")
    client = reader(sqlite_engine, letter())
    assert "Waits until mail to partners goes again" in words(client, f"/outbox/{mail_id}")
    clock.advance(timedelta(hours=2))
    for path in ("/outbox", f"/outbox/{mail_id}"):
        told = words(client, path)
        assert "Too late since 9 Mar 2026, 11:12" in told
        assert "it will not go any more" in told
    assert "Envelope" not in words(client, f"/outbox/{mail_id}")


def test_a_mail_of_which_it_is_not_certain_whether_it_goes_waits_untried_and_says_so(
    sqlite_engine: Engine, clock: MovedClock
) -> None:
    mail_id = waiting(sqlite_engine)
    until = clock.now() + timedelta(minutes=1)
    later = Later(until)
    render = {"letter": writes(later)}
    sending.send_due(sqlite_engine.work, Scripted(Sent()), render, holder="test", domain="northwind.example")
    told = words(reader(sqlite_engine, later), f"/outbox/{mail_id}")
    assert "What it tells may still be taken back; until then it waits." in told
    assert "tried" not in told
    with sqlite_engine.work.read() as reading:
        [mail] = queue.waiting(reading, [mail_id]).values()
    assert (mail.due_at, mail.attempts, mail.claimed_at) == (until, 0, None)


def test_a_mail_that_would_not_go_opens_and_says_why(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    client = reader(sqlite_engine, Withdrawn("the contact was erased"))
    assert f'href="/outbox/{mail_id}"' in client.get("/outbox").text
    told = words(client, f"/outbox/{mail_id}")
    assert "As things stand it will not be sent. the contact was erased" in told
    assert f"/outbox/{mail_id}/html" not in client.get(f"/outbox/{mail_id}").text
    assert client.get(f"/outbox/{mail_id}/html").status_code == 404


def test_a_fault_of_ours_is_named_as_that_and_logged_once(sqlite_engine: Engine) -> None:
    mail_id = waiting(sqlite_engine)
    client = reader(sqlite_engine, ZeroDivisionError("a bug"))
    with structlog.testing.capture_logs() as logged:
        told = [words(client, f"/outbox/{mail_id}") for _ in range(3)]
        missing = client.get(f"/outbox/{mail_id}/html")
    assert all("It cannot be written, by a fault of ours: it is tried again." in each for each in told)
    assert "will not be sent" not in " ".join(told) + missing.text
    assert missing.status_code == 404
    assert [each["event"] for each in logged] == ["mail.not_rendered"]


@pytest.mark.parametrize(
    "quoted",
    [
        f"{BASE}/s/KEY",
        "https://feedback.example/fe/s/KEY",  # as mail programs write a host
        "HTTPS://FEEDBACK.EXAMPLE/fe/s/KEY",
        "http://feedback.example/fe/s/KEY",
        "feedback.example/fe/s/KEY",  # as people quote it
    ],
)
def test_no_address_of_ours_is_shown_whole_before_it_is_sent(quoted: str) -> None:
    page = f'<html><head></head><body><a style="x" href="{quoted}">{quoted}</a></body></html>'
    shown = outbox_letters.draft_of(letter(f"See {quoted}", f"Open <{quoted}>.", page), OURS)
    assert "KEY" not in shown.subject + shown.text + shown.html
    assert (shown.subject, shown.text) == (f"See {BASE}/…", f"Open <{BASE}/…>.")


@pytest.mark.parametrize(
    "quoted",
    [
        "https://track.example/?to=https%3A%2F%2Ffeedback.example%2Ffe%2Fs%2FKEY",
        "https://feedback.example:443/fe/s/KEY?a=3",
        "https://user@feedback.example/fe/s/KEY",
        "https://feedback.example./fe/s/KEY",
        "https://feedback.example/fe/\n> s/KEY",
        "https&#58;//feedback&#46;example/fe/s/KEY",
        "KEY",
    ],
)
def test_no_key_of_ours_is_shown_before_it_is_sent_wherever_it_stands(quoted: str) -> None:
    key = KEYS.token("survey", ids.new_id(3))
    quoted = quoted.replace("KEY", key)
    subject = f"See {quoted}".replace("\n", " ")
    shown = outbox_letters.draft_of(letter(subject, f"Open {quoted} now.", f"<p>{quoted}</p>"), OURS)
    assert [key in part for part in (shown.subject, shown.text, shown.html)] == [False, False, False]
    assert "…" in shown.text
    assert shown.text.endswith("now.")


def test_a_line_that_parts_two_texts_is_no_key() -> None:
    assert outbox_letters.draft_of(letter(text="-" * 60 + "\n" + "_" * 60), OURS).text == "-" * 60 + "\n" + "_" * 60


def test_links_to_us_are_no_links_before_they_lead_anywhere() -> None:
    page = f'<head></head><a href="{BASE}/s/KEY">7</a> <a href="https://acme.example/">Acme</a>'
    shown = outbox_letters.draft_of(letter(page=page), OURS).html
    assert '<a title="Leads nowhere before the mail is sent">7</a>' in shown
    assert '<a href="https://acme.example/">Acme</a>' in shown


def test_the_address_for_replies_is_shown_without_its_key_wherever_it_stands() -> None:
    reply_to = Address(str(ADDRESSES.address_of(1042)), "Dana")
    shown = outbox_letters.draft_of(letter(text=f"Write to {reply_to.email}", reply_to=reply_to), OURS)
    assert shown.reply_to == "Dana <cases+…@ours.example>"
    assert shown.text == "Write to cases+…@ours.example"


@pytest.mark.parametrize("plus", ["+", "%2B", "&#43;", "&plus;", "=2B"])
def test_the_address_for_replies_about_another_case_is_shown_without_its_key_too(plus: str) -> None:
    other = str(ADDRESSES.address_of(7)).replace("+", plus)
    reply_to = Address(str(ADDRESSES.address_of(1042)), "Dana")
    page = f'<a href="mailto:{other}">{other}</a>'
    shown = outbox_letters.draft_of(letter(f"Re: {other}", f"Write to {other}", page, reply_to=reply_to), OURS)
    cut = f"cases{plus}…@ours.example"
    assert (shown.subject, shown.text, shown.html) == (
        f"Re: {cut}",
        f"Write to {cut}",
        f'<a href="mailto:{cut}">{cut}</a>',
    )


@pytest.mark.parametrize("charset", ["x-unknown", "hex", "undefined", "utf-8", '"a\x00b"'])
def test_a_text_of_any_charset_is_shown_as_well_as_can_be(tmp_path: Path, charset: str) -> None:
    mail_id = ids.new_id(5)
    (tmp_path / f"{mail_id.hex}.eml").write_bytes(
        f"From: a@b.example\nTo: c@d.example\nSubject: Odd\nContent-Type: text/plain; charset={charset}\n"
        "Content-Transfer-Encoding: 8bit\n\nCaffè?\n".encode()
    )
    found = outbox_letters.stored(tmp_path, mail_id)
    assert found is not None
    assert "Caff" in found.text
    assert found.text.encode()


@pytest.mark.parametrize("header", ["From", "To", "Reply-To", "Subject"])
@pytest.mark.parametrize(
    "odd",
    [
        "=?utf-7?q?+2AA-?=",
        "=?unicode_escape?q?=5Cud800?=",
        "=?utf-16?b?2AA=?=",
        "=?cp65001?q?x?=",
        "=?hex?q?zz?=",
        "Zoë",
    ],
)
def test_a_header_of_any_charset_is_shown_as_well_as_can_be(tmp_path: Path, header: str, odd: str) -> None:
    mail_id = ids.new_id(5)
    value = odd if header == "Subject" else f"{odd} <a@b.example>"
    (tmp_path / f"{mail_id.hex}.eml").write_bytes(f"{header}: {value}\nX: y\n\nWords.\n".encode())
    found = outbox_letters.stored(tmp_path, mail_id)
    assert found is not None
    shown = (found.sender, found.recipient, found.reply_to, found.subject)
    assert sum(bool(each) for each in shown) == 1
    assert "".join(shown).encode("utf-8")
