"""Pure. The table inside a sheet: which row names the columns, and the rows that stand under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedback_engine.directory.importing.folding import fold, tidy

MAX_ROWS = 100_000
MAX_COLUMNS = 200
_ROWS_SEARCHED_FOR_HEADER = 40
_LONGEST_LABEL = 60
_LONGEST_HEADER = 200
_KNOWN_LABEL_WEIGHT = 2
_DATA_WEIGHT = 3
_HAS_LETTER = re.compile(r"[^\W\d_]")

Cells = tuple[str, ...]
KnowsLabel = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet with its number as the spreadsheet shows it, from 1."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its header (unique in its table) and its letter in the sheet."""

    header: str
    letter: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What was found out about the file itself; empty where it does not apply."""

    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with their rows; each row has exactly one cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    header_number: int
    origin: Origin

    def column_cells(self, index: int) -> list[str]:
        """All cells of one column, empty ones too."""
        return [row.cells[index] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Header:
    """The row that was taken for the header, and how sure that is: the score by which sheets are compared."""

    position: int
    score: int
    known_labels: int


def find_header(rows: Sequence[Row], knows_label: KnowsLabel) -> Header | None:
    """The row that most looks like column names: many different short words, data under it, no data in it.

    Titles lose because they fill one cell, groups of columns because they fill few, rows of data because addresses
    and numbers count against them. None when no row qualifies, or when the names stand in the last row.
    """
    best: Header | None = None
    filled = [(position, row) for position, row in enumerate(rows) if any(tidy(cell) for cell in row.cells)]
    for position, row in filled[:_ROWS_SEARCHED_FOR_HEADER]:
        score, known = _label_score(row.cells, knows_label)
        if position == filled[-1][0]:
            # Nothing stands under it. Names here mean an empty list; one known word among others is a row of data.
            names = known > (best.known_labels if best else 0) and 2 * known > _filled(row.cells)
            return None if names else best
        if score > 0 and (best is None or score > best.score):
            best = Header(position, score, known)
    return best


def table_under(rows: Sequence[Row], header: Header, origin: Origin) -> Table:
    """The table whose columns are named by `header`; blank rows, empty columns and repeated headers fall away."""
    header_cells = rows[header.position].cells
    body = [
        row
        for row in rows[header.position + 1 :]
        if any(tidy(cell) for cell in row.cells) and not _repeats(row.cells, header_cells)
    ]
    width = max((len(row.cells) for row in (*body, rows[header.position])), default=0)
    used = [
        index
        for index in range(width)
        if tidy(_cell(header_cells, index)) or any(tidy(_cell(row.cells, index)) for row in body)
    ]
    return Table(
        columns=_named_columns([(index, tidy(_cell(header_cells, index))[:_LONGEST_HEADER]) for index in used]),
        rows=tuple(Row(row.number, tuple(_cell(row.cells, index) for index in used)) for row in body),
        header_number=rows[header.position].number,
        origin=origin,
    )


def column_letter(index: int) -> str:
    """The letters a spreadsheet shows over its column `index`, counted from 0: 0 > A, 26 > AA."""
    letters = ""
    index += 1
    while index:
        index, remainder = divmod(index - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def _label_score(cells: Cells, knows_label: KnowsLabel) -> tuple[int, int]:
    texts = [text for cell in cells if (text := tidy(cell))]
    labels = {fold(text): text for text in texts if _looks_like_label(text)}
    known = sum(1 for text in labels.values() if knows_label(text))
    data_cells = sum(1 for text in texts if not _looks_like_label(text))
    return len(labels) + _KNOWN_LABEL_WEIGHT * known - _DATA_WEIGHT * data_cells, known


def _filled(cells: Cells) -> int:
    return sum(1 for cell in cells if tidy(cell))


def _looks_like_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and "@" not in text and _HAS_LETTER.search(text) is not None


def _repeats(cells: Cells, header_cells: Cells) -> bool:
    return [tidy(cell) for cell in cells if tidy(cell)] == [tidy(cell) for cell in header_cells if tidy(cell)]


def _cell(cells: Cells, index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _named_columns(indexed: Sequence[tuple[int, str]]) -> tuple[Column, ...]:
    columns: list[Column] = []
    taken: set[str] = set()
    for index, text in indexed:
        letter = column_letter(index)
        header = text if text and text.casefold() not in taken else f"{text} ({letter})".strip()
        while header.casefold() in taken:
            header += "*"
        taken.add(header.casefold())
        columns.append(Column(header, letter))
    return tuple(columns)
