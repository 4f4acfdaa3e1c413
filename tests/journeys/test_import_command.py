"""`import events`: what it says, what it exits with, and that a second run changes nothing."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from feedback_engine.app import wiring
from feedback_engine.app.cli.events import EVENTS_COMMAND
from feedback_engine.foundation import settings
from tests.journeys.builders import CARPENTRIES, cloudevent, publish
from tests.journeys.test_importing import WORKSHOPS
from tests.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """An installation with a map, without a plan for deciding: the imported history lies off the map.

    tests/app decides some.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_ENGINE_DATABASE_URL", f"sqlite:///{tmp_path}/engine.db")
    monkeypatch.setenv("FEEDBACK_ENGINE_VAR_DIR", str(tmp_path / "var"))
    loaded = settings.load()
    shutil.copyfile(migrated_sqlite, tmp_path / "engine.db")
    engine = wiring.build(loaded).engine
    publish(engine)
    engine.database.dispose()
    return Terminal(tmp_path, EVENTS_COMMAND)


def test_a_table_becomes_history_once(terminal: Terminal) -> None:
    table = terminal.file("workshops.csv.gz", gzip.compress(WORKSHOPS.read_bytes()))
    mapping = terminal.file("mapping.yaml", CARPENTRIES)
    words = (table, "--mapping", mapping, "--as", "history")
    first = terminal.json(*words)
    assert (first["accepted"], first["duplicates"], first["rejected"], first["problems"]) == (1869, 0, 0, [])
    again = terminal.type(*words)
    assert again.exit_code == 0
    assert "0 events recorded as history, 1869 known already" in again.stdout
    assert "Nothing was changed." in again.stdout


def test_old_events_are_refused_as_live_in_one_sentence(terminal: Terminal) -> None:
    events = terminal.file("events.json", json.dumps([cloudevent(time="2012-01-18T00:00:00Z")]))
    refused = terminal.type(events)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--as history" in refused.stderr
    assert terminal.json(events, "--allow-old")["accepted"] == 1


def test_a_dry_run_says_what_would_happen(terminal: Terminal) -> None:
    sent = {"type": "unheard.of"}
    lines = [cloudevent(id="1", **sent), cloudevent(id=None), cloudevent(id="2", data={"colour": "red"}, **sent)]
    events = terminal.file("events.ndjson", "\n".join(map(json.dumps, lines)))
    planned = terminal.type(events, "--as", "history", "--dry-run")
    assert planned.exit_code == 0
    assert "2 events would be recorded as history" in planned.stdout
    assert "Record 2, /id: " in planned.stdout
    assert "colour" in planned.stdout
    assert "dry run" in planned.stdout
    assert terminal.json(events, "--as", "history")["accepted"] == 2


@pytest.mark.parametrize(
    ("name", "content", "mapping", "told"),
    [
        ("events.pdf", b"", None, ".csv"),  # no kind that holds events
        ("events.csv", b"id,type\n", None, "--mapping"),
        ("events.csv", b"id,type\n", "source: s", "'subject'"),
        ("events.csv", b"id\n", "source: s\nwhere_: 1", "mapping.yaml:2"),
        ("log.xes", b"<!DOCTYPE log [<!ENTITY a 'b'>]><log/>", "source: s", "document type"),
        ("events.json", b"[" * 100_000, None, "deep"),
        ("events.json", b"[]", "source: s", "--mapping"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    terminal: Terminal, name: str, content: bytes, mapping: str | None, told: str
) -> None:
    options = () if mapping is None else ("--mapping", terminal.file("mapping.yaml", mapping))
    refused = terminal.type(terminal.file(name, content), *options)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_of_which_nothing_could_be_taken_fails(terminal: Terminal) -> None:
    events = terminal.file("events.json", json.dumps([cloudevent(id=None)]))
    failed = terminal.type(events)
    assert failed.exit_code == 1
    assert "1 rejected" in failed.stdout
