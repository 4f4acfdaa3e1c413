"""Pure. What a name or text of an event may look like, wherever it comes from; a check says what is wrong, or None."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TypeGuard

NAME_LENGTH = 512
CONTACT_FIELDS = ("email", "name", "role", "language", "time_zone")
_FORBIDDEN = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
"""Control characters, surrogates, unassigned code points, line and paragraph separators."""


def are_plain_names(values: Sequence[object]) -> TypeGuard[Sequence[str]]:
    """Whether nothing is wrong with these names, found at once for the many that are plain; False says nothing yet."""
    try:
        joined = "".join(values)  # type: ignore[arg-type]
    except TypeError:
        return False
    lengths = list(map(len, values))  # type: ignore[arg-type]
    is_plain = joined.isascii() and joined.isprintable() and " " not in joined
    return is_plain and min(lengths) > 0 and max(lengths) <= NAME_LENGTH


def name_fault(value: object) -> str | None:
    """What is wrong with an event's id, source, type or subject."""
    if not isinstance(value, str):
        return "must be a text"
    if not value.strip():
        return "must not be empty"
    if len(value) > NAME_LENGTH:
        return f"has {len(value)} characters; at most {NAME_LENGTH} are kept"
    return text_fault(value)


def text_fault(value: object) -> str | None:
    """What is wrong with a text of one line: control characters and line breaks are refused, at its ends too."""
    if not isinstance(value, str):
        return "must be a text"
    if value.isascii() and value.isprintable():
        return None
    if any(unicodedata.category(character) in _FORBIDDEN for character in value):
        return "holds a control character or a line break; send it as one plain line"
    return None


def escape_pointer(token: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")
