"""Pure. One line of text as people type it: trimmed, composed, and free of control characters."""

from __future__ import annotations

from unicodedata import category, normalize

from feedback_engine.foundation.i18n import gettext

# Control characters, surrogates (which no database can store), and the two separators that break lines.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What turns the direction of all text after it, so that a name reads as another one (Unicode TR 36, 3.1).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def find_refused(text: str) -> str | None:
    """The first character that has no place in one line of text, as `U+0000`; None when all are fine."""
    if text.isascii() and text.isprintable():
        return None
    return next((f"U+{ord(sign):04X}" for sign in text if sign in _TURNING or category(sign) in _REFUSED), None)


def one_line(text: str, longest: int) -> str:
    """`text` trimmed and in Unicode's composed form (NFC).

    Raises ValueError when it is longer than `longest` characters or holds a line break or control character.
    """
    trimmed = normalize("NFC", text.strip()) if not text.isascii() else text.strip()
    refused = find_refused(trimmed)
    if refused is not None:
        raise ValueError(gettext("It holds the control character {code}; write one line of plain text.", code=refused))
    if len(trimmed) > longest:
        raise ValueError(gettext("It is longer than {longest} characters; shorten it.", longest=longest))
    return trimmed
