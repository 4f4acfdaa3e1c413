"""Reads the address of the inbox: which view, narrowed by what; and writes it, so that a link shows the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from alerts import words
from alerts.reading import NOT_ASKED, VIEWS
from alerts.settling import words as settling_words
from alerts.settling.flow import SETTLEMENTS
from alerts.terms import SEVERITIES
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading

NOBODY = "nobody"
"""The owner of cases that are no person's."""

FIELDS = ("severity", "tier", "touchpoint", "owner", "settlement", "sort", "q")
WAITING, GRAVEST = "waiting", "severity"
"""The orders in which whoever waits longest comes first, and what is gravest."""
LONGEST = 100

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows a view, as the address holds it; empty texts narrow nothing."""

    severity: str = ""
    tier: str = ""
    touchpoint: str = ""
    owner: str = ""
    settlement: str = ""
    sort: str = ""
    q: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The fields that narrow."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name)}

    @property
    def leaves_out(self) -> bool:
        """Whether it leaves something out, or is only another order."""
        return bool(self.given.keys() - {"sort"})

    def criteria(self) -> dict[str, Any]:
        """The same for the reading door. Raises Invalid for a severity or an owner that cannot be."""
        if self.severity and self.severity not in SEVERITIES:
            raise _unreadable("severity")
        if self.settlement and self.settlement not in (NOT_ASKED, *SETTLEMENTS):
            raise _unreadable("settlement")
        if self.sort not in ("", WAITING, GRAVEST):
            raise _unreadable("sort")
        return {
            "oldest_first": self.sort == WAITING,
            "gravest_first": self.sort == GRAVEST,
            "severity": self.severity or None,
            "touchpoint": self.touchpoint or None,
            "owner_id": _owner_id(self.owner),
            "unowned": self.owner == NOBODY,
            "tier": self.tier,
            "settlement": self.settlement or None,
            "sought": self.q,
        }


def narrowing_of(arguments: Mapping[str, str]) -> Narrowing:
    """What the address narrows to. Raises Invalid for text that no database keeps, or that is longer than any name."""
    given = {name: arguments.get(name, "").strip() for name in FIELDS}
    for name, text in given.items():
        if len(text) > LONGEST or not text.isprintable():
            raise _unreadable(name)
    return Narrowing(**given)


def query_of(view: str, narrowing: Narrowing, cursor: str = "") -> str:
    """The query of the address of these rows, always in the same order."""
    return urlencode({"view": view, **narrowing.given, **({"cursor": cursor} if cursor else {})})


def place_of(arguments: Mapping[str, str]) -> dict[str, Any]:
    """The list from which the reader of a case came, as its address names it; empty for who came from elsewhere."""
    view = view_of(arguments, "")
    return {"view": view, **narrowing_of(arguments).given} if view else {}


def view_of(arguments: Mapping[str, str], home: str) -> str:
    """The view an address names; `home` for none or one that does not exist."""
    view = arguments.get("view", "")
    return view if view in VIEWS else home


def filter_choices(
    reading: Reading, narrowing: Narrowing, touchpoints: Mapping[str, str], me: UUID
) -> dict[str, Choices]:
    """What can be chosen, by field; what the address holds is among it, even if nobody has it any more."""
    tiers, _ = directory.tiers_and_regions(reading)
    staff = [member for member in directory.list_staff(reading) if member.active and member.role != "viewer"]
    names = {str(member.id): member.name for member in staff}
    own = {str(me): gettext("{name} (me)", name=names.pop(str(me)))} if str(me) in names else {}
    owners = {**own, NOBODY: gettext("nobody yet"), **names}
    orders = {WAITING: gettext("waiting longest first"), GRAVEST: gettext("by severity, then time left")}
    return {
        "severity": _offered(gettext("any severity"), {key: words.severity(key) for key in SEVERITIES}, ""),
        "tier": _offered(gettext("any tier"), {tier: tier for tier in tiers}, narrowing.tier),
        "touchpoint": _offered(gettext("any touchpoint"), touchpoints, narrowing.touchpoint),
        "owner": _offered(gettext("any owner"), owners, narrowing.owner),
        "sort": _offered(gettext("by time left"), orders, ""),
        "settlement": _offered(
            gettext("any word"), {key: settling_words.settlement(key) for key in (NOT_ASKED, *SETTLEMENTS)}, ""
        ),
    }


def filter_words(narrowing: Narrowing, choices: Mapping[str, Choices]) -> list[str]:
    """What the list is narrowed to, one short text each."""
    told = [dict(choices[name])[text] for name, text in narrowing.given.items() if name not in ("severity", "q")]
    if narrowing.severity:
        told = [gettext("severity {severity}", severity=words.severity(narrowing.severity)), *told]
    return [*told, gettext("“{words}”", words=narrowing.q)] if narrowing.q else told


def _offered(anything: str, values: Mapping[str, str], held: str) -> Choices:
    missing = {held: held} if held and held not in values else {}
    return [("", anything), *values.items(), *missing.items()]


def _owner_id(text: str) -> UUID | None:
    if not text or text == NOBODY:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise _unreadable("owner") from None


def _unreadable(name: str) -> Invalid:
    message = gettext("The address holds a filter that cannot be read; choose it anew.")
    return Invalid(message, [Fault(f"/{name}", message)])
