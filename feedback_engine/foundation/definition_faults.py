"""Pure. What is wrong in a definition file: file, line, one plain sentence, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.plain_text import with_signs

MOST_TOLD = 50
"""How many faults are listed of a file; whoever mends those meets the others."""

KeyPath = tuple[str | int, ...]
"""The way to a value: mapping keys and list positions, from the outermost."""


@dataclass(frozen=True, slots=True)
class DefinitionFault:
    """One fault: `line` counts from 1 (0: the file as a whole); `pointer` is an RFC 6901 JSON pointer."""

    file: str
    line: int
    message: str
    remedy: str = ""
    pointer: str = ""

    @property
    def detail(self) -> str:
        """The fault and its remedy as text, without the place; what nobody sees of the file is written out."""
        return with_signs(f"{self.message} {self.remedy}".strip())

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.detail}"


class DefinitionError(Invalid):
    """A definition cannot be used; `definition_faults` holds every fault found, in the order of files and lines.

    Its message and its `faults` tell the first `MOST_TOLD` of them, and the message how many there are.
    """

    def __init__(self, faults: Iterable[DefinitionFault]) -> None:
        self.definition_faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        count = len(self.definition_faults)
        heading = "One fault was found" if count == 1 else f"{count} faults were found"
        told = self.definition_faults[:MOST_TOLD]
        more = [f"And {count - len(told)} more."] if count > len(told) else []
        super().__init__(
            "\n".join([f"{heading} in the definitions.", *map(str, told), *more]),
            [Fault(fault.pointer, str(fault)) for fault in told],
        )


def pointer_of(path: Sequence[str | int]) -> str:
    """The RFC 6901 JSON pointer of a path: `("stages", 0, "a/b")` is `/stages/0/a~1b`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def closest(word: object, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any is near."""
    names = sorted(set(known))
    close = get_close_matches(str(word)[:100].lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    return next(name for name in names if name.lower() == close[0]) if close else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """A question that names the closest known word, else the list of known words (at most 12), else nothing."""
    names = sorted(set(known))
    match = closest(word, names)
    if match:
        return f"Did you mean `{match}`?"
    if 0 < len(names) <= 12:
        return f"Known here: {', '.join(f'`{name}`' for name in names)}."
    return ""


def shortened(value: object, limit: int = 60) -> str:
    """A value as it may be quoted in a sentence: on one line, and never long."""
    text = str(value).replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"
