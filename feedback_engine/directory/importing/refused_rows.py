"""Pure. The rows that were not imported as a CSV file, each with what is wrong and its remedy, ready to be mended."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable

from feedback_engine.directory.importing.findings import Finding
from feedback_engine.directory.importing.mapping import report_headers
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.importing.wording import remedy_words, wrong_words

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def refused_rows_csv(table: Table, findings: Iterable[Finding]) -> bytes:
    """The rows with findings, in their order, as the file wrote them; UTF-8 with its mark, which Excel needs.

    Cells that a spreadsheet program could run as a formula get an apostrophe before them.
    """
    of_row: dict[int, list[Finding]] = {}
    for finding in findings:
        of_row.setdefault(finding.row, []).append(finding)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*report_headers(), *(_harmless(column.header) for column in table.columns)])
    for row in table.rows:
        if row.number in of_row:
            found = of_row[row.number]
            wrong = " ".join(dict.fromkeys(wrong_words(finding) for finding in found))
            remedy = " ".join(dict.fromkeys(remedy_words(finding) for finding in found))
            writer.writerow([row.number, *(_harmless(cell) for cell in (wrong, remedy, *row.cells))])
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
