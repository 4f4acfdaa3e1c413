"""The page `/launch`: what is still missing, the state of the program, and the handle that stops all mail."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.refusals import refusal_shown
from surveys import launching, program
from surveys.launching import FallbackOf
from surveys.sampling import phrases

OWNER = roles("program_owner")
READERS = roles("program_owner", "viewer", "alliance_manager")


def add_to(blueprint: Blueprint, engine: Engine, fallback_of: FallbackOf) -> None:
    """Add the page to the blueprint. `fallback_of` comes from the floor above."""

    @blueprint.get("/launch")
    @allow(READERS)
    def launch() -> str:
        with engine.work.read() as reading:
            rules = program.current(reading)
            return render_template(
                "surveys/launch.html",
                checks=launching.checklist(reading, fallback_of),
                mode=program_state.current(reading),
                history=program_state.history(reading)[:5],
                following=launching.FOLLOWING,
                stopped=queue.is_stopped(reading),
                counts=queue.counts(reading, audience="partner"),
                in_folder=engine.settings.mail_transport == "folder",
                program=rules,
                hold=phrases.duration(rules.hold.total_seconds()) if rules.hold else "",
                is_admin=current_staff().role == "admin",
                may_steer=current_staff().role in ("admin", "program_owner"),
            )

    @blueprint.post("/launch/state")
    @allow(OWNER)
    def change_program_state() -> Response:
        with engine.work.read() as reading:
            checks = launching.checklist(reading, fallback_of)
        with refusal_shown(), engine.work.begin(actor=actor()) as uow:
            launching.change_state(uow, request.form.get("state", ""), checks)
        return redirect(url_for("surveys.launch"), 303)
