"""What every benchmark is given: how many pairs, where to work, and the world that is built once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.world import World, build

ROOT = Path(__file__).resolve().parents[1]
"""The checkout."""


@dataclass
class Settings:
    """`folder` is emptied at the end; `cache` stays, so that peers are installed once."""

    pairs: int
    folder: Path
    cache: Path
    say: Callable[[str], None] = print
    _number: int = field(default=0, init=False)

    @cached_property
    def world(self) -> World:
        """The installation that benchmarks copy."""
        self.say("building a world to measure in ...")
        return build(self.fresh_folder("world"))

    def fresh_folder(self, name: str) -> Path:
        """An empty folder."""
        self._number += 1
        # Short names: the worker's wake-up socket lies in it, and the kernel takes at most 107 bytes.
        made = self.folder / f"{self._number}-{name}"
        made.mkdir(parents=True)
        return made
