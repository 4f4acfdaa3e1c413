"""Who gets a case: the tree, what branches inherit, and what happens when a recipient means nobody."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.definitions import AlertFile, Routes
from alerts.routing.walk import RouteFacts, recipients_of, route
from feedback_engine.foundation.definitions import load, parse

DANA, LUIS, MEI, FALLBACK_TEAM, GOLD_TEAM = (UUID(int=number) for number in range(1, 6))

FACTS = RouteFacts(
    touchpoint="deal.closed",
    kind="recovery",
    severity="high",
    region="EMEA",
    tier="Gold",
    partner_owner=DANA,
    touchpoint_owner=LUIS,
    staff={"mei@our.example": MEI},
    teams={"alliances": FALLBACK_TEAM, "gold desk": GOLD_TEAM},
)

TREE = """
routes:
  to: partner_owner
  otherwise: team:Alliances
  children:
    - match: {kind: thanks}
      to: touchpoint_owner
    - match: {tier: [Gold, Platinum]}
      to: team:Gold desk
      children:
        - match: {region: APAC}
          to: staff:Mei@our.example
        - match: {severity: low}
          otherwise: touchpoint_owner
          to: partner_owner
    - match: {touchpoint: [support.closed], region: emea}
      to: touchpoint_owner
"""


def routes(text: str = TREE) -> Routes:
    found = parse(AlertFile, load(text, name="alerts.yaml")).routes
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("change", "owner", "team", "to"),
    [
        ({"tier": "Silver"}, DANA, None, "partner_owner"),  # no branch: the root
        ({"kind": "thanks"}, LUIS, None, "touchpoint_owner"),  # the first branch that matches wins over Gold
        ({}, None, GOLD_TEAM, "team:Gold desk"),
        ({"tier": "gold "}, None, GOLD_TEAM, "team:Gold desk"),  # however the tier was typed
        ({"region": "APAC"}, MEI, None, "staff:Mei@our.example"),  # the deeper branch
        ({"severity": "low"}, DANA, None, "partner_owner"),
        ({"severity": "low", "partner_owner": None}, LUIS, None, "touchpoint_owner"),  # the branch's own otherwise
        ({"severity": "low", "partner_owner": None, "touchpoint_owner": None}, None, FALLBACK_TEAM, "team:Alliances"),
        ({"tier": "Silver", "partner_owner": None}, None, FALLBACK_TEAM, "team:Alliances"),  # inherited from the root
        ({"tier": "", "touchpoint": "support.closed"}, LUIS, None, "touchpoint_owner"),  # both fields hold
        ({"tier": "", "touchpoint": "support.closed", "region": "APAC"}, DANA, None, "partner_owner"),  # one does not
        ({"region": "APAC", "staff": {}}, None, FALLBACK_TEAM, "team:Alliances"),  # Mei has left
    ],
)
def test_a_case_goes_to_the_deepest_branch_that_matches(
    change: dict[str, object], owner: UUID | None, team: UUID | None, to: str
) -> None:
    routed = route(routes(), replace(FACTS, **change))  # type: ignore[arg-type]
    assert (routed.owner_id, routed.team_id, routed.to) == (owner, team, to)


def test_the_reasons_name_the_branches_taken_and_the_recipients_passed_over() -> None:
    routed = route(routes(), replace(FACTS, severity="low", partner_owner=None, touchpoint_owner=None))
    assert routed.matched == ({"tier": "Gold"}, {"severity": "low"})
    assert routed.passed == ("partner_owner", "touchpoint_owner")


def test_a_last_resort_that_is_gone_is_said_and_never_hidden() -> None:
    routed = route(routes(), replace(FACTS, tier="", partner_owner=None, teams={}))
    assert (routed.owner_id, routed.team_id, routed.to) == (None, None, None)
    assert routed.passed == ("partner_owner", "team:Alliances")


@pytest.mark.parametrize(
    ("roles", "to"),
    [
        ({"program_owner", "admin", "viewer"}, "program_owner"),  # who owns the program, owns what falls through
        ({"admin", "alliance_manager"}, "admin"),
        ({"viewer"}, None),  # there is nobody to tell
    ],
)
def test_a_team_in_which_nobody_is_gets_no_case(roles: set[str], to: str | None) -> None:
    facts = replace(FACTS, tier="", partner_owner=None, empty_teams={FALLBACK_TEAM}, roles=roles)
    routed = route(routes(), facts)
    assert (routed.owner_id, routed.team_id, routed.to) == (None, None, to)
    assert routed.passed == ("partner_owner", "team:Alliances")
    assert routed.empty == ("team:Alliances",)


def test_an_empty_team_of_a_branch_gives_way_to_the_last_resort() -> None:
    routed = route(routes(), replace(FACTS, empty_teams={GOLD_TEAM}))
    assert (routed.team_id, routed.passed, routed.empty) == (FALLBACK_TEAM, ("team:Gold desk",), ("team:Gold desk",))


def test_every_recipient_of_the_tree_can_be_listed_for_checking() -> None:
    assert recipients_of(routes()) == [
        "partner_owner", "team:Alliances", "touchpoint_owner", "team:Gold desk", "staff:Mei@our.example",
    ]  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(["recovery", "callback", "thanks"]),
    st.sampled_from(["high", "normal", "low"]),
    st.sampled_from(["Gold", "Silver", ""]),
    st.sampled_from(["APAC", "EMEA", ""]),
    st.booleans(),
    st.booleans(),
)
def test_with_a_sound_last_resort_every_case_finds_somebody(
    kind: str, severity: str, tier: str, region: str, owned: bool, touchpoint_owned: bool
) -> None:
    facts = replace(
        FACTS,
        kind=kind,  # type: ignore[arg-type]
        severity=severity,  # type: ignore[arg-type]
        tier=tier,
        region=region,
        partner_owner=DANA if owned else None,
        touchpoint_owner=LUIS if touchpoint_owned else None,
    )
    routed = route(routes(), facts)
    assert (routed.owner_id is None) != (routed.team_id is None)
