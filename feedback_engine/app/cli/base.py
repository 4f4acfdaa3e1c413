"""What every command shares: opening the installation, one clear sentence for a failure, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback_engine.foundation.actors import Actor
from feedback_engine.foundation.definition_faults import DefinitionError
from feedback_engine.foundation.errors import FeedbackError, Invalid
from feedback_engine.foundation.instants import parse_instant

if TYPE_CHECKING:
    # What most commands need is read when they need it: `serve` keeps a process that needs none of it.
    from feedback_engine.app.wiring import App
    from feedback_engine.foundation.engine import Engine
    from feedback_engine.foundation.settings import Settings

COMMAND_LINE = Actor("system", "command-line", "command line")


class Commands(click.Group):
    """A group whose commands end an expected failure with one sentence on stderr and exit code 1."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _wrong_call_is_failure():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _wrong_call_is_failure():
                return super().invoke(ctx)
        except FeedbackError as error:
            raise Refused(error) from error


@contextmanager
def _wrong_call_is_failure() -> Iterator[None]:
    """Let a wrong call end with 1: click's own 2 would tell a script that `plan` has found changes."""
    try:
        yield
    except click.UsageError as error:
        error.exit_code = 1  # type: ignore[misc]  # click itself sets it on single errors
        raise


class Refused(click.ClickException):
    """An expected failure, as the command line tells it."""

    exit_code = 1

    def __init__(self, error: FeedbackError) -> None:
        # The faults of a definition stand in its message already, with file and line.
        faults = error.faults if isinstance(error, Invalid) and not isinstance(error, DefinitionError) else ()
        # A single fault is often the message itself; said once, it is understood.
        told = [fault for fault in faults if fault.pointer and fault.detail != error.message]
        lines = [error.message, *(f"  {fault.pointer}: {fault.detail}" for fault in told)]
        super().__init__("\n".join(lines))

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def open_settings(ctx: click.Context) -> Settings:
    """The settings of this call, read once."""
    holder = ctx.find_root()
    if not isinstance(holder.obj, dict):
        holder.obj = {}
    if "settings" not in holder.obj:
        from feedback_engine.foundation import settings

        holder.obj["settings"] = settings.load()
    found: Settings = holder.obj["settings"]
    return found


def open_app(ctx: click.Context) -> App:
    """The whole installation with its schema brought up to date, closed when the command ends."""
    settings = open_settings(ctx)
    holder = ctx.find_root().obj
    if "app" not in holder:
        from feedback_engine.app import migrating, wiring

        migrating.upgrade(settings.database_url)
        holder["app"] = wiring.build(settings)
        ctx.find_root().call_on_close(holder["app"].engine.database.dispose)
    found: App = holder["app"]
    return found


def open_engine(ctx: click.Context) -> Engine:
    """The engine of the installation."""
    return open_app(ctx).engine


def echo_json(value: Any) -> None:
    """Print a value as one JSON document."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode())


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 contact, 2 contacts."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def existing_file(**options: Any) -> click.Path:
    """A file that must be there."""
    return click.Path(exists=True, dir_okay=False, readable=True, path_type=Path, **options)


def an_instant(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """The value of an option that names a time with its zone; the callback of such options."""
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError:
        raise click.BadParameter("write a time like 2026-03-01T08:00:00Z; it needs its zone.") from None
