"""Pure. What the directory tells others: frozen values of partners, contacts, staff, ownership and consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class PartnerView(NamedTuple):
    """A company. Texts that are not known are empty; `kind` may be `unknown`.

    A named tuple, as the contact below: intake makes one for each event, and a frozen dataclass takes five times as
    long to make.
    """

    id: UUID
    key: str
    name: str
    kind: str
    tier: str
    region: str
    country: str
    time_zone: str
    side: str
    state: str
    attributes: dict[str, Any]
    parent_key: str


class ContactView(NamedTuple):
    """Somebody at a partner; `state` is active, left or erased (then name, address and phone are empty)."""

    id: UUID
    partner_id: UUID
    person: bytes
    email: str
    name: str
    role: str
    language: str
    time_zone: str
    phone: str
    state: str


@dataclass(frozen=True, slots=True)
class StaffView:
    """One of our people. `single_keys`: whether keys without Ctrl act on pages; None while they never chose."""

    id: UUID
    email: str
    name: str
    role: str
    team_id: UUID | None
    time_zone: str
    locale: str
    active: bool
    single_keys: bool | None = None


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """One of our people is away from `from_at` until just before `until_at`, and `deputy_id` takes their cases."""

    staff_id: UUID
    from_at: datetime
    until_at: datetime
    deputy_id: UUID


@dataclass(frozen=True, slots=True)
class DeputyView:
    """Who takes the cases of somebody absent; `hindered` is why they cannot: `gone` (no cases go to them any more),
    `away` (on some of the same days), or empty."""

    staff: StaffView
    hindered: str


@dataclass(frozen=True, slots=True)
class TeamView:
    """A group of staff."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class OwnershipView:
    """A period in which somebody answered for a partner; `to_at` is None while it lasts."""

    partner_id: UUID
    staff: StaffView
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """A reason in force not to ask a person."""

    id: UUID
    person: bytes
    scope: str
    cause: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A program's key, without its secret."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedPartner:
    """A line of the list of partners."""

    partner: PartnerView
    owner: StaffView | None
    contact_count: int


@dataclass(frozen=True, slots=True)
class MergeView:
    """A partner that counts as one company with another; until `undo_until` that can be undone."""

    partner_id: UUID
    into_id: UUID
    merged_at: datetime
    merged_by: str
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Duties:
    """What a member of staff has in hand: partners they answer for, open cases, and promises they have to keep.

    `mediations` are the cases in which they mediate, by their references, `escalations` those whose conflict came to
    them at last; nobody takes those over.
    """

    partners: int = 0
    open_cases: int = 0
    promises: int = 0
    mediations: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()

    @property
    def need_successor(self) -> bool:
        """Whether somebody has to take over what they have in hand."""
        return bool(self.partners or self.open_cases or self.promises)
