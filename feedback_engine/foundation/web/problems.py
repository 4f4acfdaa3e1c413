"""Pure. Owns what an error looks like from outside: its status, its title, and the RFC 9457 document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedback_engine.foundation.errors import (
    Conflict,
    Fault,
    FeedbackError,
    Invalid,
    NotAllowed,
    NotFound,
    TransientError,
    Unavailable,
)
from feedback_engine.foundation.i18n import gettext, gettext_noop

PROBLEM_JSON = "application/problem+json"

_STATUS_OF: tuple[tuple[type[FeedbackError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (NotAllowed, 403),
    (Invalid, 422),
    (Unavailable, 503),
    (TransientError, 503),
)

_TITLES = {
    400: gettext_noop("This request cannot be read"),
    401: gettext_noop("An API key is needed"),
    403: gettext_noop("You may not open this"),
    404: gettext_noop("There is nothing here"),
    405: gettext_noop("This address does not work that way"),
    409: gettext_noop("It changed meanwhile"),
    413: gettext_noop("That is too large"),
    415: gettext_noop("This kind of content is not understood"),
    422: gettext_noop("Something needs correcting"),
    429: gettext_noop("Too many tries"),
    500: gettext_noop("Something broke on our side"),
    503: gettext_noop("We cannot reach our records right now"),
}

_WORDS = {
    400: gettext_noop("Go back and try again. If a form was open for long, load the page anew first."),
    404: gettext_noop("The address may be mistyped, or what stood here was moved. Search for the partner instead."),
    405: gettext_noop("Open the page from the menu instead of sending to this address."),
    413: gettext_noop("Send less at once, or split the file."),
    415: gettext_noop("Send one of the content types the documentation names."),
    429: gettext_noop("Wait a minute, then try again."),
    500: gettext_noop("Nothing was saved. The error is in the log; please tell whoever runs this installation."),
    503: gettext_noop("Nothing was saved. Please try again in a minute."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a reader meets it: status, a title that is the same for all of its kind, words, and the faults."""

    status: int
    title: str
    detail: str
    faults: Sequence[Fault] = ()

    def document(self) -> dict[str, Any]:
        """The body of an `application/problem+json` answer."""
        body: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.faults:
            body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults]
        return body


def problem_of(error: FeedbackError) -> Problem:
    """The problem behind one of our own errors; an error of no known kind is a plain 400."""
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 400)
    if isinstance(error, Unavailable):
        return problem_of_status(status)  # Its own message is for the log of the installation.
    faults = error.faults if isinstance(error, Invalid) else ()
    return Problem(status, title_of(status), error.message, faults)


def problem_of_status(status: int, detail: str = "") -> Problem:
    """The problem for a bare HTTP status, with our words where the caller has none."""
    words = _WORDS.get(status)
    return Problem(status, title_of(status), detail or (gettext(words) if words else ""))


def title_of(status: int) -> str:
    """The title of a status in the reader's language; unknown client errors are read as 400, others as 500."""
    return gettext(_TITLES.get(status, _TITLES[400 if status < 500 else 500]))
