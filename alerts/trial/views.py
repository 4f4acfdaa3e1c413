"""Pure. What a trial of alert rules holds: alerts and cases of one side, differences between two, and weeks of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from alerts.clocks.spans import Span
from alerts.definitions import AlertProgram
from alerts.raising.rules import Rule
from alerts.terms import Kind, Severity
from feedback_engine.foundation.definitions import DefinitionFault


@dataclass(frozen=True, slots=True)
class Past:
    """When a case was open, and when it was merged into which other one; `split`: it was split off another one.

    `live_id` is the live case that it is or does as; None for a case that only a draft has.
    """

    live_id: UUID | None
    spans: tuple[Span, ...]
    merged: tuple[tuple[Span, UUID], ...] = ()
    split: bool = False


DifferenceKind = Literal["only_draft", "only_live", "case", "holder"]
Cause = Literal[
    "rule_added",
    "rule_removed",
    "rule_changed",
    "no_alerts_then",
    "words_gone",
    "groups_changed",
    "routes_changed",
    "turns",
    "contact_changed",
    "earlier",
    "assumed_end",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class RaisedCase:
    """A case, of the live alerts or of a draft. `opened_by` is the answer that opened it, `ref` what people call it.

    `to` is the recipient of the tree that had it, `passed` those before who meant nobody, `empty` the teams of them;
    `before`: it stood before the period; `assumed`: its end is a guess, because live had no such case.
    """

    id: UUID
    ref: str
    partner_id: UUID
    touchpoint: str
    kind: Kind
    opened_at: datetime
    opened_by: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    to: str | None
    passed: tuple[str, ...]
    empty: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    matched: tuple[Mapping[str, str], ...] = ()
    before: bool = False
    assumed: bool = False

    @property
    def holder_id(self) -> UUID | None:
        """Who has it, a person or a team; None while nobody does."""
        return self.owner_id or self.team_id


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """A rule that fired on an answer; `opened`: it opened its case, else it joined one. `program` is its version."""

    response_id: UUID
    rule: str
    kind: Kind
    severity: Severity
    reason: str
    numbers: Mapping[str, int]
    partner_id: UUID
    contact_id: UUID
    touchpoint: str
    answered_at: datetime
    raised_at: datetime
    case: RaisedCase
    opened: bool
    program: AlertProgram = field(compare=False, repr=False)

    @property
    def key(self) -> tuple[UUID, str]:
        """A rule fires once on a response."""
        return self.response_id, self.rule


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the draft and what live did part ways on one alert, and the cause as a code.

    `was` is the rule as it was in force then, `will` as the draft has it; None where there was or will be none.
    """

    what: DifferenceKind
    cause: Cause
    draft: RaisedAlert | None
    live: RaisedAlert | None
    was: Rule | None = None
    will: Rule | None = None

    @property
    def alert(self) -> RaisedAlert:
        """The alert it is about: the draft's where there is one."""
        found = self.draft or self.live
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Counts:
    """Alerts of one side, and how many of them opened a case or joined one."""

    alerts: int = 0
    opened: int = 0

    @property
    def joined(self) -> int:
        """Alerts that came to an open case."""
        return self.alerts - self.opened


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule, in the draft and live; None for a side that has no such rule."""

    rule: Rule | None
    key: str
    severity: Severity
    draft: Counts
    live: Counts


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """New cases of one person or team in the week from `monday` on. `capacity` is None for a team."""

    monday: date
    cases: int
    capacity: int | None

    @property
    def over(self) -> bool:
        """Whether that is more than they can do."""
        return self.capacity is not None and self.cases > self.capacity


@dataclass(frozen=True, slots=True)
class HolderLoad:
    """What one person or team gets by the draft, week by week; `live` is what they got in all the same weeks."""

    holder_id: UUID | None
    weeks: tuple[WeekLoad, ...]
    live: int

    @property
    def cases(self) -> int:
        """All weeks together."""
        return sum(week.cases for week in self.weeks)

    @property
    def weeks_over(self) -> int:
        """Weeks with more than they can do."""
        return sum(week.over for week in self.weeks)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would have made of the answers of a period, beside what the live alerts made of them."""

    from_at: datetime
    to_at: datetime
    answers: int
    draft: tuple[RaisedAlert, ...]
    live: tuple[RaisedAlert, ...]
    rules: tuple[RuleLine, ...]
    severities: Mapping[Severity, tuple[Counts, Counts]]
    loads: tuple[HolderLoad, ...]
    unroutable: tuple[RaisedCase, ...]
    differences: tuple[Difference, ...]

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Differences for which no cause was found."""
        return tuple(each for each in self.differences if each.cause == "unknown")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """An example of the draft's routes: whom it expects, who came out (None: nobody), and whether that holds."""

    name: str
    place: str
    expected: str | None
    got: str | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """Alerts that could be in force: what their examples say, and why they cannot be published (nothing: they can)."""

    program: AlertProgram
    examples: Sequence[ExampleResult] = ()
    faults: Sequence[DefinitionFault] = ()


def plain_counts(counts: Counts) -> dict[str, Any]:
    """Counts as JSON values."""
    return {"alerts": counts.alerts, "opened": counts.opened, "joined": counts.joined}
