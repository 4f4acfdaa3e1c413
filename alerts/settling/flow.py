"""Pure. The end of a case by the partner's word: what a reply does, and how a conflict climbs its ladder.

closed (asked) > confirmed | unconfirmed | reopened. Rung 1 is direct talk, 2 a neutral mediator, 3 an escalation
contact on each side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.clocks.business_time import LONGEST_REST_DAYS, Calendar
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.errors import Invalid

Verdict = Literal["yes", "partly", "no"]
VERDICTS: tuple[Verdict, ...] = ("yes", "partly", "no")

SETTLEMENTS = (
    "asked",  # closed, and the partner has not said anything yet
    "confirmed",
    "partly",
    "disputed",
    "unconfirmed",  # the time to reply ran out
    "unreached",  # the mail that asks did not arrive
)
STATE_OF: Mapping[Verdict, str] = {"yes": "confirmed", "partly": "partly", "no": "disputed"}
VERDICT_OF: Mapping[str, Verdict] = {state: verdict for verdict, state in STATE_OF.items()}
REPLIED = tuple(VERDICT_OF)
UNSETTLED = ("partly", "disputed")
"""Replies that open a case again."""

ENTRIES: Mapping[str, str] = {
    "confirmed": "partner_confirmed",
    "partly": "partner_partly",
    "disputed": "partner_disputed",
}
"""The line of the timeline that says so."""

DIRECT_TALK, MEDIATION, ESCALATION = 1, 2, 3
RUNGS = (DIRECT_TALK, MEDIATION, ESCALATION)

Over = Literal["withdrawn", "merged", "moved_on"]
"""Why a link asks nothing any more: we took the closing back, it is another case now, somebody went on with it."""


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """How things stand when somebody replies.

    `current`: the case was closed last by the closing that the link is about. `untouched`: nobody has done anything
    since the partner's own reply. `climbed`: a no to this very closing has brought the next rung already. `outcome` is
    that of the closed case.
    """

    state: str
    current: bool
    closed: bool
    untouched: bool
    climbed: bool = False
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a reply does: the state of the settlement, and whether the case opens, closes again, or climbs."""

    state: str
    opens: bool = False
    closes: bool = False
    climbs: bool = False


def over_because(facts: ReplyFacts) -> Over | None:
    """Why no reply is taken any more; None while one is."""
    if facts.outcome in ("merged", "dismissed"):
        return "merged"
    if not facts.current:
        return "moved_on" if facts.state in REPLIED else "withdrawn"
    if facts.closed:
        # It disputes a case that stayed closed because another one took it up.
        return "moved_on" if facts.state in ("partly", "disputed") else None
    return None if facts.untouched else "moved_on"


def decide_reply(facts: ReplyFacts, verdict: Verdict) -> Effect | Over:
    """What a reply does to the case, or why it comes too late."""
    over = over_because(facts)
    if over is not None:
        return over
    if verdict == "yes":
        return Effect("confirmed", closes=not facts.closed)
    # However often somebody thinks again about one closing, it brings one rung.
    return Effect(STATE_OF[verdict], opens=facts.closed, climbs=verdict == "no" and not facts.climbed)


def next_rung(rung: int) -> int:
    """The rung after this one; after the last there is none."""
    return min(rung + 1, ESCALATION)


def reply_by(calendar: Calendar, at: datetime, days: int) -> datetime:
    """The end of the `days`th working day after `at`, as an instant in UTC.

    Raises Invalid when the calendar rests for more than LONGEST_REST_DAYS.
    """
    zone = ZoneInfo(calendar.time_zone)
    day, rested = at.astimezone(zone).date(), 0
    while days > 0:
        day += timedelta(days=1)
        hours = None if day in calendar.holidays else calendar.week.get(day.weekday())
        rested = 0 if hours else rested + 1
        if rested > LONGEST_REST_DAYS:
            raise Invalid(f"The calendar in {calendar.time_zone} has no working day within {LONGEST_REST_DAYS} days.")
        days -= 1 if hours else 0
    end = calendar.week[day.weekday()].until
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (midnight + timedelta(minutes=end)).astimezone(UTC)


# ---- who


def may_take_up(member: StaffView | None) -> bool:
    """Whether a conflict can be in somebody's hand: their account is open, and they work on cases."""
    return member is not None and member.active and member.role != "viewer"


@dataclass(frozen=True, slots=True)
class Person:
    """One of our people, as far as the choice of a neutral one goes; `busy` counts the steps they have in hand, `away`
    is whether they are absent now, or will be before what is asked of them is due."""

    id: UUID
    team_id: UUID | None
    works_on_cases: bool
    busy: int = 0
    away: bool = False


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who is no neutral party: the owner, everybody of the owner's team, and whoever had any part in the case."""

    people: Collection[UUID]
    teams: Collection[UUID] = ()

    def includes(self, person: Person) -> bool:
        """Whether somebody is one of them."""
        return person.id in self.people or (person.team_id is not None and person.team_id in self.teams)


def choose_person(groups: Sequence[Sequence[Person]], ranks: Sequence[Concerned]) -> UUID | None:
    """Of the first group in which somebody is not concerned, the one with the least in hand; None where nobody is.

    Each of `ranks` is asked where nobody is left by the one before it; somebody absent only where nobody else is left.
    """
    for away, concerned in product((False, True), ranks):
        for group in groups:
            free = [each for each in group if each.works_on_cases and each.away == away]
            apart = [each for each in free if not concerned.includes(each)]
            if apart:
                return min(apart, key=lambda person: (person.busy, person.id)).id
    return None


def choose_contact(
    contacts: Iterable[tuple[UUID, str, tuple[str, ...]]], wanted: Sequence[str], but: UUID
) -> UUID | None:
    """The partner's contact who has one of the `wanted` roles or personas, in the order of that list.

    `contacts` are id, role and personas of those who may be written to; `but` is whose case it is.
    """
    for name in wanted:
        sought = name.strip().casefold()
        for contact_id, role, personas in contacts:
            names = {role.strip().casefold(), *(persona.casefold() for persona in personas)}
            if sought in names and contact_id != but:
                return contact_id
    return None
