"""Pure. The messages of the CEL library, told to the author of a condition: what is wrong, where, and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection

from feedback_engine.foundation.definition_faults import closest, did_you_mean, shortened
from feedback_engine.foundation.expression_source import Problem

FUNCTIONS = (
    *("all", "exists", "exists_one", "filter", "map", "has", "size", "type"),
    *("bool", "double", "duration", "int", "string", "timestamp"),
    *("contains", "endsWith", "matches", "startsWith"),
    *("getDate", "getDayOfMonth", "getDayOfWeek", "getFullYear", "getHours", "getMinutes", "getMonth"),
)

_ERROR = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE)
_UNDECLARED = re.compile(r"undeclared reference to '(.*)' \(in container '.*'\)")
_OVERLOAD = re.compile(r"found no matching overload for '(.*)' applied to '\((.*)\)'")
_UNEXPECTED = re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting")
_UNREADABLE = re.compile(r"Syntax error: token recognition error at: '(.*)'$")
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "equals": "==", "=": "==", "<>": "!=", "&": "&&", "|": "||"}


def problems_of(report: str, source: str, names: Collection[str]) -> list[Problem]:
    """Every error in a report of the CEL compiler, in plain words; `names` are the declared variables."""
    if "recursion" in report:
        return [Problem(0, 0, "The condition is nested too deeply or has too many terms.", "Use `in [...]` for lists.")]
    found = _ERROR.findall(report)
    if not found:
        return [Problem(0, 0, f"The condition cannot be read: {shortened(report, 160)}.", "Check it part by part.")]
    lines = source.split("\n")
    problems = {
        Problem(int(line), _start(lines, int(line), int(column), message), *_sentence(message, names))
        for line, column, message in found
    }
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    # One slip of the pen makes the parser stumble several times; the first stumble is the one to mend.
    syntax = [problem for problem in ordered if "not expected" in problem.message or "ends too" in problem.message]
    return syntax[:1] or ordered[:10]


def _start(lines: list[str], line: int, column: int, message: str) -> int:
    """CEL points at the last dot of an unknown name; its author looks for the beginning."""
    found = _UNDECLARED.fullmatch(message)
    if found and 0 < line <= len(lines):
        start = lines[line - 1].rfind(found[1], 0, column + len(found[1]))
        return start + 1 if 0 <= start <= column else column
    return column


def with_caret(problem: Problem, source: str) -> str:
    """The problem with the line of the source it lies in, and a caret below the place."""
    lines = source.split("\n")
    if not 0 < problem.line <= len(lines):
        return str(problem)
    line = lines[problem.line - 1].replace("\t", " ")
    start = max(0, problem.column - 60)
    return f"{problem}\n  {line[start : start + 100]}\n  {' ' * (problem.column - 1 - start)}^"


def evaluation_failure(report: str) -> tuple[str, str, str]:
    """Why an evaluation came to no answer: a code, the name it is about (or nothing), and a sentence."""
    text = report.strip()
    if found := re.search(r'No value with name "([^"]*)"', text):
        return "no_value", found[1], f"{found[1]} has no value; `has({found[1]})` would ask first."
    if found := re.search(r'Key not found in map : "?([^"]*)"?', text):
        name = shortened(found[1])
        return "no_value", name, f"There is no `{name}`; `has(...)` would ask first."
    if found := re.search(r"No matching overloads found : (.*)", text):
        return "no_fit", "", f"The values do not fit together: {shortened(found[1], 80)}."
    if "Iteration budget" in text:
        return "too_long", "", "The condition takes too many steps."
    if "divide by zero" in text or "modulus by zero" in text:
        return "by_zero", "", "The condition divides by zero."
    plain = re.sub(r"^[A-Z_]+: ", "", re.sub(r" \[[A-Z_]+\]$", "", text))
    return "failed", "", f"The condition came to no answer: {shortened(plain, 120)}."


def _sentence(message: str, names: Collection[str]) -> tuple[str, str]:
    if found := _UNDECLARED.fullmatch(message):
        return _undeclared(found[1], names)
    if found := _OVERLOAD.fullmatch(message):
        return _no_overload(found[1], found[2])
    if found := _UNEXPECTED.match(message):
        if found[1] == "<EOF>":
            return "The condition ends too early.", "Finish it."
        return f"`{shortened(found[1])}` is not expected here.", _instead(found[1])
    if found := _UNREADABLE.match(message):
        text = found[1].strip()
        remedy = "Close the quote." if text[:1] in ("'", '"') else _instead(text)
        return f"`{shortened(text)}` is not expected here.", remedy
    if "invalid int literal" in message:
        return "The number is too large.", "Use a number of at most 18 digits."
    return f"{shortened(message.removeprefix('Syntax error: '), 160)}.", ""


def _undeclared(name: str, names: Collection[str]) -> tuple[str, str]:
    short = shortened(name, 80)
    inside = sorted(known for known in names if known.startswith(f"{name}."))
    if inside:
        return f"`{short}` alone has no value.", f"Name one of its fields, like `{inside[0]}`."
    if name.lower() in ("true", "false", "null"):
        return f"There is no `{short}`.", f"Write `{name.lower()}`."
    heading, _, leaf = name.rpartition(".")
    siblings = [other.removeprefix(f"{heading}.") for other in names if heading and other.startswith(f"{heading}.")]
    if siblings:
        match = closest(leaf, siblings)
        remedy = f"Did you mean `{heading}.{match}`?" if match else ""
    else:
        remedy = did_you_mean(name, names if heading else [*names, *FUNCTIONS])
    return f"There is no `{short}`.", remedy or "Declare it as an attribute, or use one that is."


def _no_overload(function: str, types: str) -> tuple[str, str]:
    operator = function.strip("_").replace("_", "") or function
    kinds = types.replace("google.protobuf.", "").replace("null_type", "null").lower().split(", ")
    if operator == "?:":
        return f"`? :` does not fit ({types}).", "Give a condition, then two values of one type."
    if operator in ("&&", "||", "!"):
        return f"`{operator}` joins conditions, not {' and '.join(kinds)}.", "Compare each value with something first."
    message = f"`{operator}` does not fit {' and '.join(kinds)}."
    if set(kinds) == {"int", "double"}:
        return message, "Write `3.0` beside a double and `3` beside an int, or convert with `double(...)`."
    if "null" in kinds:
        return message, "Ask with `has(...)` whether there is a value."
    if set(kinds) == {"int", "string"}:
        return message, "Put text in quotes and leave numbers without."
    if "timestamp" in kinds and "string" in kinds:
        return message, "Write `timestamp('2026-01-31T00:00:00Z')`."
    return message, "Compare values of one type."


def _instead(word: str) -> str:
    better = _WORDS.get(word.strip().lower())
    return f"Write `{better}`." if better else "Check the operator or quote before it."
