"""What a reply does to a case, until when it may come, and who is neutral: tables of what is decided."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from alerts.clocks.business_time import ALWAYS, Calendar, Hours
from alerts.settling.flow import (
    Concerned,
    Effect,
    Person,
    ReplyFacts,
    Verdict,
    choose_contact,
    choose_person,
    decide_reply,
    next_rung,
    reply_by,
)

OFFICE = Calendar("Europe/Rome", dict.fromkeys(range(5), Hours(540, 1020)), frozenset({date(2026, 3, 11)}))


def facts(
    state: str = "asked",
    *,
    current: bool = True,
    closed: bool = True,
    untouched: bool = True,
    climbed: bool = False,
    outcome: str | None = "settled",
) -> ReplyFacts:
    return ReplyFacts(state, current, closed, untouched, climbed, outcome)


@pytest.mark.parametrize(
    ("about", "verdict", "expected"),
    [
        (facts(), "yes", Effect("confirmed")),
        (facts(), "partly", Effect("partly", opens=True)),
        (facts(), "no", Effect("disputed", opens=True, climbs=True)),
        (facts("unconfirmed"), "no", Effect("disputed", opens=True, climbs=True)),  # late is not never
        (facts("unreached"), "yes", Effect("confirmed")),  # it did arrive
        (facts("confirmed"), "no", Effect("disputed", opens=True, climbs=True)),
        (facts("disputed", closed=False, climbed=True), "no", Effect("disputed")),  # other words for it
        (facts("disputed", closed=False, climbed=True), "partly", Effect("partly")),
        (facts("partly", closed=False), "no", Effect("disputed", climbs=True)),
        (facts("disputed", closed=False, climbed=True), "yes", Effect("confirmed", closes=True)),
        (facts("partly", closed=False, untouched=False), "yes", "moved_on"),  # somebody is at work
        (facts("partly"), "yes", "moved_on"),  # another case took it up
        (facts(current=False), "yes", "withdrawn"),  # undone, or reopened by us
        (facts("confirmed", current=False), "no", "moved_on"),
        (facts(outcome="merged"), "yes", "merged"),
        (facts(outcome="dismissed"), "yes", "merged"),
    ],
)
def test_a_reply_does_what_its_word_says_while_it_counts(
    about: ReplyFacts, verdict: Verdict, expected: Effect | str
) -> None:
    assert decide_reply(about, verdict) == expected


def test_there_is_no_rung_after_the_last() -> None:
    assert [next_rung(rung) for rung in (1, 2, 3)] == [2, 3, 3]


@pytest.mark.parametrize(
    ("calendar", "at", "days", "expected"),
    [
        (OFFICE, datetime(2026, 3, 9, 9, tzinfo=UTC), 1, datetime(2026, 3, 10, 16, tzinfo=UTC)),
        (OFFICE, datetime(2026, 3, 9, 9, tzinfo=UTC), 2, datetime(2026, 3, 12, 16, tzinfo=UTC)),  # over a holiday
        (OFFICE, datetime(2026, 3, 13, 20, tzinfo=UTC), 1, datetime(2026, 3, 16, 16, tzinfo=UTC)),  # over a weekend
        (OFFICE, datetime(2026, 3, 27, 9, tzinfo=UTC), 1, datetime(2026, 3, 30, 15, tzinfo=UTC)),  # summer has begun
        (ALWAYS, datetime(2026, 3, 9, 9, tzinfo=UTC), 1, datetime(2026, 3, 11, 0, tzinfo=UTC)),
    ],
)
def test_the_time_to_reply_ends_with_a_working_day(
    calendar: Calendar, at: datetime, days: int, expected: datetime
) -> None:
    assert reply_by(calendar, at, days) == expected


DANA, LUIS, HENRIK, PRIYA = (UUID(int=number) for number in range(4))
TEAM, OTHER = UUID(int=10), UUID(int=11)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([[Person(DANA, TEAM, True)], [Person(HENRIK, None, True)]], HENRIK),  # the owner is no neutral one
        ([[Person(LUIS, TEAM, True)], [Person(HENRIK, None, True)]], HENRIK),  # nor is anybody of the team
        ([[Person(LUIS, OTHER, True)], [Person(HENRIK, None, True)]], LUIS),
        ([[Person(LUIS, OTHER, False)], [Person(HENRIK, None, True)]], HENRIK),  # who only looks does not mediate
        ([[Person(HENRIK, None, True, 2), Person(PRIYA, None, True, 1)]], PRIYA),  # the one with less in hand
        ([[Person(HENRIK, None, True, away=True)], [Person(PRIYA, None, True, 3)]], PRIYA),  # who is there comes first
        ([[Person(DANA, TEAM, True)], [Person(HENRIK, None, True, away=True)]], HENRIK),  # nobody else is left
        ([[Person(DANA, TEAM, True)]], None),
        ([], None),
    ],
)
def test_a_neutral_person_is_not_concerned(groups: list[list[Person]], expected: UUID | None) -> None:
    assert choose_person(groups, [Concerned({DANA}, {TEAM})]) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["managing director"], LUIS),
        (["executive"], LUIS),  # a persona
        (["nobody", "Buyer"], HENRIK),
        (["engineer"], None),  # whose case it is
        (["nobody"], None),
    ],
)
def test_the_partners_contact_is_found_by_role_or_persona(wanted: list[str], expected: UUID | None) -> None:
    contacts = [
        (DANA, "Engineer", ("technical",)),
        (LUIS, " Managing Director", ("executive",)),
        (HENRIK, "buyer", ()),
    ]
    assert choose_contact(contacts, wanted, DANA) == expected
