"""Pure. Service levels: within how many working hours a case is met and settled, and who hears of it when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from alerts.terms import Kind, Names, Recipient, Severities, Severity
from feedback_engine.foundation.definitions import Key, Strict, refusal

MOST_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Targets:
    """Working hours from the answer to the first contact, and to the end of the case."""

    first_contact_hours: float
    resolve_hours: float


class Special(Strict):
    """Other hours for cases of some severities or tiers; what it does not say stays as it is for all others."""

    severity: Severities | None = None
    tier: Names | None = None
    first_contact_hours: float | None = Field(default=None, gt=0, le=2000)
    resolve_hours: float | None = Field(default=None, gt=0, le=2000)

    @model_validator(mode="after")
    def _says_something(self) -> Special:
        if self.severity is None and self.tier is None:
            raise refusal("Special hours need somebody they are for.", "Name a severity, a tier or both.")
        if self.first_contact_hours is None and self.resolve_hours is None:
            raise refusal("Special hours need hours.", "Give first_contact_hours, resolve_hours or both.")
        return self

    def concerns(self, severity: Severity, tier: str) -> bool:
        """Whether a case is one of those."""
        tiers = {name.strip().casefold() for name in self.tier or ()}
        return (self.severity is None or severity in self.severity) and (
            self.tier is None or tier.strip().casefold() in tiers
        )


class ServiceLevel(Strict):
    """The hours for one kind of case. Of several special hours that concern a case, the first one holds.

    `calendar` names the calendar to count by; without it, the owner's.
    """

    first_contact_hours: float = Field(gt=0, le=2000)
    resolve_hours: float = Field(gt=0, le=2000)
    special: tuple[Special, ...] = ()
    calendar: Key | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ServiceLevel:
        for targets in (self._general(), *(self._with(special) for special in self.special)):
            if targets.resolve_hours < targets.first_contact_hours:
                raise refusal("A case cannot be settled before its first contact.", "Give resolve_hours more time.")
        return self

    def targets(self, severity: Severity, tier: str) -> Targets:
        """The hours for a case of this severity at a partner of this tier."""
        concerning = (special for special in self.special if special.concerns(severity, tier))
        special = next(concerning, None)
        return self._general() if special is None else self._with(special)

    def _general(self) -> Targets:
        return Targets(self.first_contact_hours, self.resolve_hours)

    def _with(self, special: Special) -> Targets:
        return Targets(
            special.first_contact_hours or self.first_contact_hours, special.resolve_hours or self.resolve_hours
        )


DEFAULT_LEVELS: Mapping[Kind, ServiceLevel] = {
    "recovery": ServiceLevel(first_contact_hours=8, resolve_hours=40),
    "callback": ServiceLevel(first_contact_hours=8, resolve_hours=24),
    "thanks": ServiceLevel(first_contact_hours=24, resolve_hours=40),
}


class EscalationLevel(Strict):
    """Who hears of a case whose target was missed so many working hours ago; its owner always hears of it too."""

    after_hours: float = Field(ge=0, le=2000)
    to: Recipient


def _rising(levels: tuple[EscalationLevel, ...]) -> tuple[EscalationLevel, ...]:
    hours = [level.after_hours for level in levels]
    if hours != sorted(set(hours)):
        raise refusal("Each level of escalation comes later than the one before.", "Order them by after_hours.")
    return levels


Escalations = Annotated[tuple[EscalationLevel, ...], Field(max_length=MOST_LEVELS), AfterValidator(_rising)]
