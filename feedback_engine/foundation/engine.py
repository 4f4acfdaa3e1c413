"""What every page, handler and command is handed: settings, clock, database, unit of work, keys."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_engine.foundation.clock import Clock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Engine:
    """One running installation; nothing of it is global."""

    settings: Settings
    clock: Clock
    database: Database
    work: Work
    keys: Keys
