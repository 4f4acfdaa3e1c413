"""Pure. Reads an uploaded spreadsheet, XLSX or CSV, into one table; refuses what it cannot read, saying what to do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from feedback_engine.directory.importing.delimited import read_delimited, too_many_columns, too_many_rows
from feedback_engine.directory.importing.table import (
    MAX_COLUMNS,
    MAX_ROWS,
    Header,
    KnowsLabel,
    Origin,
    Row,
    Table,
    find_header,
    table_under,
)
from feedback_engine.directory.importing.vocabulary import is_known_label
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import gettext

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 2_000
MAX_CELLS = 2_000_000
_BLANK_ROWS_BEFORE_GIVING_UP = 1_000
_MOST_WRITTEN_ROWS = 1_048_576
"""The rows of a whole sheet: somebody who formats it all down to its end has them written, empty as they are."""
_ROW = re.compile(rb"<(?:[^\s<>/!?:]{1,20}:)?row[\s/>]")
_CELL = re.compile(rb"<(?:[^\s<>/!?:]{1,20}:)?c[\s/>]")
_CHUNK = 1 << 20
_MOST_TAGS = 5_000_000
"""Two for each cell, and some: each costs the parser 4 microseconds, whatever it is called."""
_MOST_DEPTH = 10_000
_ENDLESS = re.compile(rb"[^<>]{262144}")
"""More than a cell's 32,767 characters, however they are written; the parser's time grows with the square of a tag."""
_TAIL = 262_144

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NOT_SPREADSHEETS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
_DOCTYPES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_CELL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})


def read_table(content: bytes, knows_label: KnowsLabel = is_known_label) -> Table:
    """The table in an uploaded file, told apart by its bytes and not by its name.

    Raises Invalid, addressed to the person who chose the file, when it is empty, too large, protected by a password,
    of another kind, or holds no table.
    """
    if not content.strip():
        raise _empty()
    if len(content) > MAX_BYTES:
        raise Invalid(gettext("The file is larger than 20 MB. Save the list alone, without pictures, and choose that."))
    _refuse_other_kinds(content)
    if content.startswith(b"PK"):
        return _read_workbook(content, knows_label)
    delimited = read_delimited(content)
    rows = [Row(row.number, tuple(_without_error(cell) for cell in row.cells)) for row in delimited.rows]
    header = find_header(rows, knows_label)
    if header is None:
        raise _no_table(rows)
    return table_under(rows, header, Origin(encoding=delimited.encoding, delimiter=delimited.delimiter))


def _empty() -> Invalid:
    return Invalid(gettext("The file is empty. Choose the spreadsheet that lists the partners."))


def _refuse_other_kinds(content: bytes) -> None:
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise Invalid(
            gettext("The workbook is protected by a password. Open it, remove the password and choose it again.")
        )
    if content.startswith(_OLE):
        raise Invalid(
            gettext("This is an old Excel file (.xls). Save it as Excel workbook (.xlsx) and choose that file.")
        )
    head = content[:512].lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")) or content.startswith(_NOT_SPREADSHEETS):
        raise _not_a_spreadsheet()


def _not_a_spreadsheet() -> Invalid:
    return Invalid(
        gettext("This is not a spreadsheet. Choose an Excel workbook (.xlsx), or save the list as CSV and choose that.")
    )


def _no_table(rows: list[Row]) -> Invalid:
    if len(rows) < 2:
        return Invalid(
            gettext("Only one row holds text, so there is nothing to import. Put the list under a row of column names.")
        )
    return Invalid(
        gettext(
            "No list was found. Put a row of column names above the data, such as Partner, Contact, E-mail, Owner, "
            "and choose the file again."
        )
    )


def _read_workbook(content: bytes, knows_label: KnowsLabel) -> Table:
    _check_archive(content)
    # Read at the first workbook: it holds 17 MB, and most processes never meet one.
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # A broken workbook makes the library raise almost anything; each means the same.
        raise _not_a_spreadsheet() from error
    try:
        return _best_table(workbook, knows_label)
    except Invalid:
        raise
    except Exception as error:  # The same for a broken sheet, which is parsed only now.
        raise _not_a_spreadsheet() from error
    finally:
        workbook.close()


def _check_archive(content: bytes) -> None:
    """Refuse archives that are no workbook, would unpack to too much, or hold XML entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise _not_a_spreadsheet()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise Invalid(
                    gettext("The workbook unpacks to over 200 MB. Copy the list into a new workbook and choose that.")
                )
            written = _Written()
            for part in parts:
                _check_part(archive, part, written)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise _not_a_spreadsheet() from error


@dataclass(slots=True)
class _Written:
    """How many rows, cells and other tags stand in an archive, as written: also those that reading passes over.

    The library skips a row or cell whose number does not rise, at 20 microseconds each, and gives us nothing to count.
    """

    rows: int = 0
    cells: int = 0
    tags: int = 0
    depth: int = 0

    def add(self, window: bytes, tail: bytes) -> None:
        """Count what is new in `window`, which begins with the `tail` of the one before."""
        self.rows += len(_ROW.findall(window)) - len(_ROW.findall(tail))
        self.cells += len(_CELL.findall(window)) - len(_CELL.findall(tail))
        begun, ended, empty = (window.count(mark) - tail.count(mark) for mark in (b"<", b"</", b"/>"))
        self.tags += begun - ended
        self.depth += begun - 2 * ended - empty
        if self.rows > _MOST_WRITTEN_ROWS:
            raise too_many_rows()
        if self.cells > MAX_CELLS or self.tags > _MOST_TAGS:
            raise _too_many_cells()


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, written: _Written) -> None:
    """Refuse a part that declares a document type, the door of entity bombs; no spreadsheet program writes one.

    The sizes in an archive's index may lie, but reading stops at them, so the limit on their sum holds.
    """
    written.depth = 0
    is_text = part.filename.endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            if is_text and any(mark in window for mark in _DOCTYPES):
                raise _not_a_spreadsheet()
            # Other programs' data beside the sheets may well be one long text.
            if is_text and part.filename.startswith("xl/") and _ENDLESS.search(window):
                raise _not_a_spreadsheet()
            # Without its zero bytes, UTF-16 reads like the rest.
            written.add(window.replace(b"\0", b""), tail.replace(b"\0", b""))
            if is_text and written.depth > _MOST_DEPTH:
                raise _not_a_spreadsheet()
            tail = window[-_TAIL:]


def _too_many_cells() -> Invalid:
    return Invalid(gettext("The workbook has too many cells. Copy the list alone into a new workbook and choose that."))


def _best_table(workbook: Workbook, knows_label: KnowsLabel) -> Table:
    """The table of the visible sheet with the most known column names, then with the most filled cells."""
    found: list[tuple[tuple[int, int], str, list[Row], Header]] = []
    all_rows: list[Row] = []
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    paths = {sheet._worksheet_path for sheet in sheets}  # type: ignore[attr-defined]  # no public name for it
    if len(paths) < len(sheets):
        raise _not_a_spreadsheet()  # Sheets that share a part would each be read at its full cost.
    budget = _CellBudget(MAX_CELLS)
    for sheet in sheets:
        rows = list(_sheet_rows(sheet, budget))
        all_rows += rows
        header = find_header(rows, knows_label)
        if header is not None:
            filled = sum(1 for row in rows[header.position + 1 :] for cell in row.cells if cell)
            found.append(((header.known_labels, filled), sheet.title, rows, header))
    if not found:
        raise _no_table(all_rows) if all_rows else _empty()
    _, title, rows, header = max(found, key=lambda candidate: candidate[0])
    others = tuple(sheet.title for sheet in sheets if sheet.title != title)
    return table_under(rows, header, Origin(sheet=title, other_sheets=others))


@dataclass(slots=True)
class _CellBudget:
    """How many more cells may be read from one workbook, all its sheets together."""

    left: int

    def spend(self, cells: int) -> None:
        self.left -= cells
        if self.left < 0:
            raise _too_many_cells()


def _sheet_rows(sheet: ReadOnlyWorksheet, budget: _CellBudget) -> Iterator[Row]:
    # The size a sheet declares for itself is often wrong; without it, rows come as they are written.
    sheet.reset_dimensions()
    blank = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):  # type: ignore[misc]
        budget.spend(len(values))
        cells = _without_blank_end([cell_text(value) for value in values])
        blank = 0 if cells else blank + 1
        if blank > _BLANK_ROWS_BEFORE_GIVING_UP:
            return
        if not cells:
            continue
        if number > MAX_ROWS:
            raise too_many_rows()
        if len(cells) > MAX_COLUMNS:
            raise too_many_columns()
        yield Row(number, cells)


def _without_blank_end(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def cell_text(value: object) -> str:
    """A cell's value as a person reads it: 39 347 as digits without `.0`, a day as 2026-03-09, an error as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date() | timedelta():
            return str(value)
        case time():
            return value.isoformat("minutes")
        case _:
            return _without_error(str(value))


def _without_error(text: str) -> str:
    return "" if text.strip() in _CELL_ERRORS else text
