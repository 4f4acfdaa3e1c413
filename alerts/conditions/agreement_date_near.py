"""Pure. Fires when a date that was agreed with a partner comes near: the end of a contract, a review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import Fired
from alerts.conditions.of_partner import LONGEST_ATTRIBUTE, Noticed, PartnerCondition, PartnerFacts, Watches, day_of
from alerts.conditions.settings import Setting
from feedback_engine.foundation.definitions import Line, LocalLine
from feedback_engine.foundation.i18n import format_date, gettext_noop


class AgreementDateNear(PartnerCondition):
    """`{condition: agreement_date_near, attribute: contract_ends_on, within_days: 60}`: a date of the partner's.

    The date stands in an attribute of the partner, written 2026-03-10. Each date is told once; a new one is a new
    occasion, and one that has passed is none.
    """

    said: ClassVar[str] = gettext_noop("a date that was agreed comes near")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "attribute",
            gettext_noop("attribute with the date"),
            "line",
            gettext_noop("By its name in the import or the API, such as contract_ends_on; it holds 2026-03-10."),
        ),
        Setting("within_days", gettext_noop("at most so many days ahead"), "whole", unit="days"),
        Setting("name", gettext_noop("what the date is called in a reason"), "line"),
    )

    condition: Literal["agreement_date_near"]
    attribute: Annotated[Line, Field(min_length=1, max_length=LONGEST_ATTRIBUTE)]
    within_days: int = Field(ge=0, le=366)
    name: LocalLine | None = None

    def notices(self, facts: PartnerFacts) -> tuple[Noticed, ...]:
        agreed = day_of(facts.attributes.get(self.attribute))
        if agreed is None or not 0 <= (agreed - facts.day).days <= self.within_days:
            return ()
        numbers = {"days": (agreed - facts.day).days, "on": agreed.toordinal()}
        return (Noticed(f"date:{self.attribute}:{agreed.isoformat()}", Fired("date_near", numbers)),)

    def watches(self) -> Watches:
        return Watches()

    def names(self, numbers: Mapping[str, float], locale: str) -> Mapping[str, str]:
        name = self.name.get(locale) if self.name else self.attribute.replace("_", " ")
        return {"date": name, "on": format_date(date.fromordinal(int(numbers["on"])), locale=locale)}
