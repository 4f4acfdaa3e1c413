"""The pages `/partners` and `/partners/<key>`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, render_template, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.reading import ListedPartner, PartnerFilter, PartnerView
from feedback_engine.directory.web import words
from feedback_engine.directory.web.forms import uuid_of
from feedback_engine.foundation import plain_text
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, allow, current_staff
from feedback_engine.foundation.web.paging import Page, cursor_id

NOBODY = "nobody"
MOST_NAMED = 3
"""Contacts beyond which a list does not say by which of them a partner was found."""
_FILTERS = ("q", "kind", "tier", "region", "owner", "state")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the pages to the blueprint."""

    @pages.get("/partners")
    @allow(SIGNED_IN)
    def list_partners() -> str:
        with engine.work.read() as reading:
            return _draw_list(reading, current_staff(), request.args)

    @pages.get("/partners/<path:key>")
    @allow(SIGNED_IN)
    def show_partner(key: str) -> str:
        with engine.work.read() as reading:
            found = directory.find_partner_named(reading, key)
            # An unknown key and the key of somebody else's partner take the same way out.
            partner = directory.get_visible_partner(reading, current_staff(), found.key if found else key)
            return _draw_partner(reading, current_staff(), partner)


def filter_of(arguments: Mapping[str, str]) -> PartnerFilter:
    """What the address narrows the list to; our own company is no partner."""
    owner = arguments.get("owner", "")
    return PartnerFilter(
        sought=plain_text.sought(arguments.get("q", ""), 200),
        kind=arguments.get("kind", ""),
        tier=arguments.get("tier", ""),
        region=arguments.get("region", ""),
        state=arguments.get("state", ""),
        side="theirs",
        owner_id=uuid_of(owner),
        unowned=owner == NOBODY,
    )


def _draw_list(reading: Reading, viewer: StaffPrincipal, arguments: Mapping[str, str]) -> str:
    wanted = filter_of(arguments)
    page = directory.list_partners(reading, viewer, wanted, after=cursor_id(arguments))
    chosen = {name: value for name in _FILTERS if (value := arguments.get(name, ""))}
    all_of_them = directory.count_partners(reading, viewer, PartnerFilter(side="theirs"))
    tiers, regions = directory.tiers_and_regions(reading)
    owners = words.named(each for each in directory.list_staff(reading) if each.role in MAY_OWN and each.active)
    return render_template(
        "directory/partners.html",
        page=page,
        all_of_them=all_of_them,
        ours=directory.list_partners(reading, viewer, PartnerFilter(side="ours")).rows,
        fitting=directory.count_partners(reading, viewer, wanted) if chosen else all_of_them,
        chosen=chosen,
        called=_contacts_called(reading, page, chosen.get("q", "")),
        kinds=words.kinds(),
        filters=[
            ("kind", gettext("Kind"), words.options_of(words.kinds(), gettext("All"))),
            ("tier", gettext("Tier"), [("", gettext("All")), *((tier, tier) for tier in tiers)]),
            ("region", gettext("Region"), [("", gettext("All")), *((region, region) for region in regions)]),
            ("owner", gettext("Owner"), [("", gettext("All")), (NOBODY, gettext("Nobody yet")), *owners]),
            ("state", gettext("State"), words.options_of(words.states(), gettext("All"))),
        ],
        first_path="/partners" + _query(chosen) if arguments.get("cursor") else "",
        next_path="/partners" + _query({**chosen, "cursor": page.next_cursor}) if page.next_cursor else "",
        partner_path=directory.partner_path,
        may_steer=may_steer(viewer),
    )


def _contacts_called(reading: Reading, page: Page[ListedPartner], sought: str) -> dict[UUID, str]:
    """By which of its contacts a partner was found, where it is not so called itself."""
    folded = sought.casefold()
    apart = [row.partner.id for row in page.rows if folded not in f"{row.partner.name}\n{row.partner.key}".casefold()]
    if not folded or not apart:
        return {}
    found = directory.contacts_of(reading, apart)
    named = {
        partner_id: sorted(
            each.name or each.email for each in contacts if folded in f"{each.name}\n{each.email}".casefold()
        )
        for partner_id, contacts in found.items()
    }
    return {partner_id: ", ".join(names[:MOST_NAMED]) for partner_id, names in named.items() if names}


def _query(chosen: Mapping[str, str]) -> str:
    return "?" + urlencode(chosen) if chosen else ""


def _draw_partner(reading: Reading, viewer: StaffPrincipal, partner: PartnerView) -> str:
    contacts = directory.contacts_of(reading, [partner.id]).get(partner.id, [])
    children = directory.children_of(reading, partner)
    parent = directory.find_partner(reading, partner.parent_key) if partner.parent_key else None
    merged = set(directory.companies_of(reading, [partner.id])[partner.id])
    relatives = {each.id for each in (*children, *([parent] if parent else []))}
    seen = directory.visible_partners(reading, viewer, merged | relatives)
    return render_template(
        "directory/partner.html",
        partner=partner,
        parent=parent,
        children=children,
        seen=seen,
        contacts=sorted(contacts, key=lambda contact: (contact.state != "active", contact.name.casefold())),
        stops=directory.suppressed(reading, {contact.person for contact in contacts}),
        history=directory.ownership_history(reading, partner.id),
        owner=directory.owner_at(reading, partner.id, reading.now),
        owners=words.named(each for each in directory.list_staff(reading) if each.role in MAY_OWN and each.active),
        now=reading.now,
        kinds=words.kinds(),
        stop_words=words.stop_words,
        partner_path=directory.partner_path,
        may_steer=may_steer(viewer),
        may_edit=may_edit(viewer),
        **_merges(reading, partner),
    )


def _merges(reading: Reading, partner: PartnerView) -> dict[str, Any]:
    """What the partner was merged into, and what was merged into it, each with its partner."""
    into, aliases = directory.merge_of(reading, partner.id), directory.merges_into(reading, partner.id)
    named = {*(each.partner_id for each in aliases), *([into.into_id] if into else [])}
    partners = directory.partners_by_id(reading, named)
    return {
        "merged": (into, partners[into.into_id]) if into else None,
        "aliases": [(each, partners[each.partner_id]) for each in aliases],
    }


def may_steer(viewer: StaffPrincipal) -> bool:
    """Whether somebody may describe partners and give them owners."""
    return viewer.role in ("admin", "program_owner")


def may_edit(viewer: StaffPrincipal) -> bool:
    """Whether somebody may change the contacts of partners they see."""
    return viewer.role != "viewer"
