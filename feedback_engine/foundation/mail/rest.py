"""A rest from a mail server that cannot be reached: one batch looks whether it is back, and the others wait untouched.

Thousands of mails that each try a server which is away keep the database busy with claims and marks that say nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from feedback_engine.foundation.mail.transports.base import Again, Outcome

LENGTH = timedelta(seconds=30)


class Rest:
    """One worker's memory of a server that was away; a new worker simply looks for itself."""

    def __init__(self) -> None:
        self._until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is too early to look again. A clock that was set back ends a rest, rather than draw it out."""
        return self._until is not None and self._until - LENGTH <= now < self._until

    def note(self, outcomes: Collection[Outcome], now: datetime) -> None:
        """Rest when nobody was there for a whole batch; anything else ends the rest."""
        away = bool(outcomes) and all(isinstance(each, Again) and not each.reached for each in outcomes)
        self._until = now + LENGTH if away else None
