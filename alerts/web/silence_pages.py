"""The page `/silences`: what is kept quiet, until when and why; and what of it a partner's page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import words
from alerts.casework.flow import Refused
from alerts.clocks.snoozing import day_until
from alerts.silences import views as silence_views
from alerts.silences import writing as silences
from alerts.silences.silencing import ALWAYS_HEARD
from alerts.silences.writing import NewSilence
from alerts.web.case_pages import WORKERS
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import OWNS_ONLY
from feedback_engine.directory.reading import PartnerFilter, PartnerView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, FeedbackError, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import (
    SIGNED_IN,
    StaffPrincipal,
    actor,
    allow,
    current_staff,
    find_staff,
    roles,
)
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.slots import Slots

FIELDS = ("partner", "touchpoint", "rule", "until", "reason")
MOST_OFFERED = 200
"""Partners beyond which a list of them helps nobody, and the name is typed."""
_MOST = 100


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/silences")
    @allow(SIGNED_IN)
    def show_silences() -> str:
        with engine.work.read() as reading:
            return _draw(reading, current_staff(), request.args)

    @pages.post("/silences")
    @allow(roles(*WORKERS))
    def add_silence() -> Response | str | tuple[str, int]:
        if chosen := request.form.get("partner-meant"):
            with engine.work.read() as reading:
                return _draw(reading, current_staff(), {**request.form, "partner": chosen})
        try:
            with engine.work.read() as reading:
                wanted = _read(reading, request.form, current_staff())
            with engine.work.begin(actor=actor()) as uow:
                silences.add_silence(uow, current_staff(), wanted)
        except Invalid as error:
            with engine.work.read() as reading:
                meant = error.partners if isinstance(error, directory.SeveralMeant) else ()
                return _draw(reading, current_staff(), request.form, error.faults, meant), 422
        flash(gettext("It is quiet from now on. Alerts of the highest severity still open cases."))
        return redirect(url_for("alerts.show_silences"), 303)

    @pages.post("/silences/<uuid:silence_id>/end")
    @allow(roles(*WORKERS))
    def end_silence(silence_id: UUID) -> Response:
        with refusal_shown(FeedbackError):
            with engine.work.begin(actor=actor()) as uow:
                silences.end_silence(uow, current_staff(), silence_id)
            flash(gettext("The silence is over; alerts open cases again."))
        return redirect(url_for("alerts.show_silences"), 303)


def fill_slot(engine: Engine, slots: Slots) -> None:
    """Say on a partner's page what is kept quiet about it."""

    def silences_of_partner(partner_id: UUID) -> Markup | None:
        viewer = find_staff()
        if viewer is None:
            return None
        with engine.work.read() as reading:
            found = silence_views.list_silences(reading, viewer, in_force=True, partner_id=partner_id).rows
        return Markup(render_template("alerts/partner_silences.html", silences=found))

    slots.add("partner.notice", silences_of_partner)


def _read(reading: Reading, form: Mapping[str, str], viewer: StaffPrincipal) -> NewSilence:
    """A silence as it was typed; its partner may be written as its name.

    Raises Invalid at `/partner` and `/until`, with whatever else is wrong with the words.
    """
    texts = {name: form.get(name, "").strip() for name in FIELDS}
    until = day_until(texts["until"], viewer.time_zone)
    end = None if isinstance(until, Refused) else until
    wanted = NewSilence(texts["partner"], texts["touchpoint"], texts["rule"], end, texts["reason"])
    faults = silences.faults_of_words(reading, wanted)
    if isinstance(until, Refused):
        day = Fault("/until", words.refusal(until.reason))
        faults = [day, *(fault for fault in faults if fault.pointer != day.pointer)]
    if texts["partner"]:
        try:
            key = directory.get_partner_meant(reading, viewer, texts["partner"], "/partner").key
        except Invalid as error:
            error.faults = (*error.faults, *faults)
            raise
        wanted = replace(wanted, partner=key)
    if isinstance(until, Refused):
        raise Invalid(faults[0].detail, faults)
    return wanted


def _offered(reading: Reading, viewer: StaffPrincipal) -> list[str]:
    """The names to choose from, of all partners that somebody may see; none where they are too many."""
    page = directory.list_partners(reading, viewer, PartnerFilter(), limit=MOST_OFFERED)
    return [each.partner.name for each in page.rows] if page.next_cursor is None else []


def _draw(
    reading: Reading,
    viewer: StaffPrincipal,
    form: Mapping[str, str],
    faults: Sequence[Fault] = (),
    meant: Sequence[PartnerView] = (),
) -> str:
    in_force = silence_views.list_silences(reading, viewer, in_force=True, limit=_MOST).rows
    over = silence_views.list_silences(reading, viewer, in_force=False, limit=20).rows
    anything = ("", gettext("any touchpoint"))
    return render_template(
        "alerts/silences.html",
        form={name: form.get(name, "") for name in FIELDS},
        faults=faults,
        meant=meant,
        offered=_offered(reading, viewer),
        in_force=in_force,
        over=over,
        kept=silence_views.silenced_alerts(reading, viewer, [each.id for each in (*in_force, *over)]),
        may_silence=viewer.role in WORKERS,
        needs_partner=viewer.role == OWNS_ONLY,
        touchpoints=[anything, *sorted(cases.touchpoint_names(reading).items(), key=lambda pair: pair[1])],
        rules=[("", gettext("any rule")), *silence_views.rules_to_silence(reading).items()],
        loudest=words.severity(ALWAYS_HEARD),
        partner_path=directory.partner_path,
    )
