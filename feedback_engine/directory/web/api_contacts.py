"""The API of contacts: `GET /contacts`, `GET /contacts/{id}`, `POST /contacts`, `POST /contacts/{id}/left`, `/move`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import ContactView, PartnerView, SuppressionView
from feedback_engine.directory.service import ContactInput
from feedback_engine.directory.web.api_parts import Answer, named_partner, read_json, write_one_or_many
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.paging import PAGING, Page, cursor_id, limit_of

_NOT_SHOWN = frozenset({"person", "partner_id"})


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/contacts")
    @allow(scope("contacts:read"), reads=(*PAGING, "partner", "email", "state"))
    def list_contacts() -> dict[str, Any]:
        with engine.work.read() as reading:
            page = _page(engine, reading, request.args)
            documents = dict(zip((each.id for each in page.rows), _documents(reading, page.rows), strict=True))
        return page.document(lambda contact: documents[contact.id])

    @endpoints.get("/contacts/<uuid:contact_id>")
    @allow(scope("contacts:read"))
    def get_contact(contact_id: UUID) -> dict[str, Any]:
        with engine.work.read() as reading:
            contact = directory.find_contact(reading, contact_id)
            if contact is None:
                raise NotFound(gettext("There is no contact with this id."))
            return _documents(reading, [contact])[0]

    @endpoints.post("/contacts")
    @allow(scope("contacts:write"))
    def write_contacts() -> Answer:
        body = read_json()
        with engine.work.read() as reading:
            partners = directory.partners_by_key(reading, _partner_keys(body))
        return write_one_or_many(
            engine.work,
            body,
            lambda raw: _read(raw, partners),
            lambda uow, wanted: service.upsert_contacts(uow, engine.keys, wanted),
        )

    @endpoints.post("/contacts/<uuid:contact_id>/left")
    @allow(scope("contacts:write"))
    def contact_left(contact_id: UUID) -> dict[str, Any]:
        with engine.work.begin(actor=actor()) as uow:
            service.mark_contact_left(uow, contact_id)
        return _one(engine, contact_id)

    @endpoints.post("/contacts/<uuid:contact_id>/move")
    @allow(scope("contacts:write"))
    def move_contact(contact_id: UUID) -> dict[str, Any]:
        partner = named_partner(engine.work, read_json(), "partner")
        with engine.work.begin(actor=actor()) as uow:
            moved = service.move_contact(uow, contact_id, partner)
        return _one(engine, moved.id)


def _one(engine: Engine, contact_id: UUID) -> dict[str, Any]:
    with engine.work.read() as reading:
        contact = directory.find_contact(reading, contact_id)
        return _documents(reading, [contact])[0] if contact else {}


def _page(engine: Engine, reading: Reading, arguments: Mapping[str, str]) -> Page[ContactView]:
    """The contacts that the address asks for: of a partner's key, of an address, in a state."""
    key, email = arguments.get("partner", ""), arguments.get("email", "")
    partner = directory.get_partner(reading, key) if key else None
    return directory.list_contacts(
        reading,
        partner_id=partner.id if partner else None,
        person=engine.keys.person(directory.normalise_address(email)) if email else None,
        state=arguments.get("state", ""),
        after=cursor_id(arguments),
        limit=limit_of(arguments),
    )


def _partner_keys(body: Any) -> list[str]:
    """Every partner key that a body names, whatever else is wrong with it."""
    raws = body if isinstance(body, list) else [body]
    return [raw["partner"].strip() for raw in raws if isinstance(raw, dict) and isinstance(raw.get("partner"), str)]


def _read(raw: Any, partners: Mapping[str, PartnerView]) -> tuple[UUID, ContactInput]:
    """The partner and the contact of one object. Raises Invalid, at `/partner` when there is no such partner."""
    fields = dict(raw) if isinstance(raw, dict) else raw
    key = fields.pop("partner", None) if isinstance(fields, dict) else None
    partner = partners.get(key.strip()) if isinstance(key, str) else None
    faults: list[Fault] = []
    contact = None
    if isinstance(fields, dict) and partner is None:
        faults.append(Fault("/partner", gettext("There is no partner with this key; send the partner first.")))
    try:
        contact = service.read_contact(fields)
    except Invalid as error:
        faults += error.faults
    if contact is None or partner is None:
        raise Invalid(gettext("This contact cannot be stored as it is."), faults)
    return partner.id, contact


def _documents(reading: Reading, contacts: Sequence[ContactView]) -> list[dict[str, Any]]:
    """Contacts as programs read them, with the key of their partner and the reasons not to ask them."""
    partners = directory.partners_by_id(reading, {contact.partner_id for contact in contacts})
    stops = directory.suppressed(reading, {contact.person for contact in contacts})
    return [_document(contact, partners[contact.partner_id].key, stops.get(contact.person, [])) for contact in contacts]


def _document(contact: ContactView, partner_key: str, stops: Sequence[SuppressionView]) -> dict[str, Any]:
    shown = {name: value for name, value in contact._asdict().items() if name not in _NOT_SHOWN}
    suppressions = [{"scope": stop.scope, "cause": stop.cause, "since_at": stop.since_at.isoformat()} for stop in stops]
    return {**shown, "id": str(contact.id), "partner": partner_key, "suppressions": suppressions}
