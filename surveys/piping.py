"""Pure. Named fields in survey texts: `{event.deal}` becomes what this event said, and nothing else becomes anything.

There is no `str.format` and no template language for survey authors. A field is `{root.name}`, or
`{root.name|words to use when it is empty}`; any other brace is refused when the survey is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import escape

_FIELD = re.compile(r"\{([a-z]+)\.([A-Za-z_][A-Za-z0-9_]{0,63})(?:\|([^{}|]{0,120}))?\}")
_MOST = 200

BUILT_IN = frozenset({"contact.name", "contact.first_name", "partner.name", "program.name", "event.date"})
"""Fields that every survey may use; all others must be declared attributes of its touchpoint's event."""

Values = Mapping[str, str]
"""What each field stands for, by its whole name: `{"event.deal": "DR-2291"}`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `value` tells whether it was put in for a field."""

    text: str
    value: bool = False


def fields_in(text: str) -> frozenset[str]:
    """The names of the fields a text uses."""
    return frozenset(f"{match[1]}.{match[2]}" for match in _FIELD.finditer(text))


def fields_without_words(text: str) -> frozenset[str]:
    """The names of the fields for which a text has no words when they are empty."""
    return frozenset(f"{match[1]}.{match[2]}" for match in _FIELD.finditer(text) if not match[3])


def faults_in(text: str) -> list[str]:
    """What is wrong with the braces and field names of a text, each with what to write instead."""
    faults = []
    if set(_FIELD.sub("", text)) & {"{", "}"}:
        faults.append("A brace stands alone; write fields as {event.name} or {event.name|other words}.")
    for name in sorted(fields_in(text)):
        root = name.partition(".")[0]
        if root != "event" and name not in BUILT_IN:
            known = ", ".join(f"{{{field}}}" for field in sorted(BUILT_IN))
            faults.append(f"There is no field {{{name}}}; known are {known} and the declared {{event.…}} attributes.")
    return faults


def fill(text: str, values: Values) -> str:
    """The text with its fields filled in, as plain text on one line each; the caller escapes the whole."""
    return "".join(piece.text for piece in _pieces(text, values))


def fill_html(text: str, values: Values) -> str:
    """The text as HTML: everything escaped, each value isolated so that its writing direction stays its own."""
    return "".join(
        f"<bdi>{escape(piece.text)}</bdi>" if piece.value else escape(piece.text) for piece in _pieces(text, values)
    )


def clean(value: object) -> str:
    """A value as it may stand inside a sentence: one line, no control characters, at most 200 characters."""
    kept = " ".join(str(value).split())
    if not kept.isprintable():
        kept = "".join(sign for sign in kept if unicodedata.category(sign) not in ("Cc", "Cs"))
    return kept if len(kept) <= _MOST else kept[: _MOST - 1] + "…"


def _pieces(text: str, values: Values) -> Iterator[Piece]:
    end = 0
    for match in _FIELD.finditer(text):
        yield Piece(text[end : match.start()])
        value = clean(values.get(f"{match[1]}.{match[2]}", ""))
        yield Piece(value, value=True) if value else Piece(match[3] or "")
        end = match.end()
    yield Piece(text[end:])
