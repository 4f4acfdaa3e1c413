"""Reads which partners belong together: those merged into one company, and families of companies by their parents.

A merge changes no row of a partner: here an alias stands below the partner it was merged into, whatever parent its own
row names, so that undoing a merge has nothing to put back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from feedback_engine.directory import store, store_aliases
from feedback_engine.directory.families import FOLLOWED, root_of
from feedback_engine.foundation.unit_of_work import Reading


class _Kin(NamedTuple):
    """A partner and the key of whom it stands below."""

    id: UUID
    key: str
    parent_key: str


# ---- one company


def mains_of(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The partner that each of these was merged into in the end; those that are no alias are left out."""
    wanted = set(partner_ids)
    into: dict[UUID, UUID] = {}
    above = wanted
    for _ in range(FOLLOWED):
        if not above:
            break
        rows = store_aliases.aliases_of(reading.connection, above)
        into |= {row.partner_id: row.into_id for row in rows}
        above = {row.into_id for row in rows} - into.keys()
    return {partner_id: _end_of(partner_id, into) for partner_id in wanted if partner_id in into}


def _end_of(partner_id: UUID, into: dict[UUID, UUID]) -> UUID:
    seen = {partner_id}
    while (above := into.get(partner_id)) is not None and above not in seen:
        seen.add(above)
        partner_id = above
    return partner_id


def companies_of(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """For each of these partners, everybody who is the same company: who it was merged into first, then the aliases."""
    wanted = set(partner_ids)
    mains = mains_of(reading, wanted)
    found = {main: [main] for main in (mains.get(partner_id, partner_id) for partner_id in wanted)}
    main_of = {main: main for main in found}
    below = set(found)
    for _ in range(FOLLOWED):
        if not below:
            break
        rows = store_aliases.aliases_into(reading.connection, below)
        below = {row.partner_id for row in rows} - main_of.keys()
        for row in rows:
            if row.partner_id in below:
                main = main_of[row.partner_id] = main_of[row.into_id]
                found[main].append(row.partner_id)
    return {partner_id: found[mains.get(partner_id, partner_id)] for partner_id in wanted}


# ---- families


def families(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The id at the top of each partner's family; a partner without parents is its own."""
    members = _merged(reading, store_aliases.kin_by_id(reading.connection, partner_ids))
    parents = {member.key: member.parent_key for member in members}
    ids = {member.key: member.id for member in members}
    for _ in range(FOLLOWED):
        above = {parent for parent in parents.values() if parent and parent not in parents}
        if not above:
            break
        for row in _merged(reading, store.parents_by_key(reading.connection, above)):
            ids[row.key], parents[row.key] = row.id, row.parent_key
        # A parent that is not in the register ends the chain below it.
        parents |= {parent: "" for parent in above if parent not in parents}
    known = {key: parent if parent in ids else "" for key, parent in parents.items()}
    return {member.id: ids[root_of(member.key, known)] for member in members}


def family_members(reading: Reading, root_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Everybody below each of these tops of families, the top itself first; as `families` would group them."""
    tops = store_aliases.keys_of(reading.connection, root_ids)
    found = {top: [top] for top in tops}
    family_of = {key: top for top, key in tops.items()}
    level = {key: top for top, key in tops.items()}
    for _ in range(FOLLOWED):
        children = [row for row in _below(reading, level) if row.key not in family_of]
        if not children:
            break
        for row in children:
            top = family_of[row.key] = family_of[row.parent_key]
            found[top].append(row.id)
        level = {row.key: row.id for row in children}
    return found


def _below(reading: Reading, level: dict[str, UUID]) -> list[_Kin]:
    """Who stands directly below the partners of a level (key to id): children, and aliases merged into them."""
    children = _merged(reading, store.children_by_key(reading.connection, level))
    aliases = {row.partner_id for row in store_aliases.aliases_into(reading.connection, level.values())}
    merged = _merged(reading, store_aliases.kin_by_id(reading.connection, aliases)) if aliases else []
    return [row for row in {*children, *merged} if row.parent_key in level]


def _merged(reading: Reading, rows: Iterable[Any]) -> list[_Kin]:
    """Partners with whom they stand below; an alias stands below whom it was merged into."""
    kin = [_Kin(*row) for row in rows]
    into = {
        row.partner_id: row.into_id for row in store_aliases.aliases_of(reading.connection, [one.id for one in kin])
    }
    if not into:
        return kin
    keys = store_aliases.keys_of(reading.connection, into.values())
    return [one._replace(parent_key=keys[into[one.id]]) if one.id in into else one for one in kin]
