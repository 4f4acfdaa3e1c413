"""The button on a partner's page that records an event by hand: "QBR held", with whom and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, PartnerView
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.instants import parse_day
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, current_staff, find_staff, roles
from feedback_engine.foundation.web.reader import reader_zone
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.foundation.web.templating import local_path
from journeys import program as programs
from journeys import reading as journeys
from journeys.intake import EARLIEST
from journeys.service import ContactDraft, EventDraft, IntakeResult, record_events

SOURCE = "by hand"
_MAY = ("admin", "program_owner", "alliance_manager")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the form's two views to the blueprint."""

    @pages.get("/partner/<uuid:partner_id>/event")
    @allow(roles(*_MAY))
    def new_event(partner_id: UUID) -> str:
        with engine.work.read() as reading:
            return _draw(reading, _partner(reading, partner_id), {})

    @pages.post("/partner/<uuid:partner_id>/event")
    @allow(roles(*_MAY))
    def record_event(partner_id: UUID) -> Response | tuple[str, int]:
        with engine.work.read() as reading:
            partner = _partner(reading, partner_id)
            try:
                draft = _draft(reading, partner, request.form)
            except Invalid as refused:
                return _draw(reading, partner, request.form, refused.faults), 422
        (result,) = record_events(engine.work, actor(), [draft], keys=engine.keys)
        _tell(engine, partner, result)
        return redirect(local_path(directory.partner_path(partner)), 303)


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Show the button to those who may record events, once there is a touchpoint to record."""

    def button(*, partner_id: UUID, **_: object) -> Markup | None:
        staff = find_staff()
        if staff is None or staff.role not in _MAY:
            return None
        with engine.work.read() as reading:
            if not journeys.touchpoints(reading):
                return None
        return Markup(render_template("journeys/_button.html", partner_id=partner_id))

    slots.add("partner.actions", button)


def _partner(reading: Reading, partner_id: UUID) -> PartnerView:
    return directory.get_visible_partner_by_id(reading, current_staff(), partner_id)


def _draw(reading: Reading, partner: PartnerView, given: dict[str, str], faults: tuple[Fault, ...] = ()) -> str:
    program = programs.current(reading)
    locale = current_locale()
    today = reading.now.astimezone(ZoneInfo(reader_zone())).date()
    return render_template(
        "journeys/event_form.html",
        partner=partner,
        partner_path=directory.partner_path(partner),
        touchpoints=[
            (placed.definition.key, program.text(placed.definition.name, locale))
            for placed in journeys.touchpoints(reading)
        ],
        contacts=[(str(contact.id), contact.name or contact.email) for contact in _contacts(reading, partner)],
        given=given,
        today=today.isoformat(),
        # Pressed twice, it is one event: the id is given out with the form.
        event_id=given.get("event_id") or str(ids.new_reference_id()),
        faults=faults,
    )


def _contacts(reading: Reading, partner: PartnerView) -> list[ContactView]:
    found = directory.contacts_of(reading, [partner.id]).get(partner.id, [])
    return [contact for contact in found if contact.state == "active"]


def _draft(reading: Reading, partner: PartnerView, form: dict[str, str]) -> EventDraft:
    """The event that the form describes. Raises Invalid with a fault for each field."""
    touchpoints = {placed.definition.key: placed.definition.event for placed in journeys.touchpoints(reading)}
    contacts = {str(contact.id): contact for contact in _contacts(reading, partner)}
    event_type, contact = touchpoints.get(form.get("touchpoint", "")), contacts.get(form.get("contact", ""))
    today = reading.now.astimezone(ZoneInfo(reader_zone())).date()
    day = _day(form.get("date", ""))
    faults = []
    if event_type is None:
        faults.append(Fault("/touchpoint", gettext("Choose what happened.")))
    if contact is None and form.get("contact"):
        faults.append(Fault("/contact", gettext("Choose somebody of this partner, or nobody in particular.")))
    if day is None or not EARLIEST.date() <= day <= today:
        faults.append(Fault("/date", gettext("Give the day on which it happened; it may be today, not later.")))
    if event_type is None or day is None or faults:
        raise Invalid(gettext("This event cannot be recorded as it is."), faults)
    return EventDraft(
        index=0,
        source=SOURCE,
        id=_event_id(form.get("event_id", "")),
        type=event_type,
        subject=partner.key,
        # An event of today happens when it comes in; pressed twice, it still says the same.
        at=None if day == today else datetime.combine(day, time(12), tzinfo=ZoneInfo(reader_zone())).astimezone(UTC),
        contact=None if contact is None else ContactDraft(contact.email),
    )


def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _event_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return str(ids.new_reference_id())


def _tell(engine: Engine, partner: PartnerView, result: IntakeResult) -> None:
    if result.status == "accepted":
        with engine.work.begin(actor=actor()) as uow:
            uow.audit("event.recorded_by_hand", "touchpoint_event", str(result.event_id))
        flash(gettext("Recorded. The sampling rules decide whether somebody at {name} is asked.", name=partner.name))
    elif result.status == "duplicate":
        flash(gettext("This was recorded already."))
    elif result.status == "conflict":
        flash(gettext("This form recorded another event already. Open it anew for a second one."), "warn")
    else:
        flash(result.detail, "danger")
