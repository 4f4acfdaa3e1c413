"""A reply lands in its case, once; what is forged, or belongs nowhere, stands on the list with its reason."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from alerts import service
from alerts.threads import mail_intake
from alerts.views import CaseView
from feedback_engine.directory import service as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.mail.mailboxes import RawMail
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, rows, staff_actor
from tests.alerts.threads import MAILBOX, address_of, danas_case, reply, sent_id, take, thread_of, unmatched, write
from tests.directory import builders as people

BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>
To: partners@ours.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@mx.acme.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The address does not exist.
--b
Content-Type: message/delivery-status

Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <{returned}>
Subject: Your answer

words
--b--
"""


def replies(of: World, opened: CaseView) -> list[str]:
    """The new words of what came into a case."""
    return [letter.shown for letter in thread_of(of, opened).messages if letter.direction == "in"]


# ---- what lands


def test_a_reply_lands_by_the_message_id_it_answers_and_wakes_the_case(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    service.snooze(of.engine.work, staff_actor(of.dana), opened.id, of.now + timedelta(days=2))
    assert take(of, reply("It took nine days.", answers=sent_id(of, opened))) == "landed"
    assert replies(of, opened) == ["It took nine days."]
    now = case(of, opened.id)
    assert now.snoozed_until is None
    entries = rows(of, "case_entry")
    assert (entries[-1].kind, entries[-1].revision) == ("partner_replied", now.revision)
    [told] = [row for row in rows(of, "notification") if row.news == "partner_replied"]
    assert told.recipient_id == of.dana.id
    assert unmatched(of) == []


def test_a_reply_lands_by_the_address_of_its_case_alone(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    shouted = address_of(of, opened).upper()  # servers may fold case
    assert take(of, reply(to=f"Dana Keller <{shouted}>")) == "landed"
    assert len(replies(of, opened)) == 1


def test_a_colleague_at_the_partner_may_answer(engine: Engine) -> None:
    of, opened = danas_case(engine)
    people.contact(of.engine, of.acme, "rui@acme.example", name="Rui")
    write(of, opened)
    assert take(of, reply(answers=sent_id(of, opened), sender="Rui <RUI@acme.example>")) == "landed"
    assert thread_of(of, opened).messages[-1].writer == "Rui"


def test_a_colleague_may_answer_from_the_twin_that_the_partner_was_merged_with(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory.merge_partners(uow, of.brisk.id, of.acme.id)
    assert take(of, reply(answers=sent_id(of, opened), sender="bo@brisk.example")) == "landed"


def test_whom_we_wrote_to_may_answer_although_they_left(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory.mark_contact_left(uow, of.ana.id)
    assert take(of, reply(answers=sent_id(of, opened))) == "landed"


def test_each_mail_is_taken_once(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    mail = reply(answers=sent_id(of, opened))
    by_another_way = b"Received: from mx2 (mx2.ours.example)\r\n" + mail.replace(b"\n", b"\r\n") + b"\r\n"
    assert [take(of, each) for each in (mail, mail, by_another_way)] == ["landed", "known", "known"]
    assert len(replies(of, opened)) == 1
    other = reply("One more thing.", answers=sent_id(of, opened))  # the same Message-ID, other words
    assert take(of, other) == "landed"


def test_of_several_workers_one_takes_a_mail(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    mails = [reply(f"No. {number}", answers=sent_id(of, opened), number=number) for number in range(5)]
    with ThreadPoolExecutor(4) as workers:
        outcomes = list(workers.map(lambda mail: _taken(of, mail), mails * 4))
    assert outcomes.count("landed") == 5
    assert sorted(replies(of, opened)) == [f"No. {number}" for number in range(5)]
    assert case(of, opened.id).revision == 7  # opened, replied, five replies


def _taken(of: World, mail: bytes) -> str:
    """Take a mail in, again for as long as others are faster, as the next look into the mailbox would."""
    while True:
        try:
            return take(of, mail)
        except Conflict:
            continue


def test_a_reply_ends_a_pause_that_waited_for_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    service.pause(of.engine.work, staff_actor(of.dana), opened.id, reason="awaiting_partner", text="Sends the numbers.")
    take(of, reply(answers=sent_id(of, opened)))
    assert case(of, opened.id).paused_at is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X-Autoreply": "yes"},
        {"Return-Path": "<>"},
    ],
)
def test_an_automatic_reply_is_marked_and_wakes_nobody(sqlite_engine: Engine, headers: dict[str, str]) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    until = of.now + timedelta(days=2)
    service.snooze(of.engine.work, staff_actor(of.dana), opened.id, until)
    assert take(of, reply("I am away.", answers=sent_id(of, opened), headers=headers)) == "landed"
    assert thread_of(of, opened).messages[-1].automatic == "auto_reply"
    assert case(of, opened.id).snoozed_until == until
    assert not [row for row in rows(of, "notification") if row.news == "partner_replied"]


def test_a_bounce_marks_the_letter_and_wakes_nobody(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    assert take(of, BOUNCE.format(returned=sent_id(of, opened)).encode()) == "unmatched"
    [letter] = thread_of(of, opened).messages
    assert letter.returned_at == of.now
    [listed] = unmatched(of)
    assert (listed.reason, listed.suspected) == ("bounce", opened.ref)
    assert not [row for row in rows(of, "notification") if row.news == "partner_replied"]


def test_a_reply_to_a_closed_case_is_told_and_leaves_it_closed(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    take(of, reply(answers=sent_id(of, opened)))
    assert case(of, opened.id).state == "closed"
    assert [row for row in rows(of, "notification") if row.news == "partner_replied"]


# ---- what does not

FORGED = "c1-aaaaaaaaaaaaaaaaaaaaaaaaaa"
TRUSTED = {"trusted_authserv": "mx.ours.example"}
GOOD = "Ana Silva <ana@acme.example>"

TRICKS: list[tuple[str, str, Callable[[World, CaseView, str], bytes]]] = [
    ("a stranger who knows the Message-ID", "wrong_sender", lambda of, c, i: reply(answers=i, sender="x@evil.example")),
    (
        "a contact of another partner",
        "wrong_sender",
        lambda of, c, i: reply(answers=i, sender="Bo Lind <bo@brisk.example>"),
    ),
    (
        "the right name before a wrong address",
        "wrong_sender",
        lambda of, c, i: reply(answers=i, sender='"ana@acme.example" <x@evil.example>'),
    ),
    (
        "the right address encoded as a name",
        "wrong_sender",
        lambda of, c, i: reply(answers=i).replace(GOOD.encode(), b"=?utf-8?q?ana=40acme.example?= <x@evil.example>"),
    ),
    (
        "the right address beside a wrong one in one header",
        "no_sender",
        lambda of, c, i: reply(answers=i).replace(GOOD.encode(), b"ana@acme.example <x@evil.example>"),
    ),
    (
        "two senders",
        "no_sender",
        lambda of, c, i: reply(answers=i).replace(GOOD.encode(), b"ana@acme.example, x@evil.example"),
    ),
    (
        "two From headers",
        "no_sender",
        lambda of, c, i: b"From: x@evil.example\n" + reply(answers=i),
    ),
    (
        "the right address in Sender and Reply-To only",
        "wrong_sender",
        lambda of, c, i: reply(
            answers=i, sender="x@evil.example", headers={"Sender": "ana@acme.example", "Reply-To": "ana@acme.example"}
        ),
    ),
    (
        "a look-alike with a Cyrillic a",
        "wrong_sender",
        lambda of, c, i: reply(answers=i).replace(GOOD.encode(), "an\u0430@acme.example".encode()),
    ),
    (
        "a domain that ends like the right one",
        "wrong_sender",
        lambda of, c, i: reply(answers=i, sender="ana@acme.example.evil.example"),
    ),
    ("nobody at all", "no_sender", lambda of, c, i: reply(answers=i).replace(f"From: {GOOD}\n".encode(), b"")),
    ("a Message-ID that we never sent", "unknown", lambda of, c, i: reply(answers=f"{'0' * 31}1@ours.example")),
    ("our mail's id under another domain", "unknown", lambda of, c, i: reply(answers=f"{i[:32]}@evil.example")),
    ("no word on what it answers", "unknown", lambda of, c, i: reply()),
    ("the bare reference of a case in the subject", "unknown", lambda of, c, i: reply(headers={"X-Case": c.ref})),
    ("a tag that was guessed", "forged_tag", lambda of, c, i: reply(to=f"cases+{FORGED}@ours.example")),
    (
        "the tag of one case with the number of another",
        "forged_tag",
        lambda of, c, i: reply(to=address_of(of, c).replace(c.ref.lower().replace("-", ""), "c99999")),
    ),
    (
        "a good Message-ID, and a tag that was guessed",
        "forged_tag",
        lambda of, c, i: reply(answers=i, to=f"cases+{FORGED}@ours.example"),
    ),
    (
        "a stranger with the address of the case",
        "wrong_sender",
        lambda of, c, i: reply(to=address_of(of, c), sender="x@evil.example"),
    ),
    (
        "a bounce that was made up, with words for the case",
        "bounce",
        lambda of, c, i: reply(answers=i, sender="postmaster@evil.example"),
    ),
]


@pytest.mark.parametrize(("trick", "reason", "made"), TRICKS, ids=[trick for trick, _, _ in TRICKS])
def test_a_forged_reply_does_not_land_and_is_not_lost(
    sqlite_engine: Engine, trick: str, reason: str, made: Callable[[World, CaseView, str], bytes]
) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    before = case(of, opened.id).revision
    mail = made(of, opened, sent_id(of, opened))
    assert take(of, mail) == "unmatched", trick
    [listed] = unmatched(of)
    assert listed.reason == reason
    assert replies(of, opened) == []
    assert case(of, opened.id).revision == before
    [kept] = rows(of, "unmatched_mail")
    assert bytes(kept.raw) == mail
    assert not [row for row in rows(of, "notification") if row.news == "partner_replied"]


FAILING = "mx.ours.example; dmarc=fail header.from=acme.example; spf=pass smtp.mailfrom=evil.example"
PASSING = "mx.ours.example; dmarc=pass header.from=acme.example"


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([PASSING], None),
        (["mx.ours.example; dkim=pass header.d=acme.example; spf=none"], None),  # no DMARC, and nothing failed
        (["MX.ours.example 1; DMARC=PASS (p=none dis=none)"], None),
        ([FAILING], "auth_failed"),
        (["mx.ours.example; spf=softfail smtp.mailfrom=acme.example; dkim=none"], "auth_failed"),
        ([], "auth_missing"),  # it came past the server that judges
        (["mx.evil.example; dmarc=pass"], "auth_missing"),  # said by somebody else
        ([FAILING, PASSING], "auth_failed"),  # what stands below came with the mail
        (["mx.ours.example (dmarc=pass); dmarc=fail"], "auth_failed"),  # said in a comment
        (['mx.ours.example; x="; dmarc=pass"; dmarc=fail'], "auth_failed"),  # said in quotes
        (["evil.example; dmarc=pass; mx.ours.example; dmarc=pass"], "auth_missing"),
    ],
)
def test_the_word_of_the_trusted_server_counts_and_no_other(
    sqlite_engine: Engine, results: list[str], reason: str | None
) -> None:
    of, opened = danas_case(sqlite_engine, **TRUSTED)
    write(of, opened)
    head = "".join(f"Authentication-Results: {each}\n" for each in results).encode()
    assert take(of, head + reply(answers=sent_id(of, opened))) == ("unmatched" if reason else "landed")
    assert [listed.reason for listed in unmatched(of)] == ([reason] if reason else [])


def test_a_mail_that_answers_two_cases_lands_in_neither(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    other = open_case(of, 2, touchpoint="training.held")
    write(of, opened)
    write(of, other)
    mail = reply(answers=sent_id(of, opened), to=address_of(of, other))
    assert take(of, mail) == "unmatched"
    assert [listed.reason for listed in unmatched(of)] == ["contradictory"]


def test_a_mail_that_is_too_large_is_known_by_its_head(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    mail = reply(answers=sent_id(of, opened))
    raw = RawMail(mail, 40_000_000)
    assert [mail_intake.take(of.engine, raw) for _ in range(2)] == ["unmatched", "known"]
    [listed] = unmatched(of)
    assert (listed.reason, listed.sender, listed.suspected) == ("too_large", "ana@acme.example", opened.ref)


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 500, b"From: a@b.example\n" + b"x" * 5_000])
def test_what_is_hardly_a_mail_is_listed(sqlite_engine: Engine, raw: bytes) -> None:
    of, _ = danas_case(sqlite_engine)
    assert take(of, raw) == "unmatched"
    assert len(unmatched(of)) == 1


def test_parts_that_lie_too_deep_are_refused_in_time(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    head = b"From: ana@acme.example\n"
    body = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2_000))
    assert take(of, head + body) == "unmatched"
    assert unmatched(of)[0].reason == "unreadable"


# ---- what people do with the list


def test_an_administrator_puts_a_mail_into_its_case(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    take(of, reply("From my own address.", answers=sent_id(of, opened), sender="ana.silva@home.example"))
    [listed] = unmatched(of)
    mail_intake.file_unmatched(of.engine, staff_actor(of.luis), listed.id, opened.ref)
    assert replies(of, opened) == ["From my own address."]
    assert unmatched(of) == []
    with pytest.raises(Conflict):
        mail_intake.file_unmatched(of.engine, staff_actor(of.luis), listed.id, opened.ref)
    assert replies(of, opened) == ["From my own address."]


def test_a_mail_cannot_be_put_into_a_case_that_does_not_exist(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    take(of, reply())
    with pytest.raises(NotFound):
        mail_intake.file_unmatched(of.engine, staff_actor(of.luis), unmatched(of)[0].id, "C-99999")
    assert len(unmatched(of)) == 1


def test_a_mail_is_set_aside(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    take(of, reply())
    mail_intake.set_aside(of.engine, staff_actor(of.luis), unmatched(of)[0].id)
    assert unmatched(of) == []
    assert len(rows(of, "unmatched_mail")) == 1


def test_the_address_of_a_case_cannot_be_guessed_from_another(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    other = open_case(of, 2, touchpoint="training.held")
    tags = {address_of(of, each).partition("-")[2] for each in (opened, other)}
    assert len(tags) == 2
    assert all(len(tag.partition("@")[0]) == 26 for tag in tags)
    assert MAILBOX not in {address_of(of, each) for each in (opened, other)}
