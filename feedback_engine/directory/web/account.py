"""The page `/account`: one's own language, time zone, keys and password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import service
from feedback_engine.directory.sign_in import is_password_of
from feedback_engine.directory.web import session, words
from feedback_engine.directory.web.forms import given
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
        return _draw()

    @pages.post("/account")
    @allow(SIGNED_IN)
    def save_account() -> Response | tuple[str, int]:
        try:
            change = service.read_staff_change(
                given(request.form, ("name", "locale", "time_zone")) | _keys_chosen(request.form)
            )
        except Invalid as error:
            return _draw(error.faults), 422
        with engine.work.begin(actor=actor()) as uow:
            service.change_staff(uow, current_staff().id, change)
        with use_locale(change.locale or current_staff().locale):  # the next page is read in the language just chosen
            flash(gettext("Saved."))
        return redirect(url_for("directory.show_account"), 303)

    @pages.post("/account/password")
    @allow(SIGNED_IN)
    @rate_limit("10 per minute")
    def save_password() -> Response | tuple[str, int]:
        try:
            _change_password(engine)
        except Invalid as error:
            return _draw(error.faults), 422
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


def _draw(faults: tuple[Fault, ...] = ()) -> str:
    staff = current_staff()
    return render_template(
        "directory/account.html",
        staff=staff,
        form={
            "name": staff.name,
            "locale": staff.locale,
            "time_zone": staff.time_zone,
            "single_keys": "on" if staff.single_keys else "off",
            **request.form,
        },
        role=words.roles()[staff.role],
        locales=[(locale, language_name(locale)) for locale in languages()],
        keys=[("on", gettext("on")), ("off", gettext("off"))],
        needs_current=not session.came_by_link(),
        faults=faults,
    )
