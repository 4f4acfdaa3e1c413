"""11: what all processes of `serve` hold in memory while nothing happens."""

from __future__ import annotations

import time
from statistics import median

import requests

from benchmarks import site
from benchmarks.kit import Result
from benchmarks.settings import Settings

NUMBER = "11"
TITLE = "memory, idle"
_MEGABYTE = 1_000_000
_SETTLING_SECONDS = 4.0  # longer than the worker's round of three seconds


def run(settings: Settings) -> Result:
    """The proportional set size, each shared page counted once, after every kind of page was opened once."""
    world, samples = settings.world, []
    with site.engine("serve", world, settings.fresh_folder("memory")) as server:
        for path in (world.survey_paths[0], "/sign-in", "/readyz", "/metrics"):
            requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=30).raise_for_status()
        for _ in range(3):
            time.sleep(_SETTLING_SECONDS)
            samples.append(server.process.pss_bytes())
        names = server.process.names()
    total = median(sum(sample.values()) for sample in samples) / _MEGABYTE
    parts = ", ".join(f"{names.get(pid, pid)} {size / _MEGABYTE:.0f}" for pid, size in samples[-1].items())
    notes = (f"{len(samples[-1])} processes, in MB: {parts}.",)
    return Result(NUMBER, TITLE, measured={"11.idle": total}, notes=notes)
