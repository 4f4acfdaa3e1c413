"""All SQL of the lists of partners and contacts, and of what each reader sees of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, false, func, not_, or_, select, true

from feedback_engine.directory import guard, store_aliases
from feedback_engine.directory.store import (
    CONTACT,
    CONTACT_COLUMNS,
    OWNERSHIP,
    PARTNER,
    PARTNER_COLUMNS,
    STAFF,
    STAFF_COLUMNS,
    is_storable,
)
from feedback_engine.directory.views import ContactView, ListedPartner, PartnerView, StaffView


@dataclass(frozen=True, slots=True)
class PartnerFilter:
    """What a list of partners is narrowed to; empty means everything. `owner_id` None with `unowned` means nobody.
    `sought` are letters in what is told of a partner, `named` is its whole name; the case of letters means nothing.

    Aliases of merged partners are left out, but for a list `with_merged` and for who asks for a `key`.
    """

    sought: str = ""
    named: str = ""
    key: str = ""
    kind: str = ""
    tier: str = ""
    region: str = ""
    state: str = ""
    side: str = ""
    owner_id: UUID | None = None
    unowned: bool = False
    with_merged: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """What a list does about merged partners: aliases it leaves out (None: all), whom a search finds by an alias."""

    hidden: Collection[UUID] | None = ()
    found: Collection[UUID] = ()


SHOWN = Merged()
"""Aliases stand in the list as any other partner."""


def visible_to(viewer: guard.Viewer, shard: ColumnElement[int], partner_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """The condition under which `viewer` may see the partner named by two columns: `guard.may_see_partner` as SQL."""
    if guard.sees_all(viewer):
        return true()
    if viewer.role != guard.OWNS_ONLY:
        return false()
    theirs = OWNERSHIP.c.staff_id == viewer.id
    if viewer.team_id is not None:
        theirs = or_(theirs, STAFF.c.team_id == viewer.team_id)
    return exists(
        select(OWNERSHIP.c.id)
        .join(STAFF, STAFF.c.id == OWNERSHIP.c.staff_id)
        .where(OWNERSHIP.c.shard == shard, OWNERSHIP.c.partner_id == partner_id, OWNERSHIP.c.to_at.is_(None), theirs)
        .correlate_except(OWNERSHIP, STAFF)
    )


def list_partners(
    connection: Connection,
    viewer: guard.Viewer,
    wanted: PartnerFilter,
    *,
    after: UUID | None,
    limit: int,
    by_name: bool = True,
    merged: Merged | None = None,
) -> list[ListedPartner] | None:
    """Up to `limit` visible partners after the partner `after`, by name or by id; None when `after` is unknown.

    Aliases are as `merged` says; without it, they stand in the list as any other.
    """
    contacts = (
        select(func.count())
        .where(CONTACT.c.shard == PARTNER.c.shard, CONTACT.c.partner_id == PARTNER.c.id, CONTACT.c.state == "active")
        .correlate(PARTNER)
        .scalar_subquery()
    )
    query: Select[*tuple[Any, ...]] = (
        select(*PARTNER_COLUMNS, contacts, OWNERSHIP.c.staff_id, *STAFF_COLUMNS)
        .outerjoin(OWNERSHIP, _owned_now())
        .outerjoin(STAFF, STAFF.c.id == OWNERSHIP.c.staff_id)
        .where(visible_to(viewer, PARTNER.c.shard, PARTNER.c.id), *_conditions(wanted, merged or SHOWN))
        .order_by(*((PARTNER.c.search_text,) if by_name else ()), PARTNER.c.id)
        .limit(limit)
    )
    if after is not None:
        text = connection.execute(select(PARTNER.c.search_text).where(PARTNER.c.id == after)).scalar()
        if text is None:
            return None
        later = PARTNER.c.id > after
        same_or_later = or_(PARTNER.c.search_text > text, and_(PARTNER.c.search_text == text, later))
        query = query.where(same_or_later if by_name else later)
    return [_listed(row) for row in connection.execute(query)]


def count_partners(
    connection: Connection, viewer: guard.Viewer, wanted: PartnerFilter, *, merged: Merged | None = None
) -> int:
    """How many partners `list_partners` lists on all its pages together."""
    query = (
        select(func.count())
        .select_from(PARTNER)
        .outerjoin(OWNERSHIP, _owned_now())
        .where(visible_to(viewer, PARTNER.c.shard, PARTNER.c.id), *_conditions(wanted, merged or SHOWN))
    )
    return connection.execute(query).scalar_one()


def _owned_now() -> ColumnElement[bool]:
    return and_(
        OWNERSHIP.c.shard == PARTNER.c.shard, OWNERSHIP.c.partner_id == PARTNER.c.id, OWNERSHIP.c.to_at.is_(None)
    )


def _listed(row: Row[*tuple[Any, ...]]) -> ListedPartner:
    split = len(PARTNER_COLUMNS)
    owner = StaffView(*row[split + 2 :]) if row[split + 1] is not None else None
    return ListedPartner(PartnerView(*row[:split]), owner, row[split])


def aliases_seen_by(connection: Connection, viewer: guard.Viewer) -> dict[UUID, UUID]:
    """The aliases in force that `viewer` may see, each with what it was merged into."""
    return store_aliases.aliases_where(connection, visible_to(viewer, PARTNER.c.shard, PARTNER.c.id))


def aliases_mentioning(connection: Connection, sought: str) -> dict[UUID, UUID]:
    """The aliases in force that have the words sought, each with what it was merged into."""
    return store_aliases.aliases_where(connection, _mentions(sought.casefold())) if is_storable(sought) else {}


def contacts_mentioned(connection: Connection, sought: str, limit: int) -> list[UUID]:
    """Up to so many contacts in whose name or address these letters stand."""
    if not is_storable(sought):
        return []
    mentioned = CONTACT.c.search_text.contains(sought.casefold(), autoescape=True)
    return list(connection.execute(select(CONTACT.c.id).where(mentioned).limit(limit)).scalars())


def _conditions(wanted: PartnerFilter, merged: Merged) -> list[ColumnElement[bool]]:
    texts = {name: getattr(wanted, name) for name in ("key", "kind", "tier", "region", "state", "side")}
    if not all(is_storable(text) for text in (*texts.values(), wanted.sought, wanted.named)):
        return [false()]
    conditions = [PARTNER.c[name] == text for name, text in texts.items() if text]
    if wanted.owner_id is not None:
        conditions.append(OWNERSHIP.c.staff_id == wanted.owner_id)
    elif wanted.unowned:
        conditions.append(OWNERSHIP.c.staff_id.is_(None))
    if wanted.sought:
        mentioned = _mentions(wanted.sought.casefold())
        conditions.append(or_(mentioned, PARTNER.c.id.in_(list(merged.found))) if merged.found else mentioned)
    if wanted.named:
        # The name is the first line of what a partner is found by (`changes.search_text`).
        conditions.append(PARTNER.c.search_text.startswith(f"{wanted.named.casefold()}\n", autoescape=True))
    if merged.hidden is None:
        conditions.append(not_(store_aliases.is_alias()))
    elif merged.hidden:
        conditions.append(PARTNER.c.id.not_in(list(merged.hidden)))
    return conditions


def _mentions(folded: str) -> ColumnElement[bool]:
    contact = CONTACT.alias()
    in_contact = exists(
        select(contact.c.id).where(
            contact.c.shard == PARTNER.c.shard,
            contact.c.partner_id == PARTNER.c.id,
            contact.c.search_text.contains(folded, autoescape=True),
        )
    )
    return or_(PARTNER.c.search_text.contains(folded, autoescape=True), in_contact)


def partner_is(
    shard: ColumnElement[int], partner_id: ColumnElement[UUID], *, tier: str = "", named: str = ""
) -> ColumnElement[bool]:
    """The condition that the partner named by two columns has this tier and these letters in its name or key."""
    if not (is_storable(tier) and is_storable(named)):
        return false()
    conditions = [PARTNER.c.tier == tier] if tier else []
    if named:
        conditions.append(PARTNER.c.search_text.contains(named.casefold(), autoescape=True))
    found = select(PARTNER.c.id).where(PARTNER.c.shard == shard, PARTNER.c.id == partner_id, *conditions)
    return exists(found.correlate_except(PARTNER))


def distinct_texts(connection: Connection, column: str) -> list[str]:
    """The different values of a partner's `tier`, `region` or the like, without the empty one."""
    values = PARTNER.c[column]
    return list(connection.execute(select(values).where(values != "").distinct().order_by(values)).scalars())


def list_contacts(
    connection: Connection,
    *,
    partner_id: UUID | None,
    person: bytes | None,
    state: str,
    after: UUID | None,
    limit: int,
) -> list[ContactView]:
    """Up to `limit` contacts after the id `after`, by id."""
    query = select(*CONTACT_COLUMNS).order_by(CONTACT.c.id).limit(limit)
    if partner_id is not None:
        query = query.where(CONTACT.c.partner_id == partner_id)
    if person is not None:
        query = query.where(CONTACT.c.person == person)
    if state:
        query = query.where(CONTACT.c.state == state if is_storable(state) else false())
    if after is not None:
        query = query.where(CONTACT.c.id > after)
    return [ContactView(*row) for row in connection.execute(query)]
