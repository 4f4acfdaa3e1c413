"""Pure. A plan in figures and lists, as its review, its result and the command line tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.directory.importing.folding import first_name_first, same_person
from feedback_engine.directory.importing.plan import Difference, ImportPlan, PlannedContact, PlannedPartner
from feedback_engine.directory.importing.wording import remedy_words, wrong_words

_OF_OWNERS = (Reason.OWNER_UNKNOWN, Reason.OWNER_AMBIGUOUS, Reason.OWNER_ONLY_LOOKS)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of one kind are new, changed, unchanged, and in the register without being in the file."""

    new: int
    changed: int
    unchanged: int
    missing: int


@dataclass(frozen=True, slots=True)
class OwnerMatch:
    """An owner as the file first writes it: who it was taken for, for how many partners; without a match what to do.

    `person` is the same for every spelling of one name; `is_nobody` tells that no member of staff is called like it.
    """

    written: str
    owner_name: str
    partner_count: int
    remedy: str
    person: str
    is_nobody: bool = False

    @property
    def as_spoken(self) -> str:
        """The name as it would stand on the staff."""
        return first_name_first(self.written)


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """Something that stands in the register and would change."""

    title: str
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """One thing that is wrong in the same way in several rows."""

    rows: Sequence[int]
    column: str
    wrong: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a reviewer looks at before saying yes."""

    partners: Counted
    contacts: Counted
    refused: Sequence[Finding]
    left_out: Sequence[Finding]
    duplicates: Sequence[Finding]
    notes: Sequence[GroupedFinding]
    owners: Sequence[OwnerMatch]
    changed: Sequence[ChangedRow]
    missing_names: Sequence[str]
    roles: Mapping[str, int]
    """How many contacts of the file have each role, by its name."""
    assumed_zones: Sequence[tuple[str, int]]
    """Time zones taken from the country, each with the number of partners that get it."""
    languages: Mapping[str, int]
    """How many contacts of the file have each language."""


def summarise(plan: ImportPlan) -> Summary:
    """The figures and lists of a plan, most pressing first."""
    return Summary(
        partners=_count(plan.partners, len(plan.missing_partners)),
        contacts=_count(plan.contacts, len(plan.missing_contacts)),
        refused=plan.refused,
        left_out=plan.left_out,
        duplicates=plan.duplicates,
        notes=_group(note for note in plan.notes if note.reason not in _OF_OWNERS),
        owners=_match_owners(plan),
        changed=[
            *(ChangedRow(each.name, each.differences) for each in plan.partners if each.change == "changed"),
            *(ChangedRow(each.email, each.differences) for each in plan.contacts if each.change == "changed"),
        ],
        missing_names=sorted((partner.name for partner in plan.missing_partners), key=str.casefold),
        roles=_roles(plan),
        assumed_zones=Counter(each.assumed_zone for each in plan.partners if each.assumed_zone).most_common(),
        languages=Counter(each.values["language"] for each in plan.contacts if each.values.get("language")),
    )


def languages_not_offered(summary: Summary, offered: Sequence[str]) -> list[tuple[str, int]]:
    """The languages of contacts that the program does not have, also not as `pt` for `pt-BR`; most contacts first."""
    missing = Counter(
        {code: n for code, n in summary.languages.items() if code not in offered and code.split("-")[0] not in offered}
    )
    return missing.most_common()


def document_of(plan: ImportPlan) -> dict[str, object]:
    """A plan as the command line prints it for programs."""
    summary = summarise(plan)
    return {
        "partners": asdict(summary.partners),
        "contacts": asdict(summary.contacts),
        "refused": [_finding_document(finding) for finding in plan.refused],
        "left_out": [_finding_document(finding) for finding in plan.left_out],
        "duplicates": [_finding_document(finding) for finding in plan.duplicates],
        "notes": [_finding_document(finding) for finding in plan.notes],
        "missing": list(summary.missing_names),
    }


def _finding_document(finding: Finding) -> dict[str, object]:
    return {
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "reason": finding.reason.value,
        "wrong": wrong_words(finding),
        "remedy": remedy_words(finding),
    }


def _roles(plan: ImportPlan) -> dict[str, int]:
    counts = Counter(each.values["role"] for each in plan.contacts if each.values.get("role"))
    return dict(sorted(counts.items(), key=lambda counted: counted[0].casefold()))


def _count(planned: Sequence[PlannedPartner] | Sequence[PlannedContact], missing: int) -> Counted:
    changes = Counter(each.change for each in planned)
    return Counted(changes["new"], changes["changed"], changes["unchanged"], missing)


def _match_owners(plan: ImportPlan) -> list[OwnerMatch]:
    """Owners without a match first, then by number of partners."""
    remedies = {finding.value: remedy_words(finding) for finding in plan.notes if finding.reason in _OF_OWNERS}
    nobody = {finding.value for finding in plan.notes if finding.reason is Reason.OWNER_UNKNOWN}
    first_written: dict[str, str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for partner in plan.partners:
        if partner.owner_as_written:
            person = same_person(partner.owner_as_written)
            first_written.setdefault(person, partner.owner_as_written)
            counts[person, partner.owner.name if partner.owner else ""] += 1
    matches = [
        OwnerMatch(
            written := first_written[person],
            name,
            count,
            "" if name else remedies.get(written, ""),
            person,
            not name and written in nobody,
        )
        for (person, name), count in counts.items()
    ]
    return sorted(matches, key=lambda match: (bool(match.owner_name), -match.partner_count, match.written))


def _group(findings: Iterable[Finding]) -> list[GroupedFinding]:
    """Findings with the same words as one line; those of most rows first."""
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for finding in findings:
        grouped.setdefault((finding.column, wrong_words(finding), remedy_words(finding)), []).append(finding.row)
    lines = [GroupedFinding(rows, column, wrong, remedy) for (column, wrong, remedy), rows in grouped.items()]
    return sorted(lines, key=lambda line: (-len(line.rows), line.rows[0]))
