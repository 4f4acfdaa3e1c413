"""Keeps threads free for reading: of the requests that send something, only so many are let in at once.

A thread waits for a body as long as its sender likes, and for the database's one writer. If every thread could wait so,
a few slow senders, or one process that stands still in a write, would stop every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS, SENDERS = 64, 48
"""Threads for requests in one process, and how many of them those that send something may take."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WORDS = b"Too many people are sending at this moment. Go back and send it again.\n"


class Turns:
    """A WSGI application that lets `most` senders at a time into another one, and answers 503 to those beyond."""

    def __init__(self, application: WSGIApplication, most: int) -> None:
        self._application = application
        self._places = BoundedSemaphore(most)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] in _READING:
            return self._application(environ, start_response)
        if not self._places.acquire(blocking=False):
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "1")]
            start_response("503 Service Unavailable", [*headers, ("Content-Length", str(len(_WORDS)))])
            return [_WORDS]
        try:
            # Whole here, so that the place is given back when the answer is made.
            return _whole(self._application(environ, start_response))
        finally:
            self._places.release()


def _whole(answer: Iterable[bytes]) -> list[bytes]:
    try:
        return list(answer)
    finally:
        close = getattr(answer, "close", None)  # PEP 3333: whoever iterates closes
        if close is not None:
            close()
