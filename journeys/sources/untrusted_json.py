"""Pure. Reads JSON that anybody may have sent: bounded in size and depth before it is parsed, free of NUL after."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import orjson

from feedback_engine.foundation.errors import Fault, Invalid
from journeys.sources.checks import escape_pointer

MAX_DEPTH = 64
MOST_OPENINGS = 400_000
MOST_QUOTES = 1_000_000
"""Signs in one body: far more than ten thousand events have, and few enough to look through in a blink."""
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_OTHER = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_STEP = {ord("["): 1, ord("]"): -1}


def parse_json(body: bytes) -> Any:
    """The value of a JSON document. Raises Invalid when it is none, or is nested more than 64 deep."""
    openings = body.count(b"[") + body.count(b"{")
    if openings > MOST_OPENINGS or body.count(b'"') > MOST_QUOTES:
        raise _invalid("The JSON has too many parts; send fewer events at once.")
    if depth_of(body) > MAX_DEPTH:
        raise _invalid(f"The JSON is nested more than {MAX_DEPTH} deep; send flat attributes.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _invalid(f"The body is not JSON: {error}.") from error


def depth_of(body: bytes) -> int:
    """How deep brackets are nested outside texts, found without parsing, because a parser could be made to recurse."""
    bare = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ONE_KIND, _OTHER)
    brackets = b"".join(bare.split(b'"')[::2])
    depth = 0
    # Flat events are empty after three rounds, each of which takes away what is innermost everywhere.
    while b"[]" in brackets and depth < MAX_DEPTH:
        brackets = brackets.replace(b"[]", b"")
        depth += 1
    return depth + max(accumulate(_STEP[sign] for sign in brackets), default=0)


def may_hold_nul(body: bytes) -> bool:
    """Whether a text of this JSON can hold NUL: it is only ever written as an escape, a bare one is no JSON."""
    return b"\\u0000" in body


def find_nul(value: Any, pointer: str = "") -> str | None:
    """The JSON pointer to a text that holds the character NUL, which no database text can keep; None without."""
    if isinstance(value, str):
        return pointer if "\x00" in value else None
    if isinstance(value, dict):
        for key, inner in value.items():
            if "\x00" in key:
                return pointer
            if (found := find_nul(inner, f"{pointer}/{escape_pointer(key)}")) is not None:
                return found
    if isinstance(value, list):
        for place, inner in enumerate(value):
            if (found := find_nul(inner, f"{pointer}/{place}")) is not None:
                return found
    return None


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, [Fault("", detail)])
