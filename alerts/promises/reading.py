"""Reads promises as pages, mails and programs show them: with names, and the working time that is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts import store
from alerts.casework.changes import terms_of
from alerts.clocks.business_time import working_time
from alerts.promises import store as promise_store
from alerts.promises.store import PromiseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerView, StaffView
from feedback_engine.foundation.unit_of_work import Reading

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class PromiseView:
    """What we told a partner we would do. `owner` has to keep it, `promised_by` said it.

    `left` is the working time until it is due, negative once that has passed, `past_due` the time on the wall since
    then. `case_revision` is that of its case.
    """

    id: UUID
    case_id: UUID
    case_ref: str
    case_revision: int
    case_closed: bool
    partner: PartnerView
    text: str
    state: str
    owner: StaffView
    promised_by: StaffView
    promised_at: datetime
    due_at: datetime
    warn_at: datetime
    left: timedelta
    past_due: timedelta
    settled_at: datetime | None
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to keep it."""
        return self.state == "open"

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been kept by now."""
        return self.is_open and (self.past_due > timedelta() or not self.left)


def promises_of_case(reading: Reading, case_id: UUID) -> list[PromiseView]:
    """The promises made in a case: open ones by when they are due, then the settled ones, newest first."""
    return promise_views_of(reading, promise_store.promises_of_case(reading, case_id))


def open_promises_of(reading: Reading, staff_id: UUID) -> list[PromiseView]:
    """The open promises that somebody on staff has to keep: overdue ones first, all by when they are due."""
    return promise_views_of(reading, promise_store.open_of_owner(reading, staff_id))


def promises_to_partners(reading: Reading, partner_ids: Collection[UUID], limit: int) -> list[PromiseView]:
    """Promises to these partners: every open one by when it is due, then the latest settled ones; `limit` in all."""
    open_rows = promise_store.open_to_partners(reading, partner_ids)
    latest = promise_store.latest_to_partners(reading, partner_ids, limit)
    settled = [row for row in latest if row.state != "open"]
    return promise_views_of(reading, [*open_rows, *settled][: max(limit, len(open_rows))])


def find_promise(reading: Reading, promise_id: UUID) -> PromiseView | None:
    """One promise, or None."""
    row = promise_store.promise_by_id(reading, promise_id)
    return None if row is None else promise_views_of(reading, [row])[0]


def promise_names(reading: Reading, case_id: UUID) -> dict[str, str]:
    """The beginning of each promise made in a case, by its id, for the timeline."""
    rows = promise_store.promises_of_case(reading, case_id)
    return {str(row.id): row.text if len(row.text) <= NAME_LENGTH else f"{row.text[:NAME_LENGTH]}…" for row in rows}


def promise_views_of(reading: Reading, rows: Sequence[PromiseRow]) -> list[PromiseView]:
    """The promises of these rows, in their order."""
    if not rows:
        return []
    cases = {row.id: row for row in store.cases_by_id(reading, {row.case_id for row in rows})}
    calendars = {case.id: terms_of(reading, case).calendar for case in cases.values()}
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows})
    staff = directory.staff_by_id(reading, {each for row in rows for each in (row.owner_id, row.promised_by_id)})
    return [
        PromiseView(
            id=row.id,
            case_id=row.case_id,
            case_ref=f"C-{cases[row.case_id].number}",
            case_revision=cases[row.case_id].revision,
            case_closed=cases[row.case_id].state == "closed",
            partner=partners[row.partner_id],
            text=row.text,
            state=row.state,
            owner=staff[row.owner_id],
            promised_by=staff[row.promised_by_id],
            promised_at=row.promised_at,
            due_at=row.due_at,
            warn_at=row.warn_at,
            left=working_time(calendars[row.case_id], reading.now, row.due_at),
            past_due=max(timedelta(), reading.now - row.due_at),
            settled_at=row.settled_at,
            reason=row.reason or "",
        )
        for row in rows
    ]
