"""What stays in memory until a process ends - modules, tables, routes: held once, and spared by the collector."""

from __future__ import annotations

import gc
from importlib import import_module

_ALL_CODE = ("feedback_engine.app.wiring", "feedback_engine.app.factory", "feedback_engine.app.pages")


def settle() -> None:
    """Leave everything that is in memory now out of all collections to come.

    A server calls it once it stands. Without it, each full collection looks through half a million objects that were
    made at the start, and batches of events set one off every few hundred events.
    """
    gc.collect()
    gc.freeze()


def read_everything() -> None:
    """Read the code of pages and worker, for copies of this process to share; nothing is opened, no thread begins."""
    for name in _ALL_CODE:
        import_module(name)
    settle()
