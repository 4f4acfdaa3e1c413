"""Mail comes in from a mailbox file, a mail folder and a real IMAP server; each once; a bad server stops nothing."""

from __future__ import annotations

import mailbox
import multiprocessing
import signal
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.threads import intake_store, mail_intake, mailbox_reading
from alerts.threads.mailbox_reading import BATCH_SIZE, MOST_TIMES, PATIENCE, MailboxReader
from alerts.views import CaseView
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, PermanentError, TransientError
from feedback_engine.foundation.mail import mailboxes
from feedback_engine.foundation.mail.mailboxes import RawMail, imap_address, open_imap
from feedback_engine.foundation.unit_of_work import Work
from tests.alerts.builders import World, rows
from tests.alerts.threads import danas_case, reply, sent_id, thread_of, unmatched, write
from tests.imap_server import ImapServer

LIMIT = 15_000_000


def look(of: World, server: ImapServer) -> int:
    return mailbox_reading.look(of.engine, imap_address(server.url))


def came_in(of: World, opened: CaseView) -> list[str]:
    return [letter.shown for letter in thread_of(of, opened).messages if letter.direction == "in"]


def problem(of: World, server: ImapServer) -> str | None:
    with of.engine.work.read() as view:
        position = intake_store.position(view, imap_address(server.url).name)
    return position.problem if position else "never read"


# ---- IMAP


def test_a_reply_lands_from_imap_once_however_often_it_is_read(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    with ImapServer() as server:
        server.deliver(reply("By IMAP.", answers=sent_id(of, opened)))
        assert [look(of, server), look(of, server)] == [1, 0]
        server.validity = 8  # the server has numbered its mails anew
        assert look(of, server) == 1
        assert "SELECT" not in server.commands  # opened for reading only
        assert "UID" in server.commands
    assert came_in(of, opened) == ["By IMAP."]
    assert unmatched(of) == []


def test_several_workers_take_each_mail_once(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    with ImapServer() as server:
        for number in range(4):
            server.deliver(reply(f"No. {number}", answers=sent_id(of, opened), number=number))
        with ThreadPoolExecutor(3) as workers:
            list(workers.map(lambda _: _look_until_done(of, server), range(3)))
    assert sorted(came_in(of, opened)) == [f"No. {number}" for number in range(4)]


def _look_until_done(of: World, server: ImapServer) -> None:
    while True:
        try:
            if not look(of, server):
                return
        except Conflict:
            continue


def test_the_next_look_goes_on_where_the_connection_broke(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with ImapServer() as server:
        for number in range(3):
            server.deliver(reply(f"No. {number}", answers=sent_id(of, opened), number=number))
        server.break_off_at = 2
        assert look(of, server) == 0
        assert "cannot be read" in (problem(of, server) or "")
        assert look(of, server) == 2  # what was read before is noted
        assert problem(of, server) is None
    assert came_in(of, opened) == ["No. 0", "No. 1", "No. 2"]


def test_a_large_mailbox_is_read_in_helpings(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    with ImapServer() as server:
        for number in range(BATCH_SIZE + 2):
            server.deliver(reply(number=number))
        assert [look(of, server) for _ in range(3)] == [BATCH_SIZE, 2, 0]
    assert len(unmatched(of)) == BATCH_SIZE + 2


def test_of_a_mail_that_is_too_large_only_the_head_is_fetched(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, incoming_mail_bytes=100_000)
    write(of, opened)
    with ImapServer() as server:
        server.deliver(reply("x" * 70 + "\n" + ("y" * 70 + "\n") * 3_000, answers=sent_id(of, opened)))
        assert look(of, server) == 1
    [listed] = unmatched(of)
    assert (listed.reason, listed.suspected) == ("too_large", opened.ref)
    assert listed.size > 200_000
    [kept] = rows(of, "unmatched_mail")
    assert len(kept.raw) == mailboxes.HEAD_BYTES


def test_a_mail_that_nobody_foresaw_stops_none_behind_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with ImapServer() as server:
        server.deliver(b"\xff\xfe\x00 no mail at all")
        server.deliver(reply(answers=sent_id(of, opened)))
        assert look(of, server) == 2
    assert len(came_in(of, opened)) == 1


def die_reading(of: World, server: ImapServer) -> None:
    """Let a process of its own look into the mailbox, and die of it."""
    child = multiprocessing.get_context("fork").Process(target=_look_in_a_moment, args=(of, server))
    child.start()
    server.reader = child.pid
    child.join()
    server.reader = None
    assert child.exitcode == -signal.SIGKILL


def _look_in_a_moment(of: World, server: ImapServer) -> None:
    database = Database(of.engine.settings.database_url, durable=False)  # a connection is no use to two processes
    work = Work(database, of.engine.clock)
    mailbox_reading.look(replace(of.engine, database=database, work=work), imap_address(server.url))


def test_a_mail_of_which_two_readers_died_is_listed_and_the_next_one_read(engine: Engine) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    with ImapServer() as server:
        server.deliver(reply("First.", answers=sent_id(of, opened), number=1))
        server.deadly = server.deliver(reply("Deadly.", answers=sent_id(of, opened), number=2))
        server.deliver(reply("Last.", answers=sent_id(of, opened), number=3))
        die_reading(of, server)
        assert came_in(of, opened) == ["First."]  # what was read before it is noted
        assert look(of, server) == 0  # somebody may still be at it
        of.later(seconds=PATIENCE.seconds + 1)
        die_reading(of, server)
        of.later(seconds=PATIENCE.seconds + 1)
        assert look(of, server) == 2
        assert look(of, server) == 0
    assert came_in(of, opened) == ["First.", "Last."]
    [listed] = unmatched(of)
    assert (listed.reason, listed.sender, listed.subject) == ("unreadable", "ana@acme.example", "Re: Your answer")
    [kept] = rows(of, "unmatched_mail")
    assert b"Deadly." in kept.raw
    assert kept.person != b""  # so that it goes when its sender is erased


def test_a_mail_whose_mere_listing_is_deadly_is_passed_over(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with ImapServer() as server:
        server.deadly = server.deliver(reply("Deadly.", number=1))
        server.deliver(reply("Last.", answers=sent_id(of, opened), number=2))
        for _ in range(MOST_TIMES + 1):
            die_reading(of, server)
            of.later(seconds=PATIENCE.seconds + 1)
        assert look(of, server) == 2
    assert came_in(of, opened) == ["Last."]


def test_an_error_that_was_lived_through_counts_for_nothing(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with ImapServer() as server:
        server.deliver(reply("At last.", answers=sent_id(of, opened)))
        for _ in range(MOST_TIMES + 2):
            server.break_off_at = 1
            assert look(of, server) == 0
        assert look(of, server) == 1
    assert came_in(of, opened) == ["At last."]


def test_a_clock_that_was_set_back_keeps_nobody_from_reading(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    with ImapServer() as server:
        server.deadly = server.deliver(reply("Not so deadly.", answers=sent_id(of, opened)))
        die_reading(of, server)
        server.deadly = None
        of.later(seconds=-3_600)
        assert look(of, server) == 1
    assert came_in(of, opened) == ["Not so deadly."]


def test_a_wrong_password_is_told_and_tried_again(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    with ImapServer() as server:
        right, server.password = server.password, "another one"
        wrong = imap_address(server.url.replace("another%20one", "three%20wet%20stones"))
        assert mailbox_reading.look(of.engine, wrong) == 0
        server.password = right
        assert problem(of, server) == "the mailbox refused the user or the password"
        assert look(of, server) == 0
        assert problem(of, server) is None


def test_a_server_that_is_away_is_told(sqlite_engine: Engine) -> None:
    of, _ = danas_case(sqlite_engine)
    server = ImapServer()
    with server:
        pass
    assert look(of, server) == 0
    assert "cannot be read" in (problem(of, server) or "")


def test_a_folder_that_does_not_exist_is_told(sqlite_engine: Engine) -> None:
    with ImapServer() as server:
        address = imap_address(server.url.replace("INBOX", "Cases"))
        with pytest.raises(PermanentError, match="no folder Cases"), open_imap(address):
            pass


def test_the_worker_looks_as_often_as_the_settings_say(sqlite_engine: Engine) -> None:
    with ImapServer() as server:
        of, opened = danas_case(sqlite_engine, imap_url=server.url, imap_every_seconds=60)
        write(of, opened)
        reader = MailboxReader(of.engine)
        assert reader.look_if_due() == 0
        server.deliver(reply(answers=sent_id(of, opened)))
        assert reader.look_if_due() == 0  # looked a moment ago
        of.later(seconds=61)
        assert reader.look_if_due() == 1
    assert MailboxReader(replace(of.engine, settings=sqlite_engine.settings)).look_if_due() == 0  # no mailbox, no look


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but itself, with its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
        *(
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(folder / "key.pem"),
            "-out",
            str(folder / "cert.pem"),
        ),
    ]
    subprocess.run(made, check=True, capture_output=True)
    return folder


def test_a_password_goes_over_tls_to_a_server_that_can_prove_who_it_is(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with ImapServer(context=context) as server:
        address = imap_address(server.url.replace("imap://", "imaps://"))
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"), open_imap(address):
            pass
        assert server.commands == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        with open_imap(address) as box:
            assert box.validity == 7


def test_without_tls_no_password_leaves_this_machine() -> None:
    assert imap_address("imap://u:p@127.0.0.1").is_here
    assert not imap_address("imap://u:p@192.0.2.1").is_here
    assert not imap_address("imap://u:p@mail.example").is_here


@pytest.mark.parametrize(
    "url",
    ["", "http://u:p@mail.example", "imaps://mail.example", "imaps://u:p@", "imaps://u:p@mail.example:x", "imaps"],
)
def test_an_address_that_is_no_mailbox_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="imaps://user:password@"):
        imap_address(url)


def test_a_mailboxs_name_holds_no_password() -> None:
    address = imap_address("imaps://cases%40our.example:se%2Fcret@mail.example/Case%20mail")
    assert (address.user, address.password, address.folder) == ("cases@our.example", "se/cret", "Case mail")
    assert address.name == "cases@our.example@mail.example:993/Case mail"
    assert "se/cret" not in repr(address)


# ---- files and folders


def test_a_mailbox_file_is_taken_in_once_with_what_imap_has_brought(engine: Engine, tmp_path: Path) -> None:
    of, opened = danas_case(engine)
    write(of, opened)
    mail = reply("From here on, by file.\n\nFrom now on.", answers=sent_id(of, opened))
    box = mailbox.mbox(tmp_path / "replies.mbox")
    box.add(mail)
    box.add(reply(number=2))
    box.close()
    assert _read(of, tmp_path / "replies.mbox") == ["landed", "unmatched"]
    assert _read(of, tmp_path / "replies.mbox") == ["known", "known"]
    with ImapServer() as server:
        server.deliver(mail)
        assert look(of, server) == 1
    assert len(came_in(of, opened)) == 1


def _read(of: World, path: Path) -> list[str]:
    return [mail_intake.take_safely(of.engine, mail) for mail in mailboxes.read_mbox(path, LIMIT)]


def test_a_mail_folder_is_taken_in(sqlite_engine: Engine, tmp_path: Path) -> None:
    of, opened = danas_case(sqlite_engine)
    write(of, opened)
    folder = mailbox.Maildir(tmp_path / "replies")
    folder.add(reply(answers=sent_id(of, opened)))
    found = list(mailboxes.read_maildir(tmp_path / "replies", LIMIT))
    assert [mail_intake.take_safely(of.engine, mail) for mail in found] == ["landed"]
    assert len(list((tmp_path / "replies" / "new").iterdir())) == 1  # only read


def test_of_a_mail_in_a_file_that_is_too_large_the_head_is_read(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "large.mbox")
    box.add(reply("x" * 60 + ("\n" + "y" * 60) * 20_000))
    box.close()
    [mail] = mailboxes.read_mbox(tmp_path / "large.mbox", 100_000)
    assert not mail.is_whole
    assert len(mail.content) == mailboxes.HEAD_BYTES


def test_a_folder_that_holds_no_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not a mail folder"):
        list(mailboxes.read_maildir(tmp_path, LIMIT))


def test_a_whole_mail_knows_that_it_is_whole() -> None:
    assert RawMail(b"abc", 3).is_whole
    assert not RawMail(b"abc", 4).is_whole
