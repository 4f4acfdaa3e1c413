"""`mail read` takes replies in from files, and `doctor` says what keeps replies from coming in."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.threads.reading import list_unmatched
from feedback_engine.app import wiring
from feedback_engine.app.cli import main
from feedback_engine.app.mailbox_check import hints, problems
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.settings import Settings
from tests.alerts.threads import reply
from tests.conftest import START
from tests.imap_server import ImapServer

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls the command line on an installation of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_ENGINE_DATABASE_URL", f"sqlite:///{tmp_path}/own.db")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return call


def test_a_mailbox_file_is_read_once(run: Run, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "replies.mbox")
    box.add(reply())
    box.add(reply(number=2))
    box.close()
    first = run("mail", "read", "--mbox", "replies.mbox", "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.output) == {"read": 2, "landed": 0, "unmatched": 2, "known": 0}
    again = run("mail", "read", "--mbox", "replies.mbox")
    assert again.output.startswith("2 mails read: 0 came into their case, 0 matched nothing, 2 were known already.")


@pytest.mark.parametrize("given", [(), ("--mbox", "a", "--maildir", "b"), ("--maildir", ".")])
def test_what_is_not_a_mailbox_is_refused_in_one_sentence(run: Run, tmp_path: Path, given: tuple[str, ...]) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").mkdir()
    refused = run("mail", "read", *given)
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


def codes(**given: object) -> tuple[list[str], list[str]]:
    """The codes of problems and hints for these settings."""
    settings = Settings(**given)  # type: ignore[arg-type]
    return [code for code, _, _ in problems(settings)], [code for code, _, _ in hints(settings)]


def test_the_doctor_looks_at_the_way_of_replies() -> None:
    with ImapServer() as server:
        whole = {"case_mailbox": "cases@ours.example", "imap_url": server.url, "trusted_authserv": "mx.ours.example"}
        assert codes(**whole) == ([], [])
        assert codes(**whole | {"trusted_authserv": None}) == ([], ["FE-C5"])
        assert codes(**whole | {"case_mailbox": None}) == (["FE-C2"], ["FE-C3"])
        wrong = server.url.replace("three", "four")
        assert codes(**whole | {"imap_url": wrong}) == (["FE-C6"], [])
    assert codes(**whole) == (["FE-C6"], [])  # the server is away
    assert codes(**whole | {"imap_url": "pop://mail.example"}) == (["FE-C1"], [])
    assert codes(case_mailbox="cases@ours.example") == ([], ["FE-C4"])
    assert codes() == ([], ["FE-C3"])


def test_a_mailbox_is_one_plain_address() -> None:
    with pytest.raises(ValueError, match="plain address"):
        Settings(case_mailbox="cases@ours.example, else@ours.example")


def test_the_worker_reads_the_mailbox_that_is_set(sqlite_url: str, tmp_path: Path) -> None:
    with ImapServer() as server:
        server.deliver(reply())
        given = {"database_url": sqlite_url, "var_dir": tmp_path / "var", "imap_url": server.url}
        settings = Settings(**given)  # type: ignore[arg-type]
        app = wiring.build(settings, clock=MovedClock(START))
        app.worker.run_until_idle()
        with app.engine.work.read() as view:
            [listed] = list_unmatched(view, settled=False, before=None).rows
        assert (listed.reason, server.fetched) == ("unknown", [1])
        app.worker.run_until_idle()
        assert server.fetched == [1]
        app.engine.database.dispose()
