"""Two real logs, imported as history and decided through the ledger: the reference figures, in any order, once."""

from __future__ import annotations

import gzip
import os
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
from tests.journeys.builders import CARPENTRIES, HELPDESK, mapping
from tests.surveys.lane import Lane, touchpoint

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
WORKSHOPS = ROOT / "tests" / "data" / "carpentries" / "all_workshops.csv"
XES_MAPPING = HELPDESK.replace('"case:concept:name"', '"case:concept:name"')

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


def imported(lane: Lane, records: Iterable[EventDraft | Rejected]) -> ImportReport:
    """Import as history and decide."""
    report = import_history(
        lane.engine.work, SYSTEM, records, keys=lane.engine.keys, later_decisions=later_decisions
    )
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


@pytest.mark.parametrize(("name", "days", "expected"), [
    ("helpdesk.csv.gz", 30, 2261),
    ("helpdesk.xes.gz", 30, 2261),
    ("helpdesk.csv.gz", 7, 3249),
])  # fmt: skip
def test_the_help_desk_log_gives_the_reference_invitations_and_no_mail(
    sqlite_engine: Engine, name: str, days: int, expected: int
) -> None:
    lane = Lane(sqlite_engine)
    lane.apply(rules(days))
    imported(lane, help_desk(name))
    rows = lane.decisions()
    assert (len(rows), len({row.partner_id for row in rows}), invited(lane)) == (4559, 390, expected)
    assert {ask.state for ask in lane.invitations()} == {"recorded"}


def test_both_forms_of_the_help_desk_log_give_the_same_ledger_in_any_order_and_only_once(
    sqlite_engine: Engine, postgresql_url: str, tmp_path: Path
) -> None:
    first = Lane(sqlite_engine)
    first.apply(rules(30))
    imported(first, help_desk("helpdesk.csv.gz"))
    straight = ledger(first)
    assert imported(first, help_desk("helpdesk.xes.gz")).counts["accepted"] == 0
    assert ledger(first) == straight
    with sqlite_engine.work.read() as reading:
        report = replay(reading)
    assert (report.count, report.is_exact, report.not_replayable) == (4559, True, 0)


@pytest.mark.parametrize("shuffled", [False, True], ids=["in file order", "shuffled"])
def test_the_workshops_give_the_reference_invitations_in_any_order(engine: Engine, shuffled: bool) -> None:
    lane = Lane(engine)
    lane.apply(rules(30), [touchpoint("workshop.held", attributes={"tag": "string", "country": "string"})])
    records = read(WORKSHOPS, CARPENTRIES)
    if shuffled:
        records = records[1::2][::-1] + records[::2]
    imported(lane, records)
    rows = lane.decisions()
    assert (len(rows), len({row.partner_id for row in rows}), invited(lane)) == (1869, 492, 1524)
    assert imported(lane, records).changed_nothing
    assert len(lane.decisions()) == 1869
