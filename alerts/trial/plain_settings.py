"""Pure. The plain numbers of the rules in an alert file: read for fields, and written back into its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from alerts.conditions import CONDITION_OF, PartnerCondition, Setting
from alerts.trial.scanned import scanned
from feedback_engine.foundation.definitions import KeyPath, Loaded, LocalText

_TRIED = {name: each for name, each in CONDITION_OF.items() if not issubclass(each, PartnerCondition)}
"""The conditions that look at answers, by their names in the file: those without one are not tried on the bench."""

Scales = Mapping[str | None, tuple[int, int]]
"""The lowest and the highest score of each question; by None, of the first one with a score wherever people answer."""


@dataclass(frozen=True, slots=True)
class PlainSetting:
    """A number that the text of a rule holds, as a field shows it; `rule` is the key of the rule, `name` its name.

    `scale` is that of its question where it is a score, None where there is no one scale; `least` and `most` are what
    it may be.
    """

    rule: str
    name: LocalText
    condition: str
    setting: str
    value: int
    least: int
    most: int
    question: str | None = None
    scale: tuple[int, int] | None = None

    @property
    def field(self) -> str:
        """What its field is called in a form."""
        return f"{self.rule}/{self.setting}"

    def on(self, scale: tuple[int, int] | None) -> PlainSetting:
        """The same on the scale of its question, beyond which no rule fires."""
        found = setting_of(self.condition, self.setting)
        least, most = found.within(self.least, self.most, scale) if found else (self.least, self.most)
        # A rule that stands beyond it already may be tried as it is.
        least, most = (least if self.value >= least else self.least), (most if self.value <= most else self.most)
        return replace(self, scale=scale, least=least, most=most)


def plain_settings(text: str, scales: Scales | None = None) -> list[PlainSetting]:
    """The numbers of the rules that look at answers, in the order of the file, whatever else is wrong with it."""
    found: dict[str, PlainSetting] = {}
    for _, setting in _found(scanned(text)):
        scale = scale_of(setting.condition, setting.setting, setting.question, scales or {})
        # A key that stands twice is a fault of the file, and no reason for two fields of one name.
        found.setdefault(setting.field, setting.on(scale))
    return list(found.values())


def scale_of(condition: str, setting: str, question: str | None, scales: Scales) -> tuple[int, int] | None:
    """The scale on which a number of a condition stands; None for one that is no score, or on no one scale."""
    found = setting_of(condition, setting)
    return scales.get(question) if found and found.is_on_scale else None


def setting_of(condition: str, setting: str) -> Setting | None:
    """How forms ask for a setting; None for one that they do not ask for."""
    known = CONDITION_OF[condition].settings if condition in CONDITION_OF else ()
    return next((each for each in known if each.name == setting), None)


def bounds_of(condition: str, setting: str) -> tuple[int | None, int | None]:
    """The least and the most that a number of a condition may be on any scale; None where there is no such end."""
    field = CONDITION_OF[condition].model_fields[setting]
    return _bound(field, "ge"), _bound(field, "le")


def with_settings(text: str, values: Mapping[str, int]) -> str:
    """The text with other numbers, by the names of their fields, and nothing else changed. A number that the text does
    not hold is left out."""
    if not values:
        return text
    loaded = scanned(text)
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
        named, asked = _name(rule.get("name"), rule["key"]), when.get("question")
        question = asked if isinstance(asked, str) else None
        for setting in condition.model_fields if condition else ():
            least, most = bounds_of(when["condition"], setting)
            if type(when.get(setting)) is int and least is not None and most is not None:
                value = when[setting]
                found = PlainSetting(rule["key"], named, when["condition"], setting, value, least, most, question)
                yield ("rules", number, "when", setting), found


def _name(said: Any, key: str) -> LocalText:
    try:
        return LocalText.model_validate(said)
    except ValidationError:
        return LocalText({"": key})


def _bound(field: FieldInfo, name: str) -> int | None:
    return next((getattr(each, name) for each in field.metadata if hasattr(each, name)), None)
