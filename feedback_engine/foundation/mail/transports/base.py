"""Pure. What every transport takes and what it may answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from feedback_engine.foundation.mail.message import Message


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail on its way out."""

    mail_id: UUID
    message: Message
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken responsibility for it."""


@dataclass(frozen=True, slots=True)
class Again:
    """It certainly did not go, and may go later. `reached` is False when the other side never heard of this mail."""

    reason: str
    retry_after: timedelta | None = None
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """It certainly did not go, and never will. `bounced`: because the recipient cannot be reached at all."""

    reason: str
    bounced: bool = True


@dataclass(frozen=True, slots=True)
class Unclear:
    """The connection broke at a moment when it may have gone."""

    reason: str


Outcome: TypeAlias = Sent | Again | Refused | Unclear


class Transport(Protocol):
    """Sends messages and yields one outcome for each; it never raises for what the world does.

    `replaces` says that a mail sent again takes the place of its first copy, so that a crash does no harm however many
    had gone unmarked.
    """

    replaces: bool

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]: ...
