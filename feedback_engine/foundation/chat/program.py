"""The process that sends messages to chat services: one job a line on its input, one result a line on its output.

It ends with its input. It is started by `chat.sending` and imports neither the database nor the web.
"""

from __future__ import annotations

import json
import logging
import resource
import signal
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import apprise
import requests.sessions
from requests.adapters import HTTPAdapter

from feedback_engine.foundation.chat.guard import Guard

MOST_MEMORY = 1 << 30
SECONDS = 10
_guard = Guard()
_answers: list[requests.Response] = []


class _Watched(HTTPAdapter):
    """Sends as usual, without a proxy and never in the clear to the outside, and keeps what came back."""

    def send(self, request: Any, *given: Any, **named: Any) -> Any:
        named["proxies"] = {}
        if str(request.url).startswith("http:") and not _guard.is_open_inside:
            raise requests.exceptions.InvalidSchema("Nothing is sent in the clear.")
        response = super().send(request, *given, **named)
        _answers.append(response)
        return response


class TooLate(BaseException):
    """The time of a job is over; not an Exception, so that no library mistakes it for one of its own."""


def main() -> None:
    """Do jobs until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    logging.disable(logging.CRITICAL)
    vars(requests.sessions)["HTTPAdapter"] = _Watched  # each call of `requests` makes a session of its own
    asset = apprise.AppriseAsset(
        app_id="Feedback engine",
        app_desc="Feedback engine",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
    )
    _guard.install()
    signal.signal(signal.SIGALRM, _expire)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_do(json.loads(line), asset)) + "\n")
        sys.stdout.flush()


def _expire(*_: object) -> None:
    raise TooLate


def _do(job: dict[str, Any], asset: Any) -> dict[str, Any]:
    """Send one message; says whether it was taken, the last status, and what the guard kept out."""
    _answers.clear()
    _guard.open_to(everything=bool(job["allow_private"]))
    sent = late = False
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        if job["inside_host"]:
            _guard.open_to(_addresses_of(job["url"]))
        service = apprise.Apprise.instantiate(job["url"], asset=asset)
        if service is None or type(service).__name__ != job["plugin"]:
            return {
                "sent": False,
                "understood": False,
                "refused": [],
                "status": None,
                "retry_after": None,
                "late": False,
            }
        sent = bool(service.notify(title=job["title"], body=job["body"], body_format="text"))
    except TooLate:
        late = True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    last = _answers[-1] if _answers else None
    retry_after = last.headers.get("Retry-After", "") if last is not None else ""
    return {
        "sent": sent and not _guard.refused,
        "understood": True,
        "refused": _guard.refused,
        "status": last.status_code if last is not None else None,
        "retry_after": int(retry_after)
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 8
        else None,
        "late": late,
    }


def _addresses_of(url: str) -> frozenset[str]:
    """The addresses of the host of an address that names one inside, resolved once: only these are opened."""
    host = urlsplit(url).hostname or ""
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return frozenset()


if __name__ == "__main__":
    main()
