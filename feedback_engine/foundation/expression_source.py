"""Pure. The source of a condition before it reaches CEL: what stands outside its strings, and the limits it must keep.

The CEL library bounds its loops but not the cost of a step, so these limits are what keeps an evaluation short:
measured on the worst sources they allow, 50 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_SOURCE_BYTES = 4096
MAX_LOOP_SOURCE = 1024
MAX_MATCHES = 4
MAX_PATTERN = 100

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)"""
    r"""|(?P<raw>\b(?:[rR][bB]?|[bB][rR])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*'))"""
    r"""|(?P<text>(?:\"{3}(?:\\.|.)*?\"{3}|'{3}(?:\\.|.)*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))""",
    re.DOTALL,
)
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter)\s*\(")
_MATCHES = re.compile(r"\bmatches\b")
_PLAIN_MATCHES = re.compile(
    r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*\s*\.\s*matches\s*\(\s*(?P<pattern>[rR]?[\"'][ ]*[\"'])\s*\)"
)
_NAME = re.compile(r"(?<!\w)[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*")
_HAS = re.compile(r"\bhas(?P<a>\s*)\((?P<b>\s*)(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<c>\s*)\)")
_COUNTED = re.compile(r"\{(?P<counts>[0-9,]*)\}")
_SPACES = re.compile(r"\s+")
_BY_ZERO = re.compile(r"[/%]\s*-?0+u?(?![\w.])")
_CONVERTED_TEXT = re.compile(r"(?<![\w.])(?:timestamp|duration|int|uint|double|bool)\s*\(\s*[rR]?([\"'])\s*\1\s*\)")

HAS = "has_"
"""`has(event.score)` reads the variable `event.score.has_`, which says whether the event has a score."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a condition, and where; lines and columns count from 1, line 0 means the whole."""

    line: int
    column: int
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.message} {self.remedy}".strip()


def masked(source: str) -> str:
    """The source with comments and the insides of strings blanked, character for character."""

    def blank(found: re.Match[str]) -> str:
        token = found[0]
        if found.lastgroup == "comment":
            return " " * len(token)
        start = re.match(r"[rRbB]*", token)
        prefix = start[0] if start else ""
        quote = token[len(prefix)]
        inside = "".join("\n" if character == "\n" else " " for character in token[len(prefix) + 1 : -1])
        return f"{prefix}{quote}{inside}{quote}"

    return _TOKEN.sub(blank, source)


def limits_broken(source: str) -> Problem | None:
    """The first limit that a source breaks, or None."""
    if not source.strip():
        return Problem(0, 0, "The condition is empty.", "Write one, or leave `condition` out.")
    try:
        size = len(source.encode())
    except UnicodeEncodeError:
        return Problem(0, 0, "The condition holds half a character.", "Type it anew.")
    if size > MAX_SOURCE_BYTES:
        return Problem(0, 0, f"The condition has {size} bytes; {MAX_SOURCE_BYTES} are allowed.", "Shorten it.")
    if "\0" in source:
        return Problem(0, 0, "The condition holds a NUL character.", "Delete it.")
    if "`" in masked(source):
        line, column = place_of(source, masked(source).index("`"))
        return Problem(line, column, "Backquotes are not allowed.", "Write `partner.attributes['the name']`.")
    return _loops_broken(source) or _patterns_broken(source)


def _loops_broken(source: str) -> Problem | None:
    visible = masked(source)
    loops = list(_LOOP.finditer(visible))
    if len(loops) > 1:
        line, column = place_of(source, loops[1].start())
        return Problem(line, column, "Only one `all`, `exists`, `map` or `filter` is allowed.", "Use `in [...]`.")
    if loops and len(source) > MAX_LOOP_SOURCE:
        words = f"A condition with `all`, `exists`, `map` or `filter` may have {MAX_LOOP_SOURCE} characters."
        return Problem(*place_of(source, loops[0].start()), words, "Shorten it, or use `in [...]`.")
    if loops and _MATCHES.search(visible):
        return Problem(*place_of(source, loops[0].start()), "`matches` cannot stand beside a loop.", "Leave one out.")
    return None


def _patterns_broken(source: str) -> Problem | None:
    visible = masked(source)
    uses = list(_MATCHES.finditer(visible))
    if not uses:
        return None
    if len(uses) > MAX_MATCHES:
        words = f"`matches` stands more than {MAX_MATCHES} times."
        return Problem(*place_of(source, uses[MAX_MATCHES].start()), words, "Join the patterns with `|`.")
    plain = list(_PLAIN_MATCHES.finditer(visible))
    if len(plain) != len(uses):
        words = "`matches` takes a variable and one quoted pattern."
        return Problem(*place_of(source, uses[0].start()), words, "Write `event.name.matches('^DR-')`.")
    for use in plain:
        begin, end = use.span("pattern")
        fault = pattern_fault(source[begin:end].lstrip("rR")[1:-1])
        if fault:
            return Problem(*place_of(source, begin), *fault)
    return None


def pattern_fault(pattern: str) -> tuple[str, str] | None:
    """Why a regular expression could cost too much, and the remedy; None when it cannot."""
    if len(pattern) > MAX_PATTERN:
        return f"The pattern has more than {MAX_PATTERN} characters.", "Shorten it."
    if re.search(r"\\[pPuUxX0-7]", pattern):
        return "The pattern names characters by class or number.", "Write the characters themselves."
    for counted in _COUNTED.finditer(pattern):
        if pattern[: counted.start()].endswith((")", "}")):
            return "The pattern counts repetitions of a group.", "Use `*` or `+`, or write the group out."
        if any(int(count[:4]) > 20 for count in counted["counts"].split(",") if count):
            return "The pattern counts more than 20 repetitions.", "Use `*` or `+`."
    return None


def with_presence_variables(source: str, variables: Iterable[str]) -> str:
    """The source with each `has(event.score)` of a declared variable turned into `event.score.has_`.

    Declared names are whole variables to CEL, which would otherwise see no field to test. Both spellings have the
    same length, so columns in error messages stay true.
    """
    names = set(variables)
    visible = masked(source)
    pieces: list[str] = []
    end = 0
    for found in _HAS.finditer(visible):
        if _SPACES.sub("", found["name"]) in names:
            pad = found["a"] + found["b"] + found["c"]
            pieces += [source[end : found.start()], found["name"], ".", HAS, pad]
            end = found.end()
    return "".join([*pieces, source[end:]])


def names_in(source: str, variables: Iterable[str]) -> frozenset[str]:
    """The declared variables that a source mentions."""
    known = set(variables)
    used: set[str] = set()
    for found in _NAME.finditer(masked(source)):
        parts = _SPACES.sub("", found[0]).split(".")
        prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        used.update(name for name in prefixes if name in known)
    return frozenset(used)


def division_by_zero(source: str) -> Problem | None:
    """Where a source divides by a zero that stands in it, which fails whatever the values."""
    found = _BY_ZERO.search(masked(source))
    if found is None:
        return None
    return Problem(*place_of(source, found.start()), "The condition divides by zero.", "Divide by something else.")


def converted_texts(source: str) -> list[tuple[int, str]]:
    """Every `timestamp('...')` and its like over a quoted text, with its offset: each means one value, or none."""
    return [(found.start(), source[slice(*found.span())]) for found in _CONVERTED_TEXT.finditer(masked(source))]


def place_of(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
