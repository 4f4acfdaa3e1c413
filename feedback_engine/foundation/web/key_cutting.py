"""Pure. Cuts keys of ours out of words for people to read, in whatever spelling a mail program would read them."""

from __future__ import annotations

import re
from html import unescape

from feedback_engine.foundation.keys import TOKEN_LENGTH

_KEYS = re.compile(
    # A link's key. It stands in addresses that people and mail programs write in many ways.
    rf"(?=[_-]*[^\W_])[\w-]{{{TOKEN_LENGTH},}}"
    # The tag of an address that replies go to: what it is about, and a keyed hash of that in base32. Mail programs
    # break lines at a hyphen, and quote what they broke.
    r"|[a-z][0-9]{1,15}-[\s>]*[a-z2-7]{26,}",
    re.ASCII | re.IGNORECASE,
)
_SPELLED = re.compile(
    r"[%=](?P<byte>[0-9a-f]{2})"  # in an address, or quoted-printable (RFC 2045, 6.7)
    r"|&(?:#[0-9]{1,9}|#x[0-9a-f]{1,8}|[a-z][a-z0-9]{1,31});?"  # in a page
    r"|=[ \t]*\r?\n|</?[a-z]+ ?/?>|[\u00ad\u200b-\u200d\u2060\ufeff]",  # what parts a word and is not read
    re.IGNORECASE,
)
_ROUNDS = 4
"""How often a spelling may be spelled again: an address in a page in a mail, and once more."""


def without_keys(words: str) -> str:
    """The same with "…" for each key; the plus of an address, its names and all else stay as they are spelled."""
    read, places = _as_read(words)
    kept, end = [], 0
    for found in _KEYS.finditer(read):
        kept += [words[end : places[found.start()]], "…"]
        end = places[found.end()]
    return "".join([*kept, words[end:]])


def _as_read(words: str) -> tuple[str, list[int]]:
    """What a mail program reads, and where each of its characters begins in `words`; last, where these end."""
    places = list(range(len(words) + 1))
    for _ in range(_ROUNDS):
        read, kept, end = [], [], 0
        for found in _SPELLED.finditer(words):
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
    return unescape(found[0]) if found[0].startswith("&") else ""
