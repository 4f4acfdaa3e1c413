"""A whole run: which benchmarks there are, in which order they run, and how the machine was meanwhile."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import kit, targets
from benchmarks.kit import Result
from benchmarks.processes import Failed
from benchmarks.settings import ROOT, Settings

BENCHMARKS: Mapping[str, str] = {
    "1": "survey_round_trip",
    "2": "survey_page",
    "3": "durable_submit",
    "4a": "intake",
    "4b": "intake_to_end",
    "5": "online_decision",
    "9": "low_score_to_webhook",
    "11": "idle_memory",
}
"""Module of each benchmark by its number, in the order of running; a new one is one file and one line here."""

CACHE = ROOT / "var" / "bench"
"""Where peers are installed and databases are measured: on the disk of the checkout, not in memory."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run found, and on what kind of machine."""

    pairs: int
    machine: Mapping[str, Any]
    seconds: float
    results: tuple[Result, ...]
    failures: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "pairs": self.pairs,
            "machine": dict(self.machine),
            "seconds": self.seconds,
            "benchmarks": kit.document(self.results),
            "failures": dict(self.failures),
        }

    def markdown(self) -> str:
        """The report as it is read; the tables go into the documentation as they are."""
        about = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        few = f" Fewer than {kit.ENOUGH_PAIRS} pairs: for a look only." if self.pairs < kit.ENOUGH_PAIRS else ""
        failed = [f"\n{number}: {why}" for number, why in self.failures.items()]
        head = f"{self.pairs} pairs, {self.seconds:.0f} seconds; {about}.{few}"
        return "\n".join([head, "", kit.markdown(self.results), *failed])


def numbers_of(names: Sequence[str]) -> list[str]:
    """The numbers of the benchmarks that are named by number or by module; all of them without names.

    Raises Failed for a name that there is not.
    """
    known = {**{number: number for number in BENCHMARKS}, **{name: number for number, name in BENCHMARKS.items()}}
    unknown = [name for name in names if name not in known]
    if unknown:
        offered = ", ".join(f"{number} ({name})" for number, name in BENCHMARKS.items())
        raise Failed(f"There is no benchmark {', '.join(unknown)}; there are {offered}.")
    wanted = {known[name] for name in names} or set(BENCHMARKS)
    return [number for number in BENCHMARKS if number in wanted]


def run(names: Sequence[str], pairs: int, minutes: float, say: Callable[[str], None]) -> Report:
    """Run benchmarks one after the other; one that fails is told and stops no other.

    None begins after `minutes`, so that a machine with much else to do still ends, and says what it left out.
    """
    numbers, began, load = numbers_of(names), time.monotonic(), os.getloadavg()[0]
    # Ended from outside, it must still end the servers it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    results: list[Result] = []
    failures: dict[str, str] = {}
    try:
        settings = Settings(pairs, folder, CACHE, say)
        for number in numbers:
            if time.monotonic() - began > 60 * minutes:
                failures[number] = f"not begun, the {minutes:g} minutes were over"
                continue
            module = import_module(f"benchmarks.{BENCHMARKS[number]}")
            say(f"{number}: {module.TITLE} ...")
            try:
                results.append(module.run(settings))
                _tell(results[-1], say)
            except Failed as error:
                failures[number] = str(error)
                say(f"{number} failed: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Report(pairs, _machine(load), time.monotonic() - began, tuple(results), failures)


def _tell(result: Result, say: Callable[[str], None]) -> None:
    """Say each figure as soon as it is known: a whole run takes minutes."""
    for key, measured in result.measured.items():
        target = targets.BY_KEY[key]
        say(f"  {target.what}: {measured:.3g} {target.unit}; {target.words()}: {kit.verdict(target, result)}")


def _machine(load_before: float) -> dict[str, Any]:
    """The kind of machine, without its name or any path."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "Python": platform.python_version(),
        "system": sys.platform,
        "load before": f"{load_before:.1f}",
        "load after": f"{os.getloadavg()[0]:.1f}",
    }
