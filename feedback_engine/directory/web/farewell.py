"""What closing somebody's account takes with it; the floors above hand in what they know, such as open cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.views import Duties
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work


def duties_of(reading: Reading, staff_id: UUID) -> Duties:
    """What a member of staff has in hand, as far as the directory knows."""
    return Duties(partners=len(directory.partners_owned_by(reading, staff_id)))


def close_account(work: Work, actor: Actor, staff_id: UUID, successor_id: UUID | None = None) -> Duties:
    """Close an account, its partners going to the successor. Raises as `service.disable_staff` does."""
    with work.begin(actor=actor) as uow:
        return Duties(partners=service.disable_staff(uow, staff_id, successor_id))


@dataclass(frozen=True, slots=True)
class Farewell:
    """How an account is closed: what is in hand, and the closing, which moves it to a successor."""

    duties_of: Callable[[Reading, UUID], Duties] = duties_of
    close_account: Callable[[Work, Actor, UUID, UUID | None], Duties] = close_account
