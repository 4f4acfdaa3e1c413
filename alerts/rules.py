"""Pure. The rules of the alert file: which answers become alerts."""

from __future__ import annotations

from alerts.conditions import AnyCondition
from alerts.terms import Kind, Names, Severity
from feedback_engine.foundation.definitions import Key, LocalLine, Strict


class Rule(Strict):
    """When an answer becomes an alert, how grave that is, and what kind of case it opens."""

    key: Key
    name: LocalLine
    when: AnyCondition
    touchpoints: Names | None = None
    severity: Severity = "normal"
    kind: Kind = "recovery"

    def watches(self, touchpoint: str) -> bool:
        """Whether answers at this touchpoint concern the rule; a rule without touchpoints watches all."""
        return self.touchpoints is None or touchpoint in self.touchpoints
