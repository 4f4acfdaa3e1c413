"""Pure. Writes a rule behind the others of an alert file, and leaves every other line of the text as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from feedback_engine.foundation.definitions import Loaded, scan
from feedback_engine.foundation.yaml_positions import plain_scalar

_EMPTY = re.compile(r"rules:\s*(\[\s*\]|~|null)?\s*(#.*)?")
_ITEM = re.compile(r"( *)- ")
_PLAIN = re.compile(r"\w([\w ./@\-]*[\w./@\-])?")
"""What stands without quotes between brackets too; everything else is quoted."""


def with_rule(text: str, rule: Mapping[str, Any]) -> str | None:
    """The text with one rule more; None where only a person can say where it belongs: in a file that cannot be read,
    or whose rules stand between brackets."""
    loaded = scan(text, name="")
    if loaded.faults or not isinstance(loaded.value, dict):
        return None
    rules = loaded.value.get("rules") or []
    written = _written(text, loaded, rules, rule) if isinstance(rules, list) else None
    # Whatever a text may look like: it is read again, and has to say the same as before and the rule.
    again = scan(written, name="") if written is not None else None
    if again is None or again.faults or again.value != {**loaded.value, "rules": [*rules, rule]}:
        return None
    return written


def only_adds(text: str, other: str) -> bool:
    """Whether `other` says what `text` says and holds more rules behind the others."""
    one, two = scan(text, name="").value, scan(other, name="").value
    if not isinstance(one, dict) or not isinstance(two, dict):
        return False
    before, after = one.get("rules") or [], two.get("rules")
    if not isinstance(before, list) or not isinstance(after, list) or len(after) <= len(before):
        return False
    return after[: len(before)] == before and {**two, "rules": None} == {**one, "rules": None}


def keys_of(text: str) -> set[str]:
    """The keys of the rules in a text."""
    value = scan(text, name="").value
    rules = value.get("rules") if isinstance(value, dict) else None
    return {str(rule.get("key")) for rule in rules if isinstance(rule, dict)} if isinstance(rules, list) else set()


def _written(text: str, loaded: Loaded, rules: Sequence[Any], rule: Mapping[str, Any]) -> str | None:
    lines = text.split("\n")
    if "rules" not in loaded.value:
        return "\n".join(["rules:", *_item(rule, "  "), "", text])
    head = loaded.line(("rules",)) - 1
    if not rules:
        empty = _EMPTY.fullmatch(lines[head])
        if empty is None:
            return None
        lines[head] = f"rules:  {empty[2]}" if empty[2] else "rules:"
        return "\n".join([*lines[: head + 1], *_item(rule, "  "), *lines[head + 1 :]])
    first = _ITEM.match(lines[loaded.line(("rules", 0)) - 1])
    if first is None:
        return None
    behind = _end_of_rules(lines, loaded, head)
    return "\n".join([*lines[:behind], *_item(rule, first[1]), *lines[behind:]])


def _end_of_rules(lines: Sequence[str], loaded: Loaded, head: int) -> int:
    """How many lines stand before the end of the rules: what is said at the margin above the next part is of that."""
    later = [loaded.line((key,)) - 1 for key in loaded.value if loaded.line((key,)) - 1 > head]
    end = min(later, default=len(lines))
    while end > head and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _item(rule: Mapping[str, Any], indent: str) -> list[str]:
    lines = [f"{key}: {_flow(value)}" for key, value in rule.items()]
    return [f"{indent}- {lines[0]}", *(f"{indent}  {line}" for line in lines[1:])]


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if not isinstance(value, str):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and plain_scalar(value) == (value, "")
    return value if is_plain else json.dumps(value, ensure_ascii=False)
