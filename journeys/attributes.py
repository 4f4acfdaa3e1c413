"""Pure. Attributes of an event: kept as declared, the undeclared dropped with a warning, the personal set aside."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from feedback_engine.foundation.errors import Fault
from journeys.definitions import AttributeDefinition, AttributeType
from journeys.sources.checks import escape_pointer, text_fault
from journeys.sources.times import parse_rfc3339

LONGEST_TEXT = 512
_WARNED_NAMES = 10
_INT_LIMIT = 1 << 63
_WRITTEN = {
    "string": f"a text of one line, at most {LONGEST_TEXT} characters",
    "int": "a whole number",
    "double": "a number",
    "bool": "true or false",
    "timestamp": "a time with its zone, like 2026-03-09T10:12:00+01:00",
}
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?", re.ASCII)
_TRUTHS = {"true": True, "false": False}


@dataclass(slots=True)
class Attributes:
    """What one event may keep of its attributes. Timestamps are RFC 3339 texts in UTC."""

    pinned: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def sort_attributes(given: Mapping[str, Any], declared: Mapping[str, AttributeDefinition]) -> Attributes:
    """Split what an event gives by what the map declares. A value of the wrong type is a fault, null says nothing."""
    pinned: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, definition in declared.items():
        value = given.get(name)
        if value is None:
            continue
        kept = coerce(value, definition.type)
        if kept is None:
            detail = f"The attribute {name} must be {_WRITTEN[definition.type]}."
            faults.append(Fault(f"/data/{escape_pointer(name)}", detail))
        elif definition.personal:
            personal[name] = kept
        else:
            pinned[name] = kept
    return Attributes(pinned, personal, _warnings(given, declared), tuple(faults))


def coerce(value: Any, wanted: AttributeType) -> Any | None:
    """`value` as the declared type, or None when it is none. Texts count as what they spell: tables have only texts."""
    if wanted == "string":
        return _as_text(value)
    if wanted == "bool":
        return value if isinstance(value, bool) else _TRUTHS.get(str(value).strip().lower())
    if wanted == "timestamp":
        at = parse_rfc3339(value) if isinstance(value, str) else None
        return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _as_int(value) if wanted == "int" else _as_double(value)


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    return text if len(text) <= LONGEST_TEXT and text_fault(text) is None else None


def _as_int(value: Any) -> int | None:
    # A detour over float would lose the last digits of a long number.
    spelled = isinstance(value, str) and _WHOLE.fullmatch(value.strip())
    if spelled or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -_INT_LIMIT <= value < _INT_LIMIT else None


def _as_double(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _warnings(given: Mapping[str, Any], declared: Mapping[str, AttributeDefinition]) -> tuple[str, ...]:
    if given.keys() <= declared.keys():
        return ()
    dropped = sorted(given.keys() - declared.keys())
    shown = ", ".join(name[:64] for name in dropped[:_WARNED_NAMES])
    more = f" and {len(dropped) - _WARNED_NAMES} more" if len(dropped) > _WARNED_NAMES else ""
    return (f"Not declared on any touchpoint of this event, and dropped: {shown}{more}.",)
