"""Pure. The partner of an example in the alert file: what is known of one that is made up, on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from alerts.conditions import LatestEvent, OverduePromise, PartnerFacts
from feedback_engine.foundation.definitions import Line, Strict

Days = Annotated[tuple[Annotated[int, Field(ge=0, le=2000)], ...], Field(max_length=200)]
Value = str | int | float | bool
Attributes = Annotated[dict[str, Value], Field(max_length=100)]

_MADE_UP = UUID(int=1 << 8)


class GivenEvent(Strict):
    """The last event of its type."""

    type: Line
    days_ago: int = Field(default=0, ge=0, le=2000)
    attributes: Attributes = Field(default_factory=dict)


class GivenPartner(Strict):
    """What is known of the partner of an example on the day `on`; what it does not say is not known."""

    on: date
    answers_days_ago: Days = ()
    events_days_ago: Days = ()
    attributes: Attributes = Field(default_factory=dict)
    event: GivenEvent | None = None
    promise_overdue_days: int | None = Field(default=None, ge=0, le=2000)

    def facts(self, touchpoint: str) -> PartnerFacts:
        """The same as rules without an answer see it, at noon of the day."""
        now = datetime.combine(self.on, time(12), UTC)
        return PartnerFacts(
            at=now,
            day=self.on,
            answers=_ago(now, self.answers_days_ago),
            events=_ago(now, self.events_days_ago),
            latest=self._latest(now),
            attributes=self.attributes,
            promises=self._promises(now, touchpoint),
        )

    def _latest(self, now: datetime) -> tuple[LatestEvent, ...]:
        if self.event is None:
            return ()
        return (LatestEvent(self.event.type, now - timedelta(days=self.event.days_ago), self.event.attributes),)

    def _promises(self, now: datetime, touchpoint: str) -> tuple[OverduePromise, ...]:
        if self.promise_overdue_days is None:
            return ()
        due_at = now - timedelta(days=self.promise_overdue_days)
        return (OverduePromise(_MADE_UP, due_at, _MADE_UP, _MADE_UP, touchpoint),)


def _ago(now: datetime, days: tuple[int, ...]) -> tuple[datetime, ...]:
    return tuple(now - timedelta(days=each) for each in sorted(days))
