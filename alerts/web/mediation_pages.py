"""The page `/cases/<ref>/mediation`: both statements beside each other, the deadline, and the mediator's finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import words
from alerts.casework import words as timeline_words
from alerts.reading import CaseView
from alerts.settling import mediation
from alerts.settling import reading as settling_reading
from alerts.settling import words as settling_words
from alerts.web.answer_showing import name_of
from alerts.web.case_pages import WORKERS
from alerts.web.inbox_filters import place_of
from alerts.web.inputs import typed_form
from alerts.web.showing import call_in_conflict, deed_in_mediation, next_in_conflict
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff, roles

Answer = Response | tuple[str, int]


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page and its forms to the blueprint."""

    @pages.get("/cases/<ref>/mediation")
    @allow(SIGNED_IN)
    def show_mediation(ref: str) -> str:
        with engine.work.read() as reading:
            return _draw(reading, cases.get_visible_case(reading, current_staff(), ref))

    @pages.post("/cases/<ref>/mediation/statement")
    @allow(roles(*WORKERS))
    def give_statement(ref: str) -> Answer:
        case = _case(engine, ref)
        text = typed_form().get("statement-text", "")
        try:
            mediation.give_statement(engine.work, actor(), case.id, text)
        except Invalid as error:
            return _again(engine, case, "statement", error)
        except Conflict as error:
            flash(error.message, "warn")
        else:
            flash(_statement_is_there(engine, case))
        return redirect(url_for("alerts.show_mediation", ref=case.ref, **place_of(request.args)), 303)

    @pages.post("/cases/<ref>/mediation/finding")
    @allow(roles(*WORKERS))
    def end_mediation(ref: str) -> Answer:
        case = _case(engine, ref)
        try:
            mediation.end(engine.work, actor(), case.id, typed_form().get("finding-text", ""))
        except Invalid as error:
            return _again(engine, case, "finding", error)
        except Conflict as error:
            flash(error.message, "warn")
        else:
            is_owner = case.owner is not None and case.owner.id == current_staff().id
            told = gettext("The mediation has ended, and the owner has been told what you find.")
            flash(gettext("The mediation has ended.") if is_owner else told)
        return redirect(_after_the_end(engine, case), 303)


def _statement_is_there(engine: Engine, case: CaseView) -> str:
    """What is said to whoever gave a statement: who reads it now."""
    with engine.work.read() as reading:
        view = settling_reading.read_mediation(reading, cases.case_detail(reading, case))
    if view is not None and view.step.mediator is not None:
        return gettext("The statement is there, and the mediator has been told.")
    return gettext("The statement is there. Nobody mediates; whoever says what they find reads it here.")


def _after_the_end(engine: Engine, case: CaseView) -> str:
    """The page of the mediation; for somebody from outside, whose part is done, their own."""
    try:
        _case(engine, case.ref)
    except NotFound:
        return url_for("alerts.show_monday")
    return url_for("alerts.show_mediation", ref=case.ref, **place_of(request.args))


def _case(engine: Engine, ref: str) -> CaseView:
    with engine.work.read() as reading:
        return cases.get_visible_case(reading, current_staff(), ref)


def _again(engine: Engine, case: CaseView, form: str, error: Invalid) -> Answer:
    """The page with what was typed, and what is wrong with it."""
    faults = [Fault(f"/{form}-{fault.pointer.strip('/')}", fault.detail) for fault in error.faults]
    with engine.work.read() as reading:
        return _draw(reading, case, typed_form(), faults), 422


def _draw(
    reading: Reading, case: CaseView, typed: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> str:
    viewer = current_staff()
    detail = cases.case_detail(reading, case)
    view = settling_reading.read_mediation(reading, detail)
    if view is None:
        raise NotFound(gettext("There has been no mediation in this case."))
    mediator = view.step.mediator
    mine = mediator is not None and mediator.id == viewer.id
    goes_on = view.step.ended_at is None and case.is_open
    may_work = viewer.role in WORKERS and goes_on
    return render_template(
        "alerts/mediation.html",
        case=case,
        detail=detail,
        view=view,
        place=place_of(request.args),
        late=goes_on and view.step.due_at is not None and view.step.due_at <= reading.now,
        call_by=call_in_conflict(case, mediator, viewer) if goes_on else "",
        goes_on=goes_on,
        conflict_next=next_in_conflict(detail, [view.step], viewer, reading.now) if goes_on else "",
        logs_call=may_work and mine,
        call_is_next=deed_in_mediation(detail, view.step, viewer) is None,
        may_find=may_work and (mine or (mediator is None and viewer.id in (view.step.finders or {viewer.id}))),
        may_state=may_work and not mine,
        # Whoever writes it for somebody else shall know that they do.
        stated_for="" if case.owner is None or case.owner.id == viewer.id else case.owner.name,
        typed=typed or {},
        faults=faults,
        settling_words=settling_words,
        who_did=timeline_words.who_did,
        name_of=name_of,
        words=words,
    )
