"""Tells the author of a draft that other alerts are in force than those it was made on: whose, since when, and where
they differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import published
from alerts.definitions import AlertProgram
from alerts.trial.departures import Departure, departures
from alerts.trial.plain_settings import Scales
from feedback_engine.foundation.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The alerts in force: who published them, empty where nobody is known, and since when they hold.

    `departures` is None where nothing can be compared; `made_on_known` whether the draft says what it was made on.
    """

    by: str
    from_at: datetime
    departures: Sequence[Departure] | None
    made_on_known: bool


def find_overtaken(reading: Reading, made_on: str, draft: AlertProgram | None, scales: Scales) -> Overtaken | None:
    """What is in force instead of `made_on`, the version of the alerts that a draft was made on; None where that is."""
    last = published.last_activation(reading)
    if last is None or last.version == made_on:
        return None
    live = published.in_force(reading)
    found = departures(live.program, draft, scales) if live and draft else None
    return Overtaken(last.by, last.from_at, found, bool(made_on))
