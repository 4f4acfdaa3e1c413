"""Pure. What writing an input would do to what stands there: created, changed (and in which fields), or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from feedback_engine.directory.inputs import ContactInput, PartnerInput
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation.errors import Fault

Outcome = Literal["created", "changed", "unchanged", "refused", "erased"]
View = TypeVar("View", PartnerView, ContactView)


_PARTNER_FIELDS = tuple(PartnerInput.model_fields.keys() - {"key", "attributes"})
_CONTACT_FIELDS = tuple(ContactInput.model_fields.keys() - {"email"})


@dataclass(frozen=True, slots=True)
class Upserted(Generic[View]):
    """What became of one input.

    `changes` names the fields that differ. `refused` has a `fault`, and nothing was written. `erased`: the person
    asked to be forgotten, so only their hash is kept, and the input was not.
    """

    view: View
    outcome: Outcome
    changes: tuple[str, ...] = ()
    fault: Fault | None = None


def is_written(result: Upserted[Any]) -> bool:
    """Whether an input left something to write."""
    return result.outcome in ("created", "changed")


def new_partner(partner_id: UUID, key: str) -> PartnerView:
    """A partner of whom only the key is known, as an event's subject leaves it."""
    return PartnerView(
        id=partner_id,
        key=key,
        name=key[:200],
        kind="unknown",
        tier="",
        region="",
        country="",
        time_zone="",
        side="theirs",
        state="unconfirmed",
        attributes={},
        parent_key="",
    )


def changed_partner(before: PartnerView, wanted: PartnerInput) -> PartnerView:
    """`before` with everything that `wanted` says; somebody described it, so it is confirmed."""
    given = _differing_fields(before, wanted, _PARTNER_FIELDS)
    if given.get("name") == "":
        given["name"] = before.key[:200]  # A partner without a name could not be found on any screen.
    if wanted.attributes:
        given["attributes"] = merged_attributes(before.attributes, wanted.attributes)
    return before._replace(**given, state="confirmed")


def merged_attributes(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes before, with those given set, and those given as None removed."""
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def new_contact(contact_id: UUID, partner_id: UUID, person: bytes, email: str) -> ContactView:
    """A contact of whom only the address is known; without an address, one who asked to be forgotten."""
    return ContactView(
        id=contact_id,
        partner_id=partner_id,
        person=person,
        email=email,
        name="",
        role="",
        language="",
        time_zone="",
        phone="",
        state="active" if email else "erased",
    )


def changed_contact(before: ContactView, wanted: ContactInput) -> ContactView:
    """`before` with everything that `wanted` says; those who left stay away.

    The address stays as it was written first: another spelling of the same identity is no change.
    """
    given = _differing_fields(before, wanted, _CONTACT_FIELDS)
    return before._replace(**given) if given else before


def erased_contact(before: ContactView) -> ContactView:
    """What is left of a contact who asked to be forgotten: ids, and the hash that keeps the wish."""
    return new_contact(before.id, before.partner_id, before.person, "")


def differing(before: View, after: View) -> tuple[str, ...]:
    """The names of the fields in which two views differ."""
    if after is before:
        return ()
    return tuple(name for name, old, new in zip(before._fields, before, after, strict=True) if old != new)


def outcome_of(before: View, after: View, *, is_new: bool) -> Upserted[View]:
    """The result of writing `after` where `before` stood."""
    changes = differing(before, after)
    if is_new:
        return Upserted(after, "created", changes)
    return Upserted(after, "changed" if changes else "unchanged", changes)


def search_text(*parts: str) -> str:
    """The text by which a row is found and sorted: its parts without case, one a line."""
    return "\n".join(part.casefold() for part in parts if part)


def _differing_fields(before: object, wanted: object, names: Iterable[str]) -> dict[str, Any]:
    """What `wanted` says that is not so already."""
    given: dict[str, Any] = {}
    for name in names:
        value = getattr(wanted, name)
        if value is not None and value != getattr(before, name):
            given[name] = value
    return given
