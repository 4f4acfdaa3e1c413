"""Pure. The variables a touchpoint's condition may use, their values for one event, and the answer.

Conditions see `event.type`, `event.at` and the declared attributes of the event; of the partner its key, kind, tier,
region, country and declared attributes; of the contact role and language.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from feedback_engine.foundation.expressions import Condition, ConditionError, Type, compile_condition, value_at
from surveys.sampling.facts import Facts
from surveys.sampling.instants import to_datetime
from surveys.sampling.plan import Declared, TouchpointRules

PARTNER_FIELDS = ("key", "kind", "tier", "region", "country")
CONTACT_FIELDS = ("role", "language")
_REMEMBERED = 4096


def variables(attributes: Mapping[str, str], partner_attributes: Mapping[str, str]) -> dict[str, Type]:
    """Every variable with its type, for the declared attributes (name to type name) of a touchpoint."""
    return {
        **{f"event.{name}": Type(kind) for name, kind in attributes.items()},
        "event.type": Type.STRING,
        "event.at": Type.TIMESTAMP,
        **{f"partner.{name}": Type.STRING for name in PARTNER_FIELDS},
        **{f"partner.attributes.{name}": Type(kind) for name, kind in partner_attributes.items()},
        **{f"contact.{name}": Type.STRING for name in CONTACT_FIELDS},
    }


def compiled(source: str, attributes: Mapping[str, str], partner_attributes: Mapping[str, str]) -> Condition:
    """The condition of a touchpoint. Raises Invalid with the place of each fault; program folders are checked by it."""
    return compile_condition(source, variables(attributes, partner_attributes))


def evaluate(rules: TouchpointRules, facts: Facts) -> bool | str:
    """Whether the touchpoint's condition holds for an event; the message when it came to no answer."""
    return _remembering(rules.condition or "true", rules.attributes, rules.partner_attributes).answer(facts)


def value_of(name: str, facts: Facts) -> Any:
    """The value of a variable such as `partner.tier`; None when it has none.

    Event and partner are as intake pinned them, the contact is as known when it was decided.
    """
    whose, _, rest = name.partition(".")
    if whose == "contact":
        return (facts.role if rest == "role" else facts.language) or None
    if name == "event.type":
        return facts.event_type
    if name == "event.at":
        return to_datetime(facts.event_at)
    return value_at(facts.attributes.get(whose), rest)


def stratum_of(by: str, facts: Facts) -> str:
    """The value of a stratum such as `partner.tier`, as text; "" where it has none."""
    found = value_of(by, facts)
    return "" if found is None else str(found)


class _Remembering:
    """A condition that remembers its answers: events of one kind mostly differ in things it does not look at."""

    __slots__ = ("_answers", "_condition", "_names")

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._names = sorted(condition.variables)
        self._answers: dict[tuple[Any, ...], bool | str] = {}

    def answer(self, facts: Facts) -> bool | str:
        found = [value_of(name, facts) for name in self._names]
        # The class is part of the key: 1, 1.0 and true are equal to Python, but not to a condition.
        key = tuple([(value.__class__, value) for value in found])
        try:
            known = self._answers.get(key)
        except TypeError:  # a list or a mapping has no hash, and is rare enough to be looked at anew
            return self._evaluate(found)
        if known is None:
            known = self._evaluate(found)
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = known
        return known

    def _evaluate(self, found: list[Any]) -> bool | str:
        nested: dict[str, Any] = {}
        for name, value in zip(self._names, found, strict=True):
            *path, last = name.split(".")
            inner = nested
            for part in path:
                inner = inner.setdefault(part, {})
            inner[last] = value
        answer = self._condition.evaluate(nested)
        return answer.message if isinstance(answer, ConditionError) else answer


@lru_cache(maxsize=512)
def _remembering(source: str, attributes: Declared, partner_attributes: Declared) -> _Remembering:
    return _Remembering(compiled(source, dict(attributes), dict(partner_attributes)))
