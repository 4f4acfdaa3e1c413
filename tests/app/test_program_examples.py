"""Examples of routes gate the publication of a program, and so does everybody that its routes name."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts import published as published_alerts
from feedback_engine.app import program, program_files
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.definitions import DefinitionError
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.app.program_texts import changed, faults_of, line_of

TREE = """
  children:
    - match: {kind: [recovery, callback, thanks]}
      otherwise: touchpoint_owner
"""
RICH = """
  children:
    - match: {persona: technical}
      to: rota:desk
    - match: {stage: STAGE, language: it}
      to: team:Italia
      children:
        - match: {severity: high}
          to: role:program_owner
"""


def with_examples(*examples: str) -> dict[str, str]:
    """The starter with a rich tree and these examples in a file of their own."""
    stage = next(
        stage.key
        for journey in program.load_starter().journeys
        for stage in journey.stages
        for touchpoint in stage.touchpoints
        if touchpoint.key == "ticket.closed"
    )
    texts = changed("alerts/alerts.yaml", TREE, RICH.replace("STAGE", stage))
    listed = "".join(f"  - {example}\n" for example in examples)
    rota = "rotas:\n  desk: {members: [mei@our.example]}\n"
    return {**texts, "alerts/more.yaml": f"{rota}examples:\n{listed}" if examples else rota}


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("touchpoint: ticket.closed, score: 2", "to: partner_owner"),  # the root
        ("touchpoint: ticket.closed, score: 7", "no_alert: true"),
        ("touchpoint: ticket.closed, score: 2, persona: technical", "to: rota:desk"),
        ("touchpoint: ticket.closed, score: 2, language: it-CH", "to: role:program_owner"),  # by the stage as well
        ("touchpoint: ticket.closed, wants_contact: true, language: it", "to: team:Italia"),
        ("touchpoint: ticket.closed, kind: thanks, severity: low, language: it", "to: team:italia"),  # without a rule
        ("touchpoint: ticket.closed, score: 2, wants_contact: true, kind: callback, language: it", "to: team:Italia"),
    ],
)
def test_an_example_that_holds_lets_the_program_pass(given: str, expect: str) -> None:
    program.load_texts(with_examples(f"{{name: E, given: {{{given}}}, expect: {{{expect}}}}}"))


@pytest.mark.parametrize(
    ("given", "expect", "says"),
    [
        (
            "touchpoint: ticket.closed, score: 2, language: it",
            "to: team:Italia",
            "the rule `hard_work` fires, and it goes to role:program_owner, by the branch for stage ",
        ),
        ("touchpoint: ticket.closed, score: 2", "to: team:Italia", "it goes to partner_owner, by the root of the tree"),
        ("touchpoint: ticket.closed, score: 2", "no_alert: true", "where no alert is expected"),
        ("touchpoint: ticket.closed, score: 7", "to: partner_owner", "no rule fires on this answer"),
        ("touchpoint: ticket.closed, score: 9", "no_alert: true", "9 lies outside the scale of `effort`"),
        ("touchpoint: ticket.close, score: 2", "no_alert: true", "Did you mean `ticket.closed`?"),
        ("touchpoint: ticket.closed, persona: technicl", "to: rota:desk", "Did you mean `technical`?"),
        ("touchpoint: ticket.closed, score: 2, question: nps", "no_alert: true", "asks for no such score"),
        ("touchpoint: ticket.closed, kind: recovery", "to: rota:dask", "Did you mean `desk`?"),
        ("touchpoint: ticket.closed", "no_alert: true", "Nothing is answered here"),
        ("touchpoint: ticket.closed, score: 2", "no_alert: true, to: partner_owner", "expects one thing"),
    ],
)
def test_an_example_that_fails_stops_the_program_at_its_line(given: str, expect: str, says: str) -> None:
    fine = "{name: Fine, given: {touchpoint: ticket.closed, score: 2}, expect: {to: partner_owner}}"
    faults = faults_of(with_examples(fine, f"{{name: Wrong, given: {{{given}}}, expect: {{{expect}}}}}"))
    assert len(faults) == 1
    assert faults[0].startswith("alerts/more.yaml:5: ")
    assert says in faults[0]


def test_a_program_whose_example_fails_is_not_published(sqlite_engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    program_files.write_folder(folder, changed("alerts/alerts.yaml", "{to: partner_owner}", "{to: touchpoint_owner}"))
    with pytest.raises(DefinitionError) as refused:
        program.publish(sqlite_engine.work, SYSTEM, program.load_folder(folder))
    [fault] = refused.value.definition_faults
    line = 1 + line_of("alerts/alerts.yaml", "expect: {to: partner_owner}")  # the line that names the schema
    assert (fault.file, fault.line) == ("alerts/alerts.yaml", line)
    with sqlite_engine.work.read() as reading:
        assert published_alerts.in_force(reading) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("to: role:program_owner}", "to: rota:night}", "There is no rota `night`"),
        ("persona: technical", "persona: tecnical", "Did you mean `technical`?"),
        ("language: it}", "language: it, stage: nowhere}", "stage"),
    ],
)
def test_what_a_tree_or_an_escalation_names_has_to_exist(old: str, new: str, says: str) -> None:
    texts = with_examples()
    assert old in texts["alerts/alerts.yaml"]
    texts["alerts/alerts.yaml"] = texts["alerts/alerts.yaml"].replace(old, new)
    assert any(says in fault for fault in faults_of(texts))


def test_the_teams_of_an_escalation_are_made(sqlite_engine: Engine) -> None:
    folder = program.load_texts(changed("alerts/alerts.yaml", "to: role:program_owner}", "to: team:Directors}"))
    program.publish(sqlite_engine.work, SYSTEM, folder)
    with sqlite_engine.work.read() as reading:
        assert "Directors" in {team.name for team in directory.list_teams(reading)}


def test_personas_that_a_route_names_are_published_with_the_alerts(sqlite_engine: Engine) -> None:
    program.publish(sqlite_engine.work, SYSTEM, program.load_texts(with_examples()))
    with sqlite_engine.work.read() as reading:
        found = published_alerts.in_force(reading)
    assert found is not None
    assert list(found.program.personas) == ["technical"]
