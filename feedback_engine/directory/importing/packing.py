"""Pure. A table as compressed bytes and back, for the time between an upload and its confirmation."""

from __future__ import annotations

import zlib

import orjson

from feedback_engine.directory.importing.table import Column, Origin, Row, Table


def pack_table(table: Table) -> bytes:
    """The table as compressed JSON."""
    return zlib.compress(
        orjson.dumps(
            {
                "columns": [(column.header, column.letter) for column in table.columns],
                "rows": [(row.number, row.cells) for row in table.rows],
                "header_number": table.header_number,
                "origin": table.origin,
            }
        )
    )


def unpack_table(packed: bytes) -> Table:
    """The table that `pack_table` packed."""
    read = orjson.loads(zlib.decompress(packed))
    origin = read["origin"]
    return Table(
        columns=tuple(Column(*column) for column in read["columns"]),
        rows=tuple(Row(number, tuple(cells)) for number, cells in read["rows"]),
        header_number=read["header_number"],
        origin=Origin(**{**origin, "other_sheets": tuple(origin["other_sheets"])}),
    )


def count_rows(packed: bytes) -> int:
    """How many rows a packed table has."""
    return len(orjson.loads(zlib.decompress(packed))["rows"])
