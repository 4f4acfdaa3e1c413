"""Asks, some days after a partner called a case settled, how it is now; and reads what came of that beside the case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from alerts import published, store
from alerts.notices.certainty import certain_at
from alerts.routing.walk import steering_role
from alerts.settling import store as settling_store
from alerts.settling.asking import is_in_force
from alerts.settling.store import SettlementRow
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading
from journeys import reading as journeys
from journeys import service as journeys_service
from journeys.events import RECOVERY_SOURCE
from surveys import reading as surveys


@dataclass(frozen=True, slots=True)
class Recovered:
    """A score before a case and one after it was settled, on the same scale or not; `after` is None until it comes."""

    before: int | None
    before_kind: str | None
    after: int | None
    after_kind: str | None


def ask(engine: Engine, settlement: SettlementRow) -> None:
    """Record the event that asks, once; sampling decides about it as an exemption from the caps.

    Whoever was erased or has left, and whose case was opened again, is not asked. A crash on the way is taken up again:
    the event has the id of the settlement, and the same event is recorded once.
    """
    with engine.work.read() as view:
        draft = _draft(view, settlement)
        # Opened again by mistake, it is settled as it was once that is taken back.
        until = certain_at(view, [settlement.case_id]) if draft is None else None
    event_id = None
    if draft is not None:
        draft_, touchpoint = draft
        [result] = journeys_service.record_events(
            engine.work, SYSTEM, [draft_], keys=engine.keys, reaching=(touchpoint,)
        )
        event_id = result.event_id
    values = {"recovery_event_id": event_id} if event_id is not None else {"recovery_due_at": until}
    try:
        with engine.work.begin(actor=SYSTEM) as uow:
            settling_store.change_settlement(uow, settlement, values)
    except Conflict:
        return  # The partner thought again meanwhile; what is due now is due at the next look.


def _draft(view: Reading, settlement: SettlementRow) -> tuple[journeys_service.EventDraft, str] | None:
    row = store.case_by_id(view, settlement.case_id)
    contact = directory.find_contact(view, settlement.contact_id)
    partner = directory.find_partner_of_id(view, settlement.partner_id)
    if row is None or contact is None or contact.state != "active" or partner is None:
        return None
    if not is_in_force(row, settlement) or settlement.state != "confirmed":
        return None
    touchpoint = _touchpoint(view, row)
    if touchpoint is None:
        return None
    event_type = journeys.touchpoint(view, touchpoint).definition.event
    draft = journeys_service.EventDraft(
        index=0,
        source=RECOVERY_SOURCE,
        id=str(settlement.id),
        type=event_type,
        subject=partner.key,
        at=None,
        contact=journeys_service.ContactDraft(contact.email),
    )
    return draft, touchpoint


def _touchpoint(view: Reading, row: CaseRow) -> str | None:
    """The touchpoint whose survey asks, if it is still on the map; what the program says now counts."""
    alerts = published.in_force(view)
    recovery = alerts.program.settling_terms.recovery if alerts is not None else None
    if recovery is None:
        return None
    try:
        journeys.touchpoint(view, recovery.touchpoint)
    except NotFound:
        return None
    return recovery.touchpoint


def recovered(view: Reading, row: CaseRow) -> Recovered | None:
    """The score before and after, as far as it was asked; None where nobody asked."""
    events = [each.recovery_event_id for each in settling_store.settlements_of(view, row.id) if each.recovery_event_id]
    if not events:
        return None
    found = surveys.scores_of_events(view, events[-1:]).get(events[-1])
    return Recovered(row.score, row.score_kind, found.score if found else None, found.kind if found else None)


def steering(view: Reading) -> frozenset[UUID]:
    """Those who steer the program."""
    active = [member for member in directory.list_staff(view) if member.active]
    role = steering_role({member.role for member in active})
    return frozenset(member.id for member in active if member.role == role)
