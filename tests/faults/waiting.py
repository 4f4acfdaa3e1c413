"""The one place where the fault tests wait: for a condition, with a deadline, never for a span of time alone."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic

DEADLINE_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.01


def until(holds: Callable[[], object], what: str, *, seconds: float = DEADLINE_SECONDS) -> float:
    """Look again and again until it holds; returns how many seconds that took. The test ends when the time is up."""
    begun, pause = monotonic(), Event()
    while not holds():
        assert monotonic() - begun < seconds, f"not within {seconds:.0f} s: {what}"
        pause.wait(_LOOK_AGAIN_SECONDS)
    return monotonic() - begun


def holds_within(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes to hold within so many seconds."""
    begun, pause = monotonic(), Event()
    while not holds():
        if monotonic() - begun >= seconds:
            return False
        pause.wait(_LOOK_AGAIN_SECONDS)
    return True


def elapsed(seconds: float) -> Callable[[], bool]:
    """A condition that holds once so many seconds have passed: for a span that is itself what is tested."""
    end = monotonic() + seconds
    return lambda: monotonic() >= end
