"""What a process took is told for the whole of it and for a part of it that has a name."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.processes import Process

WORKS = """
import os, sys
if os.fork() == 0:
    open("/proc/self/comm", "w").write("worker")
    sum(range(20_000_000))
    print("done", flush=True)
sys.stdin.read()
"""
"""A process of which a copy calls itself worker, and works."""


def test_the_worker_that_serve_copies_is_told_apart_from_it() -> None:
    whole = subprocess.Popen([sys.executable, "-c", WORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert whole.stdout is not None
        assert whole.stdout.readline() == b"done\n"
        process = Process(whole.pid)
        worker = process.cpu_seconds("worker")
        assert 0 < worker <= process.cpu_seconds()
        assert process.cpu_seconds("somebody else") == 0
    finally:
        whole.communicate()
