"""The alert slice's read door: cases, lists and counts, who is about to be called, what ended with which cause."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts import published, store
from alerts.casework import history, view_store
from alerts.casework.answers import answers_of
from alerts.casework.changes import find_twin
from alerts.casework.flow import WAITING_STATES, contacted_whom, is_contact
from alerts.casework.undoing import UNDOABLE
from alerts.clocks.business_time import ALWAYS, Calendar, add_hours
from alerts.clocks.case_clock import awaits_contact
from alerts.clocks.partner_week import week_of
from alerts.clocks.words import SOON
from alerts.handover.duties import duties_of
from alerts.notices import notification_store
from alerts.regrouping import home_store
from alerts.regrouping.undoing import REGROUPED, other_of
from alerts.routing.fallback import last_resort
from alerts.store import NOT_ASKED, VIEWS, CaseFilter, CaseRow
from alerts.threads import store as thread_store
from alerts.viewing import (
    alert_views_of,
    case_views_of,
    entry_of,
    names_of,
    root_causes,
    rule_names,
    touchpoint_names,
    working_hours_of,
)
from alerts.views import (
    AlertView,
    CaseDetail,
    CaseView,
    DeliveryView,
    EndpointView,
    EntryView,
    ProgressView,
    RootCauseView,
    SavedViewView,
)
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import EVERYTHING, Viewer
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.instants import parse_instant
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.paging import Page, page_of
from surveys import reading as surveys

__all__ = [
    "EVERYTHING",
    "NOT_ASKED",
    "VIEWS",
    "WAITING_STATES",
    "AlertView",
    "CaseDetail",
    "CaseFilter",
    "CaseView",
    "DeliveryView",
    "EndpointView",
    "EntryView",
    "ProgressView",
    "RootCauseView",
    "SavedViewView",
    "alerts_of_cases",
    "case_by_ref",
    "case_detail",
    "case_views",
    "cases_called",
    "cases_of_partners",
    "closed_cases",
    "count_cases",
    "count_mine",
    "count_views",
    "count_waiting",
    "duties_of",
    "entries_after",
    "find_alert",
    "get_endpoint",
    "get_undoable_case",
    "get_visible_case",
    "inbox_filter",
    "last_resort",
    "list_alerts",
    "list_cases",
    "list_deliveries",
    "list_endpoints",
    "open_case_persons",
    "other_open_cases",
    "position_of",
    "progress_of",
    "put_aside",
    "responses_with_case",
    "root_causes",
    "rule_names",
    "saved_views",
    "step_to_undo",
    "steps_to_undo",
    "touchpoint_names",
    "visible_cases",
]

_REF = re.compile(r"[Cc]-([0-9]{1,15})")
LAST_SCORES = 5
MOST_PUT_ASIDE = 50
MOST_OTHERS = 50


# ---- single cases


def case_by_ref(reading: Reading, ref: str) -> CaseView | None:
    """The case that people know as `C-1042`, or that stands for it since a merge; None when there is none."""
    found = _REF.fullmatch(ref)
    row = store.case_by_number(reading, int(found[1])) if found else None
    return None if row is None else case_views_of(reading, [home_store.survivor_of(reading, row)])[0]


def get_visible_case(reading: Reading, viewer: Viewer, ref: str) -> CaseView:
    """The case of a reference or an id, if `viewer` may see it. Raises NotFound, the same for absent and foreign."""
    row = _find_row(reading, ref)
    # The reference of a merged case leads to the one that stands for it.
    row = None if row is None else store.find_visible(reading, viewer, home_store.survivor_of(reading, row).id)
    if row is None:
        raise NotFound(gettext("There is no such case among those you may see. Search for the partner instead."))
    return case_views_of(reading, [row])[0]


def cases_called(reading: Reading, viewer: Viewer, reference: str) -> list[CaseView]:
    """The cases of an event that calls itself `reference`, of those that `viewer` may see: open ones first, the newest
    first."""
    found = store.cases_by_id(reading, home_store.cases_about(reading, reference))
    rows = store.visible_by_number(reading, viewer, [row.number for row in found]) if found else []
    likely = sorted(rows, key=lambda row: (row.state != "closed", row.opened_at, row.id), reverse=True)
    return case_views_of(reading, likely)


def visible_cases(reading: Reading, viewer: Viewer, refs: Iterable[str]) -> dict[str, CaseView]:
    """Those of the cases of these references that `viewer` may see, by reference."""
    numbers = [int(found[1]) for found in map(_REF.fullmatch, refs) if found]
    rows = store.visible_by_number(reading, viewer, numbers) if numbers else []
    return {case.ref: case for case in case_views_of(reading, rows)}


def get_undoable_case(reading: Reading, viewer: Viewer, ref: str) -> CaseView:
    """The case, if `viewer` may see it or took its last step, which may have been to give it away. Raises NotFound."""
    case = case_by_ref(reading, ref)
    last = entries_after(reading, case.id, case.revision - 1) if case else ()
    if case is not None and last and last[-1].actor_id == str(viewer.id):
        return case
    return get_visible_case(reading, viewer, ref)


def step_to_undo(reading: Reading, row: CaseRow, actor_id: str | None) -> EntryView | None:
    """The last step of a case, where it was this actor's and can be taken back in time.

    It cannot where it would give the case to somebody who works here no more, or open it beside one of its matter.
    """
    last = entries_after(reading, row.id, row.revision - 1)[-1]
    before = last.detail.get("before")
    if last.actor_id != actor_id or before is None:
        return None
    if last.kind in REGROUPED:
        return last if other_of(reading, last) is not None else None
    if last.kind not in UNDOABLE:
        return None
    had = before.get("owner_id")
    if had is not None and not _works(reading, UUID(had)):
        return None
    return None if row.state == "closed" and find_twin(reading, row) is not None else last


def _works(reading: Reading, staff_id: UUID) -> bool:
    """Whether somebody may have a case."""
    member = directory.staff_by_id(reading, [staff_id]).get(staff_id)
    return member is not None and member.active and member.role != "viewer"


def steps_to_undo(reading: Reading, revisions: Iterable[tuple[str, int | None]], actor_id: str) -> dict[str, EntryView]:
    """The steps that this actor can take back in time, by the references of those cases that stand at the given
    revision still, whoever may see them."""
    wanted = dict(revisions)
    numbers = [int(found[1]) for found in map(_REF.fullmatch, wanted) if found]
    rows = store.visible_by_number(reading, EVERYTHING, numbers) if numbers else []
    as_left = {f"C-{row.number}": row for row in rows if wanted.get(f"C-{row.number}") == row.revision}
    steps = {ref: step_to_undo(reading, row, actor_id) for ref, row in as_left.items()}
    return {ref: step for ref, step in steps.items() if step is not None}


def case_detail(reading: Reading, case: CaseView) -> CaseDetail:
    """All that the page of a case shows."""
    row = store.case_by_id(reading, case.id)
    if row is None:
        raise NotFound(gettext("There is no such case."))
    alerts = alerts_of_cases(reading, [case.id]).get(case.id, ())
    timeline = entries_after(reading, case.id, 0)
    members = home_store.members_of(reading, row.id)
    together = history.together(reading, row, timeline, members)
    return CaseDetail(
        case=case,
        answers=answers_of(reading, alerts),
        alerts=alerts,
        timeline=timeline,
        last_scores=tuple(surveys.last_scores(reading, [case.partner.id], LAST_SCORES).get(case.partner.id, ())),
        route=row.route,
        names=names_of(reading, row, together),
        working_hours=working_hours_of(reading, row),
        together=together,
        taken_in=tuple(f"C-{member.number}" for member in members),
    )


def entries_after(reading: Reading, case_id: UUID, revision: int) -> tuple[EntryView, ...]:
    """What happened to a case after a revision, oldest first."""
    return tuple(entry_of(row) for row in store.entries_of(reading, case_id, revision))


def progress_of(reading: Reading, response_id: UUID) -> ProgressView | None:
    """What came of an answer: read, contacted, closed, by the case that is furthest; None without a case."""
    rows = [row for _, row in store.cases_of_responses(reading, [response_id])]
    if not rows:
        return None
    row = min(rows, key=lambda each: (each.kind == "thanks", each.opened_at, each.id))
    owner = directory.staff_by_id(reading, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    calls = row.kind != "thanks"
    entries = store.entries_of(reading, row.id)
    alerts = store.alerts_of_cases(reading, [row.id])
    own = [each for each in alerts if each.response_id == response_id]
    answered_at = min(each.answered_at for each in own)
    read_at = _first_since(answered_at, row.acknowledged_at, entries)
    contacted_at = _contacted_at(reading, row, entries, answered_at, own[0].contact_id)
    # Where a merge brought a contact that is due sooner, the clock counts to that one; an answer that joined a case
    # whose contact was made before is owed a word until the case is settled.
    counts_on = awaits_contact(row) or (row.contacted_at is not None and contacted_at is None)
    due_at = row.due_at if counts_on else row.contact_due_at
    reader = next((entry.actor_name for entry in entries if entry.at == read_at and entry.actor_kind == "staff"), "")
    return ProgressView(calls, read_at, contacted_at, row.closed_at, due_at, owner, reader)


def _contacted_at(
    reading: Reading, row: CaseRow, entries: Sequence[CaseRow], answered_at: datetime, contact_id: UUID | None
) -> datetime | None:
    """When whoever answered was reached first since then, as far as anybody says with whom of several it was."""
    contacts = [entry for entry in entries if is_contact(entry.kind, entry.detail)]
    addressed = thread_store.addressed(reading, row.id) if contacts else {}
    with_others = [
        entry for entry in contacts if contacted_whom(entry.kind, entry.detail, addressed) not in (None, contact_id)
    ]
    theirs = [entry for entry in contacts if entry not in with_others]
    if row.contacted_at in {entry.at for entry in with_others}:
        return next((entry.at for entry in theirs if entry.at >= answered_at), None)
    return _first_since(answered_at, row.contacted_at, theirs)


def _first_since(answered_at: datetime, first: datetime | None, entries: Sequence[CaseRow]) -> datetime | None:
    """When something was done first; where that was before the answer came, when staff did one of these since."""
    if first is None or first >= answered_at:
        return first
    since = (entry for entry in entries if entry.at >= answered_at and entry.actor_kind == "staff")
    return next((entry.at for entry in since), None)


# ---- lists


def case_views(reading: Reading, case_ids: Iterable[UUID]) -> dict[UUID, CaseView]:
    """The cases of these ids that exist."""
    return {case.id: case for case in case_views_of(reading, store.cases_by_id(reading, case_ids))}


def inbox_filter(reading: Reading, viewer: Viewer, view: str, **narrowed: Any) -> CaseFilter:
    """The filter behind a view of the inbox, narrowed by fields of CaseFilter. Raises NotFound for an unknown view."""
    if view not in VIEWS:
        raise NotFound(gettext("The inbox has no such view."))
    return CaseFilter(viewer, view, _soon(reading), **narrowed)


def count_cases(reading: Reading, wanted: CaseFilter) -> int:
    """How many cases a list holds on all its pages."""
    return store.count_cases(reading, wanted)


def list_cases(
    reading: Reading, wanted: CaseFilter, after: Sequence[Any] | None = None, limit: int = 50
) -> Page[CaseView]:
    """A page of cases; the cursor holds an instant and an id."""
    rows = store.list_cases(reading, wanted, position_of(after), limit + 1)
    page = page_of(rows, limit, lambda row: (store.order_instant(wanted, row).isoformat(), str(row.id)))
    return Page(case_views_of(reading, page.rows), page.next_cursor)


def count_views(reading: Reading, viewer: Viewer) -> dict[str, int]:
    """How many cases stand in each view of the inbox."""
    soon = _soon(reading)
    return {view: store.count_cases(reading, CaseFilter(viewer, view, soon)) for view in VIEWS}


def count_mine(reading: Reading, viewer: Viewer) -> int:
    """How many open cases are the viewer's own."""
    return store.count_cases(reading, CaseFilter(viewer, "mine"))


def put_aside(reading: Reading, viewer: Viewer) -> tuple[int, datetime | None]:
    """How many open cases of the viewer's own are put aside, and when the first of them comes back."""
    wanted = CaseFilter(viewer, "snoozed", owner_id=viewer.id)
    backs = [row.snoozed_until for row in store.list_cases(reading, wanted, None, MOST_PUT_ASIDE)]
    count = len(backs) if len(backs) < MOST_PUT_ASIDE else store.count_cases(reading, wanted)
    return count, min(backs, default=None)


def count_waiting(reading: Reading, viewer: Viewer) -> int:
    """How many cases wait for the viewer, for the navigation: their own, brought to them, or naming them in a note."""
    return store.count_cases(reading, CaseFilter(viewer, store.ON_ME))


def cases_of_partners(reading: Reading, partner_ids: Iterable[UUID], limit: int = 20) -> list[CaseView]:
    """The newest cases of these partners."""
    return case_views_of(reading, store.cases_of_partners(reading, partner_ids, limit))


def other_open_cases(reading: Reading, viewer: Viewer, case: CaseView) -> list[CaseView]:
    """The other open cases of a case's partner that the viewer may see, newest first, thank-yous left out."""
    wanted = CaseFilter(viewer, partner_id=case.partner.id)
    rows = store.list_cases(reading, wanted, None, MOST_OTHERS)
    others = [row for row in rows if row.id != case.id and row.state != "closed" and row.kind != "thanks"]
    return case_views_of(reading, others)


def list_alerts(reading: Reading, after: Sequence[Any] | None = None, limit: int = 50) -> Page[AlertView]:
    """A page of alerts, newest first."""
    rows = store.alerts_page(reading, position_of(after), limit + 1)
    page = page_of(rows, limit, lambda row: (row.raised_at.isoformat(), str(row.id)))
    return Page(alert_views_of(reading, page.rows), page.next_cursor)


def find_alert(reading: Reading, alert_id: UUID) -> AlertView | None:
    """One alert, or None."""
    row = store.alert_by_id(reading, alert_id)
    return None if row is None else alert_views_of(reading, [row])[0]


def alerts_of_cases(reading: Reading, case_ids: Collection[UUID]) -> dict[UUID, tuple[AlertView, ...]]:
    """The alerts of each of these cases, oldest first, with their reasons in words."""
    found: dict[UUID, tuple[AlertView, ...]] = {}
    for alert in alert_views_of(reading, store.alerts_of_cases(reading, case_ids)):
        found[alert.case_id] = (*found.get(alert.case_id, ()), alert)
    return found


def responses_with_case(reading: Reading, response_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The case of each of these responses that has one."""
    return store.responses_with_case(reading, response_ids)


def saved_views(reading: Reading, staff_id: UUID) -> list[SavedViewView]:
    """The addresses of the inbox that a member of staff keeps, by name."""
    return [SavedViewView(row.id, row.name, row.address) for row in view_store.views_of(reading, staff_id)]


def week_in(reading: Reading, zone: str) -> Calendar:
    """When somebody in `zone` works, by the calendars of the program in force or by the custom of their country."""
    alerts = published.in_force(reading)
    return week_of(alerts.program if alerts else None, zone)


# ---- for deciding and for the outer loop


def open_case_persons(reading: Reading, persons: Collection[bytes]) -> set[bytes]:
    """Those of these persons whom somebody is about to call: they are not asked anew meanwhile.

    A thank-you keeps nobody waiting, or good news would be asked for less often than bad.
    """
    return store.open_case_persons(reading, persons) if persons else set()


def closed_cases(
    reading: Reading, *, root_cause: str | None = None, touchpoint: str | None = None, limit: int = 200
) -> list[CaseView]:
    """Closed cases that have a root cause (this one, at this touchpoint), newest first: what themes are made of."""
    return case_views_of(reading, store.closed_with_cause(reading, root_cause, touchpoint, limit))


# ---- webhooks


def list_endpoints(reading: Reading) -> list[EndpointView]:
    """The addresses that hear of cases, by name, without their secrets; those switched off too."""
    return [_endpoint(row) for row in notification_store.endpoints(reading)]


def get_endpoint(reading: Reading, endpoint_id: UUID) -> EndpointView:
    """One of them. Raises NotFound."""
    row = notification_store.endpoint_by_id(reading, endpoint_id)
    if row is None or row.staff_id is not None:
        raise NotFound(gettext("There is no such webhook."))
    return _endpoint(row)


def list_deliveries(
    reading: Reading, recipient_id: UUID, after: Sequence[Any] | None = None, limit: int = 50
) -> Page[DeliveryView]:
    """A page of what one recipient was told, newest first, and what became of it."""
    rows = notification_store.notifications_of(reading, recipient_id, position_of(after), limit + 1)
    page = page_of(rows, limit, lambda row: (row.created_at.isoformat(), str(row.id)))
    return Page([_delivery(row) for row in page.rows], page.next_cursor)


def _delivery(row: Any) -> DeliveryView:
    return DeliveryView(**{name: getattr(row, name) for name in DeliveryView.__dataclass_fields__})


def _endpoint(row: Any) -> EndpointView:
    return EndpointView(**{name: getattr(row, name) for name in EndpointView.__dataclass_fields__})


# ---- keys


def _find_row(reading: Reading, ref: str) -> CaseRow | None:
    found = _REF.fullmatch(ref)
    if found:
        return store.case_by_number(reading, int(found[1]))
    try:
        return store.case_by_id(reading, UUID(ref))
    except ValueError:
        return None


def _soon(reading: Reading) -> dict[str | None, datetime]:
    """The instants before which a due time is close, by calendar: four of its working hours from now, as clocks say."""
    alerts = published.in_force(reading)
    calendars: dict[str | None, Calendar] = {None: alerts.program.calendar_named(None) if alerts else ALWAYS}
    if alerts:
        calendars |= {name: each.calendar() for name, each in alerts.program.calendars.items()}
    return {name: add_hours(calendar, reading.now, SOON / timedelta(hours=1)) for name, calendar in calendars.items()}


def position_of(after: Sequence[Any] | None) -> tuple[datetime, UUID] | None:
    """The parts of a cursor as the store needs them. Raises Invalid when they were not made here."""
    if after is None:
        return None
    try:
        return parse_instant(str(after[0])), UUID(str(after[1]))
    except ValueError:
        words = gettext("Take next_cursor from the page before, unchanged, or leave it out.")
        raise Invalid(gettext("The cursor is not one of ours."), [Fault("/cursor", words)]) from None
