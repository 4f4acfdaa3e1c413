"""Events from the first sheet of an XLSX workbook, by a mapping of its columns."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from feedback_engine.foundation.errors import Invalid
from journeys.sources.draft import EventDraft, Rejected, Source
from journeys.sources.mapping import EventMapping
from journeys.sources.packed import MOST_AT_ONCE, unpacked
from journeys.sources.records import drafts_of, records_of_rows

_UNREADABLE = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError)


def read(stream: IO[bytes], mapping: EventMapping | None) -> Iterator[EventDraft | Rejected]:
    """The events of a workbook's first sheet, row by row; formulas count by their last result.

    Raises Invalid when the file is no workbook, or lacks a column that the mapping names.
    """
    if mapping is None:
        raise Invalid("A table needs a mapping that says what its columns mean; give one with --mapping.")
    yield from drafts_of(records_of_rows(_rows(stream), mapping), mapping)


def _rows(stream: IO[bytes]) -> Iterator[list[str]]:
    # Read at the first workbook: it holds 17 MB, and most processes never meet one.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        packed = unpacked(stream).read(MOST_AT_ONCE + 1)
        if len(packed) > MOST_AT_ONCE:
            raise Invalid(f"The workbook holds more than {MOST_AT_ONCE // 2**20} MB; save its sheet as CSV.")
        content = io.BytesIO(packed)
        workbook = openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False)
        for row in workbook.worksheets[0].iter_rows(values_only=True):
            yield [_text(cell) for cell in row]
    except (*_UNREADABLE, InvalidFileException) as error:
        raise Invalid(f"The file cannot be read as a workbook: {error}.") from error


def _text(cell: Any) -> str:
    """A cell as a table in text would write it: whole numbers without a point, days without an hour."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


SOURCE = Source(name="xlsx", suffixes=(".xlsx",), needs_mapping=True, read=read)
