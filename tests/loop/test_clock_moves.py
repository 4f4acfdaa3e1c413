"""The clock may be set back or forward, cross a DST night, or stand for days: each effect comes once, and none late."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from journeys.models import TouchpointEvent
from surveys.decision_models import Decision, Deferral
from surveys.dispositions import NOT_SENT
from surveys.models import Invitation
from tests.directory import builders
from tests.installation import Installation, cloud_event

ZONES = ("Europe/Rome", "America/New_York", "Australia/Sydney", "America/Santiago", "Asia/Tokyo")
HOURS = {"start": 9, "end": 17}


def address_in(zone: str) -> str:
    return f"ana@{zone.rpartition('/')[2].lower().replace('_', '-')}.example"


def ask_in_every_zone(installation: Installation) -> None:
    """One event for a contact in each zone; the starter asks on weekdays from 9 to 17 of their own time."""
    key = installation.api_key("events:write")
    for number, zone in enumerate(ZONES):
        partner = builders.partner(installation.engine, f"p{number}", kind="channel")
        builders.contact(installation.engine, partner, address_in(zone), role="sales manager", time_zone=zone)
        installation.post_event(key, cloud_event(number, f"p{number}", address_in(zone), installation.clock.now()))


@pytest.mark.parametrize(
    "night",
    [
        datetime(2026, 3, 29, tzinfo=UTC),  # Rome goes forward
        datetime(2026, 10, 25, tzinfo=UTC),  # Rome goes back
        datetime(2026, 10, 4, tzinfo=UTC),  # Sydney goes forward
        datetime(2027, 4, 4, tzinfo=UTC),  # Sydney and Santiago go back
        datetime(2027, 3, 14, tzinfo=UTC),  # New York goes forward
        datetime(2026, 11, 1, tzinfo=UTC),  # New York goes back
    ],
    ids=lambda night: night.date().isoformat(),
)
def test_across_a_night_with_another_hour_each_mail_goes_once_in_its_readers_office_hours(
    on_sqlite: Installation, night: datetime
) -> None:
    on_sqlite.clock.set(night - timedelta(hours=6))
    ask_in_every_zone(on_sqlite)
    for hour in range(72):
        on_sqlite.later(hours=1)
        if hour == 20:
            on_sqlite.later(hours=-1)
        if hour == 30:
            on_sqlite.later(hours=3)
    assert {zone: len(on_sqlite.letters(address_in(zone))) for zone in ZONES} == dict.fromkeys(ZONES, 1)
    for zone, row in invitations(on_sqlite):
        local = row.send_at.astimezone(ZoneInfo(zone))
        assert HOURS["start"] <= local.hour < HOURS["end"], (zone, local)
        assert local.weekday() < 5


@pytest.mark.parametrize("span", [timedelta(hours=-1), timedelta(hours=3), timedelta(days=3)], ids=str)
def test_however_the_clock_moves_a_deferred_event_is_decided_once_more_and_no_mail_goes_twice(
    on_sqlite: Installation, span: timedelta
) -> None:
    on_sqlite.program_state("paused")
    ask_in_every_zone(on_sqlite)
    on_sqlite.settle()
    assert len(rows(on_sqlite, Deferral)) == len(ZONES)
    on_sqlite.program_state("live")
    on_sqlite.clock.advance(span)
    on_sqlite.settle()
    for _ in range(5 * 24):
        on_sqlite.later(hours=1)
    attempts = Counter(row.event_id for row in rows(on_sqlite, Decision))
    assert set(attempts.values()) == {2}
    assert {zone: len(on_sqlite.letters(address_in(zone))) for zone in ZONES} == dict.fromkeys(ZONES, 1)


def test_after_long_days_off_mail_past_its_time_is_cancelled_with_its_reason(on_sqlite: Installation) -> None:
    ask_in_every_zone(on_sqlite)
    on_sqlite.app.worker.react_until_idle()
    latest = max(row.send_before for _, row in invitations(on_sqlite))
    on_sqlite.clock.set(latest + timedelta(minutes=1))
    on_sqlite.settle()
    assert [len(on_sqlite.letters(address_in(zone))) for zone in ZONES] == [0] * len(ZONES)
    assert {(row.state, row.disposition) for _, row in invitations(on_sqlite)} == {("late", NOT_SENT.code)}


def rows(installation: Installation, model: type) -> list[Any]:
    with installation.engine.work.read() as reading:
        return list(reading.connection.execute(select(model.__table__)))  # type: ignore[attr-defined]


def invitations(installation: Installation) -> list[tuple[str, Any]]:
    """Every invitation with the zone of its reader."""
    zones = {f"DR-{number}": zone for number, zone in enumerate(ZONES)}
    names = {row.id: row.external_id for row in rows(installation, TouchpointEvent)}
    return [(zones[names[row.event_id]], row) for row in rows(installation, Invitation)]
