"""Pure. The mapping file: which column of a table, or which key of a log, says what about an event.

    source: helpdesk
    id: "case:concept:name"              # a column, or {constant: ...}
    type: {constant: ticket.closed}
    subject: customer
    at: "time:timestamp"
    time_zone: UTC                       # of times that name none; a bare date means its first instant
    time_format: "%d.%m.%Y %H:%M"        # of times that are not written like 2026-03-09T10:12, as strptime has it
    where: {"concept:name": Closed}      # only records that say so
    case: "case:concept:name"
    take: last                           # of each case: the last record in time, or each
    contact:
      email: {synthetic: helpdesk.invalid}
    attributes:
      product: product

What is left out is read from columns of its own name: id, type, subject, time, and for the contact email, name, role,
language, time_zone. So a table that has these needs no more than its source.

Old logs often name a company and nobody in it. `synthetic` then gives each subject one stand-in contact, whose address
ends in `.invalid`, a name that RFC 2606 keeps out of the world: nobody can ever be mailed there.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from feedback_engine.foundation.definitions import Strict, TimeZone, refusal
from journeys.sources.checks import CONTACT_FIELDS

Record = dict[str, str]
"""One row of a table or one event of a log; what it does not say is absent."""


class Value(Strict):
    """Where a value comes from: a column, the same constant everywhere, or (for an address) a stand-in."""

    column: str | None = None
    constant: str | None = None
    synthetic: str | None = Field(default=None, pattern=r"^([a-z0-9-]+\.)*invalid$")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.column, self.constant, self.synthetic)) != 1:
            raise refusal("It is not one value.", "Give a column, `{constant: ...}` or `{synthetic: name.invalid}`.")
        return self

    def of(self, record: Record, subject: str = "") -> str | None:
        """The value in this record; None where the record does not say."""
        if self.constant is not None:
            return self.constant
        if self.synthetic is not None:
            return synthetic_address(subject, self.synthetic)
        return record.get(self.column or "")


def _from_column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Spec = Annotated[Value, BeforeValidator(_from_column)]


def _column(name: str) -> Any:
    return Field(default_factory=lambda: Value(column=name))


class ContactMapping(Strict):
    """Where the contact of an event comes from. A record without an address has no contact."""

    email: Spec = _column("email")
    name: Spec | None = None
    role: Spec | None = None
    language: Spec | None = None
    time_zone: Spec | None = None


OWN_NAMES = ContactMapping(**{name: Value(column=name) for name in CONTACT_FIELDS})
"""The contact of a mapping that says nothing about it: whatever a record has under these names."""


class EventMapping(Strict):
    """One mapping file, see the module."""

    source: str = Field(min_length=1, max_length=512)
    id: Spec = _column("id")
    type: Spec = _column("type")
    subject: Spec = _column("subject")
    at: Spec = _column("time")
    time_zone: TimeZone = "UTC"
    time_format: str | None = Field(default=None, min_length=2, max_length=60)
    contact: ContactMapping | None = Field(default_factory=lambda: OWN_NAMES)
    attributes: dict[str, Spec] = Field(default_factory=dict)
    where: dict[str, str] = Field(default_factory=dict)
    case: str | None = None
    take: Literal["each", "last"] = "each"
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise refusal(f"`{name}` is no encoding.", "Write one like `utf-8` or `windows-1252`.") from error
        return name

    @model_validator(mode="after")
    def _last_of_a_case(self) -> Self:
        if self.take == "last" and self.case is None:
            raise refusal("`take: last` lacks `case`.", "Name the column that tells one case from another.")
        return self

    def columns(self) -> set[str]:
        """Every column that a record must be able to have."""
        contact = self.contact
        specs = [self.id, self.type, self.subject, self.at, *self.attributes.values()]
        if contact is not None and "contact" in self.model_fields_set:
            optional = (contact.name, contact.role, contact.language, contact.time_zone)
            specs += [contact.email, *(spec for spec in optional if spec is not None)]
        named = {spec.column for spec in specs if spec.column is not None}
        return named | set(self.where) | ({self.case} if self.case else set())


def synthetic_address(subject: str, domain: str) -> str:
    """The stand-in address of a subject: readable, and different for different subjects."""
    ascii_text = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:40].strip("-") or "contact"
    return f"{readable}-{sha256(subject.encode()).hexdigest()[:8]}@{domain}"
