"""The alert program in force, read once for each version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson

from alerts.definitions import AlertProgram
from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading

VERSION_KIND = "alerts"
VERSION_KEY = "alerts"


@dataclass(frozen=True, slots=True)
class Published:
    """A version of the alert program and its name."""

    version: str
    program: AlertProgram


def in_force(reading: Reading, at: datetime | None = None) -> Published | None:
    """The alert program in force at `at` (default: now); None before the first one is published."""
    found = versions.in_force(reading, VERSION_KIND, VERSION_KEY, at)
    # A body without rules is a program whose alerts were taken away.
    return Published(found.version, _read(orjson.dumps(found.body))) if found and found.body else None


@lru_cache(maxsize=32)
def _read(body: bytes) -> AlertProgram:
    return AlertProgram.model_validate_json(body)
