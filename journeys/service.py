"""The journeys' write door: everything that records touchpoint events."""

from __future__ import annotations

from journeys.foreseeing import foresee_events
from journeys.history import ImportReport, LaterDecisions, import_history, import_live
from journeys.intake import IntakeResult, Mode, Status
from journeys.recording import preview_events, record_events
from journeys.sources import SOURCES, ContactDraft, EventDraft, EventMapping, Rejected, find_source

__all__ = [
    "SOURCES",
    "ContactDraft",
    "EventDraft",
    "EventMapping",
    "ImportReport",
    "IntakeResult",
    "LaterDecisions",
    "Mode",
    "Rejected",
    "Status",
    "find_source",
    "foresee_events",
    "import_history",
    "import_live",
    "preview_events",
    "record_events",
]
