"""Events are matched by type alone; what they may keep is what all their touchpoints declare together."""

from __future__ import annotations

import pytest

from journeys.matching import NO_MATCH, match_by_type, max_age_days
from tests.journeys.builders import journey


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        ("onboarding.completed", ("onboarding.completed",)),
        ("ticket.closed", ("ticket.closed", "escalation.closed")),  # a condition is for the deciding, not for matching
        ("Ticket.closed", ()),  # types are compared as they are
        ("unheard.of", ()),
    ],
)
def test_an_event_reaches_every_touchpoint_of_its_type(event_type: str, expected: tuple[str, ...]) -> None:
    assert match_by_type([journey()]).get(event_type, NO_MATCH).keys == expected


def test_declared_attributes_are_those_of_all_touchpoints() -> None:
    matches = match_by_type([journey()])
    assert set(matches["ticket.closed"].attributes) == {"product", "hours", "urgent", "opened"}
    assert set(matches["onboarding.completed"].partner_attributes) == {"segment"}


@pytest.mark.parametrize(
    ("event_type", "days"),
    [
        ("ticket.closed", 30.0),  # the kindest of its touchpoints
        ("onboarding.completed", 14.0),  # the program's
        ("unheard.of", 14.0),
    ],
)
def test_an_event_is_too_old_for_all_its_touchpoints_or_for_none(event_type: str, days: float) -> None:
    assert max_age_days(match_by_type([journey()]).get(event_type, NO_MATCH), 14.0) == days
