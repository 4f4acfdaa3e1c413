"""A command line with one family of commands, in a folder of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result

from feedback_engine.app.cli.base import Commands


class Terminal:
    """Types one command, or one group of commands, and keeps the files it is given."""

    def __init__(self, folder: Path, command: click.Command) -> None:
        self.folder = folder
        self._command = command
        self._main = Commands("feedback-engine", commands=[command])

    def file(self, name: str, content: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def type(self, *words: object) -> Result:
        """What the command says to these words."""
        return CliRunner().invoke(self._main, [str(self._command.name), *map(str, words)])

    def json(self, *words: object) -> dict[str, Any]:
        """What a command that succeeds prints for programs."""
        answer = self.type(*words, "--json")
        assert answer.exit_code == 0, answer.output
        found: dict[str, Any] = json.loads(answer.stdout)
        return found
