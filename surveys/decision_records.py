"""How decisions are told: as the record of the contract, and in words for pages and terminals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from feedback_engine.foundation.i18n import format_datetime, gettext
from surveys.asking_again import AskAgain
from surveys.explaining import ExplainedDecision, ExplainedVerdict, Explanation
from surveys.sampling import words
from surveys.sampling.decide import DEFERRED, INVITE
from surveys.sampling.rules import SAMPLING_RULES

_NUMBERS = {rule.name: number for number, rule in enumerate(SAMPLING_RULES, start=1)}
NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """One rule's verdict as it is read: `number` is its place in the order, `fired` whether it stood in the way."""

    number: int
    title: str
    result: str
    words: str
    until: str
    is_off: bool
    fired: bool


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """One decision as it is read; `change` is a whole sentence, or empty; `off` are the titles of rules not in use."""

    at: str
    touchpoint: str
    partner: str
    contact: str
    outcome: str
    outcome_words: str
    headline: str
    verdicts: tuple[VerdictWords, ...]
    change: str
    off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The latest decision about an event, and those that put it off before, the latest first."""

    latest: DecisionWords
    before: tuple[DecisionWords, ...]


@dataclass(frozen=True, slots=True)
class AgainWords:
    """When a contact may be asked again, as it is read; `where` are all places for which the same is true."""

    where: tuple[str, ...]
    when: str


# ---- for programs


def decision_document(decision: ExplainedDecision) -> dict[str, Any]:
    """The decision record of the contract."""
    return {
        "id": str(decision.id),
        "event_id": str(decision.event.id),
        "partner": decision.partner.key,
        "contact": (decision.contact.email or None) if decision.contact else None,
        "touchpoint": decision.touchpoint,
        "outcome": decision.outcome,
        "rule": decision.rule,
        "at": instant(decision.at),
        "seq": decision.seq,
        "attempt": decision.attempt,
        "previous": str(decision.previous_id) if decision.previous_id else None,
        "replayed": decision.replayed,
        "until": instant(decision.until),
        "send_at": instant(decision.send_at),
        "plan_version": decision.plan_version,
        "random_rate": decision.random_rate,
        "inclusion_probability": decision.inclusion_probability,
        "verdicts": [_verdict_document(verdict) for verdict in decision.verdicts],
    }


def _verdict_document(verdict: ExplainedVerdict) -> dict[str, Any]:
    document = {
        "rule": verdict.rule,
        "verdict": verdict.result,
        "detail": words.sentence(verdict.rule, verdict.verdict),
    }
    return document if verdict.until is None else {**document, "until": instant(verdict.until)}


def explanation_document(found: Explanation) -> dict[str, Any]:
    """An explanation as JSON: the decisions, the latest first, and when the person may be asked again."""
    return {
        "contacts": [
            {"email": contact.email, "role": contact.role, "partner": found.partners[contact.partner_id].key}
            for contact in found.contacts
        ],
        "decisions": [
            {**decision_document(decision), "smallest_change": decision.change or None} for decision in found.decisions
        ],
        "may_be_asked_again": [
            {
                "partner": found.partners[again.contact.partner_id].key,
                "touchpoint": again.touchpoint,
                "at": instant(again.at),
                "rule": again.rule,
                "detail": again_detail(again),
            }
            for again in found.again
        ],
    }


def instant(at: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


# ---- for people


def in_words(decision: ExplainedDecision, zone: str, names: Mapping[str, str] = NO_NAMES) -> DecisionWords:
    """A decision in the locale in force, times in `zone`, touchpoints by their names as far as those are given."""
    return DecisionWords(
        at=format_datetime(decision.at, zone),
        touchpoint=names.get(decision.touchpoint, decision.touchpoint),
        partner=decision.partner.name or decision.partner.key,
        contact=(decision.contact.name or decision.contact.email) if decision.contact else "",
        outcome=decision.outcome,
        outcome_words=words.outcome(decision.outcome),
        headline=headline(decision, zone),
        verdicts=tuple(_in_words(verdict, zone) for verdict in decision.verdicts),
        change=change_sentence(decision),
        off=tuple(words.title(verdict.rule) for verdict in decision.verdicts if verdict.is_off),
    )


def chains(decisions: Sequence[ExplainedDecision], zone: str, names: Mapping[str, str] = NO_NAMES) -> list[Chain]:
    """Decisions gathered by what they are about, in the order of the latest of each."""
    gathered: dict[tuple[UUID, str, UUID | None], list[DecisionWords]] = {}
    for decision in decisions:
        about = (decision.event.id, decision.touchpoint, decision.contact.id if decision.contact else None)
        gathered.setdefault(about, []).append(in_words(decision, zone, names))
    return [Chain(first, tuple(others)) for first, *others in gathered.values()]


def headline(decision: ExplainedDecision, zone: str) -> str:
    """The outcome and what named it, in one line."""
    if decision.outcome == INVITE:
        return _asked(decision, zone)
    reason = next((each for each in decision.verdicts if each.rule == decision.rule), None)
    said = words.sentence(reason.rule, reason.verdict) if reason else ""
    if decision.outcome == DEFERRED and decision.until is not None:
        return gettext("put off until {until}: {reason}", until=format_datetime(decision.until, zone), reason=said)
    return gettext("was not asked: {reason}", reason=said)


def _asked(decision: ExplainedDecision, zone: str) -> str:
    if decision.replayed:
        return gettext("would have been asked (imported history, no mail)")
    if decision.send_at is None:
        return gettext("asked")
    return gettext("asked, mail planned for {at}", at=format_datetime(decision.send_at, zone))


def change_sentence(decision: ExplainedDecision) -> str:
    """The smallest change that would have asked them, or that there is no single one."""
    if decision.outcome == INVITE or not decision.blocking:
        return ""
    if decision.change:
        return gettext("Smallest change that would have asked them: {change}.", change=decision.change)
    if len(decision.blocking) == 1:
        return gettext("No change of a rule would have asked them.")
    stood = ", ".join(words.title(rule) for rule in decision.blocking)
    return gettext("No single change would have asked them; these stood in the way: {rules}.", rules=stood)


def _in_words(verdict: ExplainedVerdict, zone: str) -> VerdictWords:
    results = {"pass": gettext("passed"), "refuse": gettext("refused"), "defer": gettext("put off")}
    return VerdictWords(
        number=_NUMBERS[verdict.rule],
        title=words.title(verdict.rule),
        result=gettext("off") if verdict.is_off else results[verdict.result],
        words="" if verdict.is_off else words.sentence(verdict.rule, verdict.verdict),
        until=format_datetime(verdict.until, zone) if verdict.until else "",
        is_off=verdict.is_off,
        fired=verdict.verdict.fired,
    )


def again_in_words(found: Explanation, zone: str, names: Mapping[str, str] = NO_NAMES) -> list[AgainWords]:
    """When the person may be asked again; places of which the same is true stand together."""
    several = len(found.contacts) > 1
    said: dict[str, list[str]] = {}
    for again in found.again:
        partner = found.partners[again.contact.partner_id]
        touchpoint = names.get(again.touchpoint, again.touchpoint)
        where = f"{touchpoint} ({partner.name or partner.key})" if several else touchpoint
        said.setdefault(_when(again, zone), []).append(where)
    return [AgainWords(tuple(where), when) for when, where in said.items()]


def nothing_again(found: Explanation) -> str:
    """Why no touchpoint stands under "may be asked again": the role asks for nothing, or nobody knows it."""
    if any(not contact.role.strip() for contact in found.contacts):
        return gettext(
            "Their role is not known, and every touchpoint in force asks only certain roles. Give this contact a role "
            "on the contact page, or send a role with the event."
        )
    return gettext("No touchpoint in force asks people in this role.")


def again_detail(again: AskAgain) -> str:
    """What stands in the way now; "" when nothing does."""
    return words.sentence(again.rule, again.verdict) if again.rule and again.verdict else ""


def _when(again: AskAgain, zone: str) -> str:
    if again.is_open:
        return gettext("at once, if something happens there")
    if again.at is None:
        return gettext("not as things stand: {reason}", reason=again_detail(again))
    return gettext("from {at}: {reason}", at=format_datetime(again.at, zone), reason=again_detail(again))
