"""Promise 17: backups taken while others write are sound, of one instant, and restored they mail nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import text

from feedback_engine.app import migrating, program, releasing, soundness, wiring
from feedback_engine.app.backups import restoring, taking
from feedback_engine.foundation import program_state
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.faults.scale import figure
from tests.servers import MailServer

ROOT = Path(__file__).parents[2]
BACKUPS = figure(2, 20)
RELEASED = 10
"""So many mails must come once a restored database is released: the silence before was the gate's."""

AGREEING = {
    # Each holds after every commit of a writer, so it holds in every backup that is of one instant.
    "an event without its intake": "SELECT (SELECT count(*) FROM touchpoint_event) - (SELECT count(*) FROM intake)",
    "an event neither decided nor waiting": """
        SELECT (SELECT count(*) FROM touchpoint_event) - (SELECT count(*) FROM decision WHERE attempt = 1)
             - (SELECT count(*) FROM outbox WHERE handler = 'surveys.deciding.decide')""",
    "a gap in the ledger": "SELECT (SELECT max(seq) FROM decision) - (SELECT count(*) FROM decision)",
    "a decision without its event": """
        SELECT count(*) FROM decision d LEFT JOIN touchpoint_event e ON e.shard = d.shard AND e.id = d.event_id
        WHERE e.id IS NULL""",
    "an invitation without its decision": """
        SELECT (SELECT count(*) FROM invitation) - (SELECT count(*) FROM decision WHERE outcome = 'invite')""",
    "an invitation without its mail": """
        SELECT (SELECT count(*) FROM invitation) - (SELECT count(*) FROM mail WHERE kind = 'invitation')""",
}


def _installed(url: str, folder: Path) -> Settings:
    """A live installation that the writers find."""
    migrating.upgrade(url)
    settings = Settings(database_url=url, var_dir=folder / "var")
    app = wiring.build(settings)
    program.publish(app.engine.work, SYSTEM, program.load_starter(), "for tests")
    with app.engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "live")
    app.engine.database.dispose()
    return settings


@contextmanager
def _written_to(settings: Settings) -> Iterator[dict[str, Any]]:
    """Let two processes write until the end of the block; what they say of it stands in the dictionary then."""
    arguments = [settings.database_url, str(settings.var_dir)]
    writers = {
        role: subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writing", role, *arguments],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for role in ("tell", "work")
    }  # fmt: skip
    said: dict[str, Any] = {}
    try:
        for writer in writers.values():
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        yield said
        for role, writer in writers.items():
            out, _ = writer.communicate(timeout=60)
            said[role] = orjson.loads(out)
            assert writer.returncode == 0
    finally:
        for writer in writers.values():
            if writer.poll() is None:
                writer.kill()
                writer.wait()


def _count(url: str, table: str) -> int:
    database = Database(url)
    with database.read() as connection:
        found = int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
    database.dispose()
    return found


def _wait_for_mails(url: str, count: int) -> None:
    """Wait until the writers have queued so many mails."""
    end, pause = monotonic() + 120, Event()
    while _count(url, "mail") < count:
        assert monotonic() < end, "the writers do not get on"
        pause.wait(0.05)


def _check_one_instant(url: str) -> None:
    database = Database(url)
    soundness.check(database)
    with database.read() as connection:
        differences = {what: connection.execute(text(query)).scalar_one() for what, query in AGREEING.items()}
    database.dispose()
    assert differences == dict.fromkeys(AGREEING, 0)


def _mails_after(settings: Settings, mails: MailServer, *, release: bool) -> int:
    """Let a restored installation work for five days, so past any week-end; returns how many mails have left."""
    clock = MovedClock(SystemClock().now())
    app = wiring.build(settings, clock=clock)
    before = len(mails.taken)
    for days in (1, 4):
        clock.advance(timedelta(days=days))
        app.worker.run_until_idle()
    sent = len(mails.taken) - before
    if release:
        releasing.release(app.engine.work, SYSTEM, "send-due")
        app.worker.run_until_idle()
        sent = len(mails.taken) - before
    app.engine.database.dispose()
    return sent


def test_every_backup_taken_under_load_is_of_one_instant_and_mails_nobody(
    empty_databases: Callable[[], str], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    settings = _installed(empty_databases(), tmp_path)
    url = settings.database_url
    taken, meanwhile = [], 0
    with _written_to(settings) as said:
        for number in range(BACKUPS):
            _wait_for_mails(url, RELEASED * (number + 1))
            taken.append(taking.take(settings, SystemClock(), tmp_path / f"{number}.backup").manifest)
            meanwhile += _count(url, "touchpoint_event") - taken[-1].tables["touchpoint_event"].rows
    assert meanwhile > 0
    silent = 0
    with MailServer() as mails:
        for number, manifest in enumerate(taken):
            place = Settings(
                database_url=empty_databases(),
                var_dir=tmp_path / f"var-{number}",
                mail_transport="smtp",
                smtp_url=mails.url,  # type: ignore[arg-type]
            )
            restoring.restore(place, SystemClock(), tmp_path / f"{number}.backup")
            assert _count(place.database_url, "touchpoint_event") == manifest.tables["touchpoint_event"].rows
            _check_one_instant(place.database_url)
            silent += _mails_after(place, mails, release=False) == 0
        assert silent == BACKUPS
        assert _mails_after(place, mails, release=True) >= RELEASED
    words = f"{silent} of {BACKUPS} backups sound and silent, {meanwhile} events came while they were taken: {said}"
    record_property("promise", f"PROMISE 17: {words}")
