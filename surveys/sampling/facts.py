"""Pure. What the rules may know about one event and the person behind it, and its compact form in the ledger.

The ledger keeps what nobody else keeps: how things stood when it was decided. Key, instant, type and attributes of
the event stand in the event ledger and never change; they are handed in again on reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {}


@dataclass(slots=True)
class Facts:
    """Never changed once it is made; not frozen only because that would treble the time to make one.

    Instants are microseconds since 1970. `last` holds, by gap code (see `gaps`), the instant last asked, answered or
    declined, if it lies inside the gap. A window is `(total, at, weight, at, weight, ...)`: the total weight of the
    asks in it, in thousandths, and the oldest of them, as far as they would have to leave to make room for one more.
    """

    touchpoint: str
    event_key: int
    event_at: int
    event_type: str = ""
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: NO_ATTRIBUTES)
    replayed: bool = False
    ready_at: int = 0  # when a late worker took it up; an ask is never dated before
    has_contact: bool = True
    role: str = ""
    language: str = ""
    zone: str = ""
    stratum: str = ""
    person_key: int = 0
    paused: bool = False
    open_case: bool = False
    exempt: str = ""  # why no cap holds this ask back (see `exempt`)
    suppressions: tuple[tuple[str, str], ...] = ()  # (cause, scope)
    last: Mapping[str, int] = field(default_factory=dict)
    person_window: tuple[int, ...] = ()
    account_window: tuple[int, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """The part that only the decision ledger keeps, without what says nothing."""
        document: dict[str, Any] = {}
        for key, name, default in _KEPT:
            value = getattr(self, name)
            if value != default:
                document[key] = value
        return document


_KEPT: tuple[tuple[str, str, Any], ...] = (
    ("t", "ready_at", 0),
    ("c", "has_contact", True),
    ("r", "role", ""),
    ("l", "language", ""),
    ("z", "zone", ""),
    ("s", "stratum", ""),
    ("k", "person_key", 0),
    ("h", "paused", False),
    ("o", "open_case", False),
    ("e", "exempt", ""),
    ("x", "suppressions", ()),
    ("g", "last", {}),
    ("p", "person_window", ()),
    ("a", "account_window", ()),
)
"""Short key in the ledger, name here, and the value that is not written. Keys are never used again for another fact."""


def from_document(
    document: Mapping[str, Any],
    *,
    touchpoint: str,
    event_key: int,
    event_at: int,
    event_type: str,
    attributes: Mapping[str, Mapping[str, Any]],
    replayed: bool,
) -> Facts:
    """The facts that a decision used, of its ledger row and its event."""
    kept = {name: _thawed(document[key]) for key, name, _ in _KEPT if key in document}
    return Facts(
        touchpoint=touchpoint,
        event_key=event_key,
        event_at=event_at,
        event_type=event_type,
        attributes=attributes,
        replayed=replayed,
        **kept,
    )


def _thawed(value: Any) -> Any:
    """Lists of the JSON are the tuples that were written."""
    return tuple(_thawed(item) for item in value) if isinstance(value, list) else value
