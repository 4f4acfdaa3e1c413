"""What the forms and the requests of programs do that merge and split cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import service
from alerts.reading import CaseView
from alerts.service import CaseMoved
from alerts.web.case_actions import Answer, again, next_path, revision_of
from alerts.web.case_pages import WORKERS, Attempt
from alerts.web.taking_back import undo_path
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.deeds import flash_undoable

ACTIONS = ("merge", "split")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the two forms to the blueprint."""

    @pages.post("/cases/<ref>/merge")
    @allow(roles(*WORKERS))
    def merge_case(ref: str) -> Answer:
        return _carry_out(engine, ref, "merge")

    @pages.post("/cases/<ref>/split")
    @allow(roles(*WORKERS))
    def split_case(ref: str) -> Answer:
        return _carry_out(engine, ref, "split")


def regroup(engine: Engine, viewer: Viewer, ref: str, body: Mapping[str, Any], expected: int | None) -> CaseView:
    """Merge (`into`: a reference) or split (`alerts`: ids), as `action` says; the case that stays, or the new one.

    Raises as `service.merge` and `service.split` do, Invalid with pointers for what cannot be read.
    """
    with engine.work.read() as reading:
        case = cases.get_visible_case(reading, viewer, ref)
        into = _into(reading, viewer, body) if body["action"] == "merge" else None
    if into is not None:
        service.merge(engine.work, actor(), case.id, into.id, expected=expected)
        shown = into.id
    else:
        shown = service.split(engine.work, actor(), case.id, _alerts(body), expected=expected)
    with engine.work.read() as reading:
        return cases.case_views(reading, [shown])[shown]


def _into(reading: Reading, viewer: Viewer, body: Mapping[str, Any]) -> CaseView:
    _only(body, "into")
    ref = body.get("into")
    if not isinstance(ref, str) or not ref.strip():
        raise _invalid("/into", gettext("Name the case that stays, such as C-1042."))
    try:
        return cases.get_visible_case(reading, viewer, ref.strip())
    except NotFound as error:
        raise _invalid("/into", error.message) from None


def _alerts(body: Mapping[str, Any]) -> Collection[UUID]:
    _only(body, "alerts")
    given = body.get("alerts")
    words = gettext("Choose alerts of this case.")
    if not isinstance(given, list):
        raise _invalid("/alerts", words)
    try:
        return {UUID(each) for each in given}
    except (ValueError, AttributeError, TypeError):
        raise _invalid("/alerts", words) from None


def _only(body: Mapping[str, Any], *fields: str) -> None:
    unknown = gettext("There is no such field for this action.")
    faults = [Fault(f"/{name}", unknown) for name in sorted(body.keys() - {"action", *fields})]
    if faults:
        raise Invalid(gettext("This action cannot be carried out as it is."), faults)


def _invalid(pointer: str, words: str) -> Invalid:
    return Invalid(words, [Fault(pointer, words)])


# ---- pages


def _carry_out(engine: Engine, ref: str, form: str) -> Answer:
    typed = request.form.to_dict() | {"split-alerts": " ".join(request.form.getlist("split-alerts"))}
    with engine.work.read() as reading:
        case = cases.get_visible_case(reading, current_staff(), ref)
    given = {"into": typed.get("merge-into", "")} if form == "merge" else {"alerts": typed["split-alerts"].split()}
    try:
        shown = regroup(engine, current_staff(), ref, {"action": form, **given}, revision_of(typed))
    except CaseMoved as moved:
        return again(engine, case, Attempt(form, typed, changes=moved.changes, message=moved.message)), 409
    except Conflict as error:
        return again(engine, case, Attempt(form, typed, message=error.message)), 409
    except Invalid as error:
        faults = [Fault(f"/{form}-{fault.pointer.strip('/')}", fault.detail) for fault in error.faults]
        return again(engine, case, Attempt(form, typed, faults=faults)), 422
    return _done(engine, case, shown, form)


def _done(engine: Engine, case: CaseView, shown: CaseView, form: str) -> Response:
    """The case that stays after a merge, the one that was split off after a split; either can be taken back there.

    It stands beside the list from which it was done.
    """
    if form == "merge":
        flash_undoable(gettext("The cases are one now."), undo_path(shown), {"revision": shown.revision})
        return redirect(next_path(engine, shown), 303)
    with engine.work.read() as reading:
        kept = cases.case_views(reading, [case.id])[case.id]
    words = gettext("{ref} stands alone now; its time counts from its own answers on.", ref=shown.ref)
    flash_undoable(words, undo_path(kept), {"revision": kept.revision})
    return redirect(next_path(engine, shown), 303)
