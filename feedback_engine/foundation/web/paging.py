"""Pure. Owns the walk through long lists: opaque cursors that name the last row seen, and limits."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as DecodingError
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext

PAGING = ("cursor", "limit")
"""The parameters by which a reader walks through a list."""
DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
_LONGEST_CURSOR = 1024
_MOST_DIGITS = 9
# Cursors carry numbers of rows; a database driver fails on more than 64 bits.
_LARGEST_NUMBER = 2**63 - 1

CursorPart = str | int | None
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, and the cursor of the next; None at the end."""

    rows: Sequence[Row]
    next_cursor: str | None

    def document(self, present: Callable[[Row], Any]) -> dict[str, Any]:
        """The answer of a list in the API: `{"data": [...], "next_cursor": ...}`."""
        return {"data": [present(row) for row in self.rows], "next_cursor": self.next_cursor}


def limit_of(arguments: Mapping[str, str], default: int = DEFAULT_LIMIT, largest: int = LARGEST_LIMIT) -> int:
    """The `limit` a reader asked for, 1..`largest`. Raises Invalid with the pointer `/limit`."""
    text = arguments.get("limit", "")
    if not text:
        return default
    readable = len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit()
    limit = int(text) if readable else 0
    if not 1 <= limit <= largest:
        words = gettext("Give a whole number from 1 to {largest}.", largest=largest)
        raise Invalid(gettext("The limit cannot be used."), [Fault("/limit", words)])
    return limit


def cursor_of(arguments: Mapping[str, str], length: int) -> tuple[CursorPart, ...] | None:
    """The parts of the `cursor` a reader sent, or None on the first page.

    `length` is the number of parts the list put into it. Raises Invalid with the pointer `/cursor`.
    """
    text = arguments.get("cursor", "")
    if not text:
        return None
    parts = _decode(text)
    if parts is None or len(parts) != length:
        raise unknown_cursor()
    return parts


def cursor_id(arguments: Mapping[str, str]) -> UUID | None:
    """The id that the `cursor` holds; None on the first page. Raises Invalid for any other cursor."""
    parts = cursor_of(arguments, 1)
    if not parts:
        return None
    try:
        return UUID(str(parts[0]))
    except ValueError:
        raise unknown_cursor() from None


def unknown_cursor() -> Invalid:
    """The refusal of a cursor that names no row of ours."""
    words = gettext("Take next_cursor from the page before, unchanged, or leave it out.")
    return Invalid(gettext("The cursor is not one of ours."), [Fault("/cursor", words)])


def page_of(rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[CursorPart, ...]]) -> Page[Row]:
    """Cut `limit` rows out of up to `limit + 1` that were read; `key` gives the cursor parts of a row."""
    shown = rows[:limit]
    return Page(shown, encode_cursor(*key(shown[-1])) if len(rows) > limit else None)


def encode_cursor(*parts: CursorPart) -> str:
    """A cursor out of strings and whole numbers; ids and instants go in as text."""
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(text: str) -> tuple[CursorPart, ...] | None:
    if len(text) > _LONGEST_CURSOR or not text.isascii():
        return None
    try:
        parts = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (DecodingError, ValueError, RecursionError):
        return None
    return tuple(parts) if isinstance(parts, list) and all(_is_part(part) for part in parts) else None


def _is_part(part: object) -> bool:
    """Whether a value may stand in a cursor: nothing, a row's number, or text that every database keeps."""
    if isinstance(part, str):
        return "\x00" not in part and not any("\ud800" <= character <= "\udfff" for character in part)
    return part is None or (type(part) is int and 0 <= part <= _LARGEST_NUMBER)
