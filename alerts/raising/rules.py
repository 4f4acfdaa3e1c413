"""Pure. The rules of the alert file: which answers, and what else of a partner, become alerts."""

from __future__ import annotations

from pydantic import model_validator

from alerts.conditions import AnyCondition, PartnerCondition
from alerts.terms import Kind, Names, Severity
from feedback_engine.foundation.definitions import Key, LocalLine, Strict, refusal


class Rule(Strict):
    """When an answer, or a partner without one, becomes an alert, how grave that is, and what kind of case it opens."""

    key: Key
    name: LocalLine
    when: AnyCondition
    touchpoints: Names | None = None
    severity: Severity = "normal"
    kind: Kind = "recovery"

    @model_validator(mode="after")
    def _looks_where_it_can(self) -> Rule:
        if self.touchpoints is not None and isinstance(self.when, PartnerCondition) and not self.when.of_touchpoint:
            wrong = f"`{self.when.condition}` looks at the partner as a whole."
            raise refusal(wrong, "Take the touchpoints out.", at="touchpoints")
        return self

    def watches(self, touchpoint: str) -> bool:
        """Whether answers at this touchpoint concern the rule; a rule without touchpoints watches all."""
        return self.touchpoints is None or touchpoint in self.touchpoints
