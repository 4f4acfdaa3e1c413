"""The ways in which events come: one file each, and the tuple that lists them."""

from __future__ import annotations

from journeys.sources import cloudevents, csv_table, xes, xlsx_table
from journeys.sources.draft import ContactDraft, EventDraft, Rejected, Source
from journeys.sources.mapping import EventMapping

__all__ = ["SOURCES", "ContactDraft", "EventDraft", "EventMapping", "Rejected", "Source", "find_source"]

SOURCES: tuple[Source, ...] = (cloudevents.SOURCE, csv_table.SOURCE, xlsx_table.SOURCE, xes.SOURCE)


def find_source(file_name: str) -> Source | None:
    """The source that reads a file of this name, packed or not; None when none does."""
    name = file_name.lower().removesuffix(".gz")
    return next((source for source in SOURCES if name.endswith(source.suffixes)), None)
