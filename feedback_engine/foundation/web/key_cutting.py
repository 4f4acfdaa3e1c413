"""Pure. Cuts keys of ours out of words for people to read, in whatever spelling a mail program would read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from feedback_engine.foundation.keys import TOKEN_LENGTH

_KEYS = re.compile(
    # A link's key behind its address, in lines that a mail program broke and quoted.
    rf"(?<=/[a-z]/)(?=[\w-]{{12}})(?:[\w-][\s>]*){{{TOKEN_LENGTH - 1}}}[\w-]+"
    # A link's key anywhere, whole or but for the first signs, which are the same in all.
    rf"|[\w-]{{{TOKEN_LENGTH - 8},}}"
    # The tag of an address that replies go to: what it is about, and a keyed hash of that in base32. Mail programs
    # break lines at a hyphen, and quote what they broke.
    r"|[a-z][0-9]{1,15}-[\s>]*(?:[a-z2-7][\s>]*){25}[a-z2-7]+",
    re.ASCII | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]")
_UNREAD = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
"""Signs that part a word and are not read (Unicode's Default_Ignorable_Code_Point, but for those of scripts)."""
_SPELLED = re.compile(
    r"[%=](?P<byte>[0-9a-f]{2})"  # in an address, or quoted-printable (RFC 2045, 6.7)
    r"|&(?:#[0-9]{1,30}|#x[0-9a-f]{1,30}|[a-z][a-z0-9]{1,31});?"  # in a page
    rf"|=[ \t]*\r?\n|</?[a-z]+ ?/?>|[{_UNREAD}]"  # what parts a word and is not read
    r"|(?P<wide>[\uff01-\uff5e])|(?P<hyphen>[\u2010\u2011])",
    re.IGNORECASE,
)
_MARKED = re.compile(r"(?P<byte>(?!))(?P<wide>(?!))(?P<hyphen>(?!))|<!--[^<>]*-->|</?[a-z][^<>]*>", re.IGNORECASE)
"""Marks of a page with all they hold, an address perhaps: left out only after the keys in them are cut."""
_ROUNDS = 6
"""How often a spelling may be spelled again: an address in a page in a mail, and a few times more."""


def without_keys(words: str) -> str:
    """The same with "…" for each key; the plus of an address, its names and all else stay as they are spelled."""
    for spelled in (_SPELLED, _MARKED):
        words = _cut(words, *_as_read(words, spelled))
    return words


def _cut(words: str, read: str, places: Sequence[int]) -> str:
    kept, end = [], 0
    for found in _KEYS.finditer(read):
        if _WORD.search(found[0]):  # and no line drawn with hyphens
            kept += [words[end : places[found.start()]], "…"]
            end = places[found.end()]
    return "".join([*kept, words[end:]])


def _as_read(words: str, spelled: re.Pattern[str]) -> tuple[str, list[int]]:
    """What a mail program reads, and where each of its characters begins in `words`; last, where these end."""
    places = list(range(len(words) + 1))
    for _ in range(_ROUNDS):
        read, kept, end = [], [], 0
        for found in spelled.finditer(words):
            said = _said(found)
            read += [words[end : found.start()], said]
            kept += [*places[end : found.start()], *[places[found.start()]] * len(said)]
            end = found.end()
        if not end:
            break
        words, places = "".join([*read, words[end:]]), [*kept, *places[end:]]
    return words, places


def _said(found: re.Match[str]) -> str:
    """What a spelling stands for; nothing for what only parts a word."""
    if found["byte"]:
        return chr(int(found["byte"], 16))
    if found["wide"]:
        return chr(ord(found["wide"]) - 0xFEE0)
    if found["hyphen"]:
        return "-"
    return unescape(found[0]) if found[0].startswith("&") else ""
