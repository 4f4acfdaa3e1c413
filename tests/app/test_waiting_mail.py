"""Mail that waits says what it waits for, wherever an operator looks; and a held wave may leave at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
import requests

from feedback_engine.foundation.mail.transports.folder import folder_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.outbox import MOST_RECIPIENTS, SHOWN
from surveys import service as surveys
from tests.directory import builders
from tests.installation import Installation, running

OWNER = "priya@northwind.example"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A live starter program, two contacts to ask, and Priya, who reads in Rome's time."""
    with running(sqlite_url, tmp_path, mail="folder") as installation:
        installation.publish_starter()
        installation.staff("Priya Raman", "program_owner", time_zone="Europe/Rome")
        installation.many_partners(2)
        yield installation


def sent_wave(house: Installation, session: requests.Session) -> tuple[str, str]:
    """A wave that was just sent: its path, and what the page says then."""
    path = f"/waves/{house.make_wave(session, 'Spring', 'deal.registration_decided')}"
    return path, house.press(session, f"{path}/send").text


def text(house: Installation, session: requests.Session, path: str) -> str:
    answer = session.get(house.address + path, timeout=30)
    assert answer.status_code == 200
    return answer.text


def test_contacts_are_being_decided_about_until_they_are(house: Installation) -> None:
    session = house.signed_in(OWNER)
    path, page = sent_wave(house, session)
    assert "held for 1 hour, so that you can take it back" in page
    assert "2 are being decided about" in page
    assert page.count("being decided</span>") == 3, "the wave, and each of its contacts"
    assert "not asked" not in page
    house.settle()
    page = text(house, session, path)
    assert "of 2 decided about" in page
    assert "being decided" not in page
    assert page.count("held until 11:12, so that it can be taken back") == 3  # each contact, and the figure


def test_a_waiting_mail_says_until_when_and_leads_to_its_reasons(house: Installation) -> None:
    session = house.signed_in(OWNER)
    sent_wave(house, session)
    house.settle()
    outbox = text(house, session, "/outbox")
    assert outbox.count("Held until 11:12, so that it can be taken back") == 2
    assert "To c0@p0.example</p>" in outbox
    assert "/sampling/explain?email=c0%40p0.example&amp;touchpoint=deal.registration_decided" in outbox
    assert 'href="/contacts/' in outbox
    assert outbox.count('href="/waves/spring"') == 2
    assert outbox.count("The hold is set under") == 2
    assert "held for 1 hour" in text(house, session, "/launch")
    assert "Hold for 1 hour, so that mail can be taken back." in text(house, session, "/sampling")
    house.later(minutes=61)
    assert "Held until" not in text(house, session, "/outbox")
    assert house.letters("c0@p0.example")


def test_a_mail_that_was_held_before_the_hold_was_changed_says_that_its_own_hold_counts(house: Installation) -> None:
    session = house.signed_in(OWNER)
    sent_wave(house, session)
    house.settle()
    house.publish_starter(replaced={"hold_minutes: 60": "hold_minutes: 0"})
    outbox = text(house, session, "/outbox")
    own = "Held until 11:12, so that it can be taken back; the hold was another when it was ordered"
    assert outbox.count(own) == 2
    assert "The hold is set under" not in outbox, "it changes nothing for these"


def test_a_waiting_mail_can_be_read_before_it_leaves_and_its_links_cannot_be_followed(house: Installation) -> None:
    session = house.signed_in(OWNER)
    sent_wave(house, session)
    house.settle()
    path = re.findall(r'class="quiet" href="(/outbox/[^"]+)"', text(house, session, "/outbox"))[0]
    page, as_seen = text(house, session, path), text(house, session, f"{path}/html")
    assert "It has not been sent yet" in page
    assert "c1@p1.example" in page
    assert f"{house.address}/…" in page
    assert "Held until 11:12, so that it can be taken back" in page
    subject = re.findall(r"<dt>Subject</dt><dd[^>]*>([^<]+)</dd>", page)[0]
    assert f"<h1>{subject}</h1>" in page.replace(' tabindex="-1"', "")
    assert f'href="{path}" dir="auto">{subject}</a>' in text(house, session, "/outbox"), "as the list calls it"
    assert 'href="/waves/spring"' in page
    assert f'href="{house.address}' not in page + as_seen
    assert "Leads nowhere before the mail is sent" in as_seen
    assert "/s/" not in page + as_seen
    assert "/u/" not in page + as_seen
    house.later(minutes=61)
    page = text(house, session, path)
    assert "It has not been sent yet" not in page
    assert "Partner team &lt;partners@example.com&gt;" in page
    assert f"{house.address}/s/" in page


@pytest.mark.parametrize("mailbox", ['"=?utf-8?q?=0A?= Ana" <a@b.example>', "<", "a@", "a@[", '"', "a:b:c;d;"])
def test_a_mail_with_an_odd_mailbox_hides_neither_itself_nor_the_others(house: Installation, mailbox: str) -> None:
    session = house.signed_in(OWNER)
    sent_wave(house, session)
    house.settle()
    path = re.findall(r'class="quiet" href="(/outbox/[^"]+)"', text(house, session, "/outbox"))[0]
    stored = folder_of(house.engine.settings) / f"{UUID(path.rpartition('/')[2]).hex}.eml"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(
        f"From: Us <us@b.example>\nTo: {mailbox}\nSubject: Odd\nContent-Type: text/plain\n\nWords of it\n"
    )
    assert "Words of it" in text(house, session, path)
    assert "c0@p0.example" in text(house, session, "/outbox")


def test_an_address_beyond_ascii_is_shown_as_it_is_written(house: Installation) -> None:
    session = house.signed_in(OWNER)
    partner = builders.partner(house.engine, "joerg", name="Jörg & Co", kind="channel")
    builders.contact(house.engine, partner, "jörg@acme.example", name="Jörg", role="sales manager")
    sent_wave(house, session)
    house.settle()
    house.later(minutes=61)
    outbox = text(house, session, "/outbox?state=sent")
    paths = set(re.findall(r'href="(/outbox/[0-9a-f-]{36})"', outbox))
    assert "Jörg &lt;jörg@acme.example&gt;" in outbox
    assert any("jörg@acme.example" in text(house, session, path) for path in paths)


def test_a_mail_that_will_not_go_cannot_be_read(house: Installation) -> None:
    session = house.signed_in(OWNER)
    sent_wave(house, session)
    house.settle()
    path = re.findall(r'class="quiet" href="(/outbox/[^"]+)"', text(house, session, "/outbox"))[0]
    house.press(session, "/waves/spring/take-back")
    answer = session.get(house.address + path, timeout=30)
    assert answer.status_code == 404
    assert "Only mail that waits or went to the folder can be shown" in answer.text


def test_a_hold_that_ends_at_night_is_followed_by_the_send_window(house: Installation) -> None:
    session = house.signed_in(OWNER)
    house.later(hours=6, minutes=30)  # 16:42 in Rome
    path, _ = sent_wave(house, session)
    house.settle()
    page = text(house, session, path)
    held = "held until 17:42, so that it can be taken back"
    assert f"{held}; then waits for the send window: Tue 10 Mar 09:00, Rome time" in page
    house.later(hours=2)
    page = text(house, session, path)
    assert "held until" not in page
    assert "waits for the send window: Tue 10 Mar 09:00, Rome time" in page
    assert "/send-now" not in page, "nobody is written to at night"
    assert house.letters("c0@p0.example") == []
    house.press(session, f"{path}/send-now")
    house.settle()
    assert house.letters("c0@p0.example") == [], "not even by whoever knows the address of the button"


@pytest.mark.parametrize("past_noon_hours", [0.0, 6.5])  # the window is still open, though it closes within the hold
def test_an_operator_lets_held_mail_leave_while_the_window_is_open(house: Installation, past_noon_hours: float) -> None:
    session = house.signed_in(OWNER)
    house.later(hours=past_noon_hours)
    path, _ = sent_wave(house, session)
    house.settle()
    assert house.letters("c0@p0.example") == []
    assert "Send 2 held mails now" in text(house, session, path)
    page = house.press(session, f"{path}/send-now").text
    assert "2 mails leave now." in page
    assert "leaves in a moment" in page
    house.settle()
    assert len(house.letters("c0@p0.example")) == 1
    assert "0 mails leave now." in house.press(session, f"{path}/send-now").text, "pressed again it sends nothing twice"
    house.settle()
    assert len(house.letters("c0@p0.example")) == 1
    with house.engine.database.read() as connection:
        audited = connection.exec_driver_sql(
            "SELECT actor_name FROM audit WHERE action = 'invitations.sent_now' ORDER BY id"
        ).scalars()
        assert list(audited) == ["Priya Raman", "Priya Raman"]


def test_while_sending_is_stopped_the_button_does_not_say_that_mail_leaves(house: Installation) -> None:
    session = house.signed_in(OWNER)
    path, _ = sent_wave(house, session)
    house.settle()
    house.press(session, "/outbox/stop")
    page = house.press(session, f"{path}/send-now").text
    stopped = "Sending is stopped: mail to partners goes out on resume."
    assert f"{stopped} 2 mails are held no more." in page
    assert "leave now" not in page


def test_what_was_taken_back_does_not_leave_by_the_button(house: Installation) -> None:
    session = house.signed_in(OWNER)
    path, _ = sent_wave(house, session)
    house.settle()
    house.press(session, f"{path}/take-back")
    with house.engine.work.begin(actor=SYSTEM) as uow:
        assert surveys.send_wave_now(uow, surveys.get_wave(uow, path.rpartition("/")[2])) == 0
    house.settle()
    assert house.letters("c0@p0.example") == []


def test_mail_is_found_by_the_name_or_the_address_of_its_recipient(house: Installation) -> None:
    session = house.signed_in(OWNER)
    partner = builders.partner(house.engine, "joerg", name="Jörg & Co", kind="channel")
    builders.contact(house.engine, partner, "office@acme.example", name="Jörg Weiß", role="sales manager")
    sent_wave(house, session)
    house.settle()
    for sought in ("JÖRG", "office@acme.example", "weiß"):
        found = text(house, session, f"/outbox?state=queued&q={quote(sought)}")
        assert re.findall(r">To ([^<]+)</p>", found) == ["Jörg Weiß &lt;office@acme.example&gt;"]
        assert "q=" in found.partition('href="/outbox?state=queued')[2][:40], (
            "the choice of a state keeps what is sought"
        )
    for sought in ("nobody", "%", "a\x00b"):
        assert "No mail to anybody of that name or address" in text(house, session, f"/outbox?q={quote(sought)}")


def test_a_search_that_finds_more_people_than_it_looks_for_asks_for_more_of_the_name(house: Installation) -> None:
    session = house.signed_in(OWNER)
    house.many_partners(MOST_RECIPIENTS + 1)
    told = text(house, session, "/outbox?q=example")
    assert f"More than {MOST_RECIPIENTS} people are called so" in told
    assert "Write more of the name or the address." in told


def test_long_lists_of_mail_are_walked_page_by_page(house: Installation) -> None:
    session = house.signed_in(OWNER)
    house.many_partners(30)
    sent_wave(house, session)
    house.settle()
    seen: list[str] = []
    path = "/outbox?state=queued"
    while path:
        page = text(house, session, path)
        shown = re.findall(r">To ([^\s<]+@[^\s<]+)</p>", page)
        assert len(shown) <= SHOWN
        seen += shown
        found = re.search(r'href="([^"]+cursor=[^"]+)"', page)
        path = unescape(found[1]) if found else ""
    assert len(seen) == len(set(seen)) == 30
