"""Pure. Turns the records of a table or a log into drafts, by a mapping; the same for every format that has records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from feedback_engine.foundation.errors import Invalid
from journeys.sources import checks
from journeys.sources.draft import ContactDraft, EventDraft, Rejected
from journeys.sources.mapping import EventMapping, Record, Value
from journeys.sources.times import parse_table_time

Numbered = tuple[int, Record]
_ORDER = tuple[datetime, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class _Fault(Exception):
    pointer: str
    detail: str


def drafts_of(records: Iterable[Numbered], mapping: EventMapping) -> Iterator[EventDraft | Rejected]:
    """The drafts of all records that the mapping wants, in the order of the source."""
    wanted: Iterable[Numbered] = (numbered for numbered in records if _is_wanted(numbered[1], mapping))
    if mapping.take == "last":
        wanted = _last_of_each_case(wanted, mapping)
    for index, record in wanted:
        try:
            yield _draft(index, record, mapping)
        except _Fault as fault:
            yield Rejected(index, fault.pointer, fault.detail)


def records_of_rows(rows: Iterator[list[str]], mapping: EventMapping) -> Iterator[Numbered]:
    """The records of a table whose first row names its columns. Cells are stripped; an empty cell says nothing.

    Raises Invalid when the table lacks a column that the mapping names.
    """
    header = [cell.strip() for cell in next(rows, [])]
    missing = sorted(mapping.columns() - set(header))
    if missing:
        found = ", ".join(repr(name) for name in header[:40] if name) or "none"
        raise Invalid(f"The table has no column {', '.join(map(repr, missing))}; its columns are {found}.")
    for index, cells in enumerate(row for row in rows if any(row)):
        yield (
            index,
            {name: value for name, cell in zip(header, cells, strict=False) if name and (value := cell.strip())},
        )


def _is_wanted(record: Record, mapping: EventMapping) -> bool:
    return all(record.get(column) == value for column, value in mapping.where.items())


def _last_of_each_case(records: Iterable[Numbered], mapping: EventMapping) -> list[Numbered]:
    """The last record in time of each case.

    Of two from the same instant the choice rests on what they say, never on where they stand, so that a shuffled file
    means the same. A record without case or time stands for itself: it is rejected later, by name.
    """
    last: dict[str, tuple[_ORDER, Numbered]] = {}
    alone: list[Numbered] = []
    for index, record in records:
        case = record.get(mapping.case or "")
        at = parse_table_time(mapping.at.of(record) or "", mapping.time_zone, mapping.time_format)
        if case is None or at is None:
            alone.append((index, record))
            continue
        order = (at, sorted(record.items()))
        if case not in last or order > last[case][0]:
            last[case] = (order, (index, record))
    return sorted([*alone, *(numbered for _, numbered in last.values())], key=lambda numbered: numbered[0])


def _draft(index: int, record: Record, mapping: EventMapping) -> EventDraft:
    subject = _name(record, mapping.subject, "subject")
    return EventDraft(
        index=index,
        source=mapping.source,
        id=_name(record, mapping.id, "id"),
        type=_name(record, mapping.type, "type"),
        subject=subject,
        at=_instant(record, mapping),
        contact=_contact(record, mapping, subject),
        attributes={
            name: value for name, spec in mapping.attributes.items() if (value := spec.of(record, subject)) is not None
        },
    )


def _name(record: Record, spec: Value, field: str) -> str:
    value = spec.of(record)
    if value is None:
        raise _Fault(_pointer(spec, field), f"The record has no {field}: its column {spec.column!r} is empty.")
    if fault := checks.name_fault(value):
        raise _Fault(_pointer(spec, field), f"The {field} {fault}.")
    return value


def _instant(record: Record, mapping: EventMapping) -> datetime:
    text = _name(record, mapping.at, "at")
    at = parse_table_time(text, mapping.time_zone, mapping.time_format)
    if at is None:
        form = mapping.time_format
        remedy = (
            'write one like 2026-03-09T10:12:00+01:00, or name its form in the mapping: time_format: "%d.%m.%Y %H:%M"'
            if form is None
            else f"the mapping says `time_format: {form}`"
        )
        detail = f"{text[:60]!r} is no time; {remedy}."
        raise _Fault(_pointer(mapping.at, "at"), detail)
    return at


def _contact(record: Record, mapping: EventMapping, subject: str) -> ContactDraft | None:
    if mapping.contact is None:
        return None
    email = mapping.contact.email.of(record, subject)
    if email is None:
        return None
    if fault := checks.text_fault(email):
        raise _Fault(_pointer(mapping.contact.email, "contact/email"), f"The address {fault}.")
    return ContactDraft(
        email=email,
        name=_optional(record, mapping.contact.name, "name"),
        role=_optional(record, mapping.contact.role, "role"),
        language=_optional(record, mapping.contact.language, "language"),
        time_zone=_optional(record, mapping.contact.time_zone, "time_zone"),
    )


def _optional(record: Record, spec: Value | None, field: str) -> str | None:
    value = None if spec is None else spec.of(record)
    if spec is None or value is None:
        return None
    if fault := checks.text_fault(value):
        raise _Fault(_pointer(spec, f"contact/{field}"), f"The contact's {field} {fault}.")
    return value


def _pointer(spec: Value, field: str) -> str:
    """A JSON pointer into the record: the column at fault, or the field of the mapping that is constant."""
    return f"/{checks.escape_pointer(spec.column)}" if spec.column else f"/{field}"
