"""The files of cases are in the backup, as they were, and come back with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlmodel import SQLModel

from alerts.threads.file_names import Upload
from alerts.threads.files import attach
from feedback_engine.app import wiring
from feedback_engine.app.backups import restoring, taking
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.settings import Settings
from tests.alerts.builders import staff_actor
from tests.alerts.threads import danas_case, reply, sent_id, take, thread_of, write
from tests.conftest import START

CONTENT = bytes(range(256)) * 300


def test_a_backup_holds_files_and_mail_of_cases(
    migrated_url: str, empty_databases: Callable[[], str], tmp_path: Path
) -> None:
    settings = Settings(database_url=migrated_url, var_dir=tmp_path / "var", secret_key="test secret")  # type: ignore[arg-type]
    app = wiring.build(settings, clock=MovedClock(START))
    of, opened = danas_case(app.engine)
    attach(of.engine, staff_actor(of.dana), opened.id, [Upload("offer.pdf", "application/pdf", CONTENT)])
    write(of, opened)
    assert take(of, reply(answers=sent_id(of, opened))) == "landed"
    before = thread_of(of, opened)
    taking.take(settings, SystemClock(), tmp_path / "the.backup")
    app.engine.database.dispose()
    other = settings.model_copy(update={"database_url": empty_databases()})
    restoring.restore(other, SystemClock(), tmp_path / "the.backup")
    database = Database(other.database_url)
    with database.read() as connection:
        restored = connection.execute(select(SQLModel.metadata.tables["case_file"].c.content)).scalar_one()
        texts = connection.execute(select(SQLModel.metadata.tables["case_message"].c.text)).scalars().all()
    database.dispose()
    assert bytes(restored) == CONTENT
    assert sorted(texts) == sorted(letter.text for letter in before.messages)
