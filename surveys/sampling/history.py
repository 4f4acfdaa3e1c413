"""Pure. The asks of people and companies as they are known while deciding, kept up to date ask by ask.

The same fold serves a single event, a batch of a thousand and the replay of years: whoever decides adds each new ask
before the next decision, so that no order of batches can change what is decided.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from surveys.sampling import gaps
from surveys.sampling.facts import Facts
from surveys.sampling.plan import Cap, TouchpointRules
from surveys.sampling.windows import Window, window_of


class Ask(NamedTuple):
    """One ask of one person, in microseconds since 1970 and thousandths of an ask; 0 where nothing came back."""

    at: int
    weight: int
    person: bytes
    partner_id: UUID
    family_id: UUID
    survey: str
    survey_family: str
    role: str = ""
    answered_at: int = 0
    declined_at: int = 0


_BY_TIME = attrgetter("at")


class Party(NamedTuple):
    """Whom an event would ask: the person, at which company, of which group of companies."""

    person: bytes
    partner_id: UUID
    family_id: UUID


class AskHistory:
    """Asks by person, by company and by group of companies, each oldest first."""

    def __init__(self, asks: Iterable[Ask] = ()) -> None:
        self._persons: dict[bytes, list[Ask]] = {}
        self._partners: dict[UUID, list[Ask]] = {}
        self._families: dict[UUID, list[Ask]] = {}
        for ask in asks:
            self.add(ask)

    def add(self, ask: Ask) -> None:
        """Count an ask from now on."""
        _insert(self._persons.setdefault(ask.person, []), ask)
        _insert(self._partners.setdefault(ask.partner_id, []), ask)
        _insert(self._families.setdefault(ask.family_id, []), ask)

    def complete(self, facts: Facts, rules: TouchpointRules, party: Party, at: int) -> None:
        """Fill in what the rules need to know about earlier asks. Call it once, before the facts are used."""
        asks = self._persons.get(party.person)
        if asks:
            if rules.gaps:
                facts.last = last_inside(rules, asks, at)
            if rules.contact_frequency is not None:
                facts.person_window = _window(asks, rules.contact_frequency, rules.weight, at, facts.zone)
        cap = rules.account_cap
        if cap is not None:
            facts.account_window = _window(self._account(cap, facts.role, party), cap, rules.weight, at, facts.zone)

    def _account(self, cap: Cap, role: str, party: Party) -> Iterable[Ask]:
        asks = self._families.get(party.family_id) if cap.family else self._partners.get(party.partner_id)
        return [ask for ask in asks or () if not cap.per_role or ask.role == role]


def _insert(asks: list[Ask], ask: Ask) -> None:
    if asks and asks[-1].at > ask.at:
        insort(asks, ask, key=_BY_TIME)
    else:
        asks.append(ask)


def _window(asks: Iterable[Ask], cap: Cap, own: int, at: int, zone: str) -> Window:
    return window_of([(ask.at, ask.weight) for ask in asks], cap, own, at, zone)


def last_inside(rules: TouchpointRules, asks: list[Ask], at: int) -> dict[str, int]:
    """By gap code, when it happened last, as far as that lies inside the longest gap of the code."""
    reach: dict[str, int] = {}
    for gap in rules.gaps:
        reach[gap.code] = max(gap.micros, reach.get(gap.code, 0))
    found = {}
    for code, micros in reach.items():
        last = _last(code, rules, asks, at)
        if last and at - last < micros:
            found[code] = last
    return found


def _last(code: str, rules: TouchpointRules, asks: list[Ask], at: int) -> int:
    """The latest instant of the kind a code names; an ask may lie ahead, an answer cannot be known before it came."""
    since, scope = code[0], code[1]
    latest = 0
    for ask in reversed(asks):
        if not ask.weight or not _in_scope(scope, rules, ask):
            continue
        if since == gaps.ASKED:
            return ask.at
        came = ask.answered_at if since == gaps.ANSWERED else ask.declined_at
        if latest < came <= at:
            latest = came
    return latest


def _in_scope(scope: str, rules: TouchpointRules, ask: Ask) -> bool:
    if scope == gaps.ANY:
        return True
    return ask.survey == rules.survey if scope == gaps.SURVEY else ask.survey_family == rules.family
