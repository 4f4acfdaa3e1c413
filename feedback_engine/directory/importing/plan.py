"""Pure. What an import would change: a file's rows against the register, decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.countries import only_time_zone
from feedback_engine.directory.importing.entries import ContactEntry, Entry, read_entries
from feedback_engine.directory.importing.findings import Effect, Finding, Reason
from feedback_engine.directory.importing.folding import fold
from feedback_engine.directory.importing.identity import (
    Groups,
    Headers,
    find_alike,
    find_other_spellings,
    first_name,
    group_by_partner,
)
from feedback_engine.directory.importing.known import Known
from feedback_engine.directory.importing.mapping import ColumnMapping, attribute_name
from feedback_engine.directory.importing.relations import resolve_owners, resolve_parents
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.views import ContactView, PartnerView, StaffView

Change = Literal["new", "changed", "unchanged"]

_FIELD_OF_VALUE = {
    "kind": words.KIND,
    "tier": words.TIER,
    "region": words.REGION,
    "country": words.COUNTRY,
    "time_zone": words.PARTNER_TIME_ZONE,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that would change; `field` is its name in the register, `attributes.<name>` for an attribute."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlannedPartner:
    """A partner of the file: what the file says of it (filled fields only), and what that changes."""

    row: int
    key: str
    name: str
    values: Mapping[str, str]
    attributes: Mapping[str, str]
    owner: StaffView | None
    owner_as_written: str
    change: Change
    differences: tuple[Difference, ...]
    assumed_zone: str = ""
    """The time zone that stands among the values because the country has only this one, not because the file says."""


@dataclass(frozen=True, slots=True)
class PlannedContact:
    """A contact of the file, under the key of its partner."""

    row: int
    partner_key: str
    email: str
    values: Mapping[str, str]
    change: Change
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that an import would do; rows that are refused or merged stand among the findings."""

    partners: tuple[PlannedPartner, ...]
    contacts: tuple[PlannedContact, ...]
    missing_partners: tuple[PartnerView, ...]
    missing_contacts: tuple[ContactView, ...]
    findings: tuple[Finding, ...]

    def with_effect(self, *effects: Effect) -> list[Finding]:
        """The findings that have one of these effects, by row."""
        return [finding for finding in self.findings if finding.effect in effects]

    @property
    def refused(self) -> list[Finding]:
        """Rows, or the contacts in them, that are not imported until somebody mends them."""
        return self.with_effect(Effect.ROW_REFUSED, Effect.CONTACT_REFUSED)

    @property
    def left_out(self) -> list[Finding]:
        """Rows that say nothing of a partner, such as totals: there is nothing to mend."""
        return self.with_effect(Effect.ROW_LEFT_OUT)

    @property
    def duplicates(self) -> list[Finding]:
        """Rows that say again, or seem to say again, what another row said."""
        return self.with_effect(Effect.DUPLICATE)

    @property
    def notes(self) -> list[Finding]:
        """Cells that were left out of rows that are imported."""
        return self.with_effect(Effect.NOTE)

    @property
    def written(self) -> list[PlannedPartner | PlannedContact]:
        """What would be written: everything new or changed."""
        planned: tuple[PlannedPartner | PlannedContact, ...] = (*self.partners, *self.contacts)
        return [each for each in planned if each.change != "unchanged"]

    @property
    def digest(self) -> str:
        """A short name for exactly these changes, so that what is confirmed is what was reviewed."""
        return sha256("\n".join(repr(planned) for planned in self.written).encode()).hexdigest()[:20]


def make_plan(
    table: Table,
    mapping: ColumnMapping,
    known: Known,
    *,
    new_partners: bool = True,
    chosen_owners: Mapping[str, UUID] = MappingProxyType({}),
) -> ImportPlan:
    """Decide row by row what the file changes in the register.

    Empty cells change nothing. Of several rows about one partner the first filled cell counts, and of an address its
    first row. Partners and contacts that the file does not name are listed as missing, never touched. Without
    `new_partners` rows whose partner is not in the register are refused. `chosen_owners` says, by `same_person`, who
    is meant by an owner's name that nobody on the staff bears.
    """
    headers = {field: header for header, field in mapping.items()}
    entries, findings = read_entries(table, mapping)
    groups, refused = group_by_partner(entries, known, headers, new_partners=new_partners)
    parents, of_parents = resolve_parents(groups, known, headers)
    owners, of_owners = resolve_owners(groups, known, headers, chosen_owners)
    contacts, of_contacts = _plan_contacts(groups, known, headers)
    doubtful = find_other_spellings(groups, headers) + find_alike(groups, known, headers)
    findings += refused + of_parents + of_owners + of_contacts + doubtful + _find_disagreements(groups, headers)
    return ImportPlan(
        partners=tuple(
            _plan_partner(key, group, known, parents.get(key, ""), owners.get(key)) for key, group in groups.items()
        ),
        contacts=tuple(contacts),
        missing_partners=tuple(
            partner
            for key, partner in known.partners.items()
            if key not in groups and partner.state == "confirmed" and partner.side == "theirs"
        ),
        missing_contacts=_missing_contacts(groups, known) if words.EMAIL in headers else (),
        findings=tuple(sorted(findings, key=lambda finding: (finding.row, finding.column, finding.reason))),
    )


def _plan_partner(
    key: str, group: Sequence[Entry], known: Known, parent_key: str, owner: StaffView | None
) -> PlannedPartner:
    named = first_name(group)
    values = _first_filled(entry.values for entry in group)
    if parent_key:
        values["parent_key"] = parent_key
    if named:
        values["name"] = named.name
    before = known.partners.get(key)
    assumed_zone = _assume_zone(values, before)
    if assumed_zone:
        values["time_zone"] = assumed_zone
    said = _first_filled(entry.attributes for entry in group)
    attributes = {attribute_name(header): text for header, text in said.items()}
    differences = _partner_differences(before, values, attributes) if before else ()
    owner_before = known.owners.get(key)
    if before and owner and (owner_before is None or owner_before.id != owner.id):
        differences += (Difference("owner", owner_before.name if owner_before else "", owner.name),)
    return PlannedPartner(
        row=group[0].row,
        key=key,
        name=values.get("name") or (before.name if before else key),
        values=values,
        attributes=attributes,
        owner=owner,
        owner_as_written=next((entry.owner for entry in group if entry.owner), ""),
        change=_change(before is not None, differences),
        differences=differences,
        assumed_zone=assumed_zone,
    )


def _assume_zone(values: Mapping[str, str], before: PartnerView | None) -> str:
    """The one time zone of the country the file names, when neither the file nor the register gives a zone."""
    if values.get("time_zone") or (before and before.time_zone):
        return ""
    return only_time_zone(values.get("country", ""))


def _first_filled(texts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for each in texts:
        merged = {**each, **merged}
    return merged


def _partner_differences(
    before: PartnerView, values: Mapping[str, str], attributes: Mapping[str, str]
) -> tuple[Difference, ...]:
    compared = [(name, str(getattr(before, name)), after) for name, after in values.items()]
    compared += [
        (f"attributes.{name}", _as_text(before.attributes.get(name)), text) for name, text in attributes.items()
    ]
    if before.state == "unconfirmed":
        compared.append(("state", "unconfirmed", "confirmed"))
    return tuple(Difference(*each) for each in sorted(compared) if each[1] != each[2])


def _as_text(value: Any) -> str:
    """An attribute as a spreadsheet would show it, so that a number set by a program equals the text in a cell."""
    if value is None:
        return ""
    return str(value).upper() if isinstance(value, bool) else str(value)


def _change(is_known: bool, differences: Sequence[Difference]) -> Change:
    if not is_known:
        return "new"
    return "changed" if differences else "unchanged"


def _plan_contacts(groups: Groups, known: Known, headers: Headers) -> tuple[list[PlannedContact], list[Finding]]:
    contacts: list[PlannedContact] = []
    findings: list[Finding] = []
    for key, group in groups.items():
        first_rows: dict[str, int] = {}
        for contact in (entry.contact for entry in group if entry.contact):
            first = first_rows.setdefault(contact.identity, contact.row)
            before = known.contacts.get((key, contact.identity))
            if contact.identity in known.forgotten:
                reason = Reason.FORGOTTEN
            elif first != contact.row:
                reason = Reason.SAME_ADDRESS
            elif before and before.state == "left":
                reason = Reason.CONTACT_LEFT
            else:
                contacts.append(_plan_contact(key, contact, before))
                continue
            findings.append(Finding(contact.row, headers[words.EMAIL], contact.email, reason, other_row=first))
    return contacts, findings


def _plan_contact(partner_key: str, contact: ContactEntry, before: ContactView | None) -> PlannedContact:
    differences: tuple[Difference, ...] = ()
    if before:
        compared = ((name, str(getattr(before, name)), after) for name, after in contact.values.items())
        differences = tuple(Difference(*each) for each in sorted(compared) if each[1] != each[2])
    return PlannedContact(
        row=contact.row,
        partner_key=partner_key,
        # The case of an address says nothing new about a person we know; ours is kept.
        email=before.email if before else contact.email,
        values=contact.values,
        change=_change(before is not None, differences),
        differences=differences,
    )


def _missing_contacts(groups: Groups, known: Known) -> tuple[ContactView, ...]:
    named = {(key, entry.contact.identity) for key, group in groups.items() for entry in group if entry.contact}
    return tuple(
        contact
        for place, contact in known.contacts.items()
        if place[0] in groups and contact.state == "active" and place not in named
    )


def _find_disagreements(groups: Groups, headers: Headers) -> list[Finding]:
    """Rows that say something else of their partner than an earlier row did; once for each such value."""
    findings: list[Finding] = []
    for group in groups.values():
        said: dict[str, tuple[str, int]] = {}
        told: set[tuple[str, str]] = set()
        for entry in group:
            for header, text in _said_of_partner(entry, headers):
                kept, row = said.setdefault(header, (text, entry.row))
                if fold(kept) != fold(text) and (header, fold(text)) not in told:
                    told.add((header, fold(text)))
                    findings.append(Finding(entry.row, header, text, Reason.DISAGREES, other=kept, other_row=row))
    return findings


def _said_of_partner(entry: Entry, headers: Headers) -> Iterable[tuple[str, str]]:
    yield from ((headers[_FIELD_OF_VALUE[name]], text) for name, text in entry.values.items())
    related = ((words.OWNER, entry.owner), (words.PARENT, entry.parent))
    yield from ((headers[field], text) for field, text in related if text)
    yield from entry.attributes.items()
