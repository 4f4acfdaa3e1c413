"""Pure. What one rule says about one event: passed, refused or deferred, and the numbers that made it say so.

A verdict is stored as code and numbers; words are made on reading, in the reader's language.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

OFF: Final = "o"
PASS: Final = "p"
REFUSE: Final = "r"
DEFER: Final = "d"

WORDS: Final = {OFF: "pass", PASS: "pass", REFUSE: "refuse", DEFER: "defer"}
"""How a result is called in the decision record; a rule that is off lets everything pass."""


class Verdict(NamedTuple):
    """`until`: microseconds since 1970 from which this rule would not fire any more, 0 where that is not known."""

    result: str
    until: int = 0
    numbers: tuple[Any, ...] = ()

    def as_document(self) -> str | list[Any]:
        """The verdict as JSON: `"p"`, `"o"`, or `["r", until, number, ...]`."""
        result, until, numbers = self
        return [result, until, *numbers] if until or numbers else result

    @classmethod
    def from_document(cls, document: str | list[Any]) -> Verdict:
        """The verdict behind its JSON."""
        if isinstance(document, str):
            return cls(document)
        return cls(document[0], document[1], tuple(document[2:]))

    @property
    def fired(self) -> bool:
        """Whether the rule stood in the way."""
        return self.result in (REFUSE, DEFER)


PASSED: Final = Verdict(PASS)
SWITCHED_OFF: Final = Verdict(OFF)


def on_hit(defers: bool, until: int, *numbers: Any) -> Verdict:
    """A verdict that stands in the way, by what the rule does when it fires."""
    return Verdict(DEFER if defers else REFUSE, until, numbers)
