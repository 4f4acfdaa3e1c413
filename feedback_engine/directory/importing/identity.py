"""Pure. Which partner a row means: by its key, else by its name in any spelling; and names that look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.entries import Entry
from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.directory.importing.folding import fold_company, key_from_name, without_legal_form
from feedback_engine.directory.importing.known import Known

Groups = Mapping[str, Sequence[Entry]]
"""Rows by the key of their partner, in the order in which the file names the partners."""

Headers = Mapping[str, str]
"""Field > header of its column."""


def group_by_partner(
    entries: Sequence[Entry], known: Known, headers: Headers, *, new_partners: bool
) -> tuple[dict[str, list[Entry]], list[Finding]]:
    """Rows gathered by partner, and findings for rows whose partner is unclear or may not be made."""
    keys = _KeysByName(entries, known)
    groups: dict[str, list[Entry]] = {}
    findings: list[Finding] = []
    for entry in entries:
        column = headers.get(words.PARTNER_NAME) or headers.get(words.PARTNER_KEY, "")
        key = entry.key or keys.find(entry.name)
        if key is None:
            findings.append(Finding(entry.row, column, entry.name, Reason.PARTNER_AMBIGUOUS))
        elif not new_partners and key not in known.partners:
            findings.append(Finding(entry.row, column, entry.name or entry.key, Reason.PARTNER_UNKNOWN))
        else:
            groups.setdefault(key, []).append(entry)
    return groups, findings + _take_out_nameless(groups, known, headers)


def _take_out_nameless(groups: dict[str, list[Entry]], known: Known, headers: Headers) -> list[Finding]:
    """Take out new partners that no row names, in a file that has a column for names; findings for their rows.

    A key that stands in the register is enough, and so is one in a file of keys alone.
    """
    column = headers.get(words.PARTNER_NAME)
    if column is None:
        return []
    nameless = [key for key, group in groups.items() if key not in known.partners and first_name(group) is None]
    return [Finding(entry.row, column, key[:80], Reason.NO_NAME) for key in nameless for entry in groups.pop(key)]


class _KeysByName:
    """Finds the key behind a name: in the file where another row gives both, then in the register, else made of it."""

    def __init__(self, entries: Iterable[Entry], known: Known) -> None:
        self._in_file = _keys_by_folded_name((entry.name, entry.key) for entry in entries if entry.key and entry.name)
        self._in_register = _keys_by_folded_name((partner.name, partner.key) for partner in known.partners.values())

    def find(self, name: str) -> str | None:
        """The key, or None when several partners have this name."""
        folded = fold_company(name)
        made = key_from_name(name)
        for keys in (self._in_file.get(folded, ()), self._in_register.get(folded, ())):
            if len(keys) == 1 or made in keys:
                return made if made in keys else next(iter(keys))
            if keys:
                return None
        return made


def _keys_by_folded_name(named: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for name, key in named:
        keys.setdefault(fold_company(name), set()).add(key)
    return keys


def first_name(group: Sequence[Entry]) -> Entry | None:
    """The first row of a partner that writes its name; None when all give the key alone."""
    return next((entry for entry in group if entry.name), None)


def find_other_spellings(groups: Groups, headers: Headers) -> list[Finding]:
    """Rows that write a partner's name unlike its first row does, one finding for each other way of writing.

    A name that differs in more than case, accents and punctuation can only belong to the partner by its key; that is
    a disagreement, not a spelling.
    """
    findings = []
    for group in groups.values():
        first = first_name(group)
        seen = {first.name} if first else set()
        for entry in group:
            if first is None or not entry.name or entry.name in seen:
                continue
            seen.add(entry.name)
            same = fold_company(entry.name) == fold_company(first.name)
            reason = Reason.OTHER_SPELLING if same else Reason.DISAGREES
            column = headers.get(words.PARTNER_NAME, "")
            findings.append(Finding(entry.row, column, entry.name, reason, other=first.name, other_row=first.row))
    return findings


def find_alike(groups: Groups, known: Known, headers: Headers) -> list[Finding]:
    """Partners that may be one: equal names under two keys, or names that differ by a legal form one of them lacks.

    `Rossi GmbH` and `Rossi Srl` are left in peace: two forms written out are two companies more often than not.
    """
    seen: dict[str, list[tuple[str, str, str, int]]] = {}
    for key, name, row in _names(groups, known):
        folded = fold_company(name)
        bare = without_legal_form(folded)
        seen.setdefault(bare, []).append((folded.removeprefix(bare).strip(), key, name, row))
    findings = []
    column = headers.get(words.PARTNER_NAME) or headers.get(words.PARTNER_KEY, "")
    for alike in seen.values():
        for position, (form, _, name, row) in enumerate(alike):
            same = next((each for each in alike[:position] if each[0] == form), None)
            other = same or next((each for each in alike[:position] if not each[0] or not form), None)
            if row and other:
                reason = Reason.SAME_NAME if same else Reason.ALIKE
                findings.append(Finding(row, column, name, reason, other=other[2], other_row=other[3]))
    return findings


def _names(groups: Groups, known: Known) -> Iterator[tuple[str, str, int]]:
    """Key, name and row (0: the register) of every partner; those only in the register come first."""
    for key, partner in known.partners.items():
        if key not in groups and partner.state == "confirmed":
            yield key, partner.name, 0
    for key, group in groups.items():
        first = first_name(group)
        yield key, first.name if first else key, (first or group[0]).row
