"""The alert bench over the demo's history, with the demo's own file: the alerts, joins and owners that live made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, text

from alerts import published
from alerts.models import CaseEntry, Casework
from alerts.trial.trying import try_out
from alerts.trial.views import RaisedAlert
from feedback_engine.app import demo, wiring
from feedback_engine.app.program_draft import read_draft, text_in_force
from feedback_engine.foundation.unit_of_work import Reading

END = datetime(2026, 3, 11, 15, 20, tzinfo=UTC)


def _made(alert: RaisedAlert) -> tuple[object, ...]:
    holder = alert.case.holder_id if alert.opened else None
    return (*alert.key, alert.severity, alert.raised_at, alert.opened, alert.case.opened_by, alert.case.kind, holder)


def _warnings(reading: Reading) -> list[tuple[datetime, datetime]]:
    """When each case was to be warned of that has to be settled, and when it was, where nothing moved its due time."""
    entries, cases = CaseEntry.__table__, Casework.__table__  # type: ignore[attr-defined]
    lines: dict[object, list[Row[Any]]] = {}
    for line in reading.connection.execute(select(entries).order_by(entries.c.revision)):
        lines.setdefault(line.case_id, []).append(line)
    warn_at = {row.id: row.warn_at for row in reading.connection.execute(select(cases.c.id, cases.c.warn_at))}
    return [
        (warn_at[case_id], line.at)
        for case_id, told in lines.items()
        if not {"assigned", "reopened", "joined", "partner_partly"} & {line.kind for line in told}
        for line in told
        if line.kind == "warned" and line.detail["of"] == "settlement"
        if any(before.kind == "contact_logged" and before.at < warn_at[case_id] for before in told)
    ]


def test_over_the_demo_the_bench_does_what_live_did(empty_databases: Callable[[], str], tmp_path: Path) -> None:
    settings = demo.settings_for(tmp_path, 8700).model_copy(update={"database_url": empty_databases()})
    *_, last = demo.make(settings, 7, end=END, partners=10, days=150)
    app = wiring.build(settings)
    with app.engine.work.read() as reading:
        live = published.in_force(reading, END)
        assert live is not None
        draft = read_draft(reading, text_in_force(reading))
        trial = try_out(reading, draft.program, datetime(2020, 1, 1, tzinfo=UTC), END)
        warnings = _warnings(reading)
        closed = reading.connection.execute(text("SELECT count(*) FROM casework WHERE state = 'closed'")).scalar()
        closings = Counter(reading.connection.execute(text("SELECT state FROM settlement")).scalars())
    app.engine.database.dispose()
    assert draft.program == live.program
    assert trial.differences == ()
    assert sorted(map(_made, trial.draft), key=str) == sorted(map(_made, trial.live), key=str)
    # Enough happened for that to mean something: cases opened and joined, and several owners.
    assert len(trial.live) >= 15
    assert any(not alert.opened for alert in trial.live)
    assert len({alert.case.holder_id for alert in trial.live}) >= 4
    assert closings["confirmed"] >= 2, "Some partners said that their case is settled."
    assert warnings
    assert [at for _, at in warnings] == [due_at for due_at, _ in warnings], "Time waits for nobody's look."
    assert last.tally.cases_closed == closed, "What was opened again is not closed, and no case closes twice."
