"""Mail goes once, late mail does not go, a stop stops, and an unclear fate is shown and not hidden."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation import ids, outbox, retry
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.mail import queue, sending
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.mail.message import Address, Message, Withdrawn, as_bytes
from feedback_engine.foundation.mail.queue import MailOrder, QueuedMail
from feedback_engine.foundation.mail.rest import Rest
from feedback_engine.foundation.mail.transports.base import Again, Outcome, Outgoing, Sent, Transport, Unclear
from feedback_engine.foundation.mail.transports.folder import FolderTransport
from feedback_engine.foundation.mail.transports.smtp import SmtpServer, SmtpTransport
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading
from tests.servers import MailServer

SENDER = Address("partners@northwind.example", "Dana Keller")


def render(_reading: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    return {mail.id: Message(SENDER, Address(mail.attributes["to"]), "Hello", "Text", "<p>Text</p>") for mail in mails}


class Scripted:
    """A provider that answers as told."""

    replaces = False

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.message_ids: list[str] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        for outgoing in messages:
            self.message_ids.append(outgoing.message_id)
            yield outgoing.mail_id, self.outcome


def order(engine: Engine, to: str = "ana@acme.example", **changes: object) -> UUID:
    partner_id = ids.new_id(5)
    with engine.work.begin(actor=SYSTEM) as uow:
        given_order = {
            "kind": "letter",
            "shard": 5,
            "ref_id": partner_id,
            "partner_id": partner_id,
            "due_at": uow.now,
            "attributes": {"to": to},
            **changes,
        }
        return queue.enqueue(uow, MailOrder(**given_order))  # type: ignore[arg-type]


def send(engine: Engine, transport: Transport, rest: Rest | None = None) -> int:
    return sending.send_due(
        engine.work, transport, {"letter": render}, holder="test", domain="northwind.example", rest=rest
    )


def states(engine: Engine) -> dict[str, int]:
    with engine.work.read() as reading:
        return queue.counts(reading)


def transport_to(server: MailServer) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", int(server.url.rsplit(":", 1)[1]), False, None, None))


def test_a_due_mail_is_sent_once_over_smtp(engine: Engine) -> None:
    order(engine)
    with MailServer() as server:
        send(engine, transport_to(server))
        send(engine, transport_to(server))

    [mail] = server.taken
    assert mail.recipient == "ana@acme.example"
    assert mail.parsed["From"] == "Dana Keller <partners@northwind.example>"
    plain = mail.parsed.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip() == "Text"
    assert states(engine) == {"sent": 1}


def test_a_refused_recipient_bounces_and_the_others_go(engine: Engine) -> None:
    engine.work.subscribers |= {MailBounced: ("bounces",), MailSettled: ("fates",)}
    for name in ("ana", "ben", "eva"):
        order(engine, f"{name}@acme.example")
    with MailServer() as server:
        server.refuse["ben@acme.example"] = "550 5.1.1 no such user"
        send(engine, transport_to(server))

    assert sorted(mail.recipient for mail in server.taken) == ["ana@acme.example", "eva@acme.example"]
    assert states(engine) == {"sent": 2, "failed": 1}
    with engine.work.read() as reading:
        from feedback_engine.foundation import outbox

        assert outbox.backlog(reading) == {"bounces": 1, "fates": 3}


def test_lines_that_begin_with_a_full_stop_arrive_as_they_are(engine: Engine) -> None:
    written = "First\n.\n..two\n.env is hidden"
    with MailServer() as server:
        transport = transport_to(server)
        dotted = Message(SENDER, Address("ana@acme.example"), "Hello", written, "<p>Text</p>")
        [(_, outcome)] = transport.send([Outgoing(ids.new_id(5), dotted, "1@northwind.example", engine.clock.now())])
    assert outcome == Sent()
    plain = server.taken[0].parsed.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == written


def test_an_hour_without_the_server_takes_no_mails_last_try(engine: Engine, clock: MovedClock) -> None:
    for number in range(40):
        order(engine, f"c{number}@acme.example")
    nowhere = SmtpTransport(SmtpServer("127.0.0.1", 1, False, None, None))
    for _ in range(60):
        clock.advance(timedelta(minutes=1))
        while send(engine, nowhere):
            pass
    assert states(engine) == {"queued": 40}
    with MailServer() as server:
        clock.advance(timedelta(hours=1))
        while send(engine, transport_to(server)):
            pass
    assert len(server.taken) == 40
    assert states(engine) == {"sent": 40}


def test_while_the_server_is_away_one_batch_looks_each_half_minute_and_the_others_wait_untouched(
    sqlite_engine: Engine, clock: MovedClock
) -> None:
    for number in range(5 * sending.BATCH_SIZE):
        order(sqlite_engine, f"c{number}@acme.example")
    away, rest = Scripted(Again("nobody is there", reached=False)), Rest()
    for _ in range(10):
        while send(sqlite_engine, away, rest):
            pass
        clock.advance(timedelta(seconds=3))
    assert len(away.message_ids) == sending.BATCH_SIZE
    with MailServer() as server:
        while send(sqlite_engine, transport_to(server), rest):
            pass
    assert len(server.taken) == 5 * sending.BATCH_SIZE, "all go as soon as it is back"


def test_a_server_that_refuses_us_makes_nobody_unreachable(engine: Engine, clock: MovedClock) -> None:
    engine.work.subscribers |= {MailBounced: ("bounces",)}
    for number in range(3):
        order(engine, f"c{number}@acme.example")
    with MailServer() as server:
        server.refuse_us = "530 5.7.0 Authentication required"
        send(engine, transport_to(server))
        assert states(engine) == {"queued": 3}
        server.refuse_us = None
        clock.advance(timedelta(hours=1))
        send(engine, transport_to(server))
    assert states(engine) == {"sent": 3}
    with engine.work.read() as reading:
        assert outbox.backlog(reading) == {}


def test_an_alert_that_breaks_off_each_time_is_tried_by_the_rules_and_given_up(
    engine: Engine, clock: MovedClock
) -> None:
    order(engine, "dana@northwind.example", audience="staff", partner_id=None, repeatable=True)
    broken = Scripted(Unclear("the connection broke while sending"))
    for _ in range(5):
        send(engine, broken)
    assert len(broken.message_ids) == 1
    for _ in range(30):
        clock.advance(timedelta(hours=1))
        send(engine, broken)
    assert states(engine) == {"failed": 1}
    assert len(broken.message_ids) <= retry.MAX_ATTEMPTS
    assert len(set(broken.message_ids)) == 1


def test_a_server_that_is_away_is_tried_again_until_the_rules_give_up(engine: Engine, clock: MovedClock) -> None:
    order(engine)
    nowhere = SmtpTransport(SmtpServer("127.0.0.1", 1, False, None, None))
    send(engine, nowhere)
    assert states(engine) == {"queued": 1}

    for _ in range(30):
        clock.advance(timedelta(hours=1))
        send(engine, nowhere)

    assert states(engine) == {"failed": 1}


def test_mail_past_its_time_is_cancelled_and_says_why(engine: Engine, clock: MovedClock) -> None:
    order(engine, send_before=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    send(engine, Scripted(Again("never asked")))

    with engine.work.read() as reading:
        [mail] = queue.recent(reading)
    assert (mail.state, mail.reason) == ("cancelled", "late")


def test_a_stop_holds_partner_mail_and_a_resume_sends_it_once(engine: Engine) -> None:
    order(engine)
    order(engine, "dana@northwind.example", audience="staff", partner_id=None)
    with engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "wrong list")
    with MailServer() as server:
        send(engine, transport_to(server))
        assert [mail.recipient for mail in server.taken] == ["dana@northwind.example"]

        with engine.work.begin(actor=SYSTEM) as uow:
            queue.resume(uow)
        send(engine, transport_to(server))
        send(engine, transport_to(server))

    assert [mail.recipient for mail in server.taken] == ["dana@northwind.example", "ana@acme.example"]


def test_a_stop_between_reading_and_claiming_wins(engine: Engine) -> None:
    order(engine)
    with engine.work.read() as reading:
        candidates = queue.due(reading, 10)
    with engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "wrong list")
    with engine.work.begin(actor=SYSTEM) as uow:
        assert queue.claim(uow, candidates, "late worker") == []


def test_two_workers_cannot_claim_the_same_mail(engine: Engine) -> None:
    order(engine)
    with engine.work.read() as reading:
        candidates = queue.due(reading, 10)
    with engine.work.begin(actor=SYSTEM) as uow:
        first = queue.claim(uow, candidates, "first")
    with engine.work.begin(actor=SYSTEM) as uow:
        second = queue.claim(uow, candidates, "second")
    assert (len(first), len(second)) == (1, 0)


def test_an_abandoned_invitation_is_unknown_and_waits_for_a_person(engine: Engine, clock: MovedClock) -> None:
    mail_id = order(engine)
    abandon(engine, clock)
    assert states(engine) == {"unknown": 1}

    with engine.work.begin(actor=SYSTEM) as uow:
        queue.settle_unknown(uow, mail_id, arrived=False)
    with MailServer() as server:
        send(engine, transport_to(server))
    assert len(server.taken) == 1
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        queue.settle_unknown(uow, mail_id, arrived=True)


def test_an_abandoned_alert_goes_again_under_the_same_message_id(engine: Engine, clock: MovedClock) -> None:
    mail_id = order(engine, repeatable=True)
    abandon(engine, clock)
    provider = Scripted(Unclear("the line broke"))
    send(engine, provider)
    clock.advance(timedelta(hours=1))
    send(engine, provider)
    assert provider.message_ids == [f"{mail_id.hex}@northwind.example"] * 2
    assert states(engine) == {"queued": 1}


def abandon(engine: Engine, clock: MovedClock) -> None:
    with engine.work.read() as reading:
        candidates = queue.due(reading, 10)
    with engine.work.begin(actor=SYSTEM) as uow:
        queue.claim(uow, candidates, "dead worker")
    clock.advance(queue.CLAIM_EXPIRES)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert len(queue.settle_abandoned(uow)) == 1


def test_one_mail_that_cannot_be_rendered_stops_no_other(engine: Engine) -> None:
    order(engine, "not an address")
    order(engine, "ana@acme.example")
    with MailServer() as server:
        send(engine, transport_to(server))
    assert [mail.recipient for mail in server.taken] == ["ana@acme.example"]
    assert states(engine) == {"sent": 1, "cancelled": 1}


def test_the_folder_keeps_each_mail_as_a_file(sqlite_engine: Engine, tmp_path: object) -> None:
    mail_id = order(sqlite_engine)
    folder = FolderTransport(sqlite_engine.settings.var_dir / "outbox")
    send(sqlite_engine, folder)
    content = (folder.folder / f"{mail_id.hex}.eml").read_bytes()
    assert message_from_bytes(content, policy=policy.default)["To"] == "ana@acme.example"


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("ana@acme.example\r\nBcc: all@acme.example", ""),  # a header smuggled behind the address
        ("ana@acme.example", "Ana\nBcc: all@acme.example"),  # or behind the name
        ("ana@acme.example, ben@acme.example", ""),  # two addresses in one
        ("ana", ""),  # no domain
        ("", ""),  # nothing
        ("a" * 250 + "@acme.example", ""),  # longer than RFC 5321 allows
    ],
)
def test_an_address_that_could_smuggle_a_header_is_refused(email: str, name: str) -> None:
    with pytest.raises(Invalid):
        Address(email, name)


@given(
    subject=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200),
    name=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60),
    text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=500),
)
def test_what_is_written_is_what_is_read(subject: str, name: str, text: str) -> None:
    message = Message(Address("a@b.example", name), Address("ana@acme.example"), subject, text, f"<p>{len(text)}</p>")
    content = as_bytes(message, message_id="1@b.example", at=datetime(2026, 3, 9, tzinfo=UTC))
    read = message_from_bytes(content, policy=policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_payload(decode=True) == text.encode()
    assert set(read.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    if subject.isascii() and all(sign in string.printable for sign in subject) and subject == subject.strip():
        assert " ".join(str(read["Subject"]).split()) == " ".join(subject.split())


@pytest.mark.parametrize("subject", ["=?utf-8?q?a=0D=0ABcc:=20evil@x.example?=", "=?utf-7?q?+2AA-?=", "a =?x?="])
def test_a_subject_that_looks_encoded_is_read_as_it_was_written(subject: str) -> None:
    message = Message(SENDER, Address("ana@acme.example"), subject, "Text", "<p>Text</p>")
    content = as_bytes(message, message_id="1@b.example", at=datetime(2026, 3, 9, tzinfo=UTC))
    assert str(message_from_bytes(content, policy=policy.default)["Subject"]) == subject


@pytest.mark.parametrize("name", ["=?utf-8?q?=0A?= Ana", "=?utf-8?b?Cg==?=", "=?utf-8?q?=0D?=", "Ana =?us-ascii?q?x?="])
def test_a_name_that_looks_encoded_is_read_as_it_was_written(name: str) -> None:
    message = Message(SENDER, Address("ana@acme.example", name), "Hello", "Text", "<p>Text</p>")
    content = as_bytes(message, message_id="1@b.example", at=datetime(2026, 3, 9, tzinfo=UTC))
    [read] = message_from_bytes(content, policy=policy.default)["To"].addresses
    assert (read.display_name, read.addr_spec) == (name, "ana@acme.example")


def test_a_list_begins_with_what_happened_last_page_by_page(engine: Engine, clock: MovedClock) -> None:
    now = clock.now()
    for hours in (0, 170, 171, 172):
        order(engine, due_at=now + timedelta(hours=hours))  # three wait for next week
        clock.advance(timedelta(minutes=1))
    send(engine, Scripted(Sent()))
    clock.advance(timedelta(minutes=1))
    order(engine, due_at=now + timedelta(hours=1))
    found: list[queue.MailView] = []
    with engine.work.read() as reading:
        while page := queue.recent(reading, limit=2, before=(found[-1].moved_at, found[-1].id) if found else None):
            found += page
    assert [(mail.due_at - now) // timedelta(hours=1) for mail in found] == [1, 0, 172, 171, 170]
    assert [mail.state for mail in found] == ["queued", "sent", "queued", "queued", "queued"]
