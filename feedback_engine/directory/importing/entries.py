"""Pure. One row of a table as an entry: which partner, which contact, and what in it could not be understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import available_timezones

from feedback_engine.directory.addresses import deliverable_address, normalise_address
from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.directory.importing.folding import tidy
from feedback_engine.directory.importing.mapping import ColumnMapping
from feedback_engine.directory.importing.table import Row, Table
from feedback_engine.directory.importing.totals import find_total
from feedback_engine.directory.inputs import LONGEST_ATTRIBUTE, LONGEST_KEY
from feedback_engine.foundation.errors import Invalid

_NOTHING = frozenset({"-", "--", "---", "–", "—", "?", ".", "/", "n/a", "#n/a", "n.a.", "n. a."})
_FORMULA_SIGNS = frozenset("=+-@")
_LONGEST = {
    words.PARTNER_KEY: LONGEST_KEY, words.PARTNER_NAME: 200, words.TIER: 64, words.REGION: 64, words.COUNTRY: 64,
    words.PARENT: LONGEST_KEY, words.OWNER: 254, words.CONTACT_NAME: 200, words.FIRST_NAME: 99, words.LAST_NAME: 100,
    words.ROLE: 100, words.PHONE: 40, words.ATTRIBUTE: LONGEST_ATTRIBUTE,
}  # fmt: skip
_NAME_AND_ADDRESS = re.compile(r"[^<>]*<([^<>]+)>[\s;,]*")
_LONGEST_ADDRESS_CELL = 500
_BETWEEN_ADDRESSES = re.compile(r"[\s;,/|<>]+")


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """A contact as a row describes it, with an address that mail can be sent to."""

    row: int
    email: str
    identity: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row read: texts by field, only those that are filled and understood; attributes by header."""

    row: int
    key: str
    name: str
    values: Mapping[str, str]
    parent: str
    owner: str
    attributes: Mapping[str, str]
    contact: ContactEntry | None


@dataclass(slots=True)
class _RowReader:
    """Collects what is wrong while one row is read."""

    row: Row
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def note(self, of: str, value: str, reason: Reason, *, limit: int = 0, detail: str = "") -> None:
        column = self.headers.get(of, "")
        self.findings.append(Finding(self.row.number, column, value, reason, limit=limit, detail=detail))

    def text(self, of: str) -> str:
        """A field's text; one that is too long is noted and left empty."""
        value = self.cells.get(of, "")
        limit = _LONGEST.get(of, len(value))
        if len(value) > limit:
            self.note(of, value[:limit], Reason.TOO_LONG, limit=limit)
            return ""
        return value

    def understood(self, of: str, find: Callable[[str], str | None], reason: Reason) -> str:
        """A field's text as the code it stands for; what is not understood is noted and left empty."""
        value = self.cells.get(of, "")
        code = find(value) if value else ""
        if code is None:
            self.note(of, value, reason)
        return code or ""


def read_entries(table: Table, mapping: ColumnMapping) -> tuple[list[Entry], list[Finding]]:
    """All rows that name a partner, and what was found wrong in any row."""
    columns = [
        (index, column.header, mapping.get(column.header, words.LEFT_OUT)) for index, column in enumerate(table.columns)
    ]
    headers = {of: header for _, header, of in columns}
    entries: list[Entry] = []
    findings: list[Finding] = []
    for row in table.rows:
        texts = {header: _filled(row.cells[index]) for index, header, _ in columns}
        reader = _RowReader(row, {of: texts[header] for _, header, of in columns}, headers)
        if not _is_total(reader, [(of, texts[header]) for _, header, of in columns]):
            attributes = ((header, texts[header]) for _, header, of in columns if of == words.ATTRIBUTE)
            entry = _read_entry(reader, attributes)
            entries += [entry] if entry is not None else []
        findings += reader.findings
    return entries, findings


def _filled(cell: str) -> str:
    text = tidy(cell)
    if text[:1] == "'" and text[1:2] in _FORMULA_SIGNS:
        text = text[1:]  # Our own list of refused rows puts it there, so that no program takes the cell for a formula.
    return "" if text.casefold() in _NOTHING else text


def _is_total(reader: _RowReader, cells: Sequence[tuple[str, str]]) -> bool:
    """Whether the row only adds up the others; then that is noted."""
    kept = (text for of, text in cells if of != words.LEFT_OUT)
    left_out = (text for of, text in cells if of == words.LEFT_OUT)
    total = find_total(reader.cells.get(words.PARTNER_KEY, ""), kept, left_out)
    if total:
        reader.note(words.PARTNER_NAME, total[:80], Reason.TOTAL_ROW)
    return bool(total)


def _read_entry(reader: _RowReader, attributes: Iterable[tuple[str, str]]) -> Entry | None:
    key, name = reader.cells.get(words.PARTNER_KEY, ""), reader.cells.get(words.PARTNER_NAME, "")
    if not key and not name:
        of = words.PARTNER_NAME if words.PARTNER_NAME in reader.headers else words.PARTNER_KEY
        reader.note(of, "", Reason.NO_PARTNER)
        return None
    for of, text in ((words.PARTNER_KEY, key), (words.PARTNER_NAME, name)):
        if len(text) > _LONGEST[of]:
            reader.note(of, text[:80], Reason.PARTNER_TOO_LONG, limit=_LONGEST[of])
            return None
    values = {
        "kind": reader.understood(words.KIND, words.find_kind, Reason.KIND_UNKNOWN),
        "tier": reader.text(words.TIER),
        "region": reader.text(words.REGION),
        "country": reader.understood(words.COUNTRY, words.find_country, Reason.COUNTRY_UNKNOWN),
        "time_zone": reader.understood(words.PARTNER_TIME_ZONE, find_time_zone, Reason.TIME_ZONE_UNKNOWN),
    }
    return Entry(
        row=reader.row.number,
        key=key,
        name=name,
        values=_only_filled(values),
        parent=reader.text(words.PARENT),
        owner=reader.text(words.OWNER),
        attributes=_read_attributes(reader, attributes),
        contact=_read_contact(reader),
    )


def _read_attributes(reader: _RowReader, attributes: Iterable[tuple[str, str]]) -> dict[str, str]:
    read: dict[str, str] = {}
    for header, text in attributes:
        if len(text) > LONGEST_ATTRIBUTE:
            reader.findings.append(
                Finding(reader.row.number, header, text[:80], Reason.TOO_LONG, limit=LONGEST_ATTRIBUTE)
            )
        elif text:
            read[header] = text
    return read


def _read_contact(reader: _RowReader) -> ContactEntry | None:
    about_contact = (words.EMAIL, words.CONTACT_NAME, words.FIRST_NAME, words.LAST_NAME, words.ROLE, words.PHONE)
    if words.EMAIL not in reader.headers or not any(reader.cells.get(of) for of in about_contact):
        return None
    email = _read_address(reader)
    if email is None:
        return None
    full_name = f"{reader.text(words.FIRST_NAME)} {reader.text(words.LAST_NAME)}".strip()
    values = {
        "name": reader.text(words.CONTACT_NAME) or full_name,
        "role": reader.text(words.ROLE),
        "language": reader.understood(words.LANGUAGE, words.find_language, Reason.LANGUAGE_UNKNOWN),
        "time_zone": reader.understood(words.CONTACT_TIME_ZONE, find_time_zone, Reason.TIME_ZONE_UNKNOWN),
        "phone": reader.text(words.PHONE),
    }
    return ContactEntry(reader.row.number, email, normalise_address(email), _only_filled(values))


def _read_address(reader: _RowReader) -> str | None:
    # Longer cells hold no address; cut, they can still be shown.
    text = reader.cells.get(words.EMAIL, "")[:_LONGEST_ADDRESS_CELL]
    if not text:
        reader.note(words.EMAIL, "", Reason.ADDRESS_MISSING)
        return None
    if sum(1 for part in _BETWEEN_ADDRESSES.split(text) if 0 < part.find("@") < len(part) - 1) > 1:
        reader.note(words.EMAIL, text, Reason.SEVERAL_ADDRESSES)
        return None
    try:
        return deliverable_address(bare_address(text))
    except Invalid as error:
        reader.note(words.EMAIL, text, Reason.ADDRESS_WRONG, detail=error.message)
        return None


def bare_address(text: str) -> str:
    """The address out of what spreadsheets hold: `Ana <ana@acme.example>`, `mailto:ana@acme.example`, `ana@…;`."""
    with_name = _NAME_AND_ADDRESS.fullmatch(text)
    inner = (with_name[1] if with_name else text).strip()
    return (inner[7:] if inner[:7].casefold() == "mailto:" else inner).rstrip(" ;,.")


def _only_filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if text}


@cache
def _zones() -> Mapping[str, str]:
    return {zone.casefold(): zone for zone in available_timezones()}


def find_time_zone(text: str) -> str | None:
    """The IANA name of a time zone written in any case, blanks for underscores: `europe/rome` > `Europe/Rome`."""
    return _zones().get(text.casefold().replace(" ", "_"))
