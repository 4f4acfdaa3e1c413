"""Pure. Which column means which field: guessed from headers and cells, checked, and recognised again next time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice
from zoneinfo import available_timezones

from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.folding import fold, fold_person, tidy, words_of
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.inputs import MOST_ATTRIBUTES
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, gettext_noop, languages, use_locale

ColumnMapping = Mapping[str, str]
"""Header > field of the vocabulary, `attribute` or `leave`; every column of its table stands in it."""

_REPORT_HEADERS = (gettext_noop("Row"), gettext_noop("What is wrong"), gettext_noop("Remedy"))
_CELLS_SAMPLED = 1_000
_LONGEST_SAMPLE = 200
_MOST_VALUES_OF_AN_ATTRIBUTE = 40
_LONGEST_ATTRIBUTE_VALUE = 60
_ROW_COUNTERS = frozenset({"nr", "nummer", "no", "n", "number", "numero"})
_MOST_ROWS_COUNTED = 200
_EXACT, _PARTIAL, _BY_CELLS, _AGAINST_CELLS = 3, 2, 1, 0

_PHONE = re.compile(r"\+?[\d\s()./-]{6,24}")

# Words that add nothing to the phrase beside them: `Partner email`, `Name of company`, `Main contact phone`.
_NEUTRAL = words_of(
    """partner partners contact contacts company account name names main primary business work the of our a internal
    di del della dei il la nome contatto referente azienda partnern der des die das kontakt firma unternehmen
    du de le nom partenaire societe nombre socio contacto empresa optional required"""
)
_OF_AN_ADDRESS = frozenset({"email", "mail", "address"})
# Where a header holds several phrases, the more telling one wins: `Account manager email` is about the owner.
_TELLING = (
    words.OWNER, words.EMAIL, words.PHONE, words.LANGUAGE, words.PARTNER_TIME_ZONE, words.CONTACT_TIME_ZONE,
    words.FIRST_NAME, words.LAST_NAME, words.ROLE, words.PARENT, words.KIND, words.TIER, words.COUNTRY, words.REGION,
    words.PARTNER_KEY, words.CONTACT_NAME, words.PARTNER_NAME, words.ANY_NAME,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    column: int
    field: str
    weight: int


def guess_mapping(
    table: Table, staff_names: Iterable[str] = (), remembered: ColumnMapping | None = None
) -> dict[str, str]:
    """The most likely field of every column: as remembered, else by its header, else by what its cells hold.

    A header is only believed where the cells do not speak against it. Columns that mean nothing to us become an
    attribute when they sort partners into few groups, and are left out otherwise: personal text is not hoarded.
    """
    samples = [_filled(table.column_cells(index)) for index in range(len(table.columns))]
    checks = _cell_checks({fold_person(name) for name in staff_names})
    mapping: dict[str, str] = {}
    for index, column in enumerate(table.columns):
        if words.find_header_field(column.header) == words.LEFT_OUT or _counts_rows(column.header, samples[index]):
            mapping[column.header] = words.LEFT_OUT
    known = {fold(header): field for header, field in (remembered or {}).items()}
    mapping |= {column.header: known[fold(column.header)] for column in table.columns if fold(column.header) in known}
    candidates = sorted(
        (
            candidate
            for index, column in enumerate(table.columns)
            if column.header not in mapping
            for candidate in _candidates(index, column.header, samples[index], checks)
        ),
        key=lambda candidate: (-candidate.weight, candidate.column),
    )
    taken = set(mapping.values()) - {words.LEFT_OUT, words.ATTRIBUTE}
    for candidate in candidates:
        header = table.columns[candidate.column].header
        if header not in mapping and candidate.field not in taken:
            mapping[header] = candidate.field
            taken.add(candidate.field)
    _settle_bare_name(mapping)
    return {
        column.header: mapping.get(column.header) or _attribute_or_left_out(column.header, samples[index])
        for index, column in enumerate(table.columns)
    }


def check_mapping(table: Table, mapping: ColumnMapping) -> list[Fault]:
    """What stands in the way of importing with this mapping; each fault points at a column's position, or at all."""
    faults: list[Fault] = []
    first_use: dict[str, str] = {}
    for index, column in enumerate(table.columns):
        field = mapping.get(column.header, words.LEFT_OUT)
        if field in first_use:
            faults.append(
                Fault(
                    f"/column/{index}",
                    gettext("“{other}” is already used for this. Choose something else here.", other=first_use[field]),
                )
            )
        elif field in words.FIELDS:
            first_use[field] = column.header
    if words.PARTNER_NAME not in first_use and words.PARTNER_KEY not in first_use:
        faults.append(
            Fault("", gettext("No column says which partner a row is about. Choose one as partner name or key."))
        )
    attributes = sum(1 for field in mapping.values() if field == words.ATTRIBUTE)
    if attributes > MOST_ATTRIBUTES:
        most = gettext("A partner keeps at most {most} attributes. Leave some columns out.", most=MOST_ATTRIBUTES)
        faults.append(Fault("", most))
    of_contacts = {words.CONTACT_NAME, words.FIRST_NAME, words.LAST_NAME, words.ROLE, words.PHONE, words.LANGUAGE}
    if of_contacts & first_use.keys() and words.EMAIL not in first_use:
        faults.append(
            Fault("", gettext("Contacts need an e-mail address. Choose its column, or leave out all about contacts."))
        )
    return faults


def read_mapping(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    """A mapping written by hand, completed by leaving out what it does not name.

    Headers and fields are compared without case and accents. Raises Invalid for columns or fields that do not exist.
    """
    headers = {fold(column.header): column.header for column in table.columns}
    fields = (*words.FIELDS, words.ATTRIBUTE, words.LEFT_OUT)
    mapping = dict.fromkeys(headers.values(), words.LEFT_OUT)
    for header, field in given.items():
        if fold(header) not in headers:
            known = ", ".join(headers.values())
            raise Invalid(gettext("The file has no column “{header}”. It has: {known}.", header=header, known=known))
        if field not in fields:
            known = ", ".join(fields)
            raise Invalid(gettext("“{field}” is no field. Write one of: {known}.", field=field, known=known))
        mapping[headers[fold(header)]] = field
    return mapping


def header_hash(headers: Sequence[str]) -> bytes:
    """What recognises a file of the same columns, in whatever order they stand."""
    folded = sorted(fold(header) for header in headers if header not in _all_report_headers())
    return sha256("\n".join(folded).encode()).digest()


def report_headers() -> list[str]:
    """The columns that our list of refused rows puts before those of the file, in the language in force."""
    return [gettext(header) for header in _REPORT_HEADERS]


@cache
def _all_report_headers() -> frozenset[str]:
    """The same in every language: a mended list, uploaded again, is to be known as the file it came from."""
    found: set[str] = set()
    for language in languages():
        with use_locale(language):
            found.update(report_headers())
    return frozenset(found)


def attribute_name(header: str) -> str:
    """The name under which a column becomes an attribute: `Partner since` > `partner_since`."""
    name = "_".join(fold(header).split())[:64].strip("_")
    return f"column_{name}" if not name or name[0].isdigit() else name


def _filled(cells: Iterable[str]) -> list[str]:
    filled = (text for cell in cells if (text := tidy(cell[:_LONGEST_SAMPLE])))
    return list(islice(filled, _CELLS_SAMPLED))


def _candidates(
    index: int, header: str, cells: Sequence[str], checks: Mapping[str, Callable[[str], bool]]
) -> Iterable[_Candidate]:
    if header in _all_report_headers():
        return
    named, weight = _field_by_header(header)
    if named is not None and _cells_allow(named, cells, checks):
        yield _Candidate(index, named, weight)
    elif named == words.EMAIL:
        # A list of nothing but bad addresses, such as one being mended; any column with good ones comes first.
        yield _Candidate(index, named, _AGAINST_CELLS)
    for field, check in checks.items():
        if field != named and len(cells) > 1 and _share(cells, check) >= 0.8 and _worth_guessing(field, cells, named):
            yield _Candidate(index, field, _BY_CELLS)


def _field_by_header(header: str) -> tuple[str | None, int]:
    exact = words.find_header_field(header)
    if exact is not None:
        return exact, _EXACT
    header_words = words.fold_header(header).split()
    found: set[str] = set()
    for start in range(len(header_words)):
        for end in range(len(header_words), start, -1):
            field = words.HEADER_FIELDS.get(" ".join(header_words[start:end]))
            rest = header_words[:start] + header_words[end:]
            spare = _NEUTRAL | _OF_AN_ADDRESS if field == words.OWNER else _NEUTRAL
            if field is not None and (set(rest) <= spare or field in (words.EMAIL, words.PHONE)):
                found.add(field)
    return next((field for field in _TELLING if field in found), None), _PARTIAL


def _cell_checks(staff: set[tuple[str, ...]]) -> dict[str, Callable[[str], bool]]:
    checks: dict[str, Callable[[str], bool]] = {
        words.EMAIL: _is_like_an_address,
        words.OWNER: lambda text: fold_person(text) in staff,
        words.PARTNER_TIME_ZONE: lambda text: text in _time_zones(),
        words.TIER: lambda text: fold(text) in words.TIER_WORDS,
        words.KIND: lambda text: words.find_kind(text) is not None,
        words.COUNTRY: lambda text: words.find_country(text) is not None,
        words.LANGUAGE: lambda text: words.find_language(text) is not None,
        words.PHONE: lambda text: _PHONE.fullmatch(text) is not None,
    }
    return checks if staff else {field: check for field, check in checks.items() if field != words.OWNER}


def _is_like_an_address(text: str) -> bool:
    before, _, after = text.partition("@")
    return bool(before[-1:].strip() and after[:1].strip())


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone)


def _cells_allow(field: str, cells: Sequence[str], checks: Mapping[str, Callable[[str], bool]]) -> bool:
    """Whether the cells can be what the header says; an empty column can be anything."""
    least = {words.EMAIL: 0.3, words.LANGUAGE: 0.5, words.COUNTRY: 0.5, words.KIND: 0.3, words.PARTNER_TIME_ZONE: 0.5}
    if not cells:
        return True
    if field in least:
        return _share(cells, checks[field]) >= least[field]
    return field == words.OWNER or _share(cells, checks[words.EMAIL]) < 0.5


def _worth_guessing(field: str, cells: Sequence[str], named: str | None) -> bool:
    """Guards against chance: a column of codes is not a language, and a named column is only overruled by addresses."""
    if field == words.EMAIL:
        return named != words.OWNER
    if named is not None and named not in (words.CONTACT_NAME, words.KIND, words.ANY_NAME):
        return False
    if field == words.PHONE:
        return sum(1 for text in cells if text.startswith(("+", "0")) and len(text) >= 8) * 2 > len(cells)
    if field == words.LANGUAGE:
        return all(len(text) > 2 or text.islower() for text in cells)
    return True


def _counts_rows(header: str, cells: Sequence[str]) -> bool:
    """Whether a column only numbers the rows: as a key it would change with the next sorting."""
    if words.fold_header(header) not in _ROW_COUNTERS or not all(text.isdecimal() for text in cells):
        return False
    numbers = [int(text) for text in cells[:_MOST_ROWS_COUNTED]]
    return len(numbers) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _share(cells: Sequence[str], check: Callable[[str], bool]) -> float:
    return sum(1 for text in cells if check(text)) / len(cells) if cells else 0.0


def _settle_bare_name(mapping: dict[str, str]) -> None:
    header = next((header for header, field in mapping.items() if field == words.ANY_NAME), None)
    if header is None:
        return
    taken = set(mapping.values())
    if words.PARTNER_NAME not in taken:
        mapping[header] = words.PARTNER_NAME
    elif words.LAST_NAME in taken:
        mapping[header] = words.LEFT_OUT if words.FIRST_NAME in taken else words.FIRST_NAME
    else:
        mapping[header] = words.LEFT_OUT if words.CONTACT_NAME in taken else words.CONTACT_NAME


def _attribute_or_left_out(header: str, cells: Sequence[str]) -> str:
    if header in _all_report_headers() or not cells:
        return words.LEFT_OUT
    different = set(cells)
    few = len(different) <= min(_MOST_VALUES_OF_AN_ATTRIBUTE, max(2, len(cells) // 2))
    short = all(len(text) <= _LONGEST_ATTRIBUTE_VALUE for text in different)
    personal = any(_is_like_an_address(text) for text in different)
    return words.ATTRIBUTE if few and short and not personal else words.LEFT_OUT
