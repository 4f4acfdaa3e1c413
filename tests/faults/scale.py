"""How much is done to the engine: the promised figures, or a part of them inside `make test`."""

from __future__ import annotations

import os

FULL = os.environ.get("FEEDBACK_ENGINE_FULL_FAULTS") == "1"
"""Set by `make test-faults`."""

SOAK_SECONDS = int(os.environ.get("FEEDBACK_ENGINE_SOAK_SECONDS", "600"))
"""How long the full soak lasts; 3600 makes it the hour's version."""


def figure(quick: int, full: int) -> int:
    """The figure of this run: `full` under `make test-faults`, `quick` inside `make test`."""
    return full if FULL else quick
