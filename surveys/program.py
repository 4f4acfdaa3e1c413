"""What surveys need of the program in force: who asks, in which languages, how long a batch is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading

DEFAULT_HOLD = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Program:
    """The part of program.yaml that partners meet."""

    name: str = ""
    languages: tuple[str, ...] = ("en",)
    sender_name: str = ""
    sender_email: str = ""
    postal_address: str = ""
    hold: timedelta = DEFAULT_HOLD
    test_addresses: frozenset[str] = frozenset()
    five_ws: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_language(self) -> str:
        """The language of bare texts, and of whoever speaks none of a survey's languages."""
        return self.languages[0]


def current(reading: Reading, at: datetime | None = None) -> Program:
    """The program in force at `at` (default: now); an installation without one asks in English and in no name."""
    found = versions.in_force(reading, "program", "program", at)
    return _READ.of(found) if found else Program()


def read(body: Mapping[str, Any]) -> Program:
    """The program of a stored version, which was checked when it was published."""
    sender = body.get("sender") or {}
    return Program(
        name=_text(body.get("name")),
        languages=tuple(body.get("languages") or ("en",)),
        sender_name=_text(sender.get("name")),
        sender_email=str(sender.get("email") or ""),
        postal_address=_text(body.get("postal_address")),
        hold=timedelta(minutes=float(body["hold_minutes"])) if "hold_minutes" in body else DEFAULT_HOLD,
        test_addresses=frozenset(str(address).strip().lower() for address in body.get("test_addresses") or ()),
        five_ws={key: _text(value) for key, value in (body.get("five_ws") or {}).items()},
    )


_READ = versions.Made(lambda found: read(found.body), kept=8)


def _text(value: Any) -> str:
    """A text that may be written once or by language; here the first one will do."""
    return str(next(iter(value.values()), "")) if isinstance(value, Mapping) else str(value or "")
