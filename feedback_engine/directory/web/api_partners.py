"""The API of partners: `GET /partners`, `GET /partners/{key or id}`, `POST /partners`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import EVERYTHING, ListedPartner, PartnerFilter, PartnerView, StaffView
from feedback_engine.directory.web.api_parts import Answer, read_json, write_one_or_many
from feedback_engine.foundation import plain_text
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import allow, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_id, limit_of


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/partners")
    @allow(scope("partners:read"), reads=(*PAGING, "q", "key", "kind", "tier", "region", "state", "side"))
    def list_partners() -> dict[str, Any]:
        after, limit = cursor_id(request.args), limit_of(request.args)
        with engine.work.read() as reading:
            page = directory.list_partners(
                reading, EVERYTHING, _filter(request.args), after=after, limit=limit, by_name=False
            )
        return page.document(_listed)

    @endpoints.get("/partners/<path:name>")
    @allow(scope("partners:read"))
    def get_partner(name: str) -> dict[str, Any]:
        with engine.work.read() as reading:
            partner = directory.find_partner_named(reading, name)
            if partner is None:
                raise NotFound(gettext("There is no partner with this key or id."))
            owner = directory.owner_at(reading, partner.id, reading.now)
            return {**partner_document(partner, owner), **merges_document(reading, partner)}

    @endpoints.post("/partners")
    @allow(scope("partners:write"))
    def write_partners() -> Answer:
        return write_one_or_many(engine.work, read_json(), service.read_partner, service.upsert_partners)


def partner_document(partner: PartnerView, owner: StaffView | None) -> dict[str, Any]:
    """A partner as programs read it."""
    columns = partner._asdict()
    return {**columns, "id": str(partner.id), "owner": owner.email if owner else None}


def merges_document(reading: Reading, partner: PartnerView) -> dict[str, Any]:
    """What a partner was merged into, and what was merged into it, by key."""
    into, aliases = directory.merge_of(reading, partner.id), directory.merges_into(reading, partner.id)
    partners = directory.partners_by_id(
        reading, {*(each.partner_id for each in aliases), *([into.into_id] if into else [])}
    )
    return {
        "merged_into": partners[into.into_id].key if into else None,
        "aliases": [partners[each.partner_id].key for each in aliases],
    }


def _listed(row: ListedPartner) -> dict[str, Any]:
    return partner_document(row.partner, row.owner)


def _filter(arguments: Mapping[str, str]) -> PartnerFilter:
    return PartnerFilter(
        sought=plain_text.sought(arguments.get("q", ""), 200),
        key=arguments.get("key", ""),
        kind=arguments.get("kind", ""),
        tier=arguments.get("tier", ""),
        region=arguments.get("region", ""),
        state=arguments.get("state", ""),
        side=arguments.get("side", ""),
    )
