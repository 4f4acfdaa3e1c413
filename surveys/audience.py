"""Pure. Whom a wave is for: a filter over partners and contacts, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedback_engine.directory.reading import ContactView, PartnerView, StaffView

FIELDS = ("kind", "tier", "region", "owner", "role")
NOBODY = "-"
"""The value of `owner` that means partners without one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact who could be asked."""

    contact: ContactView
    partner: PartnerView
    owner: StaffView | None

    def value(self, field: str) -> str:
        """What the filter compares: words as they stand, the owner by id."""
        if field == "owner":
            return str(self.owner.id) if self.owner else NOBODY
        return self.contact.role if field == "role" else str(getattr(self.partner, field))


@dataclass(frozen=True, slots=True)
class Audience:
    """The values admitted of each field; a field without values admits all. Words are compared without case."""

    wanted: Mapping[str, frozenset[str]]

    def admits(self, candidate: Candidate) -> bool:
        """Whether this contact belongs to the audience."""
        return all(candidate.value(field).casefold() in values for field, values in self.wanted.items() if values)

    def document(self) -> dict[str, list[str]]:
        """The filter as it is stored."""
        return {field: sorted(values) for field, values in self.wanted.items() if values}


def read(raw: Mapping[str, Iterable[str]]) -> Audience:
    """The filter out of a form or a stored document; fields it does not know are left out."""
    return Audience({field: frozenset(str(value).casefold() for value in raw.get(field, ())) for field in FIELDS})


def values_of_nobody(audience: Audience, candidates: Iterable[Candidate]) -> dict[str, tuple[list[str], list[str]]]:
    """By field: the values of a filter that no contact has, and those that contacts have, as they stand."""
    known: dict[str, dict[str, str]] = {field: {} for field in FIELDS}
    for candidate in candidates:
        for field in FIELDS:
            value = candidate.value(field)
            known[field].setdefault(value.casefold(), value)
    missed = {field: sorted(values - known[field].keys()) for field, values in audience.wanted.items()}
    return {field: (values, sorted(filter(None, known[field].values()))) for field, values in missed.items() if values}


@dataclass(frozen=True, slots=True)
class Option:
    """One value a filter offers, and how many contacts have it."""

    value: str
    words: str
    count: int


def options(candidates: Iterable[Candidate]) -> dict[str, list[Option]]:
    """What each field of the filter may be narrowed to, by its words; empty values are left out, save "no owner"."""
    found: dict[str, dict[str, tuple[str, int]]] = {field: {} for field in FIELDS}
    for candidate in candidates:
        for field in FIELDS:
            value = candidate.value(field)
            if not value:
                continue
            words = candidate.owner.name if field == "owner" and candidate.owner else value
            key = value.casefold()
            known, count = found[field].get(key, (words, 0))
            found[field][key] = (known, count + 1)
    return {
        field: sorted((Option(value, words, n) for value, (words, n) in values.items()), key=_by_words)
        for field, values in found.items()
    }


def _by_words(option: Option) -> tuple[bool, str]:
    return option.value == NOBODY, option.words.casefold()
