"""`user` and `api-key` on the command line: teams, successors and links."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from feedback_engine.app.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run one command on an installation of its own."""
    environment = {"FEEDBACK_ENGINE_DATABASE_URL": f"sqlite:///{tmp_path}/commands.db"}

    def command(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, env=environment)

    return command


def test_somebody_without_a_password_is_handed_a_link(run: Run) -> None:
    added = run("user", "add", "dana@ours.example", "--role", "alliance_manager", "--team", "North")
    assert re.search(r"http://127\.0\.0\.1:8700/sign-in/[\w-]{48}\n", added.output)
    again = run("user", "link", "dana@ours.example")
    assert re.fullmatch(r"http://127\.0\.0\.1:8700/sign-in/[\w-]{48}\n", again.output)
    [listed] = orjson.loads(run("user", "list", "--json").output)
    assert (listed["email"], listed["team"], listed["role"]) == ("dana@ours.example", "North", "alliance_manager")


def test_a_link_leads_to_the_port_that_pages_are_served_on_unless_their_address_is_set(
    run: Run, tmp_path: Path
) -> None:
    added = run("user", "add", "dana@ours.example", "--role", "viewer", "--port", "8801")
    assert "http://127.0.0.1:8801/sign-in/" in added.output
    assert "http://127.0.0.1:8801/sign-in/" in run("user", "link", "dana@ours.example", "--port", "8801").output
    public = {
        "FEEDBACK_ENGINE_DATABASE_URL": f"sqlite:///{tmp_path}/commands.db",
        "FEEDBACK_ENGINE_BASE_URL": "https://ours.example",
    }
    told = CliRunner().invoke(main, ("user", "link", "dana@ours.example", "--port", "8801"), env=public)
    assert told.output.startswith("https://ours.example/sign-in/")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("user", "add", "dana", "--role", "viewer"), "one @"),
        (("user", "add", "dana@ours.example", "--role", "viewer", "--time-zone", "Moon"), "/time_zone"),
        (("user", "link", "nobody@ours.example"), "no member of staff"),
        (("user", "disable", "nobody@ours.example"), "no member of staff"),
        (("api-key", "add", " ", "--scopes", "events:write"), "name"),
    ],
)
def test_a_refusal_is_a_sentence_with_exit_code_1(run: Run, arguments: tuple[str, ...], words: str) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, "Traceback" in refused.output) == (1, False)
    assert words in refused.stderr
