"""Pure. HTML of a mail as plain text: words, lines and quotes; nothing of it is ever run or fetched."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "math", "iframe", "object"})
_BLOCKS = frozenset(
    {"p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dl", "dt", "dd", "form"}
    | {"section", "article", "header", "footer", "address", "fieldset"}
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def as_text(html: str) -> str:
    """The words of a piece of HTML. What lies in a blockquote begins with `> `, as in plain mail."""
    if not html.strip():
        return ""
    reader = _Reader()
    # Not the standard library's parser: for a tag that never ends it takes the square of its length, or worse. It is
    # told that it reads a fragment, so that words before the first tag are not taken for a document's head.
    target: Any = reader
    parser: Any = etree.HTMLParser(target=target, huge_tree=True, no_network=True)
    etree.fromstring(f"<div>{html}", parser)
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in reader.lines())).strip()


class _Reader:
    """Collects the text; counts depths instead of keeping a tree, so that nothing nested can exhaust it."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        # The line is joined when it ends: to add to it piece by piece would take the square of its length.
        self._line: list[str] = []
        self._has_words = False
        self._silent = 0
        self._quotes = 0

    def start(self, tag: str, _attributes: Any) -> None:
        """A tag begins."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._break(always=True)
        elif tag == "blockquote":
            self._break()
            self._quotes += 1
        elif tag in _BLOCKS or tag == "hr":
            self._break()
            if tag == "p":
                self._lines.append(self._mark())
            if tag == "li":
                self._add("- ")

    def end(self, tag: str) -> None:
        """A tag ends, or the parser found that it must have."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "blockquote":
            self._break()
            self._quotes = max(0, self._quotes - 1)
        elif tag in _BLOCKS:
            self._break()
        elif tag in ("td", "th"):
            self._add(" ")

    def data(self, data: str) -> None:
        """Words between tags."""
        if not self._silent:
            words = _SPACES.sub(" ", data)
            self._add(words if self._has_words else words.lstrip())

    def close(self) -> None:
        """Nothing more comes."""

    def lines(self) -> list[str]:
        """All lines so far."""
        self._break()
        return self._lines

    def _add(self, words: str) -> None:
        self._line.append(words)
        self._has_words = self._has_words or bool(words.strip())

    def _break(self, *, always: bool = False) -> None:
        if self._has_words or always:
            self._lines.append(self._mark() + "".join(self._line).strip())
        self._line, self._has_words = [], False

    def _mark(self) -> str:
        return "> " * min(self._quotes, 3)
