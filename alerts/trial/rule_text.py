"""Pure. Writes a rule behind the others of an alert file, and leaves every other line of the text as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from alerts.trial.scanned import scanned
from feedback_engine.foundation.definitions import Loaded, scan
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import as_counted
from feedback_engine.foundation.yaml_positions import plain_scalar

_EMPTY = re.compile(r"rules:\s*(\[\s*\]|~|null)?\s*(#.*)?")
_ITEM = re.compile(r"( *)-(\s|$)")
_START = re.compile(r"---\s*(#.*)?")
_WHOLE = re.compile(r"(---)?\s*\{")
_END = re.compile(r"\.\.\.(\s|$)")
_PUT_OUT_OF_USE = re.compile(r"#( *)- +[\w\"']+ *:")
"""How a rule begins that stands behind a `#` at the margin."""
_PLAIN = re.compile(r"\w([\w ./@\-]*[\w./@\-])?")
"""What stands without quotes between brackets too; everything else is quoted."""
_WIDTH = 120


class TakesNone(Exception):
    """A text that takes no rule; `words` say why, for whoever looks at the form."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def with_rule(text: str, rule: Mapping[str, Any]) -> str:
    """The text with one rule more. Raises TakesNone where only a person can say where it belongs, and where the file
    would be none any more."""
    text = as_counted(text)
    loaded = scanned(text)
    if loaded.faults:
        raise TakesNone(gettext("It cannot be read: go back, and the bench says what is wrong."))
    value = {} if loaded.value is None else loaded.value
    if not isinstance(value, dict):
        raise TakesNone(gettext("It is no file of alerts: it holds no line “rules:”."))
    rules = value.get("rules") or []
    if not isinstance(rules, list):
        raise TakesNone(gettext("What stands under “rules:” is no list of rules."))
    written = _written(text, loaded, rules, rule)
    # Whatever a text may look like: it is read again, and has to say the same as before and the rule.
    again = scanned(written)
    if again.faults:
        wrong = again.faults[0].detail
        raise TakesNone(gettext("With one more rule the file could not be read: {fault}", fault=wrong))
    if again.value != {**value, "rules": [*rules, rule]}:
        raise TakesNone(gettext("Where its rules end cannot be told; write the rule into the file."))
    return written


def holds(text: str) -> bool:
    """Whether a file can hold this on one line."""
    return not scan(json.dumps(text, ensure_ascii=False), name="").faults


def only_adds(text: str, other: str) -> bool:
    """Whether `other` says what `text` says and holds more rules behind the others."""
    one, two = scanned(text).value, scanned(other).value
    if not isinstance(one, dict) or not isinstance(two, dict):
        return False
    before, after = one.get("rules") or [], two.get("rules")
    if not isinstance(before, list) or not isinstance(after, list) or len(after) <= len(before):
        return False
    return after[: len(before)] == before and {**two, "rules": None} == {**one, "rules": None}


def keys_of(text: str) -> set[str]:
    """The keys of the rules in a text."""
    value = scanned(text).value
    rules = value.get("rules") if isinstance(value, dict) else None
    return {str(rule.get("key")) for rule in rules if isinstance(rule, dict)} if isinstance(rules, list) else set()


# ---- where it belongs


def _written(text: str, loaded: Loaded, rules: Sequence[Any], rule: Mapping[str, Any]) -> str:
    lines = text.split("\n")
    if _WHOLE.match(lines[loaded.line(()) - 1]):
        raise TakesNone(gettext("It stands between brackets as a whole: go back and write it on lines."))
    if not loaded.value or "rules" not in loaded.value:
        start = next((number for number, line in enumerate(lines, start=1) if _START.fullmatch(line)), 0)
        return "\n".join([*lines[:start], "rules:", *_item(rule, "  "), "", *lines[start:]])
    head = loaded.line(("rules",)) - 1
    if not rules:
        empty = _EMPTY.fullmatch(lines[head])
        if empty is None:
            raise _between_brackets()
        lines[head] = f"rules:  {empty[2]}" if empty[2] else "rules:"
        return "\n".join([*lines[: head + 1], *_item(rule, "  "), *lines[head + 1 :]])
    indent = _indent(lines, loaded.line(("rules", 0)) - 1)
    behind = _end_of_rules(lines, loaded, head)
    return "\n".join([*lines[:behind], *_item(rule, indent), *lines[behind:]])


def _between_brackets() -> TakesNone:
    return TakesNone(gettext("Its rules stand between brackets: go back and write each on lines of its own."))


def _indent(lines: Sequence[str], first: int) -> str:
    """What stands before the dash of the first rule, which may stand on a line above it."""
    found = _ITEM.match(lines[first])
    while found is None and first > 0:
        first -= 1
        line = lines[first].split("#")[0].rstrip()
        found = _ITEM.fullmatch(line)
        if line and found is None:
            break
    if found is None:
        raise _between_brackets()
    return found[1]


def _end_of_rules(lines: Sequence[str], loaded: Loaded, head: int) -> int:
    """How many lines stand before the end of the rules.

    What is said at the margin above the next part is of that. Of the rules is what stands right below them and ends
    with a blank line, and a rule that was put out of use, wherever it stands.
    """
    later = [loaded.line((key,)) - 1 for key in loaded.value if loaded.line((key,)) - 1 > head]
    last = min(later, default=len(lines))
    ended = next((number for number in range(head, last) if _END.match(lines[number])), last)
    end = ended
    while end > head and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    begins = at = end
    while at < ended:
        stop = _end_of_remark(lines, at, ended)
        is_right_above_next = stop == last < len(lines)
        is_right_below = at == begins and not is_right_above_next
        end = stop if is_right_below else _end_of_unused(lines, at, stop) or end
        at = max(stop, at + 1)
    return end


def _end_of_remark(lines: Sequence[str], start: int, stop: int) -> int:
    """Where the lines at the margin that begin here end; `start` where none do."""
    return next((number for number in range(start, stop) if not lines[number].startswith("#")), stop)


def _end_of_unused(lines: Sequence[str], start: int, stop: int) -> int | None:
    """Where the rules behind a `#` at the margin that begin here end; None where none do."""
    begins = _PUT_OUT_OF_USE.match(lines[start])
    if begins is None:
        return None
    within = re.compile(rf"#{begins[1]}(- |  )")
    return next((number for number in range(start, stop) if not within.match(lines[number])), stop)


# ---- how it is written


def _item(rule: Mapping[str, Any], indent: str) -> list[str]:
    lines = list(_lines(rule, f"{indent}  "))
    return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]


def _lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Each value on a line of its own; what is too long for one goes over several."""
    for key, value in values.items():
        line = f"{indent}{_flow(key)}: {_flow(value)}"
        if len(line) <= _WIDTH or not isinstance(value, Mapping | list):
            yield line
        elif isinstance(value, Mapping):
            yield f"{indent}{_flow(key)}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield from _wrapped(f"{indent}{_flow(key)}: [", [_flow(inner) for inner in value], f"{indent}  ")


def _wrapped(line: str, items: Sequence[str], indent: str) -> Iterator[str]:
    """A list between brackets, over lines."""
    for number, item in enumerate(items):
        ended = f"{item}," if number < len(items) - 1 else f"{item}]"
        if number and len(line) + 1 + len(ended) > _WIDTH:
            yield line
            line = f"{indent}{ended}"
        else:
            line = f"{line} {ended}" if number else f"{line}{ended}"
    yield line


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if not isinstance(value, str):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and plain_scalar(value) == (value, "")
    return value if is_plain else json.dumps(value, ensure_ascii=False)
