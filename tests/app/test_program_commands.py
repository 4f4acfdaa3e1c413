"""`init`, `apply`, `export` as an engineer meets them: what they print, and how they end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from feedback_engine.app import program
from feedback_engine.app.cli import main

Runner = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    """Calls the command line on an installation of its own."""
    settings = {
        "FEEDBACK_ENGINE_DATABASE_URL": f"sqlite:///{tmp_path}/new.db",
        "FEEDBACK_ENGINE_VAR_DIR": str(tmp_path / "var"),
    }

    def call(*arguments: object) -> Result:
        return CliRunner(env=settings).invoke(main, [str(argument) for argument in arguments])

    return call


def test_a_new_folder_is_published_and_written_back(run: Runner, tmp_path: Path) -> None:
    made = run("init", tmp_path / "p")
    assert made.exit_code == 0
    assert "journeys/sales_cycle.yaml" in made.stdout
    applied = run("apply", tmp_path / "p", "--comment", "first")
    assert applied.exit_code == 0, applied.output
    assert "added journey sales_cycle" in applied.stdout
    assert "In force from" in applied.stdout
    assert "Nothing changed" in run("apply", tmp_path / "p").stdout
    assert run("export", tmp_path / "q").exit_code == 0
    assert program.bodies(program.load_folder(tmp_path / "q")) == program.bodies(program.load_folder(tmp_path / "p"))


def test_what_changed_is_told_by_name_and_time_to_the_second(run: Runner, tmp_path: Path) -> None:
    run("init", tmp_path / "p")
    first = run("apply", tmp_path / "p").stdout
    assert "added program settings\n" in first
    assert "added sampling plan\n" in first
    assert re.search(r"In force from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: plan", first)
    path = tmp_path / "p/journeys/support.yaml"
    path.write_text(path.read_text("utf-8").replace("Ticket closed", "Ticket settled"), "utf-8")
    assert "changed journey support: ticket.closed\n" in run("apply", tmp_path / "p").stdout
    program_file = tmp_path / "p/program.yaml"
    program_file.write_text(program_file.read_text("utf-8").replace("hold_minutes: 60", "hold_minutes: 7"), "utf-8")
    again = run("apply", tmp_path / "p").stdout
    assert "changed program settings: hold_minutes\n" in again
    assert "changed sampling plan: " in again


def test_a_key_at_the_wrong_level_is_told_where_it_belongs(run: Runner, tmp_path: Path) -> None:
    run("init", tmp_path / "p")
    path = tmp_path / "p/program.yaml"
    path.write_text(path.read_text("utf-8").replace("\nsampling:\n", "\nsampling:\n  hold_minutes: 7\n"), "utf-8")
    assert "`hold_minutes` belongs at the top of the file; move it there." in run("apply", tmp_path / "p").stderr


def test_json_names_each_change_and_warning(run: Runner, tmp_path: Path) -> None:
    run("init", tmp_path / "p")
    path = tmp_path / "p/journeys/support.yaml"
    path.write_text(path.read_text("utf-8").replace("{en: Ticket closed, it: Ticket chiuso}", "{en: Closed}"), "utf-8")
    document = orjson.loads(run("apply", tmp_path / "p", "--json").stdout)
    assert document["plan_version"].startswith("sha256:")
    assert {"kind": "plan", "key": "plan", "what": "added", "version": document["plan_version"]} in document["changes"]
    (warning,) = document["warnings"]
    assert (warning["file"], warning["pointer"]) == ("journeys/support.yaml", "/stages/0/touchpoints/0/name")


def test_faults_are_told_one_a_line_and_nothing_is_published(run: Runner, tmp_path: Path) -> None:
    run("init", tmp_path / "p")
    path = tmp_path / "p/program.yaml"
    path.write_text(path.read_text("utf-8").replace("threshold: 5", "treshold: 5\nname: twice"), "utf-8")
    refused = run("apply", tmp_path / "p")
    assert refused.exit_code == 1
    told = refused.stderr.strip().split("\n")
    assert told[0] == "2 faults were found in the definitions."
    assert all(line.startswith("program.yaml:") for line in told[1:])
    assert len(told) == 3
    assert "Did you mean `threshold`?" in refused.stderr
    assert run("export", tmp_path / "q").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("init", "."), 1, "is not empty"),
        (("apply", "nowhere"), 1, "feedback-engine init"),
        (("export", "nowhere"), 1, "No program was published yet"),
        (("apply", ".", "--from", "tomorrow"), 1, "write a time like"),
        (("apply", ".", "--from", "2026-03-01T08:00:00"), 1, "needs its zone"),
    ],
)
def test_a_refusal_is_one_clear_sentence(run: Runner, arguments: tuple[str, ...], code: int, says: str) -> None:
    refused = run(*arguments)
    assert refused.exit_code == code
    assert says in refused.stderr
    assert "Traceback" not in refused.output
