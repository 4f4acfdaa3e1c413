"""The API of merges: `POST /partners/{key or id}/merge`, previewed with `?dry_run=1`, and `/unmerge`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import PartnerView
from feedback_engine.directory.web.api_parts import named_partner, read_json
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Work
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.post("/partners/<path:name>/merge")
    @allow(scope("partners:write"), reads=("dry_run",))
    @once_per_key
    def merge_partner(name: str) -> dict[str, Any]:
        partner, into = _named(engine.work, name), named_partner(engine.work, read_json(), "into")
        if request.args.get("dry_run") not in (None, "", "0"):
            return _foreseen(engine.work, partner, into)
        with engine.work.begin(actor=actor()) as uow:
            merge = service.merge_partners(uow, partner.id, into.id)
        undo_until = merge.undo_until.isoformat()
        return {"dry_run": False, "partner": partner.key, "into": into.key, "undo_until": undo_until}

    @endpoints.post("/partners/<path:name>/unmerge")
    @allow(scope("partners:write"))
    @once_per_key
    def unmerge_partner(name: str) -> dict[str, Any]:
        partner = _named(engine.work, name)
        with engine.work.begin(actor=actor()) as uow:
            service.undo_merge(uow, partner.id)
        return {"partner": partner.key, "into": None}


def _named(work: Work, name: str) -> PartnerView:
    with work.read() as reading:
        partner = directory.find_partner_named(reading, name)
    if partner is None:
        raise NotFound(gettext("There is no partner with this key or id."))
    return partner


def _foreseen(work: Work, partner: PartnerView, into: PartnerView) -> dict[str, Any]:
    with work.read() as reading:
        service.check_merge(reading, partner, into)
        contacts = directory.contacts_of(reading, [partner.id, into.id])
        owners = directory.owners_of(reading, [partner.id, into.id], reading.now)
    emails = {each.id: owners[each.id].email if each.id in owners else None for each in (partner, into)}
    return {
        "dry_run": True,
        "partner": partner.key,
        "into": into.key,
        "contacts": {each.key: len(contacts.get(each.id, ())) for each in (partner, into)},
        "owners": {partner.key: emails[partner.id] or emails[into.id], into.key: emails[into.id]},
    }
