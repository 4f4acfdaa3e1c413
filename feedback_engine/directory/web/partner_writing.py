"""The forms that describe a partner and give it an owner: `/partner/new`, `/partner/<id>/edit` and `/owner`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import PartnerView
from feedback_engine.directory.web import words
from feedback_engine.directory.web.forms import chosen, given
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.templating import local_path

STEERS = roles("program_owner")
_FIELDS = ("key", "name", "kind", "tier", "region", "country", "time_zone", "parent_key", "side")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""
    _add_describing(pages, engine)

    @pages.post("/partner/<uuid:partner_id>/owner")
    @allow(STEERS)
    def assign_owner(partner_id: UUID) -> Response:
        partner = _visible(engine, partner_id)
        with refusal_shown(level="danger"):
            with engine.work.begin(actor=actor()) as uow:
                changed = service.assign_owner(uow, partner.id, chosen(request.form, "owner"))
            flash(gettext("The owner is changed.") if changed else gettext("They own this partner already."))
        return redirect(local_path(directory.partner_path(partner)), 303)


def _add_describing(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/partner/new")
    @allow(STEERS)
    def new_partner() -> str:
        return _draw(None, {"kind": "channel", "side": "theirs"})

    @pages.post("/partner/new")
    @allow(STEERS)
    def add_partner() -> Response | tuple[str, int]:
        try:
            partner = _write(engine, given(request.form, _FIELDS), is_new=True)
        except (Invalid, Conflict) as error:
            return _draw(None, request.form, _faults(error, "/key")), 422
        flash(gettext("{name} is in the register. Next: its owner and its contacts.", name=partner.name))
        return redirect(local_path(directory.partner_path(partner)), 303)

    @pages.get("/partner/<uuid:partner_id>/edit")
    @allow(STEERS)
    def edit_partner(partner_id: UUID) -> str:
        partner = _visible(engine, partner_id)
        return _draw(partner, {name: getattr(partner, name) for name in _FIELDS})

    @pages.post("/partner/<uuid:partner_id>/edit")
    @allow(STEERS)
    def save_partner(partner_id: UUID) -> Response | tuple[str, int]:
        partner = _visible(engine, partner_id)
        try:
            _write(engine, {**given(request.form, _FIELDS), "key": partner.key}, is_new=False)
        except Invalid as error:
            return _draw(partner, request.form, error.faults), 422
        flash(gettext("Saved."))
        return redirect(local_path(directory.partner_path(partner)), 303)


def _write(engine: Engine, fields: Mapping[str, str], *, is_new: bool) -> PartnerView:
    wanted = service.read_partner(fields)
    with engine.work.begin(actor=actor()) as uow:
        if is_new and directory.find_partner(uow, wanted.key) is not None:
            raise Conflict(gettext("There is already a partner with this key; open it instead."))
        return service.upsert_partner(uow, wanted)


def _faults(error: Invalid | Conflict, pointer: str) -> Sequence[Fault]:
    return error.faults if isinstance(error, Invalid) else [Fault(pointer, error.message)]


def _visible(engine: Engine, partner_id: UUID) -> PartnerView:
    with engine.work.read() as reading:
        return directory.get_visible_partner_by_id(reading, current_staff(), partner_id)


def _draw(partner: PartnerView | None, form: Mapping[str, Any], faults: Sequence[Fault] = ()) -> str:
    return render_template(
        "directory/partner_form.html",
        partner=partner,
        form={name: form.get(name, "") for name in _FIELDS},
        kinds=words.options_of(words.kinds()),
        sides=words.options_of(words.sides()),
        faults=faults,
        back=directory.partner_path(partner) if partner else "/partners",
    )
