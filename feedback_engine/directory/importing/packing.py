"""Pure. A table as compressed bytes and back, for the time between an upload and its confirmation."""

from __future__ import annotations

import zlib

import orjson

from feedback_engine.directory.importing.table import Column, Origin, Row, Table

HEAD_LENGTH = 5
"""Bytes at the beginning of a packed table: a mark, then how many rows it has, so that a list need not unpack it."""
_MARK = b"T"


def pack_table(table: Table) -> bytes:
    """The table as compressed JSON behind its head."""
    return (
        _MARK
        + len(table.rows).to_bytes(HEAD_LENGTH - 1, "big")
        + zlib.compress(
            orjson.dumps(
                {
                    "columns": [(column.header, column.letter) for column in table.columns],
                    "rows": [(row.number, row.cells) for row in table.rows],
                    "header_number": table.header_number,
                    "origin": table.origin,
                }
            )
        )
    )


def unpack_table(packed: bytes) -> Table:
    """The table that `pack_table` packed, in this release or in one before it had a head."""
    read = orjson.loads(zlib.decompress(packed[HEAD_LENGTH:] if packed.startswith(_MARK) else packed))
    origin = read["origin"]
    return Table(
        columns=tuple(Column(*column) for column in read["columns"]),
        rows=tuple(Row(number, tuple(cells)) for number, cells in read["rows"]),
        header_number=read["header_number"],
        origin=Origin(**{**origin, "other_sheets": tuple(origin["other_sheets"])}),
    )


def count_rows(head: bytes) -> int | None:
    """How many rows a packed table has, by its first HEAD_LENGTH bytes; None for one from before it had a head."""
    return int.from_bytes(head[1:HEAD_LENGTH], "big") if head.startswith(_MARK) else None
