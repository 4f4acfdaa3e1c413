"""`alerts bench`: a draft of the alerts over recorded answers, beside what the live alerts did."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from alerts.trial import telling
from alerts.trial.telling import Told
from alerts.trial.trying import try_out
from alerts.trial.views import Draft
from feedback_engine.app import program_draft
from feedback_engine.app.cli.base import Commands, an_instant, counted, echo_json, open_engine
from feedback_engine.foundation.definitions import DefinitionError
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.periods import last_days


@click.group("alerts", cls=Commands)
def alerts() -> None:
    """Try alert rules before they are published."""


@alerts.command("bench")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, readable=True, path_type=Path),
    help="The draft: an alert file, or a whole program folder; without it, the alerts in force.",
)
@click.option("--from", "from_at", callback=an_instant, metavar="TIME", help="Default: 90 days before the end.")
@click.option("--to", "to_at", callback=an_instant, metavar="TIME", help="Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def bench(
    ctx: click.Context, path: Path | None, from_at: datetime | None, to_at: datetime | None, as_json: bool
) -> None:
    """What a draft would have made of the answers of a period. Ends with 1 when it could not be published."""
    with open_engine(ctx).work.read() as reading:
        to_at = to_at or reading.now
        from_at = from_at or last_days(to_at).from_at
        if from_at >= to_at:
            raise Invalid("The period has to begin before it ends.")
        draft = (
            program_draft.read_draft_at(reading, path)
            if path is not None
            else program_draft.read_draft(reading, program_draft.text_in_force(reading))
        )
        told = telling.tell(reading, try_out(reading, draft.program, from_at, to_at))
        if as_json:
            echo_json(telling.document(told, draft))
        else:
            _print(told, draft)
    if draft.faults:
        raise DefinitionError(draft.faults)


def _print(told: Told, draft: Draft) -> None:
    trial = told.trial
    click.echo(
        f"{counted(trial.answers, 'answer')} from {trial.from_at:%Y-%m-%d} to {trial.to_at:%Y-%m-%d}: "
        f"{counted(len(trial.draft), 'alert')} by the draft, {len(trial.live)} live"
    )
    for line in trial.rules:
        click.echo(
            f"  {line.key:<24} {line.severity:<7} draft {line.draft.alerts:>5} "
            f"({line.draft.opened} opened, {line.draft.joined} joined)   live {line.live.alerts:>5}"
        )
    click.echo("New cases")
    for load in trial.loads:
        over = f", {counted(load.weeks_over, 'week')} over capacity" if load.weeks_over else ""
        most = max((week.cases for week in load.weeks), default=0)
        click.echo(
            f"  {told.holder(load.holder_id):<24} {load.cases:>5}, at most {most} a week{over}; live {load.live}"
        )
    for each in told.unroutable:
        click.echo(
            f"only the last resort: {each.at:%Y-%m-%d} {each.partner}, {each.touchpoint} > {each.holder}: {each.why}"
        )
    for example in draft.examples:
        click.echo(f"example {'holds' if example.holds else 'FAILS'}: {example.name} ({example.place})")
    click.echo(counted(len(told.differences), "difference"))
    for one in told.differences:
        click.echo(f"  {one.at:%Y-%m-%d} {one.what} ({one.cause}): {one.partner}, {one.sentence} {one.ref}".rstrip())


COMMANDS = [alerts]
