"""The first three steps of a new installation: what of them is done, while the program has never been live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerts.reading import last_resort
from feedback_engine.foundation import program_state
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys

Step = Literal["partners", "test", "live"]


@dataclass(frozen=True, slots=True)
class StartStep:
    """One step: whether it is done, the page where it is done, and how many things stand in its way."""

    step: Step
    done: bool
    path: str
    left: int = 0


def first_steps(reading: Reading) -> list[StartStep]:
    """The three steps, in order; none once the program was live, because then there is something else to show."""
    if any(state in ("live", "paused") for state, *_ in program_state.history(reading)):
        return []
    checks = {check.step: check for check in surveys.checklist(reading, last_resort)}
    before_live = [check for check in checks.values() if check.essential and not check.done]
    return [
        StartStep("partners", checks["partners"].done, "/import"),
        StartStep("test", checks["test"].done, "/waves"),
        StartStep("live", False, "/launch", len(before_live)),
    ]
