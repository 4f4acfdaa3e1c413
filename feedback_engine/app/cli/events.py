"""`import events FILE`: events of the past or of today, from CloudEvents, a table or a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from feedback_engine.app.cli.base import COMMAND_LINE, counted, echo_json, existing_file, open_app
from feedback_engine.foundation.definitions import load_file, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import Reading
from journeys.reading import event_types
from journeys.service import (
    SOURCES,
    EventDraft,
    EventMapping,
    ImportReport,
    Mode,
    Rejected,
    find_source,
    import_history,
    import_live,
)
from surveys.decision_store import history_after, last_seq, later_decisions

_PROBLEMS_SHOWN = 20
_TOLD_EVERY = 5_000
Records = list[EventDraft | Rejected]


@click.command("events")
@click.argument("file", type=existing_file())
@click.option("--mapping", type=existing_file(), help="YAML: which column or key means what. Tables and logs need it.")
@click.option(
    "--as",
    "mode",
    type=click.Choice(["live", "history"]),
    default="live",
    show_default=True,
    help="history: decided at its own time, marked replayed, mails nobody.",
)
@click.option("--allow-old", is_flag=True, help="Import as live even what is too old to ask about.")
@click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def events_command(
    ctx: click.Context, file: Path, mapping: Path | None, mode: Mode, allow_old: bool, dry_run: bool, as_json: bool
) -> None:
    """Bring in events from CloudEvents (JSON, NDJSON), CSV or XES; gzip too.

    An event is known by its source and id: importing the same file again changes nothing.

    History first: import the past with --as history before the first wave and the first live event. What was decided
    about a partner later is not undone, so an earlier event of it is then refused.

    A table needs a mapping, which names its columns:

    \b
        source: crm                      # who says so; part of an event's identity
        id: number                       # the column with the event's own number
        type: {constant: deal.closed}    # or a column
        subject: account                 # the partner's key
        at: closed on
        time_format: "%d.%m.%Y %H:%M"    # only where times are not like 2026-03-09T10:12
        time_zone: Europe/Rome           # of times that name none; UTC if left out
        contact: {email: mail, name: person, role: job}
    """
    records = _read(file, mapping)
    app = open_app(ctx)
    with app.engine.work.read() as reading:
        if mode == "history":
            _require_program(reading)
        seq = last_seq(reading)
    with _progress(len(records), quiet=as_json) as progress:
        report = _import(app.engine, records, mode, allow_old=allow_old, dry_run=dry_run, progress=progress)
    if mode == "history" and not report.changed_nothing and not dry_run:
        # Decided here and now, unless a running worker holds the lane: then it does so.
        app.worker.react_until_idle()
    with app.engine.work.read() as reading:
        decided = history_after(reading, seq) if mode == "history" and not dry_run else None
    if as_json:
        echo_json(_document(report, mode, dry_run, decided))
    else:
        _tell(file, report, mode, dry_run, decided)
    if report.problems and report.changed_nothing and not report.counts["duplicate"]:
        ctx.exit(1)


EVENTS_COMMAND = events_command


def _require_program(reading: Reading) -> None:
    """Raise Invalid without a map: history would be recorded and never decided."""
    if not event_types(reading):
        raise Invalid(
            "There is no program yet, so nothing would be decided about this history, now or later. First run "
            "`serve` once, which makes the starter program, or `apply program` with your own."
        )


def _read(file: Path, mapping: Path | None) -> Records:
    source = find_source(file.name)
    if source is None:
        endings = ", ".join(suffix for each in SOURCES for suffix in each.suffixes)
        raise Invalid(f"{file.name} is of no kind that holds events; give a file ending in {endings}, or the same .gz.")
    chosen = None if mapping is None else parse(EventMapping, load_file(mapping))
    with file.open("rb") as stream:
        return list(source.read(stream, chosen))


def _import(
    engine: Engine,
    records: Records,
    mode: Mode,
    *,
    allow_old: bool,
    dry_run: bool,
    progress: Callable[[int], None],
) -> ImportReport:
    if mode == "history":
        return import_history(
            engine.work,
            COMMAND_LINE,
            records,
            keys=engine.keys,
            later_decisions=later_decisions,
            dry_run=dry_run,
            progress=progress,
        )
    return import_live(
        engine.work, COMMAND_LINE, records, keys=engine.keys, allow_old=allow_old, dry_run=dry_run, progress=progress
    )


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a plain line now and then elsewhere; both on stderr, so that stdout stays the result."""
    if sys.stderr.isatty():
        with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True) as bar:
            task = bar.add_task("Events", total=total)
            yield lambda done: bar.advance(task, done)
        return
    seen = 0

    def tell(done: int) -> None:
        nonlocal seen
        seen += done
        if not quiet and seen // _TOLD_EVERY > (seen - done) // _TOLD_EVERY:
            click.echo(f"{seen} of {total} records", err=True)

    yield tell


def _document(report: ImportReport, mode: Mode, dry_run: bool, decided: tuple[int, int] | None) -> dict[str, Any]:
    history = {} if decided is None else {"history": {"decided": decided[0], "would_have_been_asked": decided[1]}}
    return {
        "as": mode,
        "dry_run": dry_run,
        "accepted": report.counts["accepted"],
        "duplicates": report.counts["duplicate"],
        "conflicts": report.counts["conflict"],
        "rejected": report.counts["rejected"],
        "problems": [
            {"record": problem.index + 1, "pointer": problem.pointer, "detail": problem.detail}
            for problem in report.problems
        ],
        "warnings": dict(report.warnings),
    } | history


def _tell(file: Path, report: ImportReport, mode: Mode, dry_run: bool, decided: tuple[int, int] | None) -> None:
    counts = report.counts
    would_be = "would be recorded" if dry_run else "recorded"
    click.echo(
        f"{file.name}: {counted(counts['accepted'], 'event')} {would_be} as {mode}, "
        f"{counts['duplicate']} known already, {counts['conflict']} in conflict, {counts['rejected']} rejected."
    )
    if decided is not None and not report.changed_nothing:
        click.echo(_history_words(counts["accepted"], *decided))
    for warning, count in sorted(report.warnings.items()):
        click.echo(f"{counted(count, 'event')}: {warning}")
    for problem in report.problems[:_PROBLEMS_SHOWN]:
        place = f", {problem.pointer}" if problem.pointer else ""
        click.echo(f"Record {problem.index + 1}{place}: {problem.detail}")
    if len(report.problems) > _PROBLEMS_SHOWN:
        click.echo(f"... and {len(report.problems) - _PROBLEMS_SHOWN} more; --json prints them all.")
    if report.changed_nothing:
        click.echo("Nothing was changed.")
    elif dry_run:
        click.echo("Nothing was recorded: this was a dry run.")


def _history_words(accepted: int, decided: int, asked: int) -> str:
    words = f"History: {counted(decided, 'event')} decided, {asked} would have been asked, nobody is mailed"
    left = accepted - decided
    if left > 0:
        words += f"; {counted(left, 'event')} not decided: of a type that no touchpoint has, or a worker is still at it"
    return f"{words}."
