"""Pure. Fires when something that we promised a partner was not done in time."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from alerts.conditions.base import Fired
from alerts.conditions.of_partner import Noticed, PartnerCondition, PartnerFacts, Watches
from alerts.conditions.settings import Setting
from feedback_engine.foundation.i18n import gettext_noop


class PromiseOverdue(PartnerCondition):
    """`{condition: promise_overdue}`, or with `days: 3` when it has been overdue for so long; once for each promise."""

    said: ClassVar[str] = gettext_noop("a promise of ours is overdue")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("days", gettext_noop("overdue for so many days"), "whole", gettext_noop("0 is at once."), "days"),
    )

    condition: Literal["promise_overdue"]
    days: int = Field(default=0, ge=0, le=365)

    of_touchpoint: ClassVar[bool] = True

    def notices(self, facts: PartnerFacts) -> tuple[Noticed, ...]:
        return tuple(
            Noticed(
                occasion=f"promise:{promise.id}",
                fired=Fired("promise_overdue", {"days": (facts.at - promise.due_at).days}),
                touchpoint=promise.touchpoint,
                contact_id=promise.contact_id,
                case_id=promise.case_id,
                holder_id=promise.holder_id,
            )
            for promise in facts.promises
            if promise.due_at + timedelta(days=self.days) <= facts.at
        )

    def watches(self) -> Watches:
        return Watches(promises=True)
