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
from surveys.decision_store import later_decisions

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
    """
    records = _read(file, mapping)
    app = open_app(ctx)
    with _progress(len(records), quiet=as_json) as progress:
        report = _import(app.engine, records, mode, allow_old=allow_old, dry_run=dry_run, progress=progress)
    if mode == "history" and not report.changed_nothing and not dry_run:
        # Decided here and now, unless a running worker holds the lane: then it does so.
        app.worker.react_until_idle()
    if as_json:
        echo_json(_document(report, mode, dry_run))
    else:
        _tell(file, report, mode, dry_run)
    if report.problems and report.changed_nothing and not report.counts["duplicate"]:
        ctx.exit(1)


EVENTS_COMMAND = events_command


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


def _document(report: ImportReport, mode: Mode, dry_run: bool) -> dict[str, Any]:
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
    }


def _tell(file: Path, report: ImportReport, mode: Mode, dry_run: bool) -> None:
    counts = report.counts
    would_be = "would be recorded" if dry_run else "recorded"
    click.echo(
        f"{file.name}: {counted(counts['accepted'], 'event')} {would_be} as {mode}, "
        f"{counts['duplicate']} known already, {counts['conflict']} in conflict, {counts['rejected']} rejected."
    )
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
