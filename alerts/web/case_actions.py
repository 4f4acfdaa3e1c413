"""What the forms on a case do. A form that meets a change or a fault comes back as it was typed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import service
from alerts.case_flow import Acknowledge, Action, Assign, Close, LogContact, Note, Reopen
from alerts.reading import CaseView
from alerts.service import CaseMoved
from alerts.web.case_pages import WORKERS, Attempt, draw_case
from alerts.web.inputs import owner_id_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles

Answer = Response | tuple[str, int]

_DONE = {
    "acknowledge": gettext_noop("Acknowledged. The partner sees that somebody has read it."),
    "note": gettext_noop("The note is in the timeline."),
    "log-contact": gettext_noop("The contact is in the timeline."),
    "close": gettext_noop("The case is closed."),
    "assign": gettext_noop("The case has a new owner, who has been told."),
    "reopen": gettext_noop("The case is open again, with new due times."),
}


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""

    @pages.post("/cases/<ref>/<form>")
    @allow(roles(*WORKERS))
    def act(ref: str, form: str) -> Answer:
        if form not in _DONE:
            raise NotFound(gettext("There is nothing here."))
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
        typed = request.form.to_dict()
        try:
            action = _action(engine, form, typed)
            service.act(engine.work, actor(), case.id, action, expected=_revision(typed))
        except CaseMoved as moved:
            return _again(engine, case, Attempt(form, typed, changes=moved.changes, message=moved.message)), 409
        except Conflict as error:
            return _again(engine, case, Attempt(form, typed, message=error.message)), 409
        except Invalid as error:
            return _again(engine, case, Attempt(form, typed, faults=_placed(form, error))), 422
        flash(gettext(_DONE[form]))
        return redirect(_next_path(engine, case), 303)


def _next_path(engine: Engine, case: CaseView) -> str:
    """The case again; the inbox when the case was given to somebody whose cases the reader may not see."""
    with engine.work.read() as reading:
        try:
            cases.get_visible_case(reading, current_staff(), case.ref)
        except NotFound:
            return url_for("alerts.show_inbox")
    return url_for("alerts.show_case", ref=case.ref, view=request.args.get("view"))


def _action(engine: Engine, form: str, typed: Mapping[str, str]) -> Action:
    text = typed.get(f"{form}-text", "")
    match form:
        case "acknowledge":
            return Acknowledge()
        case "note":
            return Note(text)
        case "log-contact":
            return LogContact(typed.get("log-contact-channel", ""), typed.get("log-contact-outcome", ""), text)
        case "close":
            return Close(typed.get("close-outcome", ""), typed.get("close-root_cause") or None, text)
        case "assign":
            with engine.work.read() as reading:
                return Assign(owner_id_of(reading, typed.get("assign-owner", "")))
        case _:
            return Reopen(text)


def _revision(typed: Mapping[str, str]) -> int:
    """The revision the reader saw. A form without one was not made by us."""
    text = typed.get("revision", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        words = gettext("Load the case anew, then send.")
        raise Invalid(words, [Fault("", words)])
    return int(text)


def _placed(form: str, error: Invalid) -> list[Fault]:
    """The faults at the fields of their form: several forms on the page have a text, an outcome."""
    return [
        Fault(f"/{form}-{fault.pointer.strip('/')}" if fault.pointer else "", fault.detail) for fault in error.faults
    ]


def _again(engine: Engine, case: CaseView, attempt: Attempt) -> str:
    with engine.work.read() as reading:
        latest = cases.get_visible_case(reading, current_staff(), case.ref)
        return draw_case(reading, current_staff(), latest, attempt)
