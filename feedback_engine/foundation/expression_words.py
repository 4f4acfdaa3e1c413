"""Pure. A condition told in words: `!has(event.renewal) || !event.renewal` is "renewal is not known or renewal is no".

Comparisons of variables with values, joined by `&&`, `||` and brackets, are told; of whatever goes beyond them the
reader gets the expression alone, because words that are almost right mislead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from feedback_engine.foundation.i18n import format_datetime, format_measure, gettext, gettext_noop

NameOf = Callable[[str], str]
"""The words for a variable such as `partner.tier`."""

_TOKEN = re.compile(
    r"(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<text>'[^'\\\n]*'|\"[^\"\\\n]*\")|(?P<sign>&&|\|\||[=!<>]=|[<>!()\[\],])|(?P<space>\s+)"
)
_COMPARED = {
    "==": gettext_noop("{name} is {value}"),
    "!=": gettext_noop("{name} is not {value}"),
    "<": gettext_noop("{name} is less than {value}"),
    "<=": gettext_noop("{name} is at most {value}"),
    ">": gettext_noop("{name} is more than {value}"),
    ">=": gettext_noop("{name} is at least {value}"),
}
_INSTANTS = {
    "<": gettext_noop("{name} is before {value}"),
    "<=": gettext_noop("{name} is not after {value}"),
    ">": gettext_noop("{name} is after {value}"),
    ">=": gettext_noop("{name} is not before {value}"),
}
_METHODS = ("startsWith", "endsWith", "contains")


class _Beyond(Exception):
    """The condition says something for which there are no words here."""


def in_words(source: str, name_of: NameOf) -> str | None:
    """The condition as half a sentence: "tier is gold and amount is more than 1,000"; None when it goes beyond that."""
    try:
        return _Teller(_tokens(source), name_of).whole()
    except _Beyond:
        return None


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None or token.lastgroup is None:
            raise _Beyond
        if token.lastgroup != "space":
            found.append((token.lastgroup, token[0]))
        at = token.end()
    return found


class _Teller:
    """Reads tokens from left to right, with the precedence of CEL, and returns words."""

    def __init__(self, tokens: list[tuple[str, str]], name_of: NameOf) -> None:
        self._tokens = tokens
        self._name_of = name_of

    def whole(self) -> str:
        words = self._any_of()
        if self._tokens:
            raise _Beyond
        return words

    def _any_of(self) -> str:
        choices = [self._all_of()]
        while self._took("||"):
            choices.append(self._all_of())
        if len(choices) == 1:
            return _all(choices[0])
        # "a and b or c" has two readings for people, so what belongs together stands in brackets.
        words, *others = (_all(parts) if len(parts) == 1 else f"({_all(parts)})" for parts in choices)
        for other in others:
            words = gettext("{one} or {other}", one=words, other=other)
        return words

    def _all_of(self) -> list[str]:
        parts = [self._single()]
        while self._took("&&"):
            parts.append(self._single())
        return parts

    def _single(self) -> str:
        if self._took("("):
            words = f"({self._any_of()})"
            self._need(")")
            return words
        negated = self._took("!")
        written = self._next("name")
        if written == "has":
            return self._presence(negated)
        path, _, method = written.rpartition(".")
        if path and method in _METHODS and not negated and self._took("("):
            return self._method(path, method)
        if self._tokens and self._tokens[0][1] in (*_COMPARED, "in"):
            if negated:
                raise _Beyond
            return self._comparison(self._name_of(written))
        answer = gettext("no") if negated else gettext("yes")
        return gettext("{name} is {value}", name=self._name_of(written), value=answer)

    def _presence(self, negated: bool) -> str:
        self._need("(")
        name = self._name_of(self._next("name"))
        self._need(")")
        return gettext("{name} is not known", name=name) if negated else gettext("{name} is known", name=name)

    def _method(self, path: str, method: str) -> str:
        value = self._value()
        self._need(")")
        named = {"name": self._name_of(path), "value": value}
        if method == "startsWith":
            return gettext("{name} begins with {value}", **named)
        if method == "endsWith":
            return gettext("{name} ends with {value}", **named)
        return gettext("{name} contains {value}", **named)

    def _comparison(self, name: str) -> str:
        _, operator = self._tokens.pop(0)
        if self._tokens[:1] == [("name", "timestamp")] and operator in _INSTANTS:
            return gettext(_INSTANTS[operator], name=name, value=self._value())
        if operator != "in":
            return gettext(_COMPARED[operator], name=name, value=self._value())
        self._need("[")
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._need("]")
        return gettext("{name} is one of {values}", name=name, values=", ".join(values))

    def _value(self) -> str:
        if not self._tokens:
            raise _Beyond
        kind, written = self._tokens.pop(0)
        if kind == "number":
            return format_measure(float(written))
        if kind == "text":
            return f"“{written[1:-1]}”"
        if written in ("true", "false"):
            return gettext("yes") if written == "true" else gettext("no")
        if written == "timestamp":
            return self._instant()
        raise _Beyond

    def _instant(self) -> str:
        self._need("(")
        written = self._next("text")[1:-1]
        self._need(")")
        try:
            return format_datetime(datetime.fromisoformat(written), "UTC") + " UTC"
        except ValueError:
            raise _Beyond from None

    def _took(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("sign", sign):
            del self._tokens[0]
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise _Beyond

    def _next(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise _Beyond
        return self._tokens.pop(0)[1]


def _all(parts: list[str]) -> str:
    words, *others = parts
    for other in others:
        words = gettext("{one} and {other}", one=words, other=other)
    return words
