"""Owns how a partner page is reached: genuine links only, guessing slowed down, names that change seldom remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from limits import parse

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.security import rate_limits
from surveys import program as programs
from surveys import store
from surveys.program import Program
from surveys.store import InvitationRow, ResponseRow
from surveys.tokens import Links, Opened, Purpose

GUESSES = parse("30 per minute")
_REMEMBERED_FOR = timedelta(seconds=60)
_MOST_REMEMBERED = 4096

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values that change seldom, kept for a minute of the engine's clock: they would cost a statement on every page."""

    def __init__(self) -> None:
        self._held: dict[object, tuple[datetime, Value]] = {}

    def get(self, key: object, now: datetime, read: Callable[[], Value]) -> Value:
        """The value of `key`, read anew when it is older than a minute (or comes from the future)."""
        held = self._held.get(key)
        if held is not None and timedelta() <= now - held[0] < _REMEMBERED_FOR:
            return held[1]
        value = read()
        if len(self._held) >= _MOST_REMEMBERED:
            self._held.clear()
        self._held[key] = (now, value)
        return value


@dataclass(frozen=True, slots=True)
class Visit:
    """A genuine link, opened: the invitation it belongs to and what came back on it."""

    invitation: InvitationRow
    response: ResponseRow | None

    @property
    def answered_in(self) -> str:
        """The language of the answer that came before; empty while there is none."""
        return self.response.language if self.response else ""


class Door:
    """Opens the links of partner pages for one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.links = Links(engine.keys, engine.settings.base_url)
        self._programs: Remembered[Program] = Remembered()
        self._owners: Remembered[StaffView | None] = Remembered()

    def open(self, purpose: Purpose, token: str) -> Opened | None:
        """What a link says; None when it is not ours. Who guesses too often is told to wait (429)."""
        opened = self.links.open(purpose, token)
        if opened is None:
            rate_limits().count(GUESSES, "wrong link")
        return opened

    def visit(self, reading: Reading, opened: Opened | None, *, revoked_too: bool = False) -> Visit | None:
        """The invitation of a link; None when it is gone, or its links were revoked meanwhile."""
        found = store.open_invitation(reading, opened.invitation_id) if opened else None
        if opened is None or found is None:
            return None
        genuine = found[0].generation == opened.generation
        return Visit(*found) if genuine or revoked_too else None

    def program(self, reading: Reading) -> Program:
        """The program in force, at most a minute old."""
        return self._programs.get("program", reading.now, lambda: programs.current(reading))

    def owner(self, reading: Reading, partner_id: UUID) -> StaffView | None:
        """Who answers for a partner, at most a minute old."""
        return self._owners.get(partner_id, reading.now, lambda: directory.owner_at(reading, partner_id, reading.now))
