"""Pure. Who may see which partner; `store_lists.visible_to` is the same rule as SQL, and a test compares both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

ROLES = ("admin", "program_owner", "alliance_manager", "viewer")
SEES_ALL = frozenset({"admin", "program_owner", "viewer"})
OWNS_ONLY = "alliance_manager"


class Viewer(Protocol):
    """Whoever looks: a signed-in member of staff has these."""

    @property
    def id(self) -> UUID: ...

    @property
    def role(self) -> str: ...

    @property
    def team_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Sight:
    """A viewer made by hand, for those who are not staff."""

    id: UUID
    role: str
    team_id: UUID | None = None


EVERYTHING = Sight(UUID(int=0), "viewer")
"""The sight of an API key with the scope for it, and of the command line."""


def sees_all(viewer: Viewer) -> bool:
    """Whether the viewer's role alone opens every partner."""
    return viewer.role in SEES_ALL


def may_see_partner(viewer: Viewer, owner_id: UUID | None, owner_team: UUID | None) -> bool:
    """Whether `viewer` may see a partner that `owner_id`, a member of `owner_team`, owns now.

    Program owners, admins and viewers see all. An alliance manager sees what they or somebody of their team owns;
    a partner without an owner is nobody's yet.
    """
    if sees_all(viewer):
        return True
    if viewer.role != OWNS_ONLY or owner_id is None:
        return False
    return owner_id == viewer.id or (owner_team is not None and owner_team == viewer.team_id)
