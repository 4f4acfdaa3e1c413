"""Sends messages to chat services through a process of its own (`chat.program`), and says what became of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Timer
from typing import Any

from feedback_engine.foundation.chat.services import read_address
from feedback_engine.foundation.errors import Invalid, PermanentError, TransientError
from feedback_engine.foundation.http_client import may_lie_inside
from feedback_engine.foundation.settings import Settings

DEADLINE = timedelta(seconds=12)
"""For one message; the process itself gives up after ten seconds."""
START = timedelta(seconds=30)
_HANDED_DOWN = (
    "PATH",
    "PYTHONPATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)
"""What the process gets of our environment: no proxy, no secret, no address of a database."""
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A short message and the address of the chat it goes to."""

    url: str
    title: str
    body: str


class ChatProcess:
    """The process, started at the first message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    def send(self, message: ChatMessage) -> int | None:
        """Send a message; returns the status that the service answered with.

        Raises TransientError when trying again may help, PermanentError when it will not: the service refused, the
        address leads inside, or is none of a service that is offered.
        """
        settings = self._settings
        inside = may_lie_inside(settings, message.url)
        try:
            service = read_address(message.url, settings.chats, allow_private=inside)
        except Invalid as error:
            raise PermanentError(error.message) from None
        job = {
            "url": message.url,
            "title": message.title,
            "body": message.body,
            "plugin": service.plugin,
            "allow_private": settings.webhook_allow_private,
            "inside_host": inside and not settings.webhook_allow_private,
        }
        return _judge(self._do(job), service.name)

    def close(self) -> None:
        """Let the process end."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _do(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """What the process says of a job; None when it said nothing in time, and then it is gone."""
        wait = DEADLINE if self._process else DEADLINE + START
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = Timer(wait.total_seconds(), process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            watchdog.cancel()
        if not line:
            process.kill()
            process.wait()
            self._process = None
            return None
        said: dict[str, Any] = json.loads(line)
        return said


@contextmanager
def chat_process(settings: Settings) -> Iterator[ChatProcess]:
    """A process for some messages; it ends with the block."""
    process = ChatProcess(settings)
    try:
        yield process
    finally:
        process.close()


def _start() -> subprocess.Popen[str]:
    environment = {name: os.environ[name] for name in _HANDED_DOWN if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "feedback_engine.foundation.chat.program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment | {"NETRC": os.devnull, "HOME": os.path.sep},
        text=True,
        close_fds=True,
    )


def _judge(said: dict[str, Any] | None, name: str) -> int | None:
    if said is None or said["late"]:
        raise TransientError(f"{name} did not answer in time.")
    status: int | None = said["status"]
    if said["refused"]:
        raise PermanentError("The address lies inside a private network, where nothing may be sent.")
    if not said["understood"]:
        raise PermanentError(f"This is no address of {name}; copy it from there again.")
    if said["sent"]:
        return status
    if status is None:
        raise TransientError(f"No connection to {name}.", reached=False)
    retry_after = timedelta(seconds=said["retry_after"]) if said["retry_after"] is not None else None
    if status in _TRY_AGAIN or status >= 500:
        raise TransientError(f"{name} answered {status}.", retry_after)
    if 300 <= status < 400:
        raise PermanentError(f"{name} answered {status}. Redirects are not followed; give the final address.")
    if status < 300:
        raise PermanentError(f"{name} answered {status}, but did not take the message.")
    raise PermanentError(f"{name} answered {status}.")
