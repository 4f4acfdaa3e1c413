"""The page `/account`: one's own language, time zone, keys, absence and password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.absence_words import first_and_last
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.sign_in import is_password_of
from feedback_engine.directory.web import session, words
from feedback_engine.directory.web.forms import given, uuid_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, language_name, languages, use_locale
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff
from feedback_engine.foundation.web.security import rate_limit


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/account")
    @allow(SIGNED_IN)
    def show_account() -> str:
        return _draw(engine)

    @pages.post("/account")
    @allow(SIGNED_IN)
    def save_account() -> Response | tuple[str, int]:
        try:
            change = service.read_staff_change(
                given(request.form, ("name", "locale", "time_zone")) | _keys_chosen(request.form)
            )
        except Invalid as error:
            return _draw(engine, error.faults), 422
        with engine.work.begin(actor=actor()) as uow:
            service.change_staff(uow, current_staff().id, change)
        with use_locale(change.locale or current_staff().locale):  # the next page is read in the language just chosen
            flash(gettext("Saved."))
        return redirect(url_for("directory.show_account"), 303)

    @pages.post("/account/absence")
    @allow(SIGNED_IN)
    def save_absence() -> Response | tuple[str, int]:
        days = given(request.form, ("from_on", "until_on"))
        try:
            wanted = service.read_absence({**days, "deputy": uuid_of(request.form.get("deputy"))})
            with engine.work.begin(actor=actor()) as uow:
                service.set_absence(uow, current_staff().id, wanted)
        except Invalid as error:
            return _draw(engine, error.faults), 422
        flash(gettext("Saved."), "here")
        return redirect(url_for("directory.show_account", _anchor="absence"), 303)

    @pages.post("/account/absence/end")
    @allow(SIGNED_IN)
    def end_absence() -> Response:
        with engine.work.begin(actor=actor()) as uow:
            service.end_absence(uow, current_staff().id)
        return redirect(url_for("directory.show_account", _anchor="absence"), 303)

    @pages.post("/account/password")
    @allow(SIGNED_IN)
    @rate_limit("10 per minute")
    def save_password() -> Response | tuple[str, int]:
        try:
            _change_password(engine)
        except Invalid as error:
            return _draw(engine, error.faults), 422
        flash(gettext("Your password is changed, and all your other sessions are closed."))
        return redirect(url_for("directory.show_account"), 303)


def _keys_chosen(form: Mapping[str, str]) -> dict[str, bool]:
    """Whether single keys shall act; nothing when the form did not ask, or holds what it did not offer."""
    chosen = form.get("single_keys")
    return {"single_keys": chosen == "on"} if chosen in ("on", "off") else {}


def _change_password(engine: Engine) -> None:
    """Set the new password and keep this session. Raises Invalid with a fault at each wrong field."""
    staff, form = current_staff(), request.form
    knows_it = session.came_by_link() or is_password_of(engine.work, staff.id, form.get("current", ""))
    if not knows_it:
        wrong = gettext("This is not your present password.")
        raise Invalid(wrong, [Fault("/current", wrong)])
    password = form.get("password", "")
    password_hash = service.hash_password(password)
    if password != form.get("again", ""):
        differs = gettext("The two new passwords differ.")
        raise Invalid(differs, [Fault("/again", differs)])
    with engine.work.begin(actor=actor()) as uow:
        version = service.set_password(uow, staff.id, password_hash)
    session.begin_session(staff.id, version, engine.clock.now())


def _draw(engine: Engine, faults: tuple[Fault, ...] = ()) -> str:
    staff = current_staff()
    with engine.work.read() as reading:
        absence = directory.find_absence(reading, staff.id)
        deputy = directory.find_deputy(reading, absence)
        away = directory.away_words(absence, deputy, staff.time_zone, reading.now)
        colleagues = [each for each in directory.list_staff(reading) if each.active and each.role in MAY_OWN]
    return render_template(
        "directory/account.html",
        staff=staff,
        form={
            "name": staff.name,
            "locale": staff.locale,
            "time_zone": staff.time_zone,
            "single_keys": "on" if staff.single_keys else "off",
            **_days(absence, staff.time_zone),
            **request.form,
        },
        absence=absence,
        away=away,
        deputies=[("", gettext("Choose one"))]
        + [(str(each.id), each.name) for each in colleagues if each.id != staff.id],
        role=words.roles()[staff.role],
        locales=[(locale, language_name(locale)) for locale in languages()],
        keys=[("on", gettext("switched on")), ("off", gettext("switched off"))],
        needs_current=not session.came_by_link(),
        faults=faults,
    )


def _days(absence: directory.AbsenceView | None, zone: str) -> dict[str, str]:
    """An absence as its form shows it: the first and the last day away in the reader's zone."""
    if absence is None:
        return {"from_on": "", "until_on": "", "deputy": ""}
    first, last = first_and_last(absence, zone)
    return {"from_on": first.isoformat(), "until_on": last.isoformat(), "deputy": str(absence.deputy_id)}
