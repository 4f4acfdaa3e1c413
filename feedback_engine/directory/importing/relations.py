"""Pure. Whom a row names beside its partner: the owner among our staff, the parent among the partners."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from feedback_engine.directory.families import refusal_of
from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.entries import bare_address
from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.directory.importing.folding import fold_company, fold_person, same_person
from feedback_engine.directory.importing.identity import Groups, Headers, first_name
from feedback_engine.directory.importing.known import Known
from feedback_engine.directory.views import StaffView


def match_owner(text: str, staff: Sequence[StaffView]) -> list[StaffView]:
    """The active staff a spreadsheet may mean: by address, else by whole name in any order, else by a shortened name.

    `Keller, Dana`, `dana keller` and `DANA KÉLLER` are whole names; `D. Keller` and `Dana` are shortened ones.
    One result is a match, several are a question, none is unknown.
    """
    active = [member for member in staff if member.active]
    if "@" in text:
        address = bare_address(text).casefold()
        return [member for member in active if member.email.casefold() == address]
    wanted = fold_person(text)
    whole = [member for member in active if fold_person(member.name) == wanted]
    return whole or [member for member in active if _is_short_for(wanted, fold_person(member.name))]


def _is_short_for(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    if len(short) == 1:
        return len(short[0]) > 1 and short[0] in full
    equal_or_initial = (a == b or (len(a) == 1 and b.startswith(a)) for a, b in zip(short, full, strict=False))
    return len(short) == len(full) and all(equal_or_initial)


def resolve_owners(
    groups: Groups, known: Known, headers: Headers, chosen: Mapping[str, UUID]
) -> tuple[dict[str, StaffView], list[Finding]]:
    """The owner of each partner that names one we can tell, and findings for the others.

    `chosen` says by `same_person` who is meant by a name that we cannot tell by ourselves.
    """
    owners: dict[str, StaffView] = {}
    findings = []
    matches: dict[str, list[StaffView]] = {}
    for key, group in groups.items():
        entry = next((entry for entry in group if entry.owner), None)
        if entry is None:
            continue
        if entry.owner not in matches:
            matches[entry.owner] = _match(entry.owner, known, chosen)
        found = matches[entry.owner]
        reason = _refusal_of_owners(found, known.owning_roles)
        if reason is None:
            owners[key] = found[0]
        else:
            other = ", ".join(member.name for member in found)
            findings.append(Finding(entry.row, headers[words.OWNER], entry.owner, reason, other=other))
    return owners, findings


def _match(written: str, known: Known, chosen: Mapping[str, UUID]) -> list[StaffView]:
    found = match_owner(written, known.staff)
    meant = chosen.get(same_person(written))
    if meant is None or _refusal_of_owners(found, known.owning_roles) is None:
        return found
    return [member for member in known.staff if member.id == meant and member.active] or found


def _refusal_of_owners(found: Sequence[StaffView], owning_roles: frozenset[str]) -> Reason | None:
    if len(found) != 1:
        return Reason.OWNER_AMBIGUOUS if found else Reason.OWNER_UNKNOWN
    return None if found[0].role in owning_roles else Reason.OWNER_ONLY_LOOKS


def resolve_parents(groups: Groups, known: Known, headers: Headers) -> tuple[dict[str, str], list[Finding]]:
    """The parent's key of each partner that names another one; unknown parents and loops become findings.

    A partner that names itself stands at the top of its family, which is how many spreadsheets write it.
    """
    if words.PARENT not in headers:
        return {}, []
    by_name = _keys_by_name(groups, known)
    above = {key: partner.parent_key for key, partner in known.partners.items()}
    parents: dict[str, str] = {}
    findings = []
    for key, group in groups.items():
        entry = next((entry for entry in group if entry.parent), None)
        if entry is None:
            continue
        exact = entry.parent in groups or entry.parent in known.partners
        parent = entry.parent if exact else by_name.get(fold_company(entry.parent))
        if parent == key:
            continue
        reason = Reason.PARENT_UNKNOWN if parent is None else None
        # What stands in the register already was accepted once, so that importing again says nothing new.
        if parent is not None and parent != above.get(key) and refusal_of(key, ChainMap({key: parent}, above)):
            reason = Reason.PARENT_LOOP
        if reason is not None:
            findings.append(Finding(entry.row, headers[words.PARENT], entry.parent, reason))
        elif parent is not None:
            parents[key] = above[key] = parent
    return parents, findings


def _keys_by_name(groups: Groups, known: Known) -> dict[str, str]:
    """Folded name > key, of names that only one partner has."""
    keys: dict[str, set[str]] = {}
    for name, key in _all_names(groups, known):
        keys.setdefault(fold_company(name), set()).add(key)
    return {name: next(iter(found)) for name, found in keys.items() if len(found) == 1}


def _all_names(groups: Groups, known: Known) -> Iterable[tuple[str, str]]:
    yield from ((partner.name, key) for key, partner in known.partners.items())
    for key, group in groups.items():
        first = first_name(group)
        if first:
            yield first.name, key
