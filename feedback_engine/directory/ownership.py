"""Writes who answers for a partner from when on; a transfer ends one period and begins another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from feedback_engine.directory import store
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

MAY_OWN = frozenset({"admin", "program_owner", "alliance_manager"})


def assign_owner(uow: UnitOfWork, partner_id: UUID, staff_id: UUID) -> bool:
    """Let `staff_id` answer for the partner from now on; False when they do already.

    Raises NotFound for an unknown partner or member of staff, Invalid when that person may not own partners.
    """
    return bool(assign_owners(uow, [(partner_id, staff_id)]))


def assign_owners(uow: UnitOfWork, wanted: Sequence[tuple[UUID, UUID]]) -> set[UUID]:
    """Let each partner be answered for by its member of staff from now on; the partners that changed hands.

    Of two owners for one partner the last one counts. Raises as `assign_owner` does, before anything is written.
    """
    owner_of = dict(wanted)
    check_owners(store.staff_by_id(uow.connection, owner_of.values()), set(owner_of.values()))
    for partner_id in sorted(owner_of):
        if not store.lock_partner(uow.connection, partner_id, ids.shard_of(partner_id)):
            raise NotFound(gettext("There is no such partner."))
    now_owned = store.owners_of_now(uow.connection, owner_of)
    moved = {partner_id for partner_id, staff_id in owner_of.items() if now_owned.get(partner_id) != staff_id}
    _write_periods(uow, {partner_id: owner_of[partner_id] for partner_id in sorted(moved)}, set(now_owned))
    return moved


def check_may_own(reading: Reading, staff_id: UUID) -> StaffView:
    """The member of staff, who may own partners. Raises NotFound, Invalid."""
    found = store.staff_by_id(reading.connection, [staff_id])
    check_owners(found, {staff_id})
    return found[0]


def check_owners(found: Sequence[StaffView], wanted: set[UUID]) -> None:
    """Raises NotFound or Invalid unless every one of `wanted` is among `found`, active, and may own partners."""
    by_id = {staff.id: staff for staff in found}
    for staff_id in sorted(wanted):
        staff = by_id.get(staff_id)
        if staff is None:
            raise NotFound(gettext("There is no such member of staff."))
        if not staff.active:
            raise Invalid(gettext("{name} is disabled and cannot own partners; choose another.", name=staff.name))
        if staff.role not in MAY_OWN:
            raise Invalid(gettext("{name} may only look; choose an alliance manager.", name=staff.name))


def _write_periods(uow: UnitOfWork, owner_of: dict[UUID, UUID], owned_before: set[UUID]) -> None:
    ended = [(ids.shard_of(partner_id), partner_id) for partner_id in owner_of if partner_id in owned_before]
    store.close_ownerships(uow.connection, ended, uow.now)
    store.insert_ownerships(
        uow.connection,
        [
            {
                **ids.new_key(partner_id),
                "partner_id": partner_id,
                "staff_id": staff_id,
                "from_at": uow.now,
                "to_at": None,
            }
            for partner_id, staff_id in owner_of.items()
        ],
    )
    uow.emit_all(OwnerChanged(partner_id=partner, staff_id=staff) for partner, staff in owner_of.items())
    if len(owner_of) == 1:
        partner_id, staff_id = next(iter(owner_of.items()))
        uow.audit("partner.owner", "partner", str(partner_id), {"staff_id": str(staff_id)})
    elif owner_of:
        # Each period stands in `ownership`; the log says once who moved them all.
        uow.audit("partners.owner", "partner", "", {"partners": len(owner_of)})
