"""Pure. What the alert file says of settling: until when partners may reply, who mediates, to whom it goes then."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from alerts.terms import Names, Recipient
from feedback_engine.foundation.definitions import Key, Strict

STEERING_FIRST = ("role:program_owner", "role:admin", "role:alliance_manager")
"""Who is looked at where those who are named are all concerned: the program owners first."""


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Recipients = Annotated[
    tuple[Recipient, ...],
    BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
    Field(min_length=1, max_length=9),
]


def recipients_of(file: Any) -> list[str]:
    """Everybody whom the `settling` of an alert file names on our side."""
    settling: Settling | None = file.settling
    return [] if settling is None else [*settling.mediator, *settling.escalation]


class Recovery(Strict):
    """The touchpoint whose survey asks, so many days after a partner called a case settled, how it is now."""

    touchpoint: Key
    after_days: int = Field(default=14, ge=1, le=180)


class Settling(Strict):
    """How a case is settled by its partner, and the ladder of a conflict.

    `reply_days` are working days. `mediator` and `escalation` name who may be asked, in their order; `mediation_hours`
    are working hours. `partner_escalation` are personas or roles of the partner's contacts who are written to at last.
    """

    reply_days: int = Field(default=10, ge=1, le=60)
    mediator: Recipients = ("role:program_owner",)
    mediation_hours: float = Field(default=16, gt=0, le=2000)
    escalation: Recipients = ("role:program_owner",)
    partner_escalation: Names | None = None
    recovery: Recovery | None = None
