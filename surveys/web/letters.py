"""Owns survey pages drawn once for many readers: letters with gaps that are filled in for each of them.

What a reader sees differs from what the next one sees by a few words: names, what happened, the links. A page is
drawn by its templates once for each survey version, language and tapped score; after that only the gaps are filled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import escape

from feedback_engine.foundation import ids
from surveys.program import Program

# Signs of the private use area, which no template escapes or changes; what follows the first is known to nobody, so
# that no text of a program can look like a gap.
_OPEN, _CLOSE = f"\ue000{ids.new_secret().hex()}.", "\ue001"
_GAP = re.compile(f"{_OPEN}([A-Za-z0-9_.]+){_CLOSE}")
_MOST = 512


@dataclass(frozen=True, slots=True)
class Letter:
    """A page with gaps: text, gap, text, gap, ..., text; and the hashes of the styles that its policy allows."""

    texts: tuple[str, ...]
    gaps: tuple[str, ...]
    style_hashes: tuple[str, ...]

    def fill(self, words: Mapping[str, str]) -> str:
        """The page for a reader; every word is escaped, as the templates would have done."""
        escaped = {name: str(escape(word)) for name, word in words.items()}
        parts = [self.texts[0]]
        for gap, text in zip(self.gaps, self.texts[1:], strict=True):
            parts += (escaped[gap], text)
        return "".join(parts)


def gap(name: str) -> str:
    """What to draw where the word `name` will be filled in."""
    return f"{_OPEN}{name}{_CLOSE}"


def read_letter(drawn: str, style_hashes: tuple[str, ...]) -> Letter:
    """The letter that was drawn with gaps in it."""
    parts = _GAP.split(drawn)
    return Letter(tuple(parts[::2]), tuple(parts[1::2]), style_hashes)


class Letters:
    """The letters of one application, in the words of the program in force."""

    def __init__(self) -> None:
        self._program: Program | None = None
        self._letters: dict[object, Letter] = {}

    def get(self, key: object, program: Program, make: Callable[[], Letter]) -> Letter:
        """The letter of a key, made at the first call; another program makes every letter anew."""
        if program is not self._program:
            if program != self._program:
                self._letters = {}
            self._program = program
        letter = self._letters.get(key)
        if letter is None:
            if len(self._letters) >= _MOST:
                self._letters = {}
            letter = self._letters[key] = make()
        return letter
