"""`demo`: a living installation to look at, in one command."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from feedback_engine.app import demo as making
from feedback_engine.app.cli.base import counted
from feedback_engine.app.cli.serving import run_all
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.settings import PREFIX, Settings


@click.command()
@click.option("--port", default=8700, show_default=True, type=click.IntRange(1, 65535), help="Port to serve on.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same world.")
@click.option("--dir", "folder", default="var/demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--reset", is_flag=True, help="Forget the demo that stands there and make it anew.")
@click.option("--no-serve", is_flag=True, help="Only make it.")
def demo(port: int, seed: int, folder: Path, reset: bool, no_serve: bool) -> None:
    """Simulate 18 months of a partner program through the real engine, then serve it."""
    settings = making.settings_for(folder.absolute(), port)
    if reset or not making.is_complete(folder):
        _clear(folder)
        _make(settings, seed)
    if no_serve:
        click.echo(f"The demo stands in {folder}.")
        return
    path, name = making.sign_in(settings)
    click.echo(f"\nOpen {settings.base_url}{path}\n(You are {name}, administrator. Mail is shown at /outbox.)\n")
    for name in ("database_url", "var_dir", "base_url", "mail_transport", "mail_from"):
        os.environ[PREFIX + name.upper()] = str(getattr(settings, name))
    run_all("127.0.0.1", port)


def _clear(folder: Path) -> None:
    """Remove an earlier demo, and nothing else: a folder with other files in it is refused."""
    if not folder.exists():
        return
    strangers = [item.name for item in folder.iterdir() if not item.name.startswith(("demo", "outbox", "worker"))]
    if strangers:
        raise Invalid(f"The folder {folder} holds {strangers[0]}, which no demo made; choose another with --dir.")
    shutil.rmtree(folder)


def _make(settings: Settings, seed: int) -> None:
    if not sys.stderr.isatty():
        _tell_in_lines(settings, seed)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("18 months of partners", total=1.0)
        for step in making.make(settings, seed):
            words = f"{step.day:%B %Y}: {step.tally.asked} asked, {step.tally.answered} answered"
            progress.update(task, completed=step.share, description=words)


def _tell_in_lines(settings: Settings, seed: int) -> None:
    told = -1
    for step in making.make(settings, seed):
        if int(step.share * 6) > told:
            told = int(step.share * 6)
            tally = step.tally
            click.echo(
                f"{step.day:%Y-%m}: {tally.events} events, {tally.asked} asked, {tally.answered} answered, "
                f"{counted(tally.cases_closed, 'case')} closed, {counted(tally.initiatives, 'initiative')}",
                err=True,
            )


COMMANDS = [demo]
