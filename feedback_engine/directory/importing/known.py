"""Pure. What the register knows already, as far as an import compares with it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from feedback_engine.directory.views import ContactView, PartnerView, StaffView


@dataclass(frozen=True, slots=True)
class Known:
    """Partners by key, their owners of today by partner key, contacts by partner key and normalised address.

    `forgotten` holds the normalised addresses of people who asked us to forget them, `owning_roles` the roles of staff
    who may answer for partners.
    """

    partners: Mapping[str, PartnerView] = field(default_factory=dict)
    owners: Mapping[str, StaffView] = field(default_factory=dict)
    contacts: Mapping[tuple[str, str], ContactView] = field(default_factory=dict)
    staff: Sequence[StaffView] = ()
    forgotten: Container[str] = frozenset()
    owning_roles: frozenset[str] = frozenset()
