"""Promise 9: one row that nobody can digest stops nothing; the 999 others go."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import SQLModel

from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.faults.installed import Installed
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.promises import Tell

ROWS = figure(100, 1_000)

_GONE = {"event_id": "0" * 32, "touchpoints": ["deal.registration_decided"], "replayed": False}


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("whose words nobody can read", {"payload": {"nonsense": True}}),
        ("of a type that this release does not know", {"event_type": "SomethingNewer"}),
        (
            "about an event that is not there",
            {"payload": {"event_id": "0" * 32, "touchpoints": ["x"], "replayed": False}},
        ),
    ],
)
def test_one_poison_event_in_a_thousand_stops_nothing(
    on_sqlite: Installed, what: str, values: dict[str, Any], tell: Tell
) -> None:
    on_sqlite.partners(ROWS)
    on_sqlite.report(ROWS)
    poisoned = _poison(on_sqlite, "outbox", values)
    worker = on_sqlite.start_worker()
    until(lambda: len(on_sqlite.mails.arrived) >= ROWS - 1, "all others are asked", seconds=240)
    until(lambda: on_sqlite.mail_counts() == {"sent": ROWS - 1}, "all others are marked")
    worker.stop()
    tell(9, f"one event in {ROWS:,} {what}: {len(on_sqlite.mails.arrived)} go")
    assert set(on_sqlite.mails.copies().values()) == {1}
    # It is kept and shown, not lost.
    [kept] = [row for row in on_sqlite.rows("outbox") if row.id == poisoned]
    assert kept.attempts > 0
    assert kept.error


def test_one_poison_mail_in_a_thousand_stops_nothing(on_sqlite: Installed, tell: Tell) -> None:
    on_sqlite.invite(ROWS)
    poisoned = _poison(on_sqlite, "invitation", {"survey_version": "sha256:gone"})
    worker = on_sqlite.start_worker()
    until(lambda: len(on_sqlite.mails.arrived) >= ROWS - 1, "all others go", seconds=240)
    until(lambda: on_sqlite.mail_counts().get("sent") == ROWS - 1, "all others are marked")
    worker.stop()
    tell(9, f"one mail in {ROWS:,} that cannot be rendered: {len(on_sqlite.mails.arrived)} go")
    [kept] = [row for row in on_sqlite.rows("mail") if row.ref_id == poisoned]
    assert kept.state != "sent"
    assert kept.reason
    assert Counter(on_sqlite.mails.copies().values()) == {1: ROWS - 1}


def _poison(made: Installed, table: str, values: dict[str, Any]) -> Any:
    """Spoil one row in the middle of a table; returns its id."""
    found = SQLModel.metadata.tables[table]
    with made.engine.work.begin(actor=SYSTEM) as uow:
        row = uow.connection.execute(
            select(found.c.shard, found.c.id).order_by(found.c.id).offset(ROWS // 2).limit(1)
        ).one()
        uow.connection.execute(update(found).where(found.c.shard == row.shard, found.c.id == row.id).values(**values))
    return row.id
