"""Pure. How forms ask for the settings of a condition: what each one is called, how it is typed, in which unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from feedback_engine.foundation.i18n import gettext_noop

SettingKind = Literal["score", "points", "whole", "number", "choice", "question", "event", "line", "words"]
"""`score` lies on the scale of the question, `points` is a difference on it; `words` are typed language by language."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a condition as a form asks for it; texts are for gettext.

    `name` is that of the file. `unit` is what a whole number counts: `days`, `people`, or nothing that has a name.
    """

    name: str
    words: str
    kind: SettingKind
    hint: str = ""
    unit: Literal["", "days", "people"] = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_on_scale(self) -> bool:
        """Whether the number means nothing without the scale of its question."""
        return self.kind in ("score", "points")

    def within(self, least: int, most: int, scale: tuple[int, int] | None) -> tuple[int, int]:
        """How far a number may go for its rule to fire now and then: a limit lies above the lowest score of the scale,
        and nobody falls by more than the whole of it."""
        if scale is None or not self.is_on_scale:
            return least, most
        lowest, highest = scale
        if self.kind == "points":
            return least, min(most, highest - lowest)
        return max(least, lowest + 1), min(most, highest)


QUESTION = Setting("question", gettext_noop("Question"), "question")
BELOW = Setting("below", gettext_noop("score below"), "score", gettext_noop("“Up to 6” is below 7."))
