"""Pure. What a rule of the live alerts said, setting by setting, and what the same rule of a draft says instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.raising.rules import Rule

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A setting by its name in the file, with its value on both sides as text; empty where a side leaves it out.

    `condition` is the one of both sides and `question` whose score both look at; without it, the sides differ in that.
    """

    setting: str
    was: str
    will: str
    condition: str = ""
    question: str | None = None


def rule_changes(was: Rule, will: Rule) -> tuple[RuleChange, ...]:
    """The settings in which two versions of a rule differ, in the order of the file; its name is none of them."""
    before, after = _settings(was), _settings(will)
    asked, names = before.get("question"), ("condition", "question")
    condition = will.when.condition if all(before.get(each) == after.get(each) for each in names) else ""
    return tuple(
        RuleChange(name, _plain(before.get(name)), _plain(after.get(name)), condition, asked)
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _settings(rule: Rule) -> dict[str, Any]:
    """The settings of the condition and of the rule around it in one mapping: no name stands in both."""
    said = rule.model_dump(mode="json", exclude={"key", "name", "when"})
    return {**rule.when.model_dump(mode="json"), **said}


def _plain(value: Any) -> str:
    """A value in one short line: of lists and mappings, what they hold."""
    text = ", ".join(str(each) for each in _leaves(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [] if value is None else [value]
