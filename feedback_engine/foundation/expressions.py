"""Pure. Conditions: CEL expressions over declared variables, checked when compiled and bounded when evaluated.

A condition sees only the variables it is given, each with its type: `event.amount > 1000.0 && has(partner.tier)`.
Misspelt names, wrong types and anything that is not true or false are refused at compile time, with the place. An
evaluation never raises: what it cannot answer is a ConditionError, which is a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from cel_expr_python import cel

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.expression_messages import evaluation_failure, problems_of, with_caret
from feedback_engine.foundation.expression_source import (
    HAS,
    Problem,
    converted_texts,
    division_by_zero,
    limits_broken,
    names_in,
    place_of,
    with_presence_variables,
)

__all__ = ["Condition", "ConditionError", "InvalidCondition", "Problem", "Type", "compile_condition", "why_pointless"]

MAX_TEXT = 1024
MAX_MAP_BYTES = 8192
_INT_LIMIT = 1 << 63


class Type(StrEnum):
    """The types a variable may have; `map` is a mapping of names to values known only when evaluated."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    MAP = "map"


_CEL_TYPES: dict[Type, Any] = {
    Type.STRING: cel.Type.STRING,
    Type.INT: cel.Type.INT,
    Type.DOUBLE: cel.Type.DOUBLE,
    Type.BOOL: cel.Type.BOOL,
    Type.TIMESTAMP: cel.Type.TIMESTAMP,
    Type.MAP: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}


@dataclass(frozen=True, slots=True)
class ConditionError:
    """A condition came to no answer; the message says why.

    For ledgers, which hold no words: `code` is one of no_value, wrong_type, no_fit, too_long, by_zero, failed, and
    `name` the variable or key that it is about, or empty.
    """

    message: str
    code: str = "failed"
    name: str = ""


class InvalidCondition(Invalid):
    """A condition cannot be compiled; `problems` says where and why, the message shows it with a caret."""

    def __init__(self, problems: list[Problem], source: str) -> None:
        super().__init__(
            "\n".join(with_caret(problem, source) for problem in problems),
            [Fault("", str(problem)) for problem in problems],
        )
        self.problems = tuple(problems)


class Condition:
    """A compiled condition. It holds no state between evaluations and may be used from several threads."""

    __slots__ = ("_expression", "_used", "source")

    def __init__(self, source: str, expression: Any, used: Mapping[str, Type]) -> None:
        self.source = source
        self._expression = expression
        self._used = used

    @property
    def variables(self) -> frozenset[str]:
        """The declared variables that the condition mentions."""
        return frozenset(self._used)

    def evaluate(self, values: Mapping[str, Any]) -> bool | ConditionError:
        """The answer for nested values: `{"event": {"amount": 3.0}, "partner": {"tier": "gold"}}`.

        A value that is absent or None counts as not there. Timestamps are aware datetimes or RFC 3339 texts.
        """
        bound, misfits = self._bind(values)
        try:
            result = self._expression.eval(data=bound)
            answer = result.value()
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            return _failed(str(error))
        if isinstance(answer, bool):
            return answer
        # A variable of the wrong type is left out, so its own story explains more than "no value".
        return misfits[0] if misfits else _failed(str(answer))

    def _bind(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[ConditionError]]:
        bound: dict[str, Any] = {}
        misfits: list[ConditionError] = []
        for name, kind in self._used.items():
            value = value_at(values, name)
            fitted = None if value is None else _fit(value, kind)
            bound[f"{name}.{HAS}"] = value is not None
            if fitted is not None:
                bound[name] = fitted
            elif value is not None:
                misfits.append(ConditionError(_misfit(name, value, kind), "wrong_type", name))
        return bound, misfits


def compile_condition(source: str, variables: Mapping[str, Type]) -> Condition:
    """A condition over `variables`, named with dots: `{"event.amount": Type.DOUBLE, "partner.tier": Type.STRING}`.

    Raises InvalidCondition (an Invalid) with every problem and its place.
    """
    return _compile(source, tuple(sorted(variables.items())))


def why_pointless(condition: Condition) -> Problem | None:
    """Why a condition decides nothing: it fails, or answers the same, whatever the values are. None when it decides.

    Compiling allows such conditions, because versions published long ago may hold one; an author is told.
    """
    source = condition.source
    by_zero = division_by_zero(source)
    if by_zero is not None:
        return by_zero
    for offset, call in converted_texts(source):
        if isinstance(compile_condition(f"{call} == {call}", {}).evaluate({}), ConditionError):
            remedy = "Write `timestamp('2026-01-31T00:00:00Z')`." if call.startswith("timestamp") else "Correct it."
            return Problem(*place_of(source, offset), f"`{call}` has no value.", remedy)
    if condition.variables:
        return None
    answer = condition.evaluate({})
    if isinstance(answer, ConditionError):
        return Problem(0, 0, f"The condition fails whatever happened: {answer.message}")
    always = "always" if answer else "never"
    return Problem(0, 0, f"The condition names no variable, so it {always} holds.")


@lru_cache(maxsize=512)
def _compile(source: str, declared: tuple[tuple[str, Type], ...]) -> Condition:
    broken = limits_broken(source)
    if broken:
        raise InvalidCondition([broken], source)
    names = [name for name, _ in declared]
    try:
        expression = _environment(declared).compile(with_presence_variables(source, names))
    except (RuntimeError, ValueError) as error:
        raise InvalidCondition(problems_of(str(error), source, names), source) from None
    if expression.return_type() != cel.Type.BOOL:
        raise InvalidCondition([_not_a_condition(expression.return_type())], source)
    used = names_in(source, names)
    return Condition(source, expression, {name: kind for name, kind in declared if name in used})


@lru_cache(maxsize=64)
def _environment(declared: tuple[tuple[str, Type], ...]) -> Any:
    variables = {name: _CEL_TYPES[Type(kind)] for name, kind in declared}
    presence = {f"{name}.{HAS}": cel.Type.BOOL for name, _ in declared}
    return cel.NewEnv(variables={**variables, **presence})


def _not_a_condition(kind: Any) -> Problem:
    name = str(kind.name()).lower()
    if name == "dyn":
        words = "The condition is not surely true or false."
        return Problem(0, 0, words, "Compare the value with something, like `... == true`.")
    return Problem(0, 0, f"The condition gives {name}, not true or false.", "Compare the value with something.")


def _failed(report: str) -> ConditionError:
    code, name, message = evaluation_failure(report)
    return ConditionError(message, code, name)


def value_at(values: Any, path: str) -> Any:
    """What stands in mappings at a path such as `attributes.tier`; None where there is nothing."""
    found = values
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _fit(value: Any, kind: Type) -> Any:
    """The value as CEL takes it, or None when it is not of this type or too large to be looked at."""
    if kind is Type.STRING:
        return value if isinstance(value, str) and len(value) <= MAX_TEXT else None
    if kind is Type.BOOL:
        return value if isinstance(value, bool) else None
    if kind is Type.TIMESTAMP:
        return _as_instant(value)
    if kind is Type.MAP:
        return _as_map(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_INT_LIMIT <= value < _INT_LIMIT:
        return None
    if kind is Type.DOUBLE:
        return float(value)
    return int(value) if float(value).is_integer() else None


def _as_instant(value: Any) -> datetime | None:
    if isinstance(value, str) and len(value) <= 40:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


def _as_map(value: Any) -> dict[str, Any] | None:
    """A plain copy of a JSON object of at most MAX_MAP_BYTES."""
    if not isinstance(value, Mapping):
        return None
    try:
        written = orjson.dumps(dict(value))
    except (TypeError, ValueError, RecursionError):
        return None
    return dict(orjson.loads(written)) if len(written) <= MAX_MAP_BYTES else None


def _misfit(name: str, value: Any, kind: Type) -> str:
    if isinstance(value, str) and kind is Type.STRING:
        return f"{name} has more than {MAX_TEXT} characters."
    if isinstance(value, Mapping) and kind is Type.MAP:
        return f"{name} is larger than {MAX_MAP_BYTES} bytes."
    if isinstance(value, float) and math.isnan(value):
        return f"{name} is not a number."
    return f"{name} is not of the declared type {kind}."
