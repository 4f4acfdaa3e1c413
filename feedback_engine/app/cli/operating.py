"""`db`, `doctor`, `mail`, `program`: what an operator does."""

from __future__ import annotations

import click
from sqlalchemy import text

from feedback_engine.app import migrating
from feedback_engine.app.cli.base import COMMAND_LINE, echo_json, open_engine, open_settings
from feedback_engine.app.doctor import examine
from feedback_engine.foundation import program_state
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable
from feedback_engine.foundation.mail import queue
from surveys.service import checklist


@click.group()
def db() -> None:
    """The database: its schema and its soundness."""


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema up to date."""
    done = migrating.upgrade(open_settings(ctx).database_url)
    click.echo("\n".join(f"applied {name}" for name in done) or "The schema is up to date.")


@db.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check the schema and, on SQLite, the file itself."""
    database = Database(open_settings(ctx).database_url)
    pending = migrating.pending_changes(database)
    if pending:
        raise Unavailable(f"The schema lacks {', '.join(pending)}; run feedback-engine db upgrade.")
    if database.is_sqlite:
        with database.read() as connection:
            faults = [row[0] for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
            orphans = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if faults or orphans:
            raise Unavailable(f"The file is damaged: {'; '.join(faults) or 'rows point to rows that are gone'}.")
    click.echo("The database is sound.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Print every setting with its source, and what is wrong with this installation."""
    report = examine(open_settings(ctx))
    if as_json:
        echo_json(report.document())
    else:
        click.echo(report.text())
    if report.problems:
        ctx.exit(1)


@click.group()
def mail() -> None:
    """Mail to partners: stop it, let it go on."""


@mail.command()
@click.option("--reason", default="", help="Why; kept in the audit log.")
@click.pass_context
def stop(ctx: click.Context, reason: str) -> None:
    """Stop all mail to partners at once."""
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        queue.stop(uow, reason)
    click.echo("Mail to partners is stopped. Nothing more is claimed; resume with: feedback-engine mail resume")


@mail.command()
@click.pass_context
def resume(ctx: click.Context) -> None:
    """Let mail to partners go again."""
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        queue.resume(uow)
    click.echo("Mail to partners goes again.")


@click.command()
@click.argument("state", type=click.Choice(["draft", "test", "live", "pause", "paused"]))
@click.option("--comment", default="", help="Why; kept in the history.")
@click.pass_context
def program(ctx: click.Context, state: str, comment: str) -> None:
    """Put the program into a state: draft, test, live or pause."""
    wanted = "paused" if state == "pause" else state
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        program_state.change(uow, wanted, comment)
        checks = checklist(uow) if wanted == "live" else []
    left = [check.step for check in checks if check.essential and not check.done]
    click.echo(f"The program is {wanted}.")
    if left:
        click.echo(f"warning: not everything is in place, see Launch: {', '.join(left)}", err=True)


COMMANDS = [db, doctor, mail, program]
