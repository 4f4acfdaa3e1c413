"""`db`, `backup`, `restore`: the database, its copies, and the way back."""

from __future__ import annotations

from pathlib import Path

import click

from feedback_engine.app import migrating, releasing, soundness
from feedback_engine.app.backups import restoring, taking
from feedback_engine.app.cli.base import counted, existing_file, open_engine, open_settings
from feedback_engine.app.releasing import Standing
from feedback_engine.foundation.clock import SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable
from surveys import replay

_LISTED = 20
"""Doubtful mails that a restore names one by one; the page of outgoing mail shows all."""


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
@click.option("--decisions", is_flag=True, help="Also take every sampling decision again and compare; takes longer.")
@click.pass_context
def check(ctx: click.Context, decisions: bool) -> None:
    """Check the schema, every row against every rule and, on SQLite, the file itself."""
    database = Database(open_settings(ctx).database_url)
    try:
        soundness.check(database)
    finally:
        database.dispose()
    click.echo("The database is sound.")
    if decisions:
        _check_decisions(ctx)


def _check_decisions(ctx: click.Context) -> None:
    with open_engine(ctx).work.read() as reading:
        report = replay.replay(reading)
    if not report.is_exact:
        named = ", ".join(map(str, report.different[:5]))
        raise Unavailable(
            f"{report.different_count} of {report.count} decisions come out otherwise when taken again: {named}."
        )
    same = report.count - report.not_replayable
    click.echo(
        f"{counted(report.count, 'decision')}: {same} come out the same, "
        f"{report.not_replayable} of people erased since."
    )


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over FILE if it is there.")
@click.pass_context
def backup(ctx: click.Context, file: Path, force: bool) -> None:
    """Write the whole database, as of one instant, to FILE; the engine goes on meanwhile.

    FILE holds personal data and the keys that sign links: keep it as safe as the database.
    """
    taken = taking.take(open_settings(ctx), SystemClock(), file, force=force)
    content = taken.manifest
    if taken.left_out:
        click.echo(f"left out, not the engine's: {', '.join(taken.left_out)}", err=True)
    click.echo(
        f"{file}: {len(content.tables)} tables, {content.rows} rows, {taken.size} bytes, at {content.revision}, "
        f"as of {content.taken_at.isoformat(timespec='seconds')}"
    )


@click.command()
@click.argument("file", type=existing_file())
@click.option("--other-secret-key", is_flag=True, help="Restore though links already sent will not open.")
@click.pass_context
def restore(ctx: click.Context, file: Path, other_secret_key: bool) -> None:
    """Fill an empty database from a backup. It sends nothing until `mail release`."""
    restored = restoring.restore(open_settings(ctx), SystemClock(), file, other_keys=other_secret_key)
    content = restored.manifest
    click.echo(
        f"Restored {len(content.tables)} tables with {content.rows} rows, "
        f"as of {content.taken_at.isoformat(timespec='seconds')}."
    )
    for name in restored.applied:
        click.echo(f"applied {name}")
    with open_engine(ctx).work.read() as reading:
        click.echo("\n".join(words_for(releasing.standing(reading))))


def words_for(found: Standing) -> list[str]:
    """What waits behind the gate, for a terminal."""
    states = found.states
    lines = [
        "Nothing is sent, neither to partners nor to staff nor by webhook, until: feedback-engine mail release",
        f"Mail: {states.get('queued', 0)} queued, {states.get('claimed', 0)} were being sent, "
        f"{states.get('unknown', 0)} of unknown fate.",
    ]
    if found.is_doubtful:
        lines.append(
            "Fell due since the backup, and may have been sent since: "
            f"{counted(found.due_for('partner'), 'mail')} to partners, {found.due_for('staff')} to staff, "
            f"{counted(found.due_webhooks, 'webhook')}."
        )
    lines += [f"  {mail.due_at:%Y-%m-%d %H:%M} {mail.kind} {mail.id}" for mail in found.due_mails[:_LISTED]]
    if len(found.due_mails) > _LISTED:
        lines.append(f"  and {len(found.due_mails) - _LISTED} more; all stand under /outbox?state=queued")
    return lines


COMMANDS = [db, backup, restore]
