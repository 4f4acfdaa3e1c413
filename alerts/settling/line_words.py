"""Pure. The lines of a timeline about settling and the ladder, and the headlines of what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.settling.words import no_longer_mediates, no_longer_takes_up
from feedback_engine.foundation.i18n import gettext, gettext_noop

_ENTRIES = {
    "asked_if_settled": gettext_noop("The partner was asked by mail whether it is settled"),
    "partner_confirmed": gettext_noop("The partner says it is settled"),
    "partner_partly": gettext_noop("The partner says it is partly settled"),
    "partner_disputed": gettext_noop("The partner says it is not settled"),
    "statement_given": gettext_noop("{who} gave our statement"),
    "mediation_ended": gettext_noop("{who} ended the mediation and finds"),
}
_OF_ANOTHER = {
    "partner_partly": gettext_noop("The partner says of {ref} that it is partly settled"),
    "partner_disputed": gettext_noop("The partner says of {ref} that it is not settled"),
}
_SETTLEMENT_ENTRIES = frozenset((*_ENTRIES, "mediation_began"))
OF_THE_PARTNERS_WORD = {
    "partner_confirmed": gettext_noop("{partner} says it is settled"),
    "partner_partly": gettext_noop("{partner} says it is partly settled: the case is open again"),
    "partner_disputed": gettext_noop("{partner} says it is not settled: the case is open again"),
    "mediation_began": gettext_noop("{partner}: please mediate"),
    "statement_given": gettext_noop("{partner}: our statement is there"),
    "mediation_ended": gettext_noop("{partner}: what the mediator finds"),
    "mediation_late": gettext_noop("{partner}: the mediation is overdue"),
    "holder_gone": gettext_noop("{partner}: whoever took up the conflict is gone"),
}
"""Headlines of news that stand for nothing else."""

_HEADLINES = {
    **OF_THE_PARTNERS_WORD,
    "warned": gettext_noop("{partner}: the mediation is overdue"),
    "escalated": gettext_noop("{partner}: a conflict has come to you"),
}
_GONE = {
    "mediation": gettext_noop("{partner}: nobody mediates any more"),
    "ladder": gettext_noop("{partner}: nobody takes up the conflict any more"),
}
_FOLLOWED = {
    "mediation": gettext_noop("{partner}: {name} mediates now"),
    "ladder": gettext_noop("{partner}: the conflict has come to {name}"),
}


def is_ours(entry_kind: str, detail: Mapping[str, Any]) -> bool:
    """Whether a line of a timeline is about settling or the ladder."""
    return entry_kind in _SETTLEMENT_ENTRIES or detail.get("of") in ("mediation", "ladder")


def is_gone(entry_kind: str, detail: Mapping[str, Any]) -> bool:
    """Whether a line of a timeline says that whoever a conflict was brought to works on cases no more; a mediator who
    is late is not named in it."""
    return entry_kind == "warned" and "owner_id" in detail


def no_longer(detail: Mapping[str, Any], name: str) -> str:
    """Who works on cases no more, of whom a line of a timeline says that a conflict was brought to them."""
    return no_longer_mediates(name) if detail["of"] == "mediation" else no_longer_takes_up(name)


def headline(entry_kind: str, detail: Mapping[str, Any], partner: str, holder: str = "") -> str:
    """The subject of a mail to staff about a line of a timeline; `holder` is the name of whoever has the conflict in
    hand now, empty for nobody."""
    if is_gone(entry_kind, detail):
        text = (_FOLLOWED if holder else _GONE)[detail["of"]]
        return gettext(text, partner=partner, name=holder)
    return gettext(_HEADLINES[entry_kind], partner=partner)


def entry(entry_kind: str, detail: Mapping[str, Any], names: Mapping[str, str], who: str) -> str:
    """One line of a timeline as a sentence."""
    if is_gone(entry_kind, detail):
        return no_longer(detail, names.get(detail["owner_id"], detail["owner_id"]))
    if entry_kind == "warned":
        return gettext("The mediation became overdue")
    if entry_kind in ("mediation_began", "escalated"):
        return _brought_in(entry_kind, detail, names)
    if entry_kind in _OF_ANOTHER and "of" in detail:
        return gettext(_OF_ANOTHER[entry_kind], ref=detail["of"])
    told = gettext(_ENTRIES[entry_kind], who=who)
    return gettext("{told}; {ref} takes it up", told=told, ref=detail["twin"]) if "twin" in detail else told


def _brought_in(entry_kind: str, detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    holder = detail.get("owner_id")
    name = names.get(holder, holder) if holder else gettext("nobody, because everybody is concerned")
    if holder and detail.get("again"):
        goes_on = {"mediation_began": gettext("{name} mediates again", name=name)}
        return goes_on.get(entry_kind, gettext("The escalation goes on with {name}", name=name))
    if holder and detail.get("follows"):
        follows = {"mediation_began": gettext("{name} mediates now", name=name)}
        return follows.get(entry_kind, gettext("On our side it goes to {name} now", name=name))
    if entry_kind == "mediation_began":
        return gettext("Mediation begins; the mediator is {name}", name=name)
    told = gettext("Escalation; on our side it goes to {name}", name=name)
    written = gettext("their escalation contact was written to")
    nobody = gettext("nobody at the partner was written to")
    return f"{told}; {written if detail.get('contact') else nobody}"
