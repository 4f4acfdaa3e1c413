"""Pure. Cuts keys of ours out of words for people to read, in whatever spelling a mail program would read them.

What is a key its signature says. So the words are read in every way in which a program might read them, with all taken
out that is no sign of a key, and whoever made the keys finds theirs in what is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from html.entities import html5
from string import hexdigits
from unicodedata import normalize

FindKeys = Callable[[str], Iterable[tuple[int, int]]]
"""Where in a run of ASCII letters, digits, hyphens and underscores the keys of ours begin and end."""

_SIGNS = re.compile(r"[\w-]+", re.ASCII)
_NAMED = re.compile(
    r"(?P<name>[a-zA-Z][a-zA-Z0-9]{1,31};)|#(?:[0-9]{1,30}|[xX][0-9a-fA-F]{1,30});?"
    # Names from before these had to end in a semicolon.
    rf"|{'|'.join(sorted((name for name in html5 if not name.endswith(';')), key=len, reverse=True))}"
)
_LONGEST = 34
"""Signs behind the first that spell one."""
_BYTES = (0x00, 0x80, 0x100)
"""Bytes below these are read where they are spelled `%41` or `=41`: none; those of ASCII alone, as a key may stand
behind an equals sign; all, as they also spell signs that part a word and are not read."""
_MARKS = (
    re.compile("(?!)"),  # none: a key may stand in a mark
    re.compile(
        r"<!--(?:-?>|.*?(?:--!?>|\Z))"
        r"|</?[a-z](?:=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?|[^>=])*+(?:>|\Z)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"<[^<>]*+>"),  # in words that are no page, where a quote need not end
)
"""What parts a word in a page and is not read. Each takes whatever it has looked at, so that it looks once."""


class _Plain(dict[int, str]):
    """Signs that stand for one of ASCII, such as wide ones, and the hyphens that programs write for our own."""

    def __missing__(self, code: int) -> str:
        sign = chr(code) if code < 0x80 else normalize("NFKC", chr(code))
        return sign if len(sign) == 1 else chr(code)


_PLAIN = _Plain(dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-"))


def without_keys(words: str, find_keys: FindKeys) -> str:
    """The same with "…" for each key, and for all that stands within one; all else stays as it is spelled."""
    kept, end = [], 0
    for begins, ends in sorted(_spans(words, find_keys)):
        if begins >= end:
            kept += [words[end:begins], "…"]
        end = max(end, ends)
    return "".join([*kept, words[end:]])


def _spans(words: str, find_keys: FindKeys) -> Iterator[tuple[int, int]]:
    """Where the keys in all readings of these words begin and end."""
    known: set[str] = set()
    for read, places in _readings(words):
        signs = "".join(_SIGNS.findall(read))
        found = [] if signs in known else list(find_keys(signs))
        known.add(signs)
        at = [place for run in _SIGNS.finditer(read) for place in range(*run.span())] if found else []
        for begins, ends in found:
            yield places[at[begins]], places[at[ends - 1] + 1]


def _readings(words: str) -> Iterator[tuple[str, list[int]]]:
    """What may be read, and where each of its signs begins in `words`; last, where these end."""
    plain = words.translate(_PLAIN)
    for below in _BYTES:
        read, places = _decoded(plain, below)
        for mark in _MARKS:
            yield mark.sub(lambda found: " " * len(found[0]), read), places


def _decoded(words: str, below: int) -> tuple[str, list[int]]:
    """The words with every spelling read, bytes only `below` that one, and so on while what was read spells again.

    From the end, so that behind each sign stands what has been read to the last: each is looked at once.
    """
    if not below:
        return words, list(range(len(words) + 1))
    signs: list[str] = []
    places, end = [len(words)], len(words)
    for found in reversed(list(re.finditer("[&%=]", words))):
        at, sign = found.start(), found[0]
        signs.extend(words[end - 1 : at : -1])
        places.extend(range(end - 1, at, -1))
        while said := _said(sign, signs, below):
            sign, length = said
            del signs[len(signs) - length :], places[len(places) - length :]
        signs.append(sign)
        places.append(at)
        end = at
    return words[:end] + "".join(reversed(signs)), [*range(end), *reversed(places)]


def _said(sign: str, behind: list[str], below: int) -> tuple[str, int] | None:
    """What a sign and those behind it, the last one first, spell, and how many of these; None where they spell none."""
    if sign == "&":
        found = _NAMED.match("".join(behind[: -_LONGEST - 1 : -1]))
        if found is None or (found["name"] and found[0] not in html5):
            return None
        return (unescape(f"&{found[0]}") or " ")[0].translate(_PLAIN), found.end()
    if sign in "%=" and len(behind) > 1 and behind[-1] in hexdigits and behind[-2] in hexdigits:
        code = int(behind[-1] + behind[-2], 16)
        return (chr(code), 2) if code < below else None
    return None
