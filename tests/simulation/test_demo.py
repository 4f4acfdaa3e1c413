"""The demo drives the real services as they work by themselves; the same seed and day make the same ledgers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Row, text

from alerts import service as alerts
from feedback_engine.app import demo, wiring
from feedback_engine.directory import reading as directory
from feedback_engine.directory.sign_in import find_link_staff
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import replay
from tests.directory import builders

END = datetime(2026, 3, 11, 15, 20, tzinfo=UTC)
LATER_THAT_DAY = END.replace(hour=15, minute=50)
SMALL = {"partners": 4, "days": 21}

_DECISIONS = """
    SELECT e.source, e.external_id, d.touchpoint, d.attempt, d.outcome, d.rule
    FROM decision d JOIN touchpoint_event e ON e.shard = d.shard AND e.id = d.event_id
"""
_SCORES = """
    SELECT e.source, e.external_id, r.touchpoint, a.question, a.score, a.text
    FROM answer a JOIN response r ON r.shard = a.shard AND r.id = a.response_id
    JOIN invitation i ON i.shard = r.shard AND i.id = r.invitation_id
    JOIN touchpoint_event e ON e.shard = i.shard AND e.id = i.event_id
"""
_OPENED = """
    SELECT e.at, min(r.confirmed_at)
    FROM case_entry e JOIN alert a ON a.case_id = e.case_id JOIN response r ON r.id = a.response_id
    WHERE e.kind = 'opened' GROUP BY e.case_id, e.at
"""
_MAILED = "SELECT sent_at, due_at FROM mail WHERE sent_at IS NOT NULL"
_CASES = "SELECT touchpoint, kind, state, score, root_cause, outcome, settlement, number FROM casework"

Ledgers = dict[str, list[str]]


def _lived(folder: Path, seed: int, end: datetime) -> Engine:
    for _ in demo.make(demo.settings_for(folder, 8700), seed, end=end, **SMALL):
        pass
    return wiring.build(demo.settings_for(folder, 8700)).engine


def _ledgers(engine: Engine) -> Ledgers:
    with engine.work.read() as reading:
        found = {
            name: [_line(row) for row in reading.connection.execute(text(query))]
            for name, query in (("decisions", _DECISIONS), ("scores", _SCORES), ("cases", _CASES))
        }
        report = replay.replay(reading)
    engine.database.dispose()
    assert report.is_exact
    assert report.count == len(found["decisions"])
    return {name: sorted(lines) for name, lines in found.items()}


def _line(row: Row[tuple[object, ...]]) -> str:
    return " | ".join(map(str, row))


def test_the_same_seed_and_day_make_the_same_ledgers(tmp_path: Path) -> None:
    first = _ledgers(_lived(tmp_path / "first", 7, END))
    again = _ledgers(_lived(tmp_path / "again", 7, LATER_THAT_DAY))
    assert len(first["decisions"]) > 10
    assert len(first["scores"]) > 3
    assert first["cases"]
    assert again == first


def test_what_an_answer_or_time_brings_about_happens_at_its_instant(tmp_path: Path) -> None:
    engine = _lived(tmp_path, 7, END)
    with engine.work.read() as reading:
        opened, mailed = (list(reading.connection.execute(text(query))) for query in (_OPENED, _MAILED))
    engine.database.dispose()
    assert opened
    assert [at for at, _ in opened] == [answered_at for _, answered_at in opened], "cases open with their answers"
    assert len(mailed) > 10
    assert [at for at, _ in mailed] == [due_at for _, due_at in mailed], "mail leaves when it is due"


def test_the_link_signs_in_whoever_administers_the_demo_now(tmp_path: Path) -> None:
    engine = _lived(tmp_path, 7, END)
    settings = demo.settings_for(tmp_path, 8700)
    assert demo.sign_in(settings)[1] == "Priya Raman"
    zoe = builders.staff(engine, "zoe@ours.example", "admin", name="Zoe Adams")
    with engine.work.read() as reading:
        [priya] = [each for each in directory.list_staff(reading) if each.name == "Priya Raman"]
    assert demo.sign_in(settings)[1] == "Priya Raman"
    alerts.close_account(engine.work, SYSTEM, priya.id, zoe.id)
    path, name = demo.sign_in(settings)
    assert name == "Zoe Adams"
    with engine.work.read() as reading:
        assert find_link_staff(reading, engine.keys, path.rpartition("/")[2]).id == zoe.id
    engine.database.dispose()
