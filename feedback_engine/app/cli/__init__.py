"""The command line: `feedback-engine`; one file a family of commands."""

from __future__ import annotations

from collections.abc import Iterable

import click

from feedback_engine.app.cli import (
    bench,
    database,
    demo,
    events,
    explain,
    importing,
    operating,
    people,
    program,
    serving,
    waves,
)
from feedback_engine.app.cli.base import Commands


@click.group(cls=Commands)
@click.version_option(package_name="feedback-engine")
def main() -> None:
    """A self-hosted partner experience engine."""


def _commands() -> Iterable[click.Command]:
    for family in (demo, serving, database, operating, program, people, explain, waves, bench):
        yield from family.COMMANDS
    importing.import_group.add_command(events.EVENTS_COMMAND)
    yield importing.import_group


for _command in _commands():
    main.add_command(_command)
