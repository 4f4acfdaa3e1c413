"""The silences that a batch of answers may meet, read once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.silences import store as silence_store
from alerts.silences.silencing import Silence
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.unit_of_work import Reading


def read_silences(reading: Reading, instants: Sequence[datetime]) -> list[Silence]:
    """The silences in force at some time between the first and the last of these instants.

    One of a partner covers everybody who is the same company by another key.
    """
    if not instants:
        return []
    rows = silence_store.in_force_between(reading, min(instants), max(instants))
    companies = directory.companies_of(reading, {row.partner_id for row in rows if row.partner_id})
    return [
        Silence(
            row.id,
            frozenset(companies[row.partner_id]) if row.partner_id else frozenset(),
            row.touchpoint,
            row.rule,
            row.created_at,
            row.ended_at or row.until_at,
        )
        for row in rows
    ]
