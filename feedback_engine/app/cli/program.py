"""`init`, `apply`, `export`: the program as a folder of files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from feedback_engine.app import program, program_files
from feedback_engine.app.cli.base import COMMAND_LINE, an_instant, echo_json, open_engine
from feedback_engine.foundation.definitions import DefinitionError, DefinitionFault

_NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


class Faulty(click.ClickException):
    """A program folder with faults: each on its own line, as `file:line: what is wrong and what to write`."""

    def __init__(self, error: DefinitionError) -> None:
        super().__init__(error.message)

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


@click.command()
@click.argument("folder", type=_NEW_FOLDER)
def init(folder: Path) -> None:
    """Write a new program folder: the starter, and the schemas by which editors complete."""
    for name in program_files.write_folder(folder, program_files.starter_texts()):
        click.echo(f"wrote {folder / name}")
    click.echo(f"Change the sender and the texts, then publish it: feedback-engine apply {folder}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--comment", default="", help="Why; kept in the history.")
@click.option("--from", "from_at", callback=an_instant, metavar="TIME", help="When it comes into force; default now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def apply(ctx: click.Context, folder: Path, comment: str, from_at: datetime | None, as_json: bool) -> None:
    """Check a program folder and publish it, whole or not at all."""
    try:
        loaded = program.load_folder(folder)
    except DefinitionError as error:
        raise Faulty(error) from error
    published = program.publish(open_engine(ctx).work, COMMAND_LINE, loaded, comment, from_at)
    if as_json:
        echo_json(_document(published, loaded.warnings))
        return
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    for change in published.changes:
        click.echo(_told(change))
    if published.changes:
        click.echo(f"In force from {published.from_at:%Y-%m-%d %H:%M:%S} UTC: plan {published.plan_version}")
    else:
        click.echo("Nothing changed; the program in force is the same.")


@click.command()
@click.argument("folder", type=_NEW_FOLDER)
@click.pass_context
def export(ctx: click.Context, folder: Path) -> None:
    """Write the program in force as files that load to the same versions."""
    with open_engine(ctx).work.read() as reading:
        written = program.export(reading, folder)
    for name in written:
        click.echo(f"wrote {folder / name}")


_WHOLE = {"program": "program settings", "plan": "sampling plan", "alerts": "alert rules"}


def _told(change: program.Change) -> str:
    """A change in a reader's words: `changed program settings: hold_minutes`, `added survey support`."""
    what = f"{change.what} {_WHOLE.get(change.kind) or f'{change.kind} {change.key}'}"
    return f"{what}: {', '.join(change.parts)}" if change.parts else what


def _document(published: program.Publication, warnings: Sequence[DefinitionFault]) -> dict[str, object]:
    return {
        "plan_version": published.plan_version,
        "from_at": published.from_at.isoformat(),
        "changes": [
            {"kind": change.kind, "key": change.key, "what": change.what, "version": change.version}
            for change in published.changes
        ],
        "warnings": [
            {"file": warning.file, "line": warning.line, "pointer": warning.pointer, "detail": warning.detail}
            for warning in warnings
        ],
    }


COMMANDS = [init, apply, export]
