"""Events from a CSV file, gzip too, by a mapping of its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO

from feedback_engine.foundation.errors import Invalid
from journeys.sources.draft import EventDraft, Rejected, Source
from journeys.sources.mapping import EventMapping
from journeys.sources.packed import unpacked
from journeys.sources.records import Numbered, drafts_of, records_of_rows


def read(stream: IO[bytes], mapping: EventMapping | None) -> Iterator[EventDraft | Rejected]:
    """The events of a table, row by row. Cells are stripped; an empty cell says nothing.

    Raises Invalid when the file is no such table, or lacks a column that the mapping names.
    """
    if mapping is None:
        raise Invalid("A table needs a mapping that says what its columns mean; give one with --mapping.")
    yield from drafts_of(_rows(stream, mapping), mapping)


def _rows(stream: IO[bytes], mapping: EventMapping) -> Iterator[Numbered]:
    text = io.TextIOWrapper(unpacked(stream), encoding=mapping.encoding, newline="")
    try:
        reader = csv.reader(text, delimiter=mapping.delimiter)
        yield from records_of_rows(reader, mapping)
    except UnicodeDecodeError as error:
        raise Invalid(
            f"The file is not written in {mapping.encoding}; say which in the mapping, like `encoding: windows-1252`."
        ) from error
    except (csv.Error, OSError, EOFError) as error:
        raise Invalid(f"The file cannot be read as a table: {error}.") from error


SOURCE = Source(name="csv", suffixes=(".csv", ".tsv"), needs_mapping=True, read=read)
