"""Two real logs, imported as history and decided through the ledger: the reference figures, in any order, once."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import pytest

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys.service import EventDraft, ImportReport, find_source, import_history
from journeys.sources import Rejected
from surveys.decision_store import later_decisions
from surveys.replay import replay
from tests.conftest import START
from tests.journeys.builders import CARPENTRIES, HELPDESK, mapping
from tests.surveys.lane import Lane, open_lane, touchpoint

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
WORKSHOPS = ROOT / "tests" / "data" / "carpentries" / "all_workshops.csv"

Records = list[EventDraft | Rejected]


def read(path: Path, text: str) -> Records:
    """The records of a log by one of the test mappings."""
    source = find_source(path.name)
    assert source is not None
    opened: Callable[[Path, str], IO[bytes]] = gzip.open if path.suffix == ".gz" else open  # type: ignore[assignment]
    with opened(path, "rb") as stream:
        return list(source.read(stream, mapping(text)))


def help_desk(name: str) -> Records:
    """The help-desk log, which has no stated licence and therefore lies beside the project."""
    path = SHARED / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not beside the project, and CI must not skip it.")
        pytest.skip(f"not run: {name} is not at ../shared/data")
    return read(path, HELPDESK)


def open_copy(blank: Path, path: Path) -> Lane:
    """An installation of its own."""
    shutil.copyfile(blank, path)
    return open_lane(path, START)


def imported(lane: Lane, records: Iterable[EventDraft | Rejected]) -> ImportReport:
    """Import as history and decide."""
    report = import_history(lane.engine.work, SYSTEM, records, keys=lane.engine.keys, later_decisions=later_decisions)
    lane.decide(limit=500)
    return report


def rules(days: float) -> dict[str, Any]:
    """Only a gap since the last ask."""
    return {"quarantine": {"since_asked_days": days}}


def ledger(lane: Lane) -> list[tuple[Any, ...]]:
    """What was decided at which instant, and why."""
    return [(row.at, row.outcome, row.rule, row.facts, row.verdicts) for row in lane.decisions()]


def invited(lane: Lane) -> int:
    return sum(outcome == "invite" for outcome, _ in lane.outcomes())


def other_order(records: Records) -> Records:
    """The same records, thoroughly out of order."""
    return records[1::2][::-1] + records[::2]


def test_both_forms_of_the_help_desk_log_give_one_ledger_in_any_order_and_only_once(
    blank_sqlite: Path, tmp_path: Path
) -> None:
    as_table, as_log = help_desk("helpdesk.csv.gz"), help_desk("helpdesk.xes.gz")
    lanes = [open_copy(blank_sqlite, tmp_path / name) for name in ("table.db", "log.db")]
    for lane, records in zip(lanes, (as_table, other_order(as_log)), strict=True):
        lane.apply(rules(30))
        imported(lane, records)
    rows = lanes[0].decisions()
    assert (len(rows), len({row.partner_id for row in rows}), invited(lanes[0])) == (4559, 390, 2261)
    assert {ask.state for ask in lanes[0].invitations()} == {"recorded"}
    assert ledger(lanes[0]) == ledger(lanes[1])
    assert imported(lanes[0], as_log).changed_nothing
    assert lanes[0].decisions() == rows
    with lanes[0].engine.work.read() as reading:
        report = replay(reading)
    assert (report.count, report.is_exact, report.not_replayable) == (4559, True, 0)


def test_a_shorter_gap_invites_more_of_the_help_desk_log(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    lane.apply(rules(7))
    imported(lane, help_desk("helpdesk.csv.gz"))
    assert (len(lane.decisions()), invited(lane)) == (4559, 3249)


@pytest.mark.parametrize("shuffled", [False, True], ids=["in file order", "shuffled"])
def test_the_workshops_give_the_reference_invitations_in_any_order(engine: Engine, shuffled: bool) -> None:
    lane = Lane(engine)
    lane.apply(rules(30), [touchpoint("workshop.held", attributes={"tag": "string", "country": "string"})])
    records = read(WORKSHOPS, CARPENTRIES)
    imported(lane, other_order(records) if shuffled else records)
    rows = lane.decisions()
    assert (len(rows), len({row.partner_id for row in rows}), invited(lane)) == (1869, 492, 1524)
    assert imported(lane, records).changed_nothing
    assert len(lane.decisions()) == 1869
