"""What a trial tells its reader: the differences of partners in groups, each with what its rule was and will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.trial import telling
from alerts.trial.telling import Told
from alerts.trial.trying import try_out
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import ALERTS, World, world
from tests.alerts.test_trial import draft, said
from tests.directory import builders as directory

START = datetime(2026, 1, 1, tzinfo=UTC)
EAGER = ALERTS.replace("below: 7", "below: 9")


def told(of: World, text: str) -> Told:
    """A draft tried on everything that was said, and told in English."""
    with of.engine.work.read() as reading:
        return telling.tell(reading, try_out(reading, draft(text), START, of.now + timedelta(seconds=1)))


def test_what_is_counted_is_what_is_listed_and_our_own_side_apart(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.partner(of.engine, "brisk", name="Brisk", side="ours")
    said(of, 8)
    said(of, 8, partner=of.brisk)
    found = told(of, EAGER)
    assert [each.partner for each in found.listed] == ["Acme"]
    assert sum(reason.count for reason in found.reasons) == len(found.listed)
    assert found.own_side == 1
