"""Pure. The plain numbers of the rules in an alert file: read for fields, and written back into its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from alerts.conditions import CONDITIONS, PartnerCondition
from feedback_engine.foundation.definitions import KeyPath, Loaded, LocalText, scan

_TRIED = {
    get_args(condition.model_fields["condition"].annotation)[0]: condition
    for condition in CONDITIONS
    if not issubclass(condition, PartnerCondition)
}
"""The conditions that look at answers, by their names in the file: those without one are not tried on the bench."""


@dataclass(frozen=True, slots=True)
class PlainSetting:
    """A number that the text of a rule holds, as a field shows it; `rule` is the key of the rule, `name` its name."""

    rule: str
    name: LocalText
    condition: str
    setting: str
    value: int
    least: int | None
    most: int | None

    @property
    def field(self) -> str:
        """What its field is called in a form."""
        return f"{self.rule}/{self.setting}"


def plain_settings(text: str) -> list[PlainSetting]:
    """The numbers of the rules that look at answers, in the order of the file, whatever else is wrong with it."""
    found: dict[str, PlainSetting] = {}
    for _, setting in _found(scan(text, name="")):
        # A key that stands twice is a fault of the file, and no reason for two fields of one name.
        found.setdefault(setting.field, setting)
    return list(found.values())


def with_settings(text: str, values: Mapping[str, int]) -> str:
    """The text with other numbers, by the names of their fields, and nothing else changed. A number that the text does
    not hold is left out."""
    loaded = scan(text, name="")
    wanted = [(loaded.places[path], values[each.field]) for path, each in _found(loaded) if each.field in values]
    for (start, end), value in sorted(wanted, reverse=True):
        text = f"{text[:start]}{value}{text[end:]}"
    return text


def _found(loaded: Loaded) -> Iterator[tuple[KeyPath, PlainSetting]]:
    rules = loaded.value.get("rules") if isinstance(loaded.value, dict) else None
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        when = rule.get("when") if isinstance(rule, dict) else None
        if not isinstance(when, dict) or not isinstance(rule.get("key"), str):
            continue
        condition = _TRIED.get(str(when.get("condition")))
        for setting, field in condition.model_fields.items() if condition else ():
            if field.annotation is int and type(when.get(setting)) is int:
                named, bounds = _name(rule.get("name"), rule["key"]), (_bound(field, "ge"), _bound(field, "le"))
                found = PlainSetting(rule["key"], named, when["condition"], setting, when[setting], *bounds)
                yield ("rules", number, "when", setting), found


def _name(said: Any, key: str) -> LocalText:
    try:
        return LocalText.model_validate(said)
    except ValidationError:
        return LocalText({"": key})


def _bound(field: FieldInfo, name: str) -> int | None:
    return next((getattr(each, name) for each in field.metadata if hasattr(each, name)), None)
