"""The pages of the outer loop: themes that wait for a decision, and initiatives on their way."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as alerts
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff, roles
from feedback_engine.outer_loop import reading as outer_loop
from feedback_engine.outer_loop import service
from feedback_engine.outer_loop.lifecycle import EFFECTS, NEXT
from feedback_engine.outer_loop.reading import InitiativeView, ThemeView
from feedback_engine.outer_loop.service import Proposal
from feedback_engine.outer_loop.web import words

OWNERS = roles("program_owner")


def blueprint(engine: Engine) -> Blueprint:
    """`/initiatives` and everything below it."""
    pages = Blueprint("outer_loop", __name__, template_folder="../templates")
    work = engine.work

    @pages.get("/initiatives")
    @allow(SIGNED_IN)
    def initiatives() -> str:
        with work.read() as reading:
            themes = outer_loop.open_themes(reading)
            return render_template(
                "outer_loop/initiatives.html",
                themes=themes,
                open_again={theme.id: _open_again(reading, theme.id) for theme in themes},
                initiatives=outer_loop.list_initiatives(reading),
                causes=alerts.root_causes(reading),
                staff=_names(reading),
                may_decide=OWNERS.admits(current_staff()),
                states=words.states(),
            )

    @pages.get("/initiatives/themes/<uuid:theme_id>")
    @allow(SIGNED_IN)
    def theme(theme_id: UUID) -> str:
        with work.read() as reading:
            return _theme_page(reading, outer_loop.get_theme(reading, theme_id), {}, ())

    @pages.post("/initiatives/themes/<uuid:theme_id>/accept")
    @allow(OWNERS)
    def accept(theme_id: UUID) -> Response | tuple[str, int]:
        form = request.form
        proposal = Proposal(
            form.get("title", ""), form.get("problem", ""), form.get("department", ""), _uuid(form.get("accountable"))
        )
        try:
            with work.begin(actor=actor()) as uow:
                accepted = service.accept_theme(uow, theme_id, proposal)
        except Invalid as error:
            with work.read() as reading:
                page = _theme_page(reading, outer_loop.get_theme(reading, theme_id), form.to_dict(), error.faults)
            return page, 422
        flash(gettext("{ref} stands. Its evidence came with it.", ref=accepted.ref))
        return redirect(url_for("outer_loop.initiative", ref=accepted.ref), 303)

    @pages.post("/initiatives/themes/<uuid:theme_id>/dismiss")
    @allow(OWNERS)
    def dismiss(theme_id: UUID) -> Response | tuple[str, int]:
        try:
            with work.begin(actor=actor()) as uow:
                service.dismiss_theme(uow, theme_id, request.form.get("reason", ""))
        except Invalid as error:
            with work.read() as reading:
                return _theme_page(reading, outer_loop.get_theme(reading, theme_id), {}, error.faults), 422
        flash(gettext("The theme is dismissed; its cases stay as they were."))
        return redirect(url_for("outer_loop.initiatives"), 303)

    @pages.get("/initiatives/<ref>")
    @allow(SIGNED_IN)
    def initiative(ref: str) -> str:
        with work.read() as reading:
            return _initiative_page(reading, outer_loop.get_initiative(reading, ref), {}, "")

    @pages.post("/initiatives/<ref>/steps")
    @allow(OWNERS)
    def step(ref: str) -> Response | tuple[str, int]:
        form = request.form
        try:
            with work.begin(actor=actor()) as uow:
                moved = service.move(
                    uow,
                    ref,
                    _revision(form.get("revision")),
                    form.get("state", ""),
                    form.get("comment", ""),
                    form.get("effect") or None,
                )
        except (Invalid, Conflict) as error:
            with work.read() as reading:
                page = _initiative_page(reading, outer_loop.get_initiative(reading, ref), form.to_dict(), error.message)
            return page, 409 if isinstance(error, Conflict) else 422
        flash(gettext("{ref} is {state} now.", ref=moved.ref, state=words.states()[moved.state]))
        return redirect(url_for("outer_loop.initiative", ref=moved.ref), 303)

    return pages


def _theme_page(reading: Reading, theme: ThemeView, typed: dict[str, str], faults: Sequence[Fault]) -> str:
    cause = alerts.root_causes(reading).get(theme.root_cause)
    if theme.state != "open":
        taken = [view for view in outer_loop.list_initiatives(reading) if view.theme_id == theme.id]
        if not taken:
            raise NotFound(gettext("This theme was dismissed: {reason}", reason=theme.reason))
    return render_template(
        "outer_loop/theme.html",
        theme=theme,
        name=cause.name if cause else theme.root_cause,
        department=(cause.department if cause else "") or "",
        cases=_cases(reading, theme.id),
        open_again=_open_again(reading, theme.id),
        may_decide=OWNERS.admits(current_staff()),
        people=[(str(staff.id), staff.name) for staff in directory.list_staff(reading) if staff.active],
        typed=typed,
        faults=faults,
    )


def _initiative_page(reading: Reading, view: InitiativeView, typed: dict[str, str], fault: str) -> str:
    names = _names(reading)
    return render_template(
        "outer_loop/initiative.html",
        initiative=view,
        accountable=names.get(view.accountable_id) if view.accountable_id else None,
        cases=_cases(reading, view.theme_id) if view.theme_id else [],
        steps=outer_loop.steps_of(reading, view.id),
        next_states=NEXT[view.state] if OWNERS.admits(current_staff()) else (),
        states=words.states(),
        moves=words.moves(),
        effects=[(effect, words.effects()[effect]) for effect in EFFECTS],
        effect_words=words.effects(),
        typed=typed,
        fault=fault,
    )


def _open_again(reading: Reading, theme_id: UUID) -> int:
    """How many of the cases behind a theme were opened again and are open now."""
    views = alerts.case_views(reading, [item.case_id for item in outer_loop.evidence_of(reading, theme_id)])
    return sum(view.is_open for view in views.values())


def _cases(reading: Reading, theme_id: UUID) -> list[dict[str, object]]:
    """The evidence of a theme. What a case holds is shown only to those who may see its partner."""
    evidence = outer_loop.evidence_of(reading, theme_id)
    views = alerts.case_views(reading, [item.case_id for item in evidence])
    visible = directory.visible_partners(reading, current_staff(), {item.partner_id for item in evidence})
    touchpoints = alerts.touchpoint_names(reading)
    return [
        {
            "view": views.get(item.case_id) if item.partner_id in visible else None,
            "touchpoint": touchpoints.get(item.touchpoint, item.touchpoint) or gettext("The partnership"),
            "closed_at": item.closed_at,
        }
        for item in evidence
    ]


def _names(reading: Reading) -> dict[UUID, str]:
    return {staff.id: staff.name for staff in directory.list_staff(reading)}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _revision(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
