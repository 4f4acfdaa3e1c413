"""Writes merges: two partners that turned out to be one company, and how that is undone within 30 days."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from feedback_engine.directory import kinship, store, store_aliases
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.directory.families import FOLLOWED, chain_of
from feedback_engine.directory.views import MergeView, PartnerView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

UNDO_WITHIN = timedelta(days=30)


def check_merge(reading: Reading, partner: PartnerView, into: PartnerView) -> None:
    """Raises Invalid, at `/into`, or Conflict unless `partner` may become an alias of `into`."""
    if partner.id == into.id:
        raise _refused(gettext("These are one partner already; name another key."))
    if partner.side != into.side:
        raise _refused(gettext("One of them is our own organisation, the other is not; they cannot be one company."))
    mains = kinship.mains_of(reading, [partner.id, into.id])
    if partner.id in mains:
        raise Conflict(gettext("{name} was merged already; undo that first.", name=partner.name))
    if into.id in mains:
        main = store.find_partner(reading.connection, mains[into.id])
        key = main.key if main else ""
        raise _refused(gettext("{name} is itself merged into {key}; name that key.", name=into.name, key=key))
    if partner.key in _chain_above(reading, into):
        raise _refused(
            gettext("{name} stands below {other}; merge it the other way round.", name=into.name, other=partner.name)
        )


def merge_partners(uow: UnitOfWork, partner_id: UUID, into_id: UUID) -> MergeView:
    """Let `partner_id` be an alias of `into_id` from now on. Every row of both stays as it is, where it is.

    A partner of nobody gets the owner of `into_id`, so that what comes by its key reaches somebody; one that has an
    owner keeps them. Raises NotFound, and as `check_merge` does.
    """
    partner, into = _locked(uow, partner_id, into_id)
    check_merge(uow, partner, into)
    row = {
        **ids.new_key(partner.id),
        "partner_id": partner.id,
        "into_id": into.id,
        "ownership_id": _give_owner(uow, partner, into),
        "merged_at": uow.now,
        "merged_by": uow.actor.name,
        "undone_at": None,
    }
    store_aliases.insert_alias(uow.connection, row)
    uow.audit("partner.merged", "partner", partner.key, {"into": into.key})
    return MergeView(partner.id, into.id, uow.now, uow.actor.name, uow.now + UNDO_WITHIN)


def undo_merge(uow: UnitOfWork, partner_id: UUID) -> None:
    """Let an alias be a partner of its own again. Raises NotFound, and Conflict after 30 days."""
    if not store.lock_partner(uow.connection, partner_id, ids.shard_of(partner_id)):
        raise _no_partner()
    rows = store_aliases.aliases_of(uow.connection, [partner_id])
    if not rows:
        raise Conflict(gettext("This partner is not merged into another."))
    [row] = rows
    if uow.now > row.merged_at + UNDO_WITHIN:
        raise Conflict(gettext("A merge can be undone for 30 days; this one is older."))
    store_aliases.end_alias(uow.connection, partner_id, uow.now)
    if row.ownership_id is not None:
        store_aliases.end_ownership(uow.connection, row.ownership_id, uow.now)
    uow.audit("partner.unmerged", "partner", str(partner_id), {"into": str(row.into_id)})


def merge_of(reading: Reading, partner_id: UUID) -> MergeView | None:
    """The merge by which a partner is an alias now, or None."""
    rows = store_aliases.aliases_of(reading.connection, [partner_id])
    return _view(rows[0]) if rows else None


def merges_into(reading: Reading, partner_id: UUID) -> list[MergeView]:
    """The merges in force by which others are aliases of a partner, oldest first."""
    return [_view(row) for row in store_aliases.aliases_into(reading.connection, [partner_id])]


def _view(row: store_aliases.AliasRow) -> MergeView:
    return MergeView(row.partner_id, row.into_id, row.merged_at, row.merged_by, row.merged_at + UNDO_WITHIN)


def _locked(uow: UnitOfWork, *partner_ids: UUID) -> list[PartnerView]:
    # In one order everywhere, or two who merge the same pair would wait for each other.
    for partner_id in sorted(set(partner_ids)):
        store.lock_partner(uow.connection, partner_id, ids.shard_of(partner_id))
    found = {partner.id: partner for partner in store.partners_by_id(uow.connection, partner_ids)}
    if len(found) < len(set(partner_ids)):
        raise _no_partner()
    return [found[partner_id] for partner_id in partner_ids]


def _chain_above(reading: Reading, partner: PartnerView) -> list[str]:
    parents = {partner.key: partner.parent_key}
    for _ in range(FOLLOWED):
        above = {parent for parent in parents.values() if parent and parent not in parents}
        if not above:
            break
        rows = store.parents_by_key(reading.connection, above)
        parents |= dict.fromkeys(above, "") | {row.key: row.parent_key for row in rows}
    return chain_of(partner.key, parents)[1:]


def _give_owner(uow: UnitOfWork, partner: PartnerView, into: PartnerView) -> UUID | None:
    """The period that begins when a partner of nobody gets the owner of the other; None when none does."""
    owners = store.owners_of_now(uow.connection, [partner.id, into.id])
    if partner.id in owners or into.id not in owners:
        return None
    row = {
        **ids.new_key(partner.id),
        "partner_id": partner.id,
        "staff_id": owners[into.id],
        "from_at": uow.now,
        "to_at": None,
    }
    store.insert_ownerships(uow.connection, [row])
    uow.emit(OwnerChanged(partner_id=partner.id, staff_id=owners[into.id]))
    ownership_id: UUID = row["id"]
    return ownership_id


def _refused(words: str) -> Invalid:
    return Invalid(words, [Fault("/into", words)])


def _no_partner() -> NotFound:
    return NotFound(gettext("There is no such partner."))
