"""Pure. The sheets on which bars are drawn, one below the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing in units: its width, where bars begin and end, the height of a row, where names stand."""

    width: int
    left: float
    right: float
    row: float
    names_above: bool
