"""Pure. What a try to send a notification came to, and what the row of the notification becomes by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from feedback_engine.foundation import retry
from feedback_engine.foundation.attempts import LONGEST_ERROR, Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a try ended. `reached` is False when nobody was there; `gone`: the receiver wants no message ever again."""

    outcome: Outcome
    error: str | None = None
    status: int | None = None
    reply: str | None = None
    duration: timedelta | None = None
    retry_after: timedelta | None = None
    reached: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A notification that is ready to go: `send` calls the world with the id of the request."""

    send: Callable[[UUID], Verdict]


def after_try(
    verdict: Verdict, *, attempts: int, claimed_at: datetime, begun_at: datetime, now: datetime, jitter: float
) -> dict[str, Any]:
    """The columns of a notification after a try; one that failed waits for the next, or is given up."""
    error = verdict.error[:LONGEST_ERROR] if verdict.error else None
    if verdict.outcome == "sent":
        return _settled("sent", now, attempts + 1) | {"status_code": verdict.status, "error": None}
    if verdict.outcome != "again":
        return _settled("dead", now, attempts + 1) | {"error": error, "status_code": verdict.status}
    tries = retry.count_try(attempts, reached=verdict.reached)
    wait = retry.next_wait(tries, jitter=jitter, retry_after=verdict.retry_after, age=now - begun_at)
    if wait is None:
        return _settled("dead", now, tries) | {"error": error, "status_code": verdict.status}
    return {"state": "pending", "due_at": claimed_at + wait, "attempts": tries, "error": error, "claimed_at": None}


def _settled(state: str, now: datetime, attempts: int) -> dict[str, Any]:
    return {"state": state, "settled_at": now, "attempts": attempts, "claimed_at": None}
