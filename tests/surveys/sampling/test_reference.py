"""The reference figures of the sampling rules on two real logs, with the pure fold alone: no database, no importer.

The help-desk log has no stated licence, so it is read beside the project and not copied into it.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from surveys.sampling.decide import INVITE, decide
from surveys.sampling.facts import Facts
from surveys.sampling.history import Ask, AskHistory, Party
from surveys.sampling.instants import to_micros
from surveys.sampling.plan import MILLI, Plan
from tests.surveys.sampling.builders import TOUCHPOINT, plan

ROOT = Path(__file__).parents[3]
HELP_DESK = ROOT.parent / "shared" / "data" / "helpdesk.csv.gz"
WORKSHOPS = ROOT / "tests" / "data" / "carpentries" / "all_workshops.csv"

Event = tuple[int, str, str]
"""Instant, id, partner."""


def help_desk() -> list[Event]:
    """One event a ticket: the last activity "Closed" of the case."""
    if not HELP_DESK.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("The help-desk log is not beside the project, and CI must not skip it.")
        pytest.skip("not run: the help-desk log is not at ../shared/data")
    closed: dict[str, Event] = {}
    with gzip.open(HELP_DESK, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["concept:name"] == "Closed":
                name = row["case:concept:name"]
                at = to_micros(datetime.fromisoformat(row["time:timestamp"]))
                closed[name] = max(closed.get(name, (0, "", "")), (at, name, row["customer"]))
    return sorted(closed.values())


def workshops() -> list[Event]:
    """One event a workshop, at 00:00 UTC of its first day. The Carpentries, CC BY 4.0."""
    with WORKSHOPS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return sorted(
        (to_micros(datetime.fromisoformat(f"{row['start_date']}T00:00:00+00:00")), row["slug"], row["host_name"])
        for row in rows
    )


def invitations(using: Plan, events: Iterable[Event]) -> Iterator[Event]:
    """The events that are invited when each is decided at its own time, in order of time and id."""
    rules = using.rules_of(TOUCHPOINT)
    history = AskHistory()
    for at, name, partner in sorted(events):
        person = sha256(partner.encode()).digest()
        party = Party(person, UUID(bytes=person[:16]), UUID(bytes=person[:16]))
        facts = Facts(TOUCHPOINT, event_key=0, event_at=at, replayed=True)
        history.complete(facts, rules, party, at)
        decision = decide(using, facts, at)
        if decision.outcome == INVITE:
            history.add(Ask(decision.send_at, MILLI, *party, survey=str(rules.survey), survey_family=rules.family))
            yield at, name, partner


@pytest.mark.parametrize(("days", "invited"), [(0, 4559), (7, 3249), (30, 2261)])
def test_the_help_desk_log_gives_the_reference_invitations(days: int, invited: int) -> None:
    events = help_desk()
    assert (len(events), len({partner for _, _, partner in events})) == (4559, 390)
    assert sum(1 for _ in invitations(plan(quarantine={"since_asked_days": days}), events)) == invited


def test_the_workshops_give_the_reference_invitations() -> None:
    events = workshops()
    assert (len(events), len({partner for _, _, partner in events})) == (1869, 492)
    assert sum(1 for _ in invitations(plan(quarantine={"since_asked_days": 30}), events)) == 1524
