"""Pure. Reads text with separators (CSV, TSV) from bytes: which encoding, which separator, which cells."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from feedback_engine.directory.importing.encodings import decode
from feedback_engine.directory.importing.table import MAX_COLUMNS, MAX_ROWS, Row
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import gettext

DELIMITERS = (";", ",", "\t", "|")
LONGEST_CELL = 32_767
"""What a spreadsheet holds in one cell; anything longer is an unclosed quote."""

_ROWS_SAMPLED = 300


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """The rows of a text file with the encoding (a name for people) and the separator that were found."""

    rows: tuple[Row, ...]
    encoding: str
    delimiter: str


def read_delimited(content: bytes) -> DelimitedText:
    """Read CSV bytes in UTF-8, UTF-16, Windows-1252 or another single-byte encoding, separated by ; , tab or |.

    Raises Invalid for NUL characters, too many rows or columns, and quotes that never close.
    """
    text, encoding = decode(content)
    if "\0" in text:
        raise Invalid(
            gettext("The file holds NUL characters, so it is no text. Save the list as CSV UTF-8 and choose that.")
        )
    delimiter = find_delimiter(text)
    rows = tuple(_checked_rows(text, delimiter))
    return DelimitedText(rows, encoding, delimiter)


def find_delimiter(text: str) -> str:
    """The separator under which most rows have equally many cells (at least two); of equals the one with more cells.

    One under which every quotation mark stands where it must comes before others: `"x","; y"` is never a list
    separated by semicolons. Text without any separator is one column, and a comma does it no harm.
    """
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[bool, float, int]:
    try:
        widths = [len(cells) for cells in islice(_parse(text, delimiter), _ROWS_SAMPLED) if any(cells)]
    except csv.Error:
        return False, 0.0, 0
    counted = Counter(width for width in widths if width > 1)
    if not counted:
        return False, 0.0, 0
    width, count = max(counted.items(), key=lambda item: (item[1], item[0]))
    return _is_well_quoted(text, delimiter), count / len(widths), width


def _is_well_quoted(text: str, delimiter: str) -> bool:
    try:
        for _ in islice(_parse(text, delimiter, strict=True), _ROWS_SAMPLED):
            pass
    except csv.Error:
        return False
    return True


def _parse(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _checked_rows(text: str, delimiter: str) -> Iterator[Row]:
    records = enumerate(_parse(text, delimiter), start=1)
    number = 0
    while True:
        try:
            number, cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unclosed_quote(number + 1) from error
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise _unclosed_quote(number)
        if number > MAX_ROWS:
            raise too_many_rows()
        if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
            raise too_many_columns()
        if any(cells):
            yield Row(number, tuple(cells))


def _unclosed_quote(row: int) -> Invalid:
    return Invalid(
        gettext(
            "A quotation mark is opened in row {row} and never closed. "
            "Correct that row in the spreadsheet, save it as CSV again and choose it again.",
            row=row,
        )
    )


def too_many_rows() -> Invalid:
    """The refusal of a file beyond MAX_ROWS."""
    return Invalid(
        gettext("The file has more than {limit} rows. Split it and import the parts one by one.", limit=MAX_ROWS)
    )


def too_many_columns() -> Invalid:
    """The refusal of a file beyond MAX_COLUMNS."""
    return Invalid(
        gettext(
            "The file has more than {limit} columns. Keep the ones about partners and contacts and choose it again.",
            limit=MAX_COLUMNS,
        )
    )
