"""Gives what somebody has in hand to a deputy, case by case and promise by promise; it does not come back by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from alerts import store
from alerts.casework import bulk
from alerts.casework.bulk import Pick, Result
from alerts.casework.flow import Assign
from alerts.promises import reading as promise_reading
from alerts.promises.reading import PromiseView
from alerts.settling import mediation
from alerts.viewing import case_views_of
from alerts.views import CaseView
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work


@dataclass(frozen=True, slots=True)
class InHand:
    """The open cases of somebody by when they are due, how many promises go `along` with them, and those that do not.

    `mediators` are those who mediate in one of the cases, by its id: whoever mediates in a case cannot have it.
    """

    cases: Sequence[CaseView]
    along: int
    promises: Sequence[PromiseView]
    mediators: Mapping[UUID, UUID]


def in_hand(reading: Reading, staff_id: UUID) -> InHand:
    """What somebody would leave behind."""
    rows = store.open_cases_of_owner(reading, staff_id)
    cases = case_views_of(reading, rows)
    own = {case.id for case in cases}
    promises = promise_reading.open_promises_of(reading, staff_id)
    apart = [each for each in promises if each.case_id not in own]
    given = {row.id: mediation.given_to(reading, row) for row in rows}
    mediators = {case_id: mediator for case_id, mediator in given.items() if mediator is not None}
    return InHand(cases, len(promises) - len(apart), apart, mediators)


def hand_over_cases(work: Work, actor: Actor, viewer: Viewer, to_id: UUID, refs: Collection[str]) -> list[Result]:
    """Give those of the viewer's open cases to somebody; each says by itself whether it went.

    The promises of a case go along with it. Raises Invalid for none or for too many of them, and at `/to` for oneself.
    """
    if to_id == viewer.id:
        words = gettext("Somebody else has to take over; choose another person.")
        raise Invalid(words, [Fault("/to", words)])
    with work.read() as reading:
        own = in_hand(reading, viewer.id).cases
    picks = [Pick(case.ref, case.revision) for case in own if case.ref in refs]
    return bulk.act_on_many(work, actor, viewer, picks, lambda case, now: Assign(to_id))
