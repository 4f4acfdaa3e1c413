"""Pure. Cuts keys of ours out of words for people to read, in whatever spelling a mail program would read them.

What is a key its signature says. So the words are read in every way in which a program might read them, with all taken
out that is no sign of a key, and whoever made the keys finds theirs in what is left.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
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
_ESCAPED = re.compile("(?:u00|x)([0-9a-fA-F]{2})")
_GUARDED = {"2D": "-", "5F": "_"}
"""What a guard of mail writes behind a hyphen into its own address for a sign of ours (Proofpoint)."""
_ENCODED = re.compile(r"([\w+-]{64,}+)={0,2}", re.ASCII)
"""What may be base64 of an address with a key."""
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
    re.compile(r"^(?:[ \t>|]*+\w{1,8}+>)++", re.MULTILINE),  # who is quoted, by initials
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
    for run in _ENCODED.finditer(words):
        if any(True for read in _unpacked(run[1]) for _ in find_keys(read)):
            yield run.span()


def _unpacked(run: str) -> Iterator[str]:
    """The signs of a key in what a run of base64 says, wherever it begins: what touches it may have shifted it."""
    for begins in range(4):
        whole = f"{run[begins:]}AAA"
        said = urlsafe_b64decode(whole[: len(whole) // 4 * 4]).decode("latin-1")
        yield "".join(_SIGNS.findall(said))


def _readings(words: str) -> Iterator[tuple[str, list[int]]]:
    """What may be read, and where each of its signs begins in `words`; last, where these end."""
    plain = words.translate(_PLAIN)
    for below, begins in (*((each, "[&%=\\\\]") for each in _BYTES), (_BYTES[1], "[&%=\\\\-]")):
        read, places = _decoded(plain, below, begins)
        for mark in _MARKS:
            yield mark.sub(lambda found: " " * len(found[0]), read), places


def _decoded(words: str, below: int, begins: str) -> tuple[str, list[int]]:
    """The words with every spelling read that `begins` so, bytes only `below` that one, and so on while what was read
    spells again.

    From the end, so that behind each sign stands what has been read to the last: each is looked at once.
    """
    if not below:
        return words, list(range(len(words) + 1))
    signs: list[str] = []
    places, end = [len(words)], len(words)
    for found in reversed(list(re.finditer(begins, words))):
        at, sign = found.start(), found[0]
        signs.extend(words[end - 1 : at : -1])
        places.extend(range(end - 1, at, -1))
        while said := _said(sign, signs, below):
            was, (sign, length) = sign, said
            del signs[len(signs) - length :], places[len(places) - length :]
            if was == "-":  # a guard writes each sign once
                break
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
    if sign == "\\":
        escaped = _ESCAPED.match("".join(behind[:-6:-1]))
        return (chr(int(escaped[1], 16)), escaped.end()) if escaped and int(escaped[1], 16) < below else None
    if sign == "-":
        guarded = _GUARDED.get("".join(behind[:-3:-1]))
        return (guarded, 2) if guarded else None
    if sign in "%=" and len(behind) > 1 and behind[-1] in hexdigits and behind[-2] in hexdigits:
        code = int(behind[-1] + behind[-2], 16)
        return (chr(code), 2) if code < below else None
    return None
