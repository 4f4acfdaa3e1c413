"""What the alert file says about settling fits the rest of the program, or nothing is published."""

from __future__ import annotations

import pytest

from alerts import published as published_alerts
from feedback_engine.app import program, program_files
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.app.program_texts import faults_of

WHOLE = (
    "{mediator: [team:Quality, role:admin], escalation: role:admin, partner_escalation: [commercial], reply_days: 5}"
)


def with_settling(settling: str) -> dict[str, str]:
    """The starter with this in a file of its own."""
    return {**program_files.starter_texts(), "alerts/settling.yaml": f"settling: {settling}\n"}


@pytest.mark.parametrize(
    ("settling", "says"),
    [
        ("{mediator: rota:night}", "There is no rota `night`"),
        ("{escalation: [role:viewer]}", "role:viewer"),
        ("{mediator: []}", "mediator"),
        ("{reply_days: 0}", "reply_days"),
        ("{recovery: {touchpoint: case.settled}}", "There is no touchpoint `case.settled`"),
        ("{recovery: {touchpoint: ticket.closed}}", "no survey of one question"),
        ("{recovery: {after_days: 3}}", "touchpoint"),
        ("{mediators: role:admin}", "mediators"),
    ],
)
def test_what_does_not_fit_is_refused(settling: str, says: str) -> None:
    faults = faults_of(with_settling(settling))
    assert any(says in fault for fault in faults), faults
    assert all(fault.startswith("alerts/settling.yaml") for fault in faults)


def test_what_fits_is_published_with_its_teams_and_personas(sqlite_engine: Engine) -> None:
    folder = program.load_texts(with_settling(WHOLE))
    personas = list(folder.program.personas)
    program.publish(sqlite_engine.work, SYSTEM, folder)
    with sqlite_engine.work.read() as reading:
        found = published_alerts.in_force(reading)
        teams = {team.name for team in directory.list_teams(reading)}
    assert found is not None
    assert found.program.settling_terms.reply_days == 5
    assert "Quality" in teams
    assert set(found.program.personas) <= set(personas)


def test_a_program_that_says_nothing_keeps_the_version_it_had(sqlite_engine: Engine) -> None:
    body = program.bodies(program.load_starter())["alerts", "alerts"]
    assert "settling" not in body
    program.publish(sqlite_engine.work, SYSTEM, program.load_starter())
    with sqlite_engine.work.read() as reading:
        found = published_alerts.in_force(reading)
    assert found is not None
    assert found.program.settling_terms.mediator == ("role:program_owner",)
