"""Pure. Fires when a partner that used to answer, or to be heard of, has gone silent."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import Fired
from alerts.conditions.of_partner import Noticed, PartnerCondition, PartnerFacts, Watches
from alerts.conditions.settings import Setting
from feedback_engine.foundation.i18n import gettext_noop


class Silence(PartnerCondition):
    """`{condition: silence, days: 60, at_least: 3, before_days: 180}`: none for 60 days, at least 3 in the 180 before.

    `of: events` counts touchpoint events instead of answers. The occasion is the last one, so that each silence is told
    once; who has been silent for longer than both spans together is past telling.
    """

    said: ClassVar[str] = gettext_noop("a partner has gone silent")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "of",
            gettext_noop("what is missing"),
            "choice",
            choices=(("answers", gettext_noop("answers")), ("events", gettext_noop("events of touchpoints"))),
        ),
        Setting("days", gettext_noop("none for so many days"), "whole", unit="days"),
        Setting("at_least", gettext_noop("before that, at least so many"), "whole"),
        Setting("before_days", gettext_noop("counted over so many days before"), "whole", unit="days"),
    )

    condition: Literal["silence"]
    days: int = Field(ge=7, le=730)
    at_least: int = Field(ge=1, le=1000)
    before_days: int = Field(default=180, ge=7, le=730)
    of: Literal["answers", "events"] = "answers"

    def notices(self, facts: PartnerFacts) -> tuple[Noticed, ...]:
        instants = facts.answers if self.of == "answers" else facts.events
        since = facts.at - timedelta(days=self.days)
        before = [at for at in instants if at > since - timedelta(days=self.before_days)]
        if len(before) < self.at_least or max(before) > since:
            return ()
        numbers = {"days": (facts.at - max(before)).days, "count": len(before), "before": self.before_days}
        occasion = f"silence:{self.of}:{max(before).isoformat()}"
        return (Noticed(occasion, Fired(f"silence_{self.of}", numbers)),)

    def watches(self) -> Watches:
        span = self.days + self.before_days
        return Watches(answer_days=span) if self.of == "answers" else Watches(event_days=span)
