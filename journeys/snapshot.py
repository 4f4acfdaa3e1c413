"""Pure. What an event pins at intake: its own declared attributes, and partner and contact as they stood then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from journeys.attributes import sort_attributes
from journeys.matching import EventTypeMatch


class PartnerFacts(Protocol):
    """What is pinned of a partner."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...


class ContactFacts(Protocol):
    """What is pinned of a contact."""

    @property
    def role(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...


def pin(
    event: Mapping[str, Any],
    partner: PartnerFacts,
    contact: ContactFacts | None,
    said: ContactFacts | None,
    match: EventTypeMatch,
) -> dict[str, Any]:
    """The snapshot `{"event", "partner", "contact"}`; no name and no address is in it.

    `said` is the contact as the event itself describes it, which wins over what is known today. A declared partner
    attribute of another type than it has is left out: the partner may have changed since the map was written.
    """
    declared = match.partner_attributes
    return {
        "event": dict(event),
        "partner": {
            "key": partner.key,
            "kind": partner.kind,
            "tier": partner.tier,
            "region": partner.region,
            "country": partner.country,
            "attributes": sort_attributes(partner.attributes, declared).pinned if declared else {},
        },
        "contact": _contact(contact, said),
    }


def _contact(known: ContactFacts | None, said: ContactFacts | None) -> dict[str, str]:
    if known is None:
        return {}
    role = (said.role if said else None) or known.role
    language = (said.language if said else None) or known.language
    return {"role": role or "", "language": language or ""}
