"""Pure. Fires when a number that was agreed with a partner is not reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from alerts.conditions.base import Fired
from alerts.conditions.of_partner import (
    LONGEST_ATTRIBUTE,
    Noticed,
    PartnerCondition,
    PartnerFacts,
    Watches,
    number_of,
)
from alerts.conditions.settings import Setting
from feedback_engine.foundation.definitions import Line, LocalLine, refusal
from feedback_engine.foundation.i18n import format_measure, gettext_noop

Attribute = Annotated[Line, Field(min_length=1, max_length=LONGEST_ATTRIBUTE)]


class KpiMissed(PartnerCondition):
    """`{condition: kpi_missed, attribute: certified_people, target: 5}`: an attribute of the partner lies below 5.

    `direction: at_most` turns it round; `target_attribute` names where the agreed number stands instead of `target`.
    With `event` the number is that of the partner's last event of this type. It fires once in a month, quarter or year
    (`every`): of an event, in that in which it happened.
    """

    said: ClassVar[str] = gettext_noop("a number that was agreed is not reached")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "attribute",
            gettext_noop("attribute with the number"),
            "line",
            gettext_noop("By its name in the import or the API, such as certified_people."),
        ),
        Setting("event", gettext_noop("read from"), "event"),
        Setting(
            "direction",
            gettext_noop("the number has to be"),
            "choice",
            choices=(("at_least", gettext_noop("at least what was agreed")), ("at_most", gettext_noop("at most that"))),
        ),
        Setting(
            "target",
            gettext_noop("agreed number"),
            "number",
            gettext_noop("In the unit of the attribute: for a share in percent, 80 if it says 80, 0.8 if it says 0.8."),
        ),
        Setting(
            "target_attribute",
            gettext_noop("or the attribute that holds the agreed number"),
            "line",
            gettext_noop("Where each partner agreed on a number of its own; leave one of the two empty."),
        ),
        Setting(
            "every",
            gettext_noop("fires at most once a"),
            "choice",
            choices=(
                ("month", gettext_noop("month")),
                ("quarter", gettext_noop("quarter")),
                ("year", gettext_noop("year")),
            ),
        ),
        Setting("name", gettext_noop("what the number is called in a reason"), "line"),
    )
    incomplete: ClassVar[tuple[str, str]] = (
        "target",
        gettext_noop("Give the agreed number, or the attribute that holds it, and not both."),
    )

    condition: Literal["kpi_missed"]
    attribute: Attribute
    event: Line | None = Field(default=None, min_length=1, max_length=512)
    target: float | None = None
    target_attribute: Attribute | None = None
    direction: Literal["at_least", "at_most"] = "at_least"
    every: Literal["month", "quarter", "year"] = "quarter"
    name: LocalLine | None = None

    @model_validator(mode="after")
    def _has_one_target(self) -> KpiMissed:
        if (self.target is None) == (self.target_attribute is None):
            raise refusal("A KPI has one target.", "Give `target: <number>` or `target_attribute: <name>`.")
        return self

    def notices(self, facts: PartnerFacts) -> tuple[Noticed, ...]:
        return tuple(self._missed(facts))

    def _missed(self, facts: PartnerFacts) -> Iterator[Noticed]:
        found = self._found(facts)
        if found is None:
            return
        attributes, day = found
        value = number_of(attributes.get(self.attribute))
        target = self.target
        if self.target_attribute is not None:
            agreed = (each.get(self.target_attribute) for each in (attributes, facts.attributes))
            target = next((number for number in map(number_of, agreed) if number is not None), None)
        if value is None or target is None:
            return
        if value < target if self.direction == "at_least" else value > target:
            occasion = f"kpi:{self.attribute}:{self._period(day)}"
            yield Noticed(occasion, Fired(f"kpi_{self.direction}", {"value": value, "target": target}))

    def _found(self, facts: PartnerFacts) -> tuple[Mapping[str, Any], date] | None:
        """The attributes that hold the number, and the day they are of."""
        if self.event is None:
            return facts.attributes, facts.day
        latest = next((event for event in facts.latest if event.type == self.event), None)
        return (latest.attributes, latest.at.date()) if latest else None

    def _period(self, day: date) -> str:
        if self.every == "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        return f"{day.year}-{day.month:02}" if self.every == "month" else str(day.year)

    def watches(self) -> Watches:
        if self.event is None:
            return Watches()
        return Watches(event_types=frozenset({self.event}))

    def event_attributes(self) -> tuple[str, tuple[str, ...]] | None:
        return (self.event, (self.attribute,)) if self.event else None

    def names(self, numbers: Mapping[str, float], locale: str) -> Mapping[str, str]:
        name = self.name.get(locale) if self.name else self.attribute.replace("_", " ")
        return {"kpi": name, **{key: format_measure(number, locale) for key, number in numbers.items()}}
