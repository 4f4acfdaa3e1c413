"""Workers that are asked to end at each of the first lines that their first thread runs while it waits.

`test_ending.py` runs this as a process of its own: a signal that meets a lock in the hands of the thread which runs its
handler would leave it standing for ever.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from feedback_engine.app import migrating, wiring
from feedback_engine.app.worker import Worker
from feedback_engine.foundation.settings import Settings

LINES = 8


def main(folder: Path) -> None:
    """Run a worker for each line, one after the other, and say each that has ended."""
    settings = Settings(database_url=f"sqlite:///{folder}/engine.db", var_dir=folder)
    migrating.upgrade(settings.database_url)
    for line in range(1, LINES + 1):
        worker = wiring.build(settings).worker
        signal.signal(signal.SIGTERM, lambda *_, it=worker: it.stop())
        sys.settrace(_at_line(line, lambda: os.kill(os.getpid(), signal.SIGTERM)))
        worker.run()
        sys.settrace(None)
        print(f"ended at line {line}", flush=True)


def _at_line(wanted: int, do: Callable[[], None]) -> Callable[[FrameType, str, Any], Any]:
    """Does it once, before the line of this number after all threads of the worker have begun."""
    passed, running = 0, False

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal passed, running
        threads = frame.f_locals.get("threads") if frame.f_code is Worker.run.__code__ else None
        running = running or (threads is not None and all(thread.ident for thread in threads))
        if running and event == "line":
            passed += 1
            if passed == wanted:
                do()
        return trace

    return trace


if __name__ == "__main__":
    main(Path(sys.argv[1]))
