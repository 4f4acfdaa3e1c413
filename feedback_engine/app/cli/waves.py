"""`wave create | preview | send`: one occasion on which many contacts are asked, without a browser."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from feedback_engine.app.cli.base import COMMAND_LINE, counted, echo_json, open_engine
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import Reading
from surveys import service
from surveys.audience import Audience, Candidate
from surveys.wave_reading import Member

_SHOWN = 20


@click.group()
def wave() -> None:
    """Waves: choose whom to ask, look, send."""


@wave.command()
@click.argument("name")
@click.option("--touchpoint", required=True, metavar="KEY", help="What they are asked about; it must have a survey.")
@click.option("--kind", multiple=True, help="Only partners of this kind; may be given again, as all filters.")
@click.option("--tier", multiple=True)
@click.option("--region", multiple=True)
@click.option("--role", multiple=True, help="Only contacts with this role.")
@click.option("--owner", multiple=True, metavar="EMAIL", help="Only partners this member of staff answers for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def create(
    ctx: click.Context, /, name: str, touchpoint: str, owner: tuple[str, ...], as_json: bool, **filters: tuple[str, ...]
) -> None:
    """Choose the contacts of a new wave; nothing is sent."""
    engine = open_engine(ctx)
    with engine.work.read() as reading:
        audience = service.read_audience({**filters, "owner": [_owner_id(reading, email) for email in owner]})
        draft = service.read_draft(reading, name, touchpoint, audience)
        everybody = service.candidates(reading)
    _refuse_values_of_nobody(audience, everybody)
    chosen = [one for one in everybody if audience.admits(one)]
    with engine.work.begin(actor=COMMAND_LINE) as uow:
        key = service.create_wave(uow, draft, chosen)
    if as_json:
        echo_json({"key": key, "contacts": len(chosen)})
    else:
        click.echo(
            f"The wave {key} has {counted(len(chosen), 'contact')}. Look at it with: feedback-engine wave preview {key}"
        )


@wave.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def preview(ctx: click.Context, key: str, as_json: bool) -> None:
    """List the contacts of a wave, and what became of them."""
    with open_engine(ctx).work.read() as reading:
        found = service.get_wave(reading, key)
        members, counts = service.members_of(reading, found), service.counts_of(reading, found)
    rows = [_row(member) for member in members]
    if as_json:
        figures = {"struck": counts.struck, "invited": counts.invited, "mailed": counts.mailed}
        about = {"key": key, "name": found.name, "touchpoint": found.touchpoint, "state": found.state}
        echo_json({**about, **figures, "contacts": rows})
        return
    click.echo(
        f"{found.name}: {found.state}, about {found.touchpoint}, {counted(counts.chosen - counts.struck, 'contact')}"
    )
    for row in rows[:_SHOWN]:
        click.echo(f"  {row['email']}  {row['partner']}  {_note(row)}")
    if len(rows) > _SHOWN:
        click.echo(f"  ... and {len(rows) - _SHOWN} more; --json lists them all.")


@wave.command()
@click.argument("key")
@click.pass_context
def send(ctx: click.Context, key: str) -> None:
    """Hand every contact of a wave to the sampling rules; mail to those invited waits in the hold."""
    count = _send(open_engine(ctx), key)
    are = "is" if count == 1 else "are"
    click.echo(f"{counted(count, 'contact')} {are} being decided about; feedback-engine mail stop holds mail back.")


def _send(engine: Engine, key: str) -> int:
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Contacts", total=None)
        return service.send_wave(
            engine, COMMAND_LINE, key, lambda done, total: bar.update(task, completed=done, total=total)
        )


def _refuse_values_of_nobody(audience: Audience, everybody: list[Candidate]) -> None:
    """A misspelt role or tier would quietly leave people out. Raises Invalid, which names those there are."""
    faults = []
    for field, (values, known) in service.values_of_nobody(audience, everybody).items():
        there_are = f"There are: {', '.join(known[:_SHOWN])}." if known else f"Nobody has a {field} yet."
        faults += [Fault(f"/{field}", f"No contact fits the {field} `{value}`. {there_are}") for value in values]
    if faults:
        raise Invalid("This wave cannot be made as it is.", faults)


def _owner_id(reading: Reading, email: str) -> str:
    staff = directory.find_staff_by_email(reading, email)
    if staff is None:
        raise NotFound(f"Nobody on the staff has the address {email}.")
    return str(staff.id)


def _row(member: Member) -> dict[str, Any]:
    who = member.candidate
    return {
        "email": who.contact.email,
        "role": who.contact.role,
        "partner": who.partner.key,
        "owner": who.owner.email if who.owner else None,
        "state": member.row.state,
        "suppressed": member.suppressed,
    }


def _note(row: dict[str, Any]) -> str:
    if row["state"] == "struck":
        return "struck"
    return "opted out" if row["suppressed"] else row["owner"] or "no owner"


COMMANDS: list[click.Command] = [wave]
