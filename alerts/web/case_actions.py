"""What the forms on a case do. A form that meets a change or a fault comes back as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import service
from alerts.casework.flow import (
    WAITING_STATES,
    Acknowledge,
    Action,
    Assign,
    Close,
    Dismiss,
    Letter,
    LogContact,
    Note,
    Pause,
    Refused,
    Reopen,
    Resume,
    Snooze,
)
from alerts.clocks.snoozing import day_until, snoozed_until
from alerts.promises.flow import SettlePromise
from alerts.reading import CaseView
from alerts.service import CaseMoved
from alerts.web.case_pages import WORKERS, Attempt, draw_case, zone_of
from alerts.web.inbox_filters import place_of
from alerts.web.inputs import owner_id_of, typed_form
from alerts.web.promise_inputs import contact_typed, giving_typed, promise_of, settling_typed
from alerts.web.showing import instant_words
from alerts.web.taking_back import undo_path
from alerts.words import refusal
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import format_date, gettext, gettext_noop, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.deeds import flash_undoable
from feedback_engine.foundation.web.refusals import refusal_shown

Answer = Response | tuple[str, int]

_DONE = {
    "acknowledge": gettext_noop("Acknowledged."),
    "note": gettext_noop("The note is in the timeline."),
    "log-contact": gettext_noop("The contact is in the timeline."),
    "promise": gettext_noop(
        "The promise stands, and its clock runs: whoever has to keep it is warned at three quarters of its time, and "
        "told when it is overdue."
    ),
    "give-promise": gettext_noop("The promise is theirs now; they have been told, and find it on their page."),
    "close": gettext_noop("The case is closed."),
    "assign": gettext_noop("The case has a new owner, who is told in a moment."),
    "reopen": gettext_noop("The case is open again, with new due times."),
    "dismiss": gettext_noop(
        "The case is dismissed: the partner is not asked, and it counts as one that held nothing to settle. It can be "
        "reopened later too."
    ),
    "pause": gettext_noop("The clock stands still."),
    "resume": gettext_noop("The clock goes on."),
    "snooze": gettext_noop("The case is put aside until {until}, or until there is more bad news. Its clock goes on."),
}
_PROMISE_ENDED = {
    "kept": gettext_noop("The promise was kept, and its clock stands."),
    "broken": gettext_noop("The promise was broken, and its clock stands; whoever had to keep it knows."),
    "withdrawn": gettext_noop("The promise does not hold any more, and its clock stands."),
}
_ACKNOWLEDGING = ("promise", "dismiss", "pause", "snooze")
"""Deeds by which somebody has seen a case, though they are called otherwise."""
_FINAL = ("note", "log-contact", "give-promise")
"""What was said stays said; all else can be taken back for a moment."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""

    @pages.post("/cases/<ref>/<form>")
    @allow(roles(*WORKERS))
    def act(ref: str, form: str) -> Answer:
        if form not in (*_DONE, "settle-promise"):
            raise NotFound(gettext("There is nothing here."))
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
        typed = typed_form()
        try:
            action = _action(engine, case, form, typed)
            revision = service.act(engine.work, actor(), case.id, action, expected=revision_of(typed))
        except CaseMoved as moved:
            return again(engine, case, Attempt(form, typed, changes=moved.changes, message=moved.message)), 409
        except Conflict as error:
            return again(engine, case, Attempt(form, typed, message=error.message)), 409
        except Invalid as error:
            return again(engine, case, Attempt(form, typed, faults=_faults(form, typed, error))), 422
        names = _told_by_name(engine, case, revision) if form == "note" else []
        done = _done_words(form, action, case, names)
        if form in _FINAL:
            flash(done)
        else:
            flash_undoable(done, undo_path(case), {"revision": revision})
        return redirect(next_path(engine, case), 303)

    @pages.post("/cases/<ref>/undo")
    @allow(roles(*WORKERS))
    def undo(ref: str) -> Response:
        with engine.work.read() as reading:
            case = cases.get_undoable_case(reading, current_staff(), ref)
            merged = _merged_last(reading, case)
        with refusal_shown():
            service.undo(engine.work, actor(), case.id, expected=revision_of(request.form))
            if merged is not None:
                named = {"ref": merged.ref, "other": case.ref}
                flash(gettext("The merge was taken back: {ref} and {other} are two cases again.", **named))
                return redirect(next_path(engine, merged), 303)
            flash(gettext("The case is as it was before."))
        return redirect(next_path(engine, case), 303)


def _told_by_name(engine: Engine, case: CaseView, revision: int) -> list[str]:
    """The names of those whom the note of a revision names, without its author, who knows."""
    with engine.work.read() as reading:
        noted = cases.entries_after(reading, case.id, revision - 1)[:1]
        named = [UUID(staff_id) for entry in noted for *_, staff_id in entry.detail.get("mentions", ())]
        staff = directory.staff_by_id(reading, named)
    return [staff[each].name for each in dict.fromkeys(named) if each in staff and each != current_staff().id]


def _done_words(form: str, action: Action, before: CaseView, names: Sequence[str]) -> str:
    """What was done, and what follows; `before` is the case as it stood until then, `names` are told of a note."""
    if isinstance(action, Snooze):
        told = gettext(_DONE[form], until=instant_words(before, action.until, current_staff().time_zone))
    elif isinstance(action, SettlePromise):
        told = gettext(_PROMISE_ENDED[action.state])
    elif isinstance(action, Assign) and action.owner_id == current_staff().id:
        told = gettext("The case is yours now.")
    elif isinstance(action, Note) and names:
        named = ", ".join(names)
        find = ngettext("{names} finds it under Mentions.", "{names} find it under Mentions.", len(names), names=named)
        told = f"{gettext(_DONE[form])} {find}"
    elif isinstance(action, LogContact) and action.promise is not None and action.promise.due_on is not None:
        day = format_date(action.promise.due_on, style="weekday")
        told = gettext("The contact is in the timeline, and the promise stands: its clock runs until {day}.", day=day)
    else:
        told = gettext(_DONE[form])
    # Only who answered has a receipt on which to see it.
    seen = before.response_id is not None
    if form == "acknowledge" and seen:
        return gettext("Acknowledged. The partner sees that somebody has read it.")
    if form in _ACKNOWLEDGING and before.state in WAITING_STATES:
        with_it = gettext("The case is acknowledged with it: the partner sees that somebody has read it.")
        return f"{told} {with_it if seen else gettext('The case is acknowledged with it.')}"
    return told


def _merged_last(reading: Reading, case: CaseView) -> CaseView | None:
    """The case that was merged into this one by its last step: whoever takes that back was looking at it."""
    last = cases.entries_after(reading, case.id, case.revision - 1)
    if not last or last[-1].kind != "merged" or "case_id" not in last[-1].detail:
        return None
    return cases.case_views(reading, [UUID(last[-1].detail["case_id"])]).get(UUID(last[-1].detail["case_id"]))


def next_path(engine: Engine, case: CaseView) -> str:
    """The case again; the inbox when the case was given to somebody whose cases the reader may not see."""
    with engine.work.read() as reading:
        try:
            cases.get_visible_case(reading, current_staff(), case.ref)
        except NotFound:
            return url_for("alerts.show_inbox")
    place = urlencode(place_of(request.args))
    return url_for("alerts.show_case", ref=case.ref) + (f"?{place}" if place else "")


def _action(engine: Engine, case: CaseView, form: str, typed: Mapping[str, str]) -> Action:
    text = typed.get(f"{form}-text", "")
    match form:
        case "acknowledge":
            return Acknowledge()
        case "note":
            return Note(text)
        case "log-contact":
            return contact_typed(typed)
        case "promise":
            return promise_of(text, typed.get("promise-due_on", ""))
        case "settle-promise":
            return settling_typed(typed)
        case "give-promise":
            with engine.work.read() as reading:
                return giving_typed(reading, typed)
        case "close":
            return Close(typed.get("close-outcome", ""), typed.get("close-root_cause") or None, text, _letter(typed))
        case "assign":
            with engine.work.read() as reading:
                return Assign(owner_id_of(reading, typed.get("assign-owner", "")))
        case "dismiss":
            return Dismiss(typed.get("dismiss-reason", ""), text)
        case "pause":
            until = _possible(day_until(typed.get("pause-until", ""), zone_of(case)))
            return Pause(typed.get("pause-reason", ""), text, until)
        case "resume":
            return Resume()
        case "snooze":
            return Snooze(_snoozed_until(engine, typed, zone_of(case)))
        case _:
            return Reopen(text)


def _snoozed_until(engine: Engine, typed: Mapping[str, str], zone: str) -> datetime:
    """The morning that was chosen: a day that was typed before one that was offered. Raises Invalid at `/until`."""
    day = _possible(day_until(typed.get("snooze-day", "").strip(), zone))
    if day is not None:
        return day
    with engine.work.read() as reading:
        chosen = snoozed_until(typed.get("snooze-until", ""), reading.now, zone, cases.week_in(reading, zone))
    return _possible(chosen) or engine.clock.now()


def _letter(typed: Mapping[str, str]) -> Letter | None:
    """What the partner is told; nothing when the case is closed quietly."""
    if typed.get("close-tell") != "yes":
        return None
    return Letter(typed.get("close-found", ""), typed.get("close-did", ""))


def _possible(until: datetime | Refused | None) -> datetime | None:
    """The instant that was chosen. Raises Invalid at `/until` when it was none."""
    if isinstance(until, Refused):
        message = refusal(until.reason)
        raise Invalid(message, [Fault("/until", message)])
    return until


def revision_of(typed: Mapping[str, str]) -> int:
    """The revision the reader saw. A form without one was not made by us."""
    text = typed.get("revision", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        words = gettext("Load the case anew, then send.")
        raise Invalid(words, [Fault("", words)])
    return int(text)


def placed_faults(form: str, error: Invalid) -> list[Fault]:
    """The faults at the fields of their form: several forms on the page have a text, an outcome."""
    return [
        Fault(f"/{form}-{fault.pointer.strip('/')}" if fault.pointer else "", fault.detail) for fault in error.faults
    ]


def _faults(form: str, typed: Mapping[str, str], error: Invalid) -> list[Fault]:
    """The faults of a deed at their fields: a day that was typed counts before the morning that was offered with it."""
    faults = placed_faults(form, error)
    if not typed.get("snooze-day", "").strip():
        return faults
    return [Fault(fault.pointer.replace("/snooze-until", "/snooze-day"), fault.detail) for fault in faults]


def again(engine: Engine, case: CaseView, attempt: Attempt) -> str:
    """The page of a case once more, with the form that could not be carried out."""
    with engine.work.read() as reading:
        latest = cases.get_visible_case(reading, current_staff(), case.ref)
        return draw_case(reading, current_staff(), latest, attempt)
