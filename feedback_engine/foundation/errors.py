"""Pure. The few errors that cross floors, each with a message addressed to its reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, and where: `pointer` is an RFC 6901 JSON pointer."""

    pointer: str
    detail: str


class FeedbackError(Exception):
    """The base of every expected failure; its text may be shown to the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(FeedbackError):
    """It does not exist, or this reader may not know that it does."""


class NotAllowed(FeedbackError):
    """The reader may not do this."""


class Conflict(FeedbackError):
    """It changed meanwhile, or the state forbids it; the message says what to do."""


class Invalid(FeedbackError):
    """The input is wrong; `faults` names each place."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class Unavailable(FeedbackError):
    """The database cannot be reached or written now; trying again later is right."""


class TransientError(FeedbackError):
    """The world failed in a way that may pass; `retry_after` is its own word on when, if it gave one.

    `reached` is False when nobody was there to fail.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None, *, reached: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reached = reached


class PermanentError(FeedbackError):
    """The world refused for good; trying again would only repeat the refusal."""
