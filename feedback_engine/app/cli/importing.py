"""`import partners|contacts FILE`: the spreadsheet import without a browser; events have a file of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from feedback_engine.app.cli.base import COMMAND_LINE, counted, echo_json, existing_file, open_engine
from feedback_engine.app.cli.events import EVENTS_COMMAND
from feedback_engine.directory.importing.apply import COUNTED, apply_plan, partners_to_write
from feedback_engine.directory.importing.findings import Finding
from feedback_engine.directory.importing.mapping import ColumnMapping, check_mapping, read_mapping
from feedback_engine.directory.importing.plan import ImportPlan, make_plan
from feedback_engine.directory.importing.refused_rows import refused_rows_csv
from feedback_engine.directory.importing.register import read_known
from feedback_engine.directory.importing.summary import Summary, document_of, summarise
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.importing.uploads import Kind, propose_mapping, remember_mapping
from feedback_engine.directory.importing.vocabulary import EMAIL
from feedback_engine.directory.importing.wording import field_words, remedy_words, wrong_words
from feedback_engine.directory.importing.workbook import MAX_BYTES, read_table
from feedback_engine.foundation.definitions import Strict, load_file, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid

_FINDINGS_SHOWN = 20


class MappingFile(Strict):
    """A mapping written by hand: header of a column > field it fills, `attribute` or `leave`."""

    columns: dict[str, str]


@click.group("import")
def import_group() -> None:
    """Bring in partners, contacts and events from files."""


_OPTIONS: list[Callable[[Any], Any]] = [
    click.argument("file", type=existing_file()),
    click.option("--mapping", type=existing_file(), help="YAML: columns: {header: field}. Else it is guessed."),
    click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing."),
    click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows to mend as CSV."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    click.pass_context,
]


def _with_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@import_group.command()
@_with_options
def partners(ctx: click.Context, **given: Any) -> None:
    """Bring in partners, and the contacts that stand beside them, from an XLSX or CSV file."""
    _import(open_engine(ctx), "partners", **given)


@import_group.command()
@_with_options
def contacts(ctx: click.Context, **given: Any) -> None:
    """Bring in contacts of partners that the register knows, from an XLSX or CSV file."""
    _import(open_engine(ctx), "contacts", **given)


def _import(
    engine: Engine, kind: Kind, *, file: Path, mapping: Path | None, dry_run: bool, refused: Path | None, as_json: bool
) -> None:
    with file.open("rb") as stream:
        table = read_table(stream.read(MAX_BYTES + 1))
    chosen = _choose_mapping(engine, kind, table, mapping)
    with engine.work.read() as reading:
        known = read_known(reading, engine.keys)
    plan = make_plan(table, chosen, known, new_partners=kind == "partners")
    if refused is not None:
        _write_refused(refused, table, plan)
    written = None if dry_run else _write(engine, kind, table, chosen, plan)
    if as_json:
        echo_json(_document(table, chosen, plan, written))
    else:
        _tell(file, table, chosen, plan, written)


def _write_refused(path: Path, table: Table, plan: ImportPlan) -> None:
    try:
        path.write_bytes(refused_rows_csv(table, [*plan.refused, *plan.duplicates]))
    except OSError as error:
        raise Invalid(f"The rows to mend cannot be written to {path}: {error.strerror}. Name another file.") from error


def _choose_mapping(engine: Engine, kind: Kind, table: Table, path: Path | None) -> ColumnMapping:
    if path is not None:
        chosen = read_mapping(table, parse(MappingFile, load_file(path)).columns)
    else:
        with engine.work.read() as reading:
            chosen, _ = propose_mapping(reading, kind, table)
    faults = check_mapping(table, chosen)
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults))
    if kind == "contacts" and EMAIL not in chosen.values():
        raise Invalid("No column holds e-mail addresses. Name it in a mapping file, or import partners instead.")
    return chosen


def _write(engine: Engine, kind: Kind, table: Table, mapping: ColumnMapping, plan: ImportPlan) -> dict[str, int]:
    if not plan.partners:
        raise Invalid("No row can be imported; --dry-run lists what is wrong with each.")
    with engine.work.begin(actor=COMMAND_LINE) as uow:
        remember_mapping(uow, kind, table, mapping)
    if not sys.stderr.isatty():
        return apply_plan(engine.work, engine.keys, COMMAND_LINE, plan)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True) as bar:
        task = bar.add_task("Partners", total=partners_to_write(plan))
        return apply_plan(engine.work, engine.keys, COMMAND_LINE, plan, progress=lambda done: bar.advance(task, done))


def _document(
    table: Table, mapping: ColumnMapping, plan: ImportPlan, written: dict[str, int] | None
) -> dict[str, object]:
    origin = table.origin
    return {
        "rows": len(table.rows),
        "header_row": table.header_number,
        "sheet": origin.sheet or None,
        "encoding": origin.encoding or None,
        "delimiter": origin.delimiter or None,
        "mapping": dict(mapping),
        **document_of(plan),
        "written": written,
    }


def _tell(file: Path, table: Table, mapping: ColumnMapping, plan: ImportPlan, written: dict[str, int] | None) -> None:
    summary = summarise(plan)
    click.echo(f"{file.name}: {counted(len(table.rows), 'row')}, column names in row {table.header_number}.")
    for header, field in mapping.items():
        click.echo(f"  {header:<24} {field_words(field)}")
    _tell_figures(summary)
    _tell_findings([*plan.refused, *plan.left_out, *plan.duplicates, *plan.notes])
    if written is None:
        click.echo("Nothing was written: this was a dry run.")
    else:
        click.echo("Written: " + ", ".join(f"{written[name]} {name.replace('_', ' ')}" for name in COUNTED) + ".")


def _tell_figures(summary: Summary) -> None:
    # Of contacts only those at partners of the file can be missed: of other partners the file says nothing.
    told = (("Partners", summary.partners, ""), ("Contacts", summary.contacts, " at these partners"))
    for name, seen, whose in told:
        click.echo(
            f"{name}: {seen.new} new, {seen.changed} changed, {seen.unchanged} unchanged, "
            f"{seen.missing} in the register{whose} but not in the file."
        )


def _tell_findings(findings: list[Finding]) -> None:
    for finding in findings[:_FINDINGS_SHOWN]:
        click.echo(f"Row {finding.row}, {finding.column}: {wrong_words(finding)} {remedy_words(finding)}")
    if len(findings) > _FINDINGS_SHOWN:
        click.echo(f"... and {len(findings) - _FINDINGS_SHOWN} more; --json prints them all.")


import_group.add_command(EVENTS_COMMAND)
COMMANDS = [import_group]
