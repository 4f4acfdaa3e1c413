"""Promise 4 for the clocks of cases: four workers, kills and pauses, a day of escalations; each once, none missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Any
from uuid import UUID

import pytest

from alerts.definitions import AlertProgram
from feedback_engine.foundation import versions
from feedback_engine.foundation.leases import DURATION
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.faults.installed import Installed
from tests.faults.processes import Process
from tests.faults.scale import figure
from tests.faults.waiting import elapsed, until
from tests.promises import Tell

WORKERS = 4
CASES = figure(30, 1_000)
HOUR = figure(5, 120) / 10
"""Seconds that stand for an hour of the day that is simulated: the clocks of the cases run that much faster."""
DAY_HOURS = 24
CONTACT_HOURS, LEVELS = 4, (0, 5, 10, 18)
"""The target and the levels after it: the last falls due 22 hours after the answer."""
KILLS, PAUSES = figure(2, 20), figure(1, 8)
PAUSED_SECONDS = figure(2, int(2 * DURATION.total_seconds()))
A_WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")


@pytest.mark.postgresql
def test_every_escalation_of_a_day_comes_once_whatever_happens_to_four_workers(
    on_postgresql: Installed, tell: Tell
) -> None:
    owner = on_postgresql.staff("dana", "alliance_manager")
    lead = on_postgresql.staff("olga", "program_owner")
    _publish(on_postgresql)
    on_postgresql.invite(CASES, owner=owner)
    begun = elapsed(DAY_HOURS * HOUR)
    _complain(on_postgresql)
    workers = [on_postgresql.start_worker() for _ in range(WORKERS)]
    _disturb(on_postgresql, workers)
    until(begun, "the day is over", seconds=DAY_HOURS * HOUR + 60)
    until(lambda: _waiting(on_postgresql) == 0, "every clock has come to its end", seconds=300)
    for worker in workers:
        worker.stop()

    by_case = _levels(on_postgresql)
    missing = sum(level not in {*done, *skipped} for done, skipped in by_case.values() for level in range(1, 5))
    twice = sum(count - 1 for done, skipped in by_case.values() for count in Counter([*done, *skipped]).values())
    tell(
        4,
        f"{WORKERS} workers, {DAY_HOURS} simulated hours, {KILLS} kills, {PAUSES} pauses of {PAUSED_SECONDS} s:"
        f" {len(by_case):,} cases, {sum(len(done) for done, _ in by_case.values()):,} escalations,"
        f" {sum(len(skipped) for _, skipped in by_case.values())} overtaken by a higher one,"
        f" {missing} missing, {twice} twice",
    )
    assert (len(by_case), missing, twice) == (CASES, 0, 0)
    assert all(max(done) == len(LEVELS) for done, _ in by_case.values())  # the highest is told, never only skipped
    assert _untold(on_postgresql, {owner.id, lead.id}) == []


def _publish(installed: Installed) -> None:
    """Alerts whose clocks run day and night."""
    level = {"first_contact_hours": CONTACT_HOURS * HOUR / 3600, "resolve_hours": 100}
    body = AlertProgram.model_validate(
        {
            "rules": [{"key": "low", "name": {"en": "Low"}, "when": {"condition": "score_below", "below": 7}}],
            "routes": {"to": "partner_owner", "otherwise": "role:program_owner"},
            "service_levels": {"recovery": level},
            "escalation": [{"after_hours": each * HOUR / 3600, "to": "role:program_owner"} for each in LEVELS],
            "calendars": {"always": {"time_zone": "UTC", "hours": A_WEEK}},
            "calendar": "always",
        }
    ).model_dump(mode="json", exclude_none=True)
    with installed.engine.work.begin(actor=SYSTEM) as uow:
        version = versions.publish(uow, "alerts", "alerts", body)
        versions.activate(uow, "alerts", "alerts", version)


def _complain(installed: Installed) -> None:
    """Every contact gives a 2."""
    browser = installed.app.web().test_client()
    for path in installed.survey_paths():
        assert browser.post(path, data={"q-nps": "2"}).status_code == 303


def _disturb(installed: Installed, workers: list[Process]) -> None:
    """Kill and pause workers through the day, at moments of chance; each killed one is replaced."""
    chance = Random(4)
    faults = ["kill"] * KILLS + ["pause"] * PAUSES
    chance.shuffle(faults)
    for fault in faults:
        until(elapsed(chance.random() * 1.4 * DAY_HOURS * HOUR / (len(faults) + 1)), "a moment of chance", seconds=600)
        victim = chance.randrange(WORKERS)
        if fault == "kill":
            workers[victim].kill()
            workers[victim] = installed.start_worker()
        else:
            workers[victim].pause()
            until(elapsed(PAUSED_SECONDS), "the pause is over")
            workers[victim].go_on()


def _waiting(installed: Installed) -> int:
    return CASES - sum(row.wakes_at is None for row in installed.rows("casework", "wakes_at"))


def _levels(installed: Installed) -> dict[UUID, tuple[list[int], list[int]]]:
    """Of each case the levels that were told, and those that a higher one overtook."""
    found: dict[UUID, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for row in installed.rows("case_entry", "case_id", "kind", "detail"):
        if row.kind == "escalated":
            found[row.case_id][0].append(row.detail["level"])
            found[row.case_id][1].extend(row.detail["skipped"])
    return found


def _untold(installed: Installed, everybody: set[UUID]) -> list[Any]:
    """Escalations of which somebody was not told by mail."""
    told: dict[tuple[UUID, int], set[UUID]] = defaultdict(set)
    for row in installed.rows("notification", "case_id", "revision", "channel", "recipient_id"):
        if row.channel == "email":
            told[row.case_id, row.revision].add(row.recipient_id)
    entries = installed.rows("case_entry", "case_id", "revision", "kind")
    return [row for row in entries if row.kind == "escalated" and told[row.case_id, row.revision] != everybody]
