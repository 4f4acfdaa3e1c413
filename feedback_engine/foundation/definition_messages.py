"""Pure. Validation errors of pydantic, told as plain sentences with the line of the exact key and a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from feedback_engine.foundation.definition_faults import DefinitionFault, KeyPath, did_you_mean, shortened
from feedback_engine.foundation.json_schema import known_keys
from feedback_engine.foundation.yaml_positions import Loaded

_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "bool": "`true` or `false`",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a mapping of keys",
    "model": "a mapping of keys",
    "date": "a date such as 2026-01-31",
    "time": "a time such as 09:00",
}
_BOUNDS = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
    "multiple_of": ("must be a multiple of", "multiple_of"),
}
_LENGTHS = {
    "string_too_short": ("must have at least", "min_length", "character"),
    "string_too_long": ("must have at most", "max_length", "character"),
    "too_short": ("must have at least", "min_length", "entry"),
    "too_long": ("must have at most", "max_length", "entry"),
}
_TRUTH_WORDS = {
    **dict.fromkeys(("yes", "y", "on", "true"), "true"),
    **dict.fromkeys(("no", "n", "off", "false"), "false"),
}


@dataclass(frozen=True, slots=True)
class _Located:
    """One pydantic error: the path in the file, the first union branch in its way, and whether it lies deeper."""

    error: ErrorDetails
    path: KeyPath
    union: KeyPath | None
    branch: str
    deeper: bool


def faults_of_validation(
    error: ValidationError,
    model: type[BaseModel],
    loaded: Loaded,
    at: KeyPath = (),
    outer: type[BaseModel] | None = None,
) -> list[DefinitionFault]:
    """Every error of a validation of the value at `at`, once each, as faults with file and line."""
    value = loaded.value
    for part in at:
        value = value[part]
    located = [_locate(detail, value) for detail in error.errors(include_url=False)]
    faults: dict[DefinitionFault, None] = {}
    for item in _without_wrong_branches(_without_echoes(located)):
        message, remedy = _sentence(item, model, value)
        if item.error["type"] == "extra_forbidden":
            whole, inner = (loaded.value, outer) if outer else (value, model)
            remedy = _belongs(inner, whole, (*(at if outer else ()), *item.path)) or remedy
        faults[loaded.fault((*at, *item.path, *_further(item.error)), message, remedy)] = None
    return list(faults)


def _further(error: ErrorDetails) -> KeyPath:
    """The rest of the way to the place, for errors that know it better than their location tells."""
    context = error.get("ctx", {})
    if error["type"] == "union_tag_invalid":
        return (str(context["discriminator"]).strip("'"),)
    if error["type"] == "definition":
        return tuple(int(part) if part.isdecimal() else part for part in str(context["at"]).split("/") if part)
    return ()


def _without_echoes(located: Sequence[_Located]) -> list[_Located]:
    """A list whose entry is wrong is also called too short, because the entry was left out; that says nothing."""
    around = {item.path[:depth] for item in located for depth in range(len(item.path))}
    return [item for item in located if item.error["type"] != "too_short" or item.path not in around]


def _locate(error: ErrorDetails, value: Any) -> _Located:
    """Walk the error's location through the value; parts that the value lacks are names of union branches."""
    path: list[str | int] = []
    union: KeyPath | None = None
    branch = ""
    deeper = False
    parts = error["loc"]
    for position, part in enumerate(parts):
        inside = (isinstance(value, Mapping) and part in value) or (
            isinstance(value, Sequence) and not isinstance(value, str) and isinstance(part, int) and part < len(value)
        )
        is_missing_key = error["type"] == "missing" and position == len(parts) - 1
        if inside:
            value = value[part]
            path.append(part)
        elif union is None and not is_missing_key and part != "[key]":
            union, branch = tuple(path), str(part)
            continue
        deeper = deeper or (union is not None)
    return _Located(error, tuple(path), union, branch, deeper)


def _without_wrong_branches(located: Sequence[_Located]) -> list[_Located]:
    """Where a value may have several shapes, keep the errors of the shape that its author meant.

    A branch that failed only at its root was not meant when another one was entered; when none was, a branch that
    recognised the type says more than one that did not.
    """
    ranks: dict[KeyPath, dict[str, int]] = {}
    for item in located:
        if item.union is not None:
            branches = ranks.setdefault(item.union, {})
            branches[item.branch] = max(_rank(item), branches.get(item.branch, 0))
    best = {union: max(branches.values()) for union, branches in ranks.items()}
    return [item for item in located if item.union is None or ranks[item.union][item.branch] == best[item.union]]


def _rank(item: _Located) -> int:
    if item.deeper:
        return 2
    return 0 if item.error["type"].endswith("_type") else 1


def _sentence(item: _Located, model: type[BaseModel], value: Any) -> tuple[str, str]:
    """The message and the remedy of one error."""
    error, kind = item.error, item.error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    subject = _subject(item.path)
    if kind == "definition":
        return str(context["message"]), str(context["remedy"])
    if kind == "missing":
        key = error["loc"][-1]
        return f"The key `{key}` is missing{_within(item.path)}.", f"Add `{key}: ...` here."
    if kind == "extra_forbidden":
        known = known_keys(model, value, item.path[:-1])
        present = set(_at(value, item.path[:-1]))
        unknown = shortened(item.path[-1])
        remedy = did_you_mean(unknown, known - present) or "Delete it."
        return f"Unknown key `{unknown}`{_within(item.path[:-1])}.", remedy
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag_sentence(kind, context, item.path)
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return f"{subject} cannot be {_described(error['input'])}.", did_you_mean(error["input"], choices)
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"{subject} {words} {context[key]}, not {shortened(error['input'])}.", "Change the number."
    if kind in _LENGTHS:
        words, key, unit = _LENGTHS[kind]
        plural = "" if context[key] == 1 else "s"
        units = "entries" if unit == "entry" and plural else unit + plural
        return f"{subject} {words} {context[key]} {units}.", "Shorten it." if "long" in kind else "Add what is missing."
    return _typed_sentence(kind, error, subject, item)


def _belongs(model: type[BaseModel], value: Any, path: KeyPath) -> str:
    """Where a key that is unknown here stands rightly, when that is further out on the way to it."""
    for depth in range(len(path) - 2, -1, -1):
        if path[-1] in known_keys(model, value, path[:depth]):
            place = f"in `{shortened(path[depth - 1])}`" if depth else "at the top of the file"
            return f"`{shortened(path[-1])}` belongs {place}; move it there."
    return ""


def _typed_sentence(kind: str, error: ErrorDetails, subject: str, item: _Located) -> tuple[str, str]:
    given = error["input"]
    if kind == "string_pattern_mismatch":
        return _pattern_sentence(subject, error)
    name = "date" if kind.startswith("date_") else re.sub("_(type|parsing|from_float)$", "", kind)
    expected = _EXPECTED.get(name)
    if expected is None:
        return f"{subject}: {error['msg'].removeprefix('Value error, ')}.".replace("..", "."), ""
    if expected.startswith("`true`") and str(given).lower() in _TRUTH_WORDS:
        return f"{subject} is text here.", f"Write `{_TRUTH_WORDS[str(given).lower()]}`, without quotes."
    remedy = ""
    if expected == "text" and isinstance(given, bool | int | float):
        remedy = "Put it in quotes."
    elif expected.endswith("number") and isinstance(given, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", given):
        remedy = "Remove the quotes."
    elif expected == "a list" and given is not None:
        remedy = "Begin each entry with `- `, or write `[one, two]`."
    if item.union is not None and not item.deeper:
        return f"{subject} has the wrong shape: {_described(given)}.", remedy
    return f"{subject} should be {expected}, but is {_described(given)}.", remedy


def _pattern_sentence(subject: str, error: ErrorDetails) -> tuple[str, str]:
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    text = shortened(error["input"])
    if pattern.startswith("^[a-z][a-z0-9_"):
        suggestion = re.sub(r"[^a-z0-9_.\-]+", "_", text.lower()).strip("_.-")
        message = f"`{text}` is not a key: small letters, digits, `_`, `-` and `.`, beginning with a letter."
        return message, f"Write `{suggestion}`." if re.fullmatch(pattern, suggestion) else "Choose another."
    return f"{subject} does not have the expected form: `{text}`.", f"It must match `{pattern}`."


def _tag_sentence(kind: str, context: Mapping[str, Any], path: KeyPath) -> tuple[str, str]:
    key = str(context["discriminator"]).strip("'")
    if kind == "union_tag_not_found":
        return f"The key `{key}` is missing{_within(path)}.", f"Add `{key}: ...` here."
    choices = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
    tag = shortened(context.get("tag"))
    return f"`{key}`{_within(path)} cannot be `{tag}`.", did_you_mean(tag, choices)


def _subject(path: KeyPath) -> str:
    if not path:
        return "The file"
    if isinstance(path[-1], int):
        return f"Entry {path[-1] + 1}{f' of `{path[-2]}`' if len(path) > 1 else ''}"
    return f"`{shortened(path[-1])}`"


def _within(path: KeyPath) -> str:
    if not path:
        return ""
    if isinstance(path[-1], int):
        return f" in entry {path[-1] + 1}{f' of `{path[-2]}`' if len(path) > 1 else ''}"
    return f" in `{shortened(path[-1])}`"


def _described(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the text `{shortened(value)}`"
    if isinstance(value, int | float):
        return f"the number {shortened(value)}"
    return "a list" if isinstance(value, Sequence) else "a mapping of keys"


def _at(value: Any, path: KeyPath) -> Any:
    for part in path:
        value = value[part]
    return value
