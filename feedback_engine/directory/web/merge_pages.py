"""The form that merges a partner into another, `/partner/<id>/merge`, looked at beforehand; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import PartnerView
from feedback_engine.directory.web.partner_writing import STEERS
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, current_staff
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.templating import local_path


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the form to the blueprint."""

    @pages.get("/partner/<uuid:partner_id>/merge")
    @allow(STEERS)
    def show_merge(partner_id: UUID) -> str:
        with engine.work.read() as reading:
            partner = directory.get_visible_partner_by_id(reading, current_staff(), partner_id)
            key = request.args.get("into", "").strip()
            if not key:
                return _draw(reading, partner, "")
            try:
                into = _into(reading, key)
                service.check_merge(reading, partner, into)
            except (Invalid, Conflict, NotFound) as error:
                # Only looked at: the page says why it cannot be done, and nobody sent anything wrong.
                return _draw(reading, partner, key, error=error)
            return _draw(reading, partner, key, into)

    @pages.post("/partner/<uuid:partner_id>/merge")
    @allow(STEERS)
    def merge_partner(partner_id: UUID) -> Response | tuple[str, int]:
        key = request.form.get("into", "").strip()
        with engine.work.read() as reading:
            partner = directory.get_visible_partner_by_id(reading, current_staff(), partner_id)
        try:
            with engine.work.begin(actor=actor()) as uow:
                into = _into(uow, key)
                service.merge_partners(uow, partner.id, into.id)
        except (Invalid, Conflict, NotFound) as error:
            with engine.work.read() as reading:
                return _draw(reading, partner, key, error=error), 422
        flash(gettext("{name} and {other} count as one company now.", name=partner.name, other=into.name))
        return redirect(local_path(directory.partner_path(partner)), 303)

    @pages.post("/partner/<uuid:partner_id>/unmerge")
    @allow(STEERS)
    def unmerge_partner(partner_id: UUID) -> Response:
        with engine.work.read() as reading:
            partner = directory.get_visible_partner_by_id(reading, current_staff(), partner_id)
        with refusal_shown(level="danger"):
            with engine.work.begin(actor=actor()) as uow:
                service.undo_merge(uow, partner.id)
            flash(gettext("{name} is a partner of its own again.", name=partner.name))
        return redirect(local_path(directory.partner_path(partner)), 303)


def _into(reading: Reading, key: str) -> PartnerView:
    return directory.get_partner_meant(reading, current_staff(), key, "/into")


def _faults(error: FeedbackError) -> Sequence[Fault]:
    pointed = error.faults if isinstance(error, Invalid) else ()
    return pointed or [Fault("/into", error.message)]


def _draw(
    reading: Reading,
    partner: PartnerView,
    key: str,
    into: PartnerView | None = None,
    error: FeedbackError | None = None,
) -> str:
    both = [partner, into] if into else [partner]
    contacts = directory.contacts_of(reading, [each.id for each in both])
    persons = [{contact.person for contact in contacts.get(each.id, ())} for each in both]
    return render_template(
        "directory/merge.html",
        partner=partner,
        into=into,
        key=key,
        owners=directory.owners_of(reading, [each.id for each in both], reading.now),
        counts={each.id: len(contacts.get(each.id, ())) for each in both},
        shared=len(set.intersection(*persons)) if into else 0,
        partner_path=directory.partner_path,
        faults=_faults(error) if error else (),
        meant=error.partners if isinstance(error, directory.SeveralMeant) else (),
    )
