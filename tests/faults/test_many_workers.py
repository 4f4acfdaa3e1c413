"""Promise 4: several processes have one effect, and four workers on PostgreSQL come to the ledgers of one on SQLite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from feedback_engine.app import demo, migrating, program, wiring
from feedback_engine.app.wiring import App
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.simulation.run import Letterbox, Life, draft_of
from feedback_engine.simulation.world import DAYS, make_world
from journeys.models import TouchpointEvent
from journeys.service import import_history
from surveys.decision_models import Decision
from surveys.decision_store import later_decisions
from tests.conftest import START
from tests.faults.installed import Installed
from tests.faults.mail import CountingMailServer
from tests.faults.scale import FULL, figure
from tests.faults.waiting import until
from tests.promises import Tell
from tests.surveys.lane import texts, touchpoint
from tests.surveys.test_real_logs import Records, help_desk, rules

WORKERS = 4
DUE = figure(400, 10_000)
EVENTS = figure(600, 4_559)
TICKS = figure(48, 288)
DAY = timedelta(hours=24)
_DECISION: Any = Decision.__table__  # type: ignore[attr-defined]
_EVENT: Any = TouchpointEvent.__table__  # type: ignore[attr-defined]


@pytest.mark.postgresql
def test_four_workers_claim_every_due_item_once(on_postgresql: Installed, tell: Tell) -> None:
    on_postgresql.partners(DUE)
    on_postgresql.mails.stall()
    workers = [on_postgresql.start_worker() for _ in range(WORKERS)]
    on_postgresql.report(DUE)
    until(lambda: len(_holders(on_postgresql)) > 1, "two workers have mails in hand", seconds=60)
    on_postgresql.mails.go_on()
    until(lambda: on_postgresql.mail_counts().get("sent", 0) == DUE, "every mail is sent", seconds=900)
    until(lambda: not on_postgresql.rows("outbox", "id"), "every event is handled", seconds=300)
    for worker in workers:
        worker.stop()
    copies = on_postgresql.mails.copies()
    decided = Counter(row.event_id for row in on_postgresql.rows("decision", "event_id"))
    holders = _holders(on_postgresql)
    double = sum(count > 1 for count in copies.values()) + sum(count > 1 for count in decided.values())
    spread = ", ".join(f"{count:,}" for count in sorted(holders.values(), reverse=True))
    tell(4, f"{WORKERS} workers on PostgreSQL, {DUE:,} due items: {double} double claims; mails by worker {spread}")
    assert double == 0
    assert (len(copies), len(decided)) == (DUE, DUE)
    assert len(holders) > 1, "one worker did all the work"


@pytest.mark.postgresql
def test_four_schedulers_over_24_hours_have_one_effect_at_each_tick(
    on_postgresql: Installed, mails: CountingMailServer, tell: Tell
) -> None:
    """Mails fall due through a whole day; at each tick four schedulers look at once, each for all shards."""
    begun = SystemClock().now()
    clock = MovedClock(begun)
    schedulers = [wiring.build(on_postgresql.engine.settings, clock=clock) for _ in range(WORKERS)]
    on_postgresql.invite(TICKS)
    _spread_over_a_day(on_postgresql, begun)
    with ThreadPoolExecutor(WORKERS) as pool:
        for tick in range(TICKS + 1):
            clock.set(begun + tick * DAY / TICKS)
            list(pool.map(lambda app: app.worker.run_until_idle(), schedulers))
    for app in schedulers:
        app.engine.database.dispose()
    copies = mails.copies()
    twice = sum(count > 1 for count in copies.values())
    tell(
        4, f"{WORKERS} schedulers over 24 simulated hours, {TICKS} ticks: {len(copies)} effects, {twice} of them twice"
    )
    assert (len(copies), twice) == (TICKS, 0)
    assert {row.state for row in on_postgresql.rows("invitation", "state")} == {"sent"}


@pytest.mark.postgresql
@pytest.mark.parametrize("gap_days", [30, 7])
def test_four_workers_come_to_the_ledger_of_one_worker_on_sqlite(
    on_postgresql: Installed, tmp_path: Path, gap_days: int, tell: Tell
) -> None:
    # Quick: only the first events, in the order of the file.
    records = help_desk("helpdesk.csv.gz")[:EVENTS]
    invited = _by_one_and_by_four(
        on_postgresql, tmp_path, records, lambda app: _publish(app, gap_days), tell, f"help-desk log, {gap_days} days"
    )
    if FULL:
        assert invited == {30: 2_261, 7: 3_249}[gap_days]


@pytest.mark.postgresql
def test_four_workers_come_to_the_ledger_of_one_worker_in_the_demo_world(
    on_postgresql: Installed, tmp_path: Path, tell: Tell
) -> None:
    """All that happens in the demo, told as history, so that both decide about the same whatever the hour is."""
    world = make_world(7, (START - DAY).date(), days=figure(120, DAYS))
    records = [draft_of(number, each) for number, each in enumerate(world.happenings)]

    def prepare(app: App) -> None:
        nobody = demo.Browser(app.web())
        # People first: a program is not published whose alerts would reach an empty team.
        Life(app.engine, MovedClock(START), world, Letterbox(), nobody, lambda: 0).introduce()
        program.publish(app.engine.work, SYSTEM, demo.load_program(), "the demo")

    _by_one_and_by_four(on_postgresql, tmp_path, records, prepare, tell, f"demo world, {len(records):,} events")


def _by_one_and_by_four(
    four: Installed, folder: Path, records: Records, prepare: Callable[[App], None], tell: Tell, what: str
) -> int:
    """Both decide about the same history and come to one ledger; returns how many were invited."""
    with _alone(folder / "alone") as alone:
        prepare(alone)
        _import(alone, records)
        alone.worker.react_until_idle()
        expected = _ledger(alone)
    prepare(four.app)
    workers = [four.start_worker() for _ in range(WORKERS)]
    _import(four.app, records)
    until(lambda: four.count("decision") >= len(expected), f"{what}: decided", seconds=600)
    for worker in workers:
        worker.stop()
    found = _ledger(four.app)
    invited = sum(row[3] == "invite" for row in found)
    tell(4, f"{WORKERS} workers, {what}: {len(found):,} decisions as by one, {invited:,} invited")
    assert found == expected
    return invited


@contextmanager
def _alone(folder: Path) -> Iterator[App]:
    folder.mkdir()
    settings = Settings(database_url=f"sqlite:///{folder}/engine.db", var_dir=folder)
    migrating.upgrade(settings.database_url)
    app = wiring.build(settings, clock=MovedClock(START))
    yield app
    app.engine.database.dispose()


def _publish(app: App, gap_days: float) -> None:
    written = texts(rules(gap_days), [touchpoint("ticket.closed")], [{"survey": "support"}], 0)
    program.publish(app.engine.work, SYSTEM, program.load_texts(written), "the help-desk log")


def _import(app: App, records: Records) -> None:
    report = import_history(app.engine.work, SYSTEM, records, keys=app.engine.keys, later_decisions=later_decisions)
    assert report.problems == []


def _ledger(app: App) -> list[tuple[Any, ...]]:
    """What was decided about which event, at which instant, and why; in the order of the instants."""
    query = (
        select(_EVENT.c.external_id, _DECISION.c.at, _DECISION.c.attempt, _DECISION.c.outcome, _DECISION.c.rule)
        .add_columns(_DECISION.c.facts, _DECISION.c.verdicts)
        .join(_EVENT, (_EVENT.c.shard == _DECISION.c.shard) & (_EVENT.c.id == _DECISION.c.event_id))
    )
    with app.engine.work.read() as reading:
        rows = [tuple(row) for row in reading.connection.execute(query)]
    return sorted(rows, key=lambda row: (row[1], row[0], row[2]))


def _holders(installed: Installed) -> Counter[str]:
    """How many mails each worker claimed last."""
    return Counter(row.claimed_by for row in installed.rows("mail", "claimed_by") if row.claimed_by)


def _spread_over_a_day(installed: Installed, begun: datetime) -> None:
    """One mail falls due at each tick but the first."""
    rows = sorted(installed.rows("mail", "shard", "id"), key=lambda row: row.id)
    mail = SQLModel.metadata.tables["mail"]
    with installed.engine.work.begin(actor=SYSTEM) as uow:
        for number, row in enumerate(rows, start=1):
            due = begun + number * DAY / TICKS
            uow.connection.execute(
                mail.update()
                .where(mail.c.shard == row.shard, mail.c.id == row.id)
                .values(due_at=due, send_before=due + DAY)
            )
