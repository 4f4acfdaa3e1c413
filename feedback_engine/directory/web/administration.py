"""The page `/admin`: staff, teams, API keys, and the state of the program that a higher floor shows there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.web import words
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles

OWNERS = roles("program_owner")
ADMINS = roles("admin")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/admin")
    @allow(OWNERS)
    def show_admin() -> str:
        with engine.work.read() as reading:
            teams = directory.list_teams(reading)
            return render_template(
                "directory/admin.html",
                staff=directory.list_staff(reading),
                owned=directory.owned_counts(reading),
                roles=words.roles(),
                teams=teams,
                team_names={team.id: team.name for team in teams},
                keys=directory.list_api_keys(reading),
                is_admin=current_staff().role == "admin",
            )

    @pages.post("/admin/teams")
    @allow(ADMINS)
    def add_team() -> Response:
        try:
            with engine.work.begin(actor=actor()) as uow:
                team = service.ensure_team(uow, request.form.get("team", ""))
        except Invalid as error:
            flash(error.faults[0].detail, "danger")
        else:
            flash(gettext("The team {name} can be given members now.", name=team.name))
        return redirect(url_for("directory.show_admin"), 303)
