"""Examines an installation: each setting with its source, each problem with a code and what to do."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import make_url

from feedback_engine.app import mailbox_check, migrating
from feedback_engine.foundation import release_gate
from feedback_engine.foundation.clock import SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import FeedbackError
from feedback_engine.foundation.settings import FILE, PREFIX, Settings
from feedback_engine.foundation.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what to do about it."""

    code: str
    words: str
    hint: str


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as it stands."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the doctor found."""

    settings: tuple[SettingLine, ...]
    problems: tuple[Problem, ...]
    hints: tuple[Problem, ...]

    def document(self) -> dict[str, Any]:
        """The report as a JSON document."""
        return {
            "settings": [{"name": line.name, "value": line.value, "source": line.source} for line in self.settings],
            "problems": [_as_dict(problem) for problem in self.problems],
            "hints": [_as_dict(hint) for hint in self.hints],
        }

    def text(self) -> str:
        """The report for a terminal."""
        width = max(len(line.name) for line in self.settings)
        lines = [f"{line.name:<{width}}  {line.value}  ({line.source})" for line in self.settings]
        lines += [f"\n{problem.code} {problem.words}\n  {problem.hint}" for problem in self.problems]
        lines += [f"\n{hint.code} {hint.words}\n  {hint.hint}" for hint in self.hints]
        return "\n".join([*lines, "", "All is well." if not self.problems else "See the problems above."])


def examine(settings: Settings) -> Report:
    """Look at settings, database and folders; changes nothing."""
    return Report(
        settings=tuple(_setting_lines(settings)),
        problems=tuple(_problems(settings)),
        hints=tuple(_hints(settings)),
    )


def _setting_lines(settings: Settings) -> list[SettingLine]:
    from_file = set((Path(FILE).exists() and _names_in_file()) or ())
    return [
        SettingLine(f"{PREFIX}{name.upper()}", _shown(name, getattr(settings, name), source), source)
        for name, source in ((name, _source(name, from_file)) for name in type(settings).model_fields)
    ]


def _source(name: str, from_file: set[str]) -> str:
    if f"{PREFIX}{name.upper()}" in {key.upper() for key in os.environ}:
        return "environment"
    return FILE if name in from_file else "default"


def _names_in_file() -> set[str]:
    import tomllib

    with Path(FILE).open("rb") as stream:
        return set(tomllib.load(stream))


def _shown(name: str, value: Any, source: str) -> str:
    if isinstance(value, SecretStr):
        return "not set" if source == "default" else "set, hidden"
    if name == "database_url":
        return make_url(str(value)).render_as_string(hide_password=True)
    return "not set" if value is None else str(value)


def _problems(settings: Settings) -> list[Problem]:
    found = []
    try:
        found += _database_problems(settings)
    except FeedbackError as error:
        found.append(Problem("FE-D1", error.message, "Check FEEDBACK_ENGINE_DATABASE_URL and that the server runs."))
    if not _writable(settings.var_dir):
        found.append(
            Problem("FE-F1", f"The folder {settings.var_dir} cannot be written.", "Set FEEDBACK_ENGINE_VAR_DIR.")
        )
    return found + [Problem(*each) for each in mailbox_check.problems(settings)]


def _database_problems(settings: Settings) -> list[Problem]:
    database = Database(settings.database_url)
    try:
        pending = migrating.pending_changes(database)
        if pending:
            if len(pending) == len(migrating.revisions()):
                return [Problem("FE-D2", "There is no database yet; `serve` makes it.", "Run: feedback-engine serve")]
            words = f"The schema lacks {_changes(len(pending))}."
            return [Problem("FE-D2", words, "Run: feedback-engine db upgrade")]
        with Work(database, SystemClock()).read() as reading:
            held = release_gate.find_held(reading)
    finally:
        database.dispose()
    if held is None:
        return []
    words = f"Restored from the backup of {held.backup_at:%Y-%m-%d %H:%M} UTC: no mail and no webhook leaves."
    return [
        Problem("FE-R1", words, "When this is to be the installation that works, run: feedback-engine mail release")
    ]


def _hints(settings: Settings) -> list[Problem]:
    hints = []
    if settings.mail_transport == "folder":
        hints.append(
            Problem(
                "FE-M1",
                "Mail is written to a folder and reaches nobody.",
                "Look at it under /outbox, or set FEEDBACK_ENGINE_MAIL_TRANSPORT=smtp and FEEDBACK_ENGINE_SMTP_URL.",
            )
        )
    hints += [Problem(*each) for each in mailbox_check.hints(settings)]
    if settings.secret_key is None:
        hints.append(
            Problem(
                "FE-S1",
                "Links and sessions are signed by a key kept in the database alone.",
                "Set FEEDBACK_ENGINE_SECRET_KEY to some 40 random characters, so that a copied database forges none.",
            )
        )
    return hints


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


def _writable(folder: Path) -> bool:
    existing = next(parent for parent in [folder, *folder.absolute().parents] if parent.exists())
    return os.access(existing, os.W_OK)


def _as_dict(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "words": problem.words, "hint": problem.hint}
