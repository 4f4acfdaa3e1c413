"""Writes saved views: an address of the inbox under a name, for the person who keeps it."""

from __future__ import annotations

from uuid import UUID

from alerts.casework import view_store
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import UnitOfWork

MOST_VIEWS = 20
"""As many as still can be read at a glance under the views of the inbox."""

LONGEST_NAME = 60
LONGEST_ADDRESS = 1000


def save_view(uow: UnitOfWork, staff_id: UUID, name: str, address: str) -> UUID:
    """Keep an address of the inbox, given as its query.

    Raises Invalid at `/name` for a name that is empty, too long or unreadable; Conflict when the person has one of this
    name already, or as many as there is room for.
    """
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        words = gettext("Give the view a name of 1 to {n} characters.", n=LONGEST_NAME)
        raise Invalid(words, [Fault("/name", words)])
    if len(address) > LONGEST_ADDRESS:
        raise Conflict(gettext("This view is too long to be kept; search for fewer words."))
    known = view_store.views_of(uow, staff_id)
    if any(view.name == cleaned for view in known):
        raise Conflict(gettext("You have a view of this name already; choose another name."))
    if len(known) >= MOST_VIEWS:
        raise Conflict(gettext("You keep {n} views already; remove one first.", n=MOST_VIEWS))
    view_id = view_store.insert_view(uow, staff_id, cleaned, address)
    uow.audit("view.saved", "saved_view", str(view_id))
    return view_id


def remove_view(uow: UnitOfWork, staff_id: UUID, view_id: UUID) -> None:
    """Forget a saved view. Raises NotFound when the person has no such one."""
    if not view_store.delete_view(uow, staff_id, view_id):
        raise NotFound(gettext("You have no such view."))
    uow.audit("view.removed", "saved_view", str(view_id))
