"""The forms for our people: `/admin/staff/new`, `/admin/staff/<id>` and what can be done with an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.reading import Duties, StaffView
from feedback_engine.directory.web import words
from feedback_engine.directory.web.administration import ADMINS
from feedback_engine.directory.web.farewell import Farewell
from feedback_engine.directory.web.forms import given, uuid_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext, language_name, languages, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow
from feedback_engine.foundation.web.addresses import absolute_url
from feedback_engine.foundation.web.refusals import refusal_shown

_FIELDS = ("email", "name", "role", "locale", "time_zone")


def add_to(pages: Blueprint, engine: Engine, farewell: Farewell) -> None:
    """Add the forms to the blueprint."""
    _add_new(pages, engine)
    _add_change(pages, engine, farewell)
    _add_acts(pages, engine, farewell)


def _add_new(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/admin/staff/new")
    @allow(ADMINS)
    def new_staff() -> str:
        with engine.work.read() as reading:
            named = {name: request.args.get(name, "") for name in ("name", "email")}
            return _draw(reading, None, {"role": "alliance_manager", "locale": "en", "time_zone": "UTC", **named})

    @pages.post("/admin/staff/new")
    @allow(ADMINS)
    def add_staff() -> Response | tuple[str, int]:
        try:
            wanted = service.read_staff(_fields(request.form, _FIELDS))
            with engine.work.begin(actor=actor()) as uow:
                staff = service.add_staff(uow, wanted)
        except (Invalid, Conflict) as error:
            with engine.work.read() as reading:
                return _draw(reading, None, request.form, _faults(error, "/email")), 422
        flash(gettext("{name} is on the staff. Make a sign-in link and hand it over.", name=staff.name))
        # Whoever came from an import goes back to it, where the new name is found at once.
        import_id = uuid_of(request.args.get("import"))
        if import_id is not None:
            return redirect(url_for("importing.review", upload_id=import_id), 303)
        return redirect(url_for("directory.show_staff", staff_id=staff.id), 303)


def _add_change(pages: Blueprint, engine: Engine, farewell: Farewell) -> None:
    @pages.get("/admin/staff/<uuid:staff_id>")
    @allow(ADMINS)
    def show_staff(staff_id: UUID) -> str:
        with engine.work.read() as reading:
            staff = _get(reading, staff_id)
            form = {name: getattr(staff, name) for name in (*_FIELDS, "team_id")}
            return _draw(reading, staff, form, duties=farewell.duties_of(reading, staff_id))

    @pages.post("/admin/staff/<uuid:staff_id>")
    @allow(ADMINS)
    def save_staff(staff_id: UUID) -> Response | tuple[str, int]:
        try:
            change = service.read_staff_change(_fields(request.form, _FIELDS[1:]))
            with engine.work.begin(actor=actor()) as uow:
                staff = service.change_staff(uow, staff_id, change)
                if staff.role not in MAY_OWN:
                    _check_in_hand(staff, farewell.duties_of(uow, staff_id))
        except (Invalid, Conflict) as error:
            with engine.work.read() as reading:
                staff, duties = _get(reading, staff_id), farewell.duties_of(reading, staff_id)
                return _draw(reading, staff, request.form, _faults(error, "/role"), duties), 422
        flash(gettext("Saved."))
        return redirect(url_for("directory.show_staff", staff_id=staff_id), 303)


def _add_acts(pages: Blueprint, engine: Engine, farewell: Farewell) -> None:
    @pages.post("/admin/staff/<uuid:staff_id>/link")
    @allow(ADMINS)
    def make_link(staff_id: UUID) -> str:
        with engine.work.begin(actor=actor()) as uow:
            token = service.issue_sign_in_link(uow, engine.keys, staff_id)
        with engine.work.read() as reading:
            staff = _get(reading, staff_id)
        # Not a redirect: the link is shown this once and kept nowhere.
        link = absolute_url(engine.settings.base_url, f"/sign-in/{token}")
        return render_template("directory/staff_link.html", staff=staff, link=link)

    @pages.post("/admin/staff/<uuid:staff_id>/disable")
    @allow(ADMINS)
    def disable(staff_id: UUID) -> Response:
        with refusal_shown(level="danger"):
            moved = farewell.close_account(engine.work, actor(), staff_id, uuid_of(request.form.get("successor")))
            partners = ngettext("{n} partner moved.", "{n} partners moved.", moved.partners)
            cases = ngettext("{n} open case went along.", "{n} open cases went along.", moved.open_cases)
            promises = ngettext("{n} promise went along.", "{n} promises went along.", moved.promises)
            words = [partners, *([cases] if moved.open_cases else []), *([promises] if moved.promises else [])]
            flash(gettext("The account is closed. {moved}", moved=" ".join(words)))
        return redirect(url_for("directory.show_staff", staff_id=staff_id), 303)

    @pages.post("/admin/staff/<uuid:staff_id>/enable")
    @allow(ADMINS)
    def enable(staff_id: UUID) -> Response:
        with engine.work.begin(actor=actor()) as uow:
            service.enable_staff(uow, staff_id)
        flash(gettext("The account is open again."))
        return redirect(url_for("directory.show_staff", staff_id=staff_id), 303)


def _check_in_hand(staff: StaffView, duties: Duties) -> None:
    """Refuse to leave what somebody has in hand with a viewer, who can do nothing in it. Raises Conflict."""
    cases = ngettext("{n} open case", "{n} open cases", duties.open_cases) if duties.open_cases else ""
    promises = ngettext("{n} open promise", "{n} open promises", duties.promises) if duties.promises else ""
    if cases or promises:
        in_hand = (
            gettext("{these} and {those}", these=cases, those=promises) if cases and promises else cases or promises
        )
        raise Conflict(
            gettext(
                "{name} has {in_hand}, and a viewer can do nothing in them. Hand them over first.",
                name=staff.name,
                in_hand=in_hand,
            )
        )


def _fields(form: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    """The named fields and the team; no team when none was chosen."""
    return {**given(form, names), "team_id": uuid_of(form.get("team_id"))}


def _faults(error: Invalid | Conflict, pointer: str) -> Sequence[Fault]:
    return error.faults if isinstance(error, Invalid) and error.faults else [Fault(pointer, error.message)]


def _get(reading: Reading, staff_id: UUID) -> StaffView:
    staff = directory.staff_by_id(reading, [staff_id]).get(staff_id)
    if staff is None:
        raise NotFound(gettext("There is no such member of staff."))
    return staff


def _draw(
    reading: Reading,
    staff: StaffView | None,
    form: Mapping[str, Any],
    faults: Sequence[Fault] = (),
    duties: Duties | None = None,
) -> str:
    others = [
        each
        for each in directory.list_staff(reading)
        if each.active and each.role in MAY_OWN and (staff is None or each.id != staff.id)
    ]
    return render_template(
        "directory/staff.html",
        staff=staff,
        form={name: form.get(name) or "" for name in (*_FIELDS, "team_id")},
        roles=words.role_options(),
        teams=[("", gettext("No team")), *((str(team.id), team.name) for team in directory.list_teams(reading))],
        locales=[(locale, language_name(locale)) for locale in languages()],
        successors=[("", gettext("Choose")), *words.named(others)],
        duties=duties or Duties(),
        faults=faults,
    )
