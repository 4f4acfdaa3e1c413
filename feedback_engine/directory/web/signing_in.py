"""The pages `/sign-in`, `/sign-in/<token>` and `/sign-out`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import sign_in
from feedback_engine.directory.web import session
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import PUBLIC, SIGNED_IN, StaffPrincipal, allow, find_staff, safe_next
from feedback_engine.foundation.web.security import rate_limit


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the pages to the blueprint."""
    _add_password(pages, engine)
    _add_link(pages, engine)

    @pages.post("/sign-out")
    @allow(SIGNED_IN)
    def sign_out() -> Response:
        session.end_session()
        answer = redirect(url_for("directory.show_sign_in"), 303)
        # Drafts that tabs keep are nobody else's on a shared computer.
        answer.headers["Clear-Site-Data"] = '"storage"'
        return answer


def _add_password(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/sign-in")
    @allow(PUBLIC)
    def show_sign_in() -> str | Response:
        staff = find_staff()
        return _draw() if staff is None else redirect(_home(staff), 303)

    @pages.post("/sign-in")
    @allow(PUBLIC)
    @rate_limit("10 per minute")
    def sign_in_by_password() -> Response | tuple[str, int]:
        signed_in = sign_in.sign_in(engine.work, request.form.get("email", ""), request.form.get("password", ""))
        if signed_in is None:
            wrong = gettext("Address and password do not belong together. Check both; capital letters count.")
            return _draw([Fault("/email", wrong)]), 422
        session.begin_session(signed_in.staff.id, signed_in.credential_version, engine.clock.now())
        return redirect(_home(session.principal_of(signed_in.staff)), 303)


def _add_link(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/sign-in/<token>")
    @allow(PUBLIC)
    def show_link(token: str) -> str | tuple[str, int]:
        with engine.work.read() as reading:
            staff = sign_in.find_link_staff(reading, engine.keys, token)
        return _dead_link() if staff is None else render_template("directory/sign_in_link.html", staff=staff)

    @pages.post("/sign-in/<token>")
    @allow(PUBLIC)
    @rate_limit("10 per minute")
    def sign_in_by_link(token: str) -> Response | tuple[str, int]:
        signed_in = sign_in.use_link(engine.work, engine.keys, token)
        if signed_in is None:
            return _dead_link()
        session.begin_session(signed_in.staff.id, signed_in.credential_version, engine.clock.now(), by_link=True)
        return redirect(_home(session.principal_of(signed_in.staff)), 303)


def _draw(faults: list[Fault] | None = None) -> str:
    return render_template("directory/sign_in.html", faults=faults or [], email=request.form.get("email", ""))


def _home(staff: StaffPrincipal) -> str:
    """Where to go after signing in: the page that was asked for, if they may open it, else the first of their role."""
    return safe_next(request.args.get("next"), staff)


def _dead_link() -> tuple[str, int]:
    return render_template("directory/sign_in_link.html", staff=None), 404
