"""Starts commands quickly: a process that has imported the engine forks one child for each, as the kernel would.

A crash loop starts `feedback-engine worker` hundreds of times, and importing the engine costs seconds of CPU each
time. What runs in a child is the command itself, from its first line, in a session of its own; only the importing is
shared. `processes.py` speaks to this module over its standard input and output.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Iterator

import alerts
import feedback_engine
import journeys
import surveys

_BUILDS_AT_IMPORT = ("feedback_engine.app.wsgi", "feedback_engine.app.cli.__main__", "feedback_engine.migrations.env")


def main() -> None:
    """Import everything, say so, then fork one child for each line that comes in."""
    for name in _modules():
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        is_apart, apart = os.pipe()
        child = os.fork()
        if child == 0:
            _become(order)
        # Closed with all else once the child has a group of its own: who signals that earlier would signal nobody.
        os.close(apart)
        os.read(is_apart, 1)
        os.close(is_apart)
        print(child, flush=True)


def _modules() -> Iterator[str]:
    for package in (feedback_engine, journeys, surveys, alerts):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name not in _BUILDS_AT_IMPORT and ".migrations.versions" not in found.name:
                yield found.name
    yield "granian"


def _become(order: dict[str, object]) -> None:
    """Run the command in this child and end with its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    os.chdir(str(order["folder"]))
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, 64)
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # `processes.py` asks so where a hung process stands
    from feedback_engine.app.cli import main as command

    code = 1
    try:
        command(args=order["arguments"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
