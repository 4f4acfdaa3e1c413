"""The alert program in force, read once for each version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from alerts.definitions import AlertProgram
from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.versions import Activation

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
    return Published(found.version, _program(found.version, found.body)) if found and found.body else None


def last_activation(reading: Reading) -> Activation | None:
    """Who put the alerts in force that are now, and when; None before the first ones."""
    history = versions.history(reading, VERSION_KIND, VERSION_KEY)
    return next((each for each in history if each.from_at <= reading.now), None)


def of_version(reading: Reading, version: str) -> AlertProgram:
    """The alert program of a version that was published. Raises NotFound."""
    known = _KNOWN.get(version)
    return _program(version, versions.get(reading, version)) if known is None else known


def _program(version: str, body: dict[str, Any]) -> AlertProgram:
    program = _KNOWN.get(version)
    if program is None:
        program = AlertProgram.model_validate_json(orjson.dumps(body))
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[version] = program
    return program


_KNOWN: dict[str, AlertProgram] = {}
"""Programs by the names of their versions, which can never mean anything else."""
_MOST_KNOWN = 32
