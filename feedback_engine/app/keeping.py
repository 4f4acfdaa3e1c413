"""Lets a process that `serve` or `web` started end when they are gone, also when they were killed at once."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

# Not one of our settings: it is handed from process to process, and nobody writes it down.
_KEEPER = "_FEEDBACK_ENGINE_KEEPER"
_PR_SET_PDEATHSIG = 1


def keep_children() -> None:
    """Make this process the one whose end ends its children."""
    os.environ[_KEEPER] = str(os.getpid())


def end_with_keeper(number: signal.Signals) -> None:
    """Ask the system to send `number` to this process when its keeper dies; nothing for a process started alone.

    Linux only: elsewhere a child outlives a keeper that was killed, as it did before.
    """
    keeper = os.environ.get(_KEEPER, "")
    if not keeper or int(keeper) == os.getpid() or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    # It may have died before we asked; then nobody would ever send the signal.
    if os.getppid() != int(keeper) and not os.path.exists(f"/proc/{keeper}"):
        os.kill(os.getpid(), number)
