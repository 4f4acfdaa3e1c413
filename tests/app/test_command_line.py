"""The command line: every command explains itself, does what it says, and fails with one sentence and exit code 1."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from feedback_engine.app import migrating
from feedback_engine.app.cli import FAMILIES, main
from tests.house.sources import ROOT

PARTNERS = "Partner,E-mail,Owner\nTagus Freight,ines@tagus.example,\nKestrel Networks,ana@kestrel,\n"
EVENTS = (
    "id,type,subject,time,email\n"
    "T-1,ticket.closed,tagus,2026-01-05T09:00:00Z,ines@tagus.example\n"
    "T-2,ticket.closed,tagus,2026-01-20T09:00:00Z,ines@tagus.example\n"
    "T-3,ticket.closed,tagus,2026-03-05T09:00:00Z,ines@tagus.example\n"
)


@dataclass(frozen=True)
class CommandLine:
    """`feedback-engine` in a folder of its own."""

    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str, stdin: str | None = None, **environment: str) -> Result:
        given = {**self.environment, **{f"FEEDBACK_ENGINE_{name}": value for name, value in environment.items()}}
        return CliRunner().invoke(main, arguments, input=stdin, env=given)

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """What a command that succeeds prints."""
        result = self(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """What a command prints for programs."""
        return orjson.loads(self.done(*arguments, "--json"))

    def refused(self, *arguments: str, **environment: str) -> str:
        """The words of a command that fails as it should: on stderr, without traceback, with exit code 1."""
        result = self(*arguments, **environment)
        assert isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        return result.stderr.strip()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in a folder that holds nothing."""
    monkeypatch.chdir(tmp_path)
    environment = {
        "FEEDBACK_ENGINE_DATABASE_URL": f"sqlite:///{tmp_path}/engine.db",
        "FEEDBACK_ENGINE_VAR_DIR": str(tmp_path / "var"),
    }
    return CommandLine(tmp_path, environment)


@pytest.fixture
def feedback_engine(empty: CommandLine, migrated_sqlite: Path) -> CommandLine:
    """The command line of an installation whose schema is up to date."""
    shutil.copyfile(migrated_sqlite, empty.folder / "engine.db")
    return empty


def _commands(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command with the names that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*before, name))


# ---- all commands


def test_the_commands_that_others_rely_on_are_there() -> None:
    promised = (
        "demo, init, apply, export, serve, web, worker, db upgrade, db check, backup, restore, doctor, "
        "import partners, "
        "import contacts, import events, program, mail stop, mail resume, mail release, "
        "explain, user add, user list, user disable, api-key add, api-key list, api-key revoke"
    )
    there = {" ".join(command) for command in _commands()}
    assert sorted(set(promised.split(", ")) - there) == []


@pytest.mark.parametrize("command", [(), *_commands()], ids=" ".join)
def test_a_command_explains_itself(empty: CommandLine, command: tuple[str, ...]) -> None:
    told = empty.done(*command, "--help")
    assert told.startswith("Usage:")
    assert len(told.splitlines()[2].strip()) > 10  # a sentence, not only options


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--nonsense",), "No such option"),
        (("nonsense",), "No such command"),
        (("doctor", "--nonsense"), "No such option"),
        (("program", "finished"), "'finished' is not one of"),
        (("import", "partners", "absent.csv"), "does not exist"),
        (("apply", "absent"), "There is no folder absent"),
        (("serve", "--port", "0"), "0 is not in the range"),
        (("apply", "absent", "--from", "yesterday"), "write a time like"),
    ],
)
def test_a_wrong_call_is_refused_with_exit_code_1(empty: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    assert words in empty.refused(*arguments)  # 2 would say to a script that there are changes


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BASE_URL", "feedback.example", "FEEDBACK_ENGINE_BASE_URL"),
        ("MAIL_TRANSPORT", "pigeon", "FEEDBACK_ENGINE_MAIL_TRANSPORT"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "database"),
        ("DATABASE_URL", "mongodb://127.0.0.1/none", "database"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(empty: CommandLine, name: str, value: str, words: str) -> None:
    told = empty.refused("db", "check", **{name: value})
    assert words.lower() in told.lower()
    assert len(told.splitlines()) <= 3


@pytest.mark.parametrize("words", [("db", "check"), ("mail", "release"), ("restore", "taken.backup")])
def test_a_folder_that_is_a_file_is_named_in_one_sentence(feedback_engine: CommandLine, words: tuple[str, ...]) -> None:
    backup = feedback_engine.folder / "taken.backup"
    feedback_engine.done("backup", str(backup))
    (feedback_engine.folder / "blocked").write_text("a file")
    arguments = [str(backup) if word == backup.name else word for word in words]
    for place in ("blocked", "blocked/inner"):
        folder = feedback_engine.folder / place
        told = feedback_engine.refused(*arguments, DATABASE_URL=f"sqlite:///{folder}/engine.db")
        assert str(folder) in told
        assert len(told.splitlines()) == 1


# ---- database and doctor


def test_the_doctor_names_each_setting_and_finds_what_is_missing(empty: CommandLine) -> None:
    before = empty("doctor")
    assert before.exit_code == 1
    assert "FE-D2" in before.stdout
    assert "There is no database yet; `serve` makes it." in before.stdout
    assert "FEEDBACK_ENGINE_DATABASE_URL" in before.stdout
    assert "(environment)" in before.stdout
    assert "(default)" in before.stdout
    assert "applied" in empty.done("db", "upgrade")
    assert "All is well." in empty.done("doctor")
    assert empty.json("doctor")["problems"] == []


def test_the_doctor_says_what_is_not_set_and_counts_in_words(empty: CommandLine) -> None:
    told = empty("doctor").stdout
    assert re.search(r"FEEDBACK_ENGINE_SECRET_KEY +not set", told)
    assert re.search(r"FEEDBACK_ENGINE_SMTP_URL +not set", told)
    assert re.search(r"FEEDBACK_ENGINE_SMTP_URL +set, hidden", empty("doctor", SMTP_URL="smtp://mail.example").stdout)
    assert "1 changes" not in told


def test_the_doctor_hides_secrets(feedback_engine: CommandLine) -> None:
    told = feedback_engine("doctor", SECRET_KEY="s3cret-of-ours", SMTP_URL="smtp://me:s3cret-of-ours@mail.example")
    assert "s3cret-of-ours" not in told.output


def test_the_database_is_upgraded_once_and_checked(empty: CommandLine) -> None:
    assert "db upgrade" in empty.refused("db", "check")
    assert "applied" in empty.done("db", "upgrade")
    assert empty.done("db", "upgrade") == "The schema is up to date.\n"
    assert empty.done("db", "check") == "The database is sound.\n"


def test_a_backup_is_restored_checked_and_released(feedback_engine: CommandLine) -> None:
    assert migrating.revisions()[-1] in feedback_engine.done("backup", "today.backup")
    assert "--force" in feedback_engine.refused("backup", "today.backup")
    feedback_engine.done("backup", "today.backup", "--force")
    assert "is there already" in feedback_engine.refused("restore", "today.backup")
    (feedback_engine.folder / "engine.db").rename(feedback_engine.folder / "lost.db")
    told = feedback_engine.done("restore", "today.backup")
    assert "Restored" in told
    assert "mail release" in told
    held = feedback_engine("doctor")
    assert (held.exit_code, "FE-R1" in held.stdout) == (1, True)
    assert "0 decisions: 0 come out the same" in feedback_engine.done("db", "check", "--decisions")
    assert "not both" in feedback_engine.refused("mail", "release", "--cancel-due", "--send-due")
    assert "Released" in feedback_engine.done("mail", "release")
    assert "All is well." in feedback_engine.done("doctor")
    assert "not restored" in feedback_engine.refused("mail", "release")


# ---- people and keys


def test_staff_are_added_listed_and_disabled(feedback_engine: CommandLine) -> None:
    add = ("user", "add", "priya@northwind.example", "--role", "admin", "--password-stdin")
    feedback_engine.done(*add, stdin="seven quiet herons\n")
    feedback_engine.done(
        "user", "add", "dana@northwind.example", "--role", "viewer", "--password-stdin", stdin="x" * 20
    )
    listed = feedback_engine.json("user", "list")
    assert [(each["email"], each["role"]) for each in listed] == [
        ("dana@northwind.example", "viewer"),
        ("priya@northwind.example", "admin"),
    ]
    assert "herons" not in feedback_engine.done("user", "list")
    feedback_engine.done("user", "disable", "dana@northwind.example")
    assert [each["active"] for each in feedback_engine.json("user", "list")] == [True, False]


@pytest.mark.parametrize("kind", ["user", "api-key"])
def test_an_empty_list_says_that_this_database_holds_none(feedback_engine: CommandLine, kind: str) -> None:
    listed = feedback_engine(kind, "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "this database yet" in listed.stderr
    assert feedback_engine.json(kind, "list") == []


@pytest.mark.parametrize(
    ("email", "role", "password", "words"),
    [
        ("priya@northwind.example", "king", "seven quiet herons", "king"),
        ("priya", "admin", "seven quiet herons", "address"),
        ("priya@northwind.example", "admin", "short", "characters"),
    ],
)
def test_a_wrong_account_is_refused(
    feedback_engine: CommandLine, email: str, role: str, password: str, words: str
) -> None:
    result = feedback_engine("user", "add", email, "--role", role, "--password-stdin", stdin=password)
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert words in result.stderr


def test_the_last_admin_stays(feedback_engine: CommandLine) -> None:
    add = ("user", "add", "priya@northwind.example", "--role", "admin", "--password-stdin")
    feedback_engine.done(*add, stdin="seven quiet herons")
    assert feedback_engine.refused("user", "disable", "priya@northwind.example")


def test_an_api_key_is_shown_once_and_revoked(feedback_engine: CommandLine) -> None:
    made = feedback_engine.json("api-key", "add", "crm", "--scopes", "events:write,decisions:read")
    assert set(made) >= {"id", "key"}
    assert made["key"] not in feedback_engine.done("api-key", "list")
    [listed] = feedback_engine.json("api-key", "list")
    assert (listed["id"], listed["name"]) == (made["id"], "crm")
    feedback_engine.done("api-key", "revoke", made["id"])
    assert "revoked" in feedback_engine.refused("api-key", "revoke", made["id"])
    told = feedback_engine.refused("api-key", "add", "crm", "--scopes", "events:sing")
    assert told.count("events:sing") == 1


# ---- the program


def test_a_program_is_made_published_and_written_back(feedback_engine: CommandLine) -> None:
    assert "wrote program/program.yaml" in feedback_engine.done("init", "program")
    assert "program" in feedback_engine.refused("init", "program")
    published = feedback_engine.json("apply", "program")
    assert published["plan_version"].startswith("sha256:")
    assert {change["what"] for change in published["changes"]} == {"added"}
    assert "Nothing changed" in feedback_engine.done("apply", "program")
    feedback_engine.done("export", "copy")
    assert feedback_engine.json("apply", "copy")["changes"] == []
    assert "live" in feedback_engine.done("program", "live")
    assert "paused" in feedback_engine.done("program", "pause", "--comment", "a holiday")


def test_a_broken_program_names_file_line_and_remedy_and_publishes_nothing(feedback_engine: CommandLine) -> None:
    feedback_engine.done("init", "program")
    file = feedback_engine.folder / "program" / "program.yaml"
    text = file.read_text()
    file.write_text(text.replace("hold_minutes:", "hold_minute:"))
    line = text[: text.index("hold_minutes:")].count("\n") + 1
    told = feedback_engine.refused("apply", "program")
    assert f"program.yaml:{line}: " in told
    assert "`hold_minutes`" in told
    assert "No program was published yet" in feedback_engine.refused("export", "copy")


# ---- partners, events and decisions


def test_partners_come_from_a_file_and_a_dry_run_writes_nothing(feedback_engine: CommandLine) -> None:
    file = feedback_engine.folder / "partners.csv"
    file.write_text(PARTNERS)
    planned = feedback_engine.json("import", "partners", str(file), "--dry-run")
    assert planned["written"] is None
    assert "dry run" in feedback_engine.done("import", "partners", str(file), "--dry-run")
    assert feedback_engine.json("import", "partners", str(file))["written"]["partners_created"] == 2
    again = feedback_engine.json("import", "partners", str(file))
    assert set(again["written"].values()) == {0}
    assert "ana@kestrel" in feedback_engine.done("import", "partners", str(file), "--dry-run")


def test_history_is_imported_once_decided_and_explained(feedback_engine: CommandLine) -> None:
    feedback_engine.done("init", "program")
    feedback_engine.done("apply", "program")
    file = feedback_engine.folder / "events.csv"
    file.write_text(EVENTS)
    mapping = feedback_engine.folder / "mapping.yaml"
    mapping.write_text("source: desk\n")
    arguments = ("import", "events", str(file), "--mapping", str(mapping), "--as", "history")
    first = feedback_engine.json(*arguments)
    assert (first["accepted"], first["duplicates"]) == (3, 0)
    again = feedback_engine.json(*arguments)
    assert (again["accepted"], again["duplicates"]) == (0, 3)
    told = feedback_engine.done("explain", "ines@tagus.example")
    assert "quarantine" in told.lower() or "asked" in told.lower()
    assert len(feedback_engine.json("explain", "ines@tagus.example")["decisions"]) == 3


def test_an_import_of_history_says_what_was_decided_about_it(feedback_engine: CommandLine) -> None:
    file = feedback_engine.folder / "events.csv"
    file.write_text(EVENTS + "X-1,never.heard.of,tagus,2026-03-05T09:00:00Z,\n")
    mapping = feedback_engine.folder / "mapping.yaml"
    mapping.write_text("source: desk\n")
    arguments = ("import", "events", str(file), "--mapping", str(mapping), "--as", "history")
    assert "apply program" in feedback_engine.refused(*arguments)  # without a program nothing would ever be decided
    feedback_engine.done("init", "program")
    feedback_engine.done("apply", "program")
    told = feedback_engine.done(*arguments)
    assert re.search(r"History: 3 events decided, \d would have been asked, nobody is mailed; 1 event .*no", told), told
    assert "history first" in feedback_engine.done("import", "events", "--help").lower()


def test_an_unknown_person_is_explained_in_a_sentence(feedback_engine: CommandLine) -> None:
    assert "nobody@nowhere.example" in feedback_engine.refused("explain", "nobody@nowhere.example")


def test_mail_is_stopped_and_resumed(feedback_engine: CommandLine) -> None:
    assert "stopped" in feedback_engine.done("mail", "stop", "--reason", "the wrong survey")
    assert "goes again" in feedback_engine.done("mail", "resume")


# ---- waves


def test_a_wave_is_made_looked_at_and_sent(feedback_engine: CommandLine) -> None:
    feedback_engine.done("init", "program")
    feedback_engine.done("apply", "program")
    file = feedback_engine.folder / "partners.csv"
    file.write_text(PARTNERS.replace("ana@kestrel", "ana@kestrel.example"))
    feedback_engine.done("import", "partners", str(file))
    create = ("wave", "create", "Spring", "--touchpoint")
    assert feedback_engine.json(*create, "qbr.held") == {"key": "spring", "contacts": 2}
    assert "touchpoint" in feedback_engine.refused(*create, "none.of.ours")
    assert "nobody@ours.example" in feedback_engine.refused(*create, "qbr.held", "--owner", "nobody@ours.example")
    told = feedback_engine.refused(*create, "qbr.held", "--role", "sales", "--kind", "chanel")
    assert "No contact fits the role `sales`. Nobody has a role yet." in told
    assert "No contact fits the kind `chanel`. There are: unknown." in told
    looked_at = feedback_engine.json("wave", "preview", "spring")
    assert [row["email"] for row in looked_at["contacts"]] == ["ana@kestrel.example", "ines@tagus.example"]
    assert "ines@tagus.example" in feedback_engine.done("wave", "preview", "spring")
    assert "draft" in feedback_engine.refused("wave", "send", "spring")
    feedback_engine.done("program", "live")
    assert "2 contacts" in feedback_engine.done("wave", "send", "spring")
    assert feedback_engine.refused("wave", "send", "spring")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_file_of_commands_holds_those_that_are_listed(family: str) -> None:
    commands = import_module(f"feedback_engine.app.cli.{family}").COMMANDS
    assert {command.name for command in commands} == set(FAMILIES[family])


def test_serving_holds_no_engine_in_the_process_that_only_watches() -> None:
    script = "import sys, feedback_engine.app.cli.serving; print(*sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"sqlalchemy", "flask", "pydantic", "alembic"} & set(told.stdout.split())
