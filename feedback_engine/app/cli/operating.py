"""`doctor`, `mail`, `program`: what an operator does."""

from __future__ import annotations

import click

from alerts.reading import last_resort
from feedback_engine.app import releasing
from feedback_engine.app.cli.base import COMMAND_LINE, echo_json, open_engine, open_settings
from feedback_engine.app.cli.mail_reading import read
from feedback_engine.app.doctor import examine
from feedback_engine.foundation import program_state
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.mail import queue
from surveys.service import checklist


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
    """Mail to partners: stop it, let it go on; release a restored database; read replies."""


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


@mail.command()
@click.option("--cancel-due", is_flag=True, help="Cancel what fell due since the backup: nobody gets it twice.")
@click.option("--send-due", is_flag=True, help="Send what fell due since the backup: nobody misses it.")
@click.pass_context
def release(ctx: click.Context, cancel_due: bool, send_due: bool) -> None:
    """Let a restored database send mail and webhooks."""
    if cancel_due and send_due:
        raise Invalid("Say --cancel-due or --send-due, not both.")
    choice: releasing.Choice | None = "cancel-due" if cancel_due else "send-due" if send_due else None
    work = open_engine(ctx).work
    cancelled = releasing.release(work, COMMAND_LINE, choice)
    with work.read() as reading:
        waiting, stopped = queue.counts(reading).get("queued", 0), queue.is_stopped(reading)
    click.echo(f"Released: mail and webhooks go again. Cancelled: {cancelled}. Queued: {waiting}.")
    if stopped:
        click.echo("Mail to partners is stopped besides; let it go with: feedback-engine mail resume")


@click.command()
@click.argument("state", type=click.Choice(["draft", "test", "live", "pause", "paused"]))
@click.option("--comment", default="", help="Why; kept in the history.")
@click.pass_context
def program(ctx: click.Context, state: str, comment: str) -> None:
    """Put the program into a state: draft, test, live or pause."""
    wanted = "paused" if state == "pause" else state
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        program_state.change(uow, wanted, comment)
        checks = checklist(uow, last_resort) if wanted == "live" else []
    left = [check.step for check in checks if check.essential and not check.done]
    click.echo(f"The program is {wanted}.")
    if left:
        click.echo(f"warning: not everything is in place, see Launch: {', '.join(left)}", err=True)


mail.add_command(read)
COMMANDS = [doctor, mail, program]
