"""The forms for people at a partner: `/partner/<id>/contacts` adds one, `/contacts/<id>` changes or moves one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import consent, service
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, PartnerView
from feedback_engine.directory.web import words
from feedback_engine.directory.web.forms import chosen, given
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.templating import local_path

EDITS = roles("program_owner", "alliance_manager")
_FIELDS = ("email", "name", "role", "language", "time_zone", "phone")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""
    _add_new(pages, engine)
    _add_change(pages, engine)
    _add_acts(pages, engine)


def _add_new(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/partner/<uuid:partner_id>/contacts")
    @allow(EDITS)
    def new_contact(partner_id: UUID) -> str:
        with engine.work.read() as reading:
            partner = directory.get_visible_partner_by_id(reading, current_staff(), partner_id)
            return _draw(reading, partner, None, {"time_zone": partner.time_zone})

    @pages.post("/partner/<uuid:partner_id>/contacts")
    @allow(EDITS)
    def add_contact(partner_id: UUID) -> Response | tuple[str, int]:
        with engine.work.read() as reading:
            partner = directory.get_visible_partner_by_id(reading, current_staff(), partner_id)
        try:
            contact = _write(engine, partner, given(request.form, _FIELDS))
        except Invalid as error:
            with engine.work.read() as reading:
                return _draw(reading, partner, None, request.form, error.faults), 422
        if contact.state == "erased":
            flash(gettext("This person asked to be forgotten, so the address was not kept."), "warn")
        else:
            flash(gettext("{name} is a contact of this partner now.", name=contact.name or contact.email))
        return redirect(local_path(directory.partner_path(partner)), 303)


def _add_change(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/contacts/<uuid:contact_id>")
    @allow(EDITS)
    def show_contact(contact_id: UUID) -> str:
        with engine.work.read() as reading:
            partner, contact = _visible(reading, contact_id)
            return _draw(reading, partner, contact, {name: getattr(contact, name) for name in _FIELDS})

    @pages.post("/contacts/<uuid:contact_id>")
    @allow(EDITS)
    def save_contact(contact_id: UUID) -> Response | tuple[str, int]:
        with engine.work.read() as reading:
            partner, contact = _visible(reading, contact_id)
        try:
            _write(engine, partner, {**given(request.form, _FIELDS), "email": contact.email})
        except Invalid as error:
            with engine.work.read() as reading:
                return _draw(reading, partner, contact, request.form, error.faults), 422
        flash(gettext("Saved."))
        return redirect(local_path(directory.partner_path(partner)), 303)


def _add_acts(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/contacts/<uuid:contact_id>/<any(left, back, stop, lift):act>")
    @allow(EDITS)
    def act_on_contact(contact_id: UUID, act: str) -> Response:
        with engine.work.read() as reading:
            _, contact = _visible(reading, contact_id)
            stops = directory.suppressed(reading, [contact.person]).get(contact.person, [])
        with refusal_shown(level="danger"), engine.work.begin(actor=actor()) as uow:
            flash(_ACTS[act](uow, contact, {stop.id for stop in stops}))
        return redirect(url_for("directory.show_contact", contact_id=contact_id), 303)

    @pages.post("/contacts/<uuid:contact_id>/move")
    @allow(EDITS)
    def move_contact(contact_id: UUID) -> Response:
        with engine.work.read() as reading:
            _, contact = _visible(reading, contact_id)
        with refusal_shown(level="danger"):
            with engine.work.read() as reading:
                text = request.form.get("partner", "")
                partner = directory.get_partner_meant(reading, current_staff(), text, "/partner")
            with engine.work.begin(actor=actor()) as uow:
                moved = service.move_contact(uow, contact.id, partner)
            flash(
                gettext(
                    "They are at {partner} now; what was before stays with the partner before.", partner=partner.name
                )
            )
            contact_id = moved.id
        return redirect(url_for("directory.show_contact", contact_id=contact_id), 303)


def _mark_left(uow: UnitOfWork, contact: ContactView, stops: set[UUID]) -> str:
    service.mark_contact_left(uow, contact.id)
    return gettext("Marked as having left; they are not asked any more, and what waits for them does not go.")


def _mark_back(uow: UnitOfWork, contact: ContactView, stops: set[UUID]) -> str:
    service.mark_contact_back(uow, contact.id)
    return gettext("They are at the partner again.")


def _stop(uow: UnitOfWork, contact: ContactView, stops: set[UUID]) -> str:
    service.suppress(uow, contact.person, service.ALL, "opted_out")
    return gettext("They are not asked any more, at any partner.")


def _lift(uow: UnitOfWork, contact: ContactView, stops: set[UUID]) -> str:
    suppression_id = chosen(request.form, "suppression")
    # Only a stop of the person on this page: an id from elsewhere must not open somebody else's.
    if suppression_id not in stops:
        raise NotFound(gettext("This stop was lifted already, or never stood."))
    service.lift_suppression(uow, suppression_id)
    return gettext("They may be asked again, as far as this reason goes.")


_ACTS = {"left": _mark_left, "back": _mark_back, "stop": _stop, "lift": _lift}


def _write(engine: Engine, partner: PartnerView, fields: Mapping[str, str]) -> ContactView:
    wanted = service.read_contact(fields)
    with engine.work.begin(actor=actor()) as uow:
        contact = service.upsert_contact(uow, engine.keys, partner, wanted)
        uow.audit("contact.written", "contact", str(contact.id))
        return contact


def _visible(reading: Reading, contact_id: UUID) -> tuple[PartnerView, ContactView]:
    contact = directory.find_contact(reading, contact_id)
    seen = directory.visible_partners(reading, current_staff(), [contact.partner_id]) if contact else set()
    if contact is None or contact.partner_id not in seen or contact.state == "erased":
        raise NotFound(gettext("There is no such contact among those you may see."))
    return directory.partners_by_id(reading, [contact.partner_id])[contact.partner_id], contact


def _draw(
    reading: Reading,
    partner: PartnerView,
    contact: ContactView | None,
    form: Mapping[str, Any],
    faults: Sequence[Fault] = (),
) -> str:
    stops = directory.suppressed(reading, [contact.person]).get(contact.person, []) if contact else []
    return render_template(
        "directory/contact.html",
        partner=partner,
        contact=contact,
        form={name: form.get(name, "") for name in _FIELDS},
        stops=[(stop, words.stop_words(stop), consent.may_lift(stop.cause)) for stop in stops],
        faults=faults,
        back=directory.partner_path(partner),
        partner_path=directory.partner_path,
        **(_elsewhere(reading, contact) if contact else {}),
    )


def _elsewhere(reading: Reading, contact: ContactView) -> dict[str, Any]:
    """The other contacts of the same person: those the reader may see, with their partners, and how many more."""
    others = [
        other
        for other in directory.contacts_by_person(reading, [contact.person]).get(contact.person, [])
        if other.id != contact.id and other.state != "erased"
    ]
    seen = directory.visible_partners(reading, current_staff(), {other.partner_id for other in others})
    partners = directory.partners_by_id(reading, seen)
    return {
        "elsewhere": [(other, partners[other.partner_id]) for other in others if other.partner_id in partners],
        "unseen": len({other.partner_id for other in others} - seen),
    }
