"""Who may see which partner: the pure rule and its SQL twin say the same, for every role and every owner."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select

from feedback_engine.directory import reading, store
from feedback_engine.directory.guard import ROLES, Sight, Viewer, may_see_partner
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.ids import new_reference_id
from tests.directory import builders

ME, MATE, STRANGER = (UUID(int=n) for n in (1, 2, 3))
NORTH, SOUTH = UUID(int=11), UUID(int=12)


@pytest.mark.parametrize(
    ("role", "team", "owner", "owner_team", "sees"),
    [
        ("admin", None, STRANGER, SOUTH, True),
        ("program_owner", None, None, None, True),  # somebody must find the partners nobody owns
        ("viewer", NORTH, STRANGER, SOUTH, True),
        ("alliance_manager", NORTH, ME, NORTH, True),
        ("alliance_manager", NORTH, MATE, NORTH, True),  # the team stands in for one another
        ("alliance_manager", NORTH, STRANGER, SOUTH, False),
        ("alliance_manager", NORTH, STRANGER, None, False),
        ("alliance_manager", None, STRANGER, None, False),  # to be in no team is not to be in the same team
        ("alliance_manager", None, ME, None, True),
        ("alliance_manager", NORTH, None, None, False),  # nobody's yet
        ("auditor", NORTH, ME, NORTH, False),  # a role nobody defined sees nothing
    ],
)
def test_a_viewer_sees_what_the_rule_says(
    role: str, team: UUID | None, owner: UUID | None, owner_team: UUID | None, sees: bool
) -> None:
    assert may_see_partner(Sight(ME, role, team), owner, owner_team) is sees


def test_the_rule_and_its_sql_twin_agree_for_everybody(engine: Engine) -> None:
    teams = [None, builders.team(engine, "North"), builders.team(engine, "South")]
    people = {
        (role, team): builders.staff(engine, f"{role}-{number}@ours.example", role, team)
        for role, (number, team) in product(ROLES, enumerate(teams))
    }
    owners = [None, *(person for (role, _), person in people.items() if role != "viewer")]
    partners = {}
    for number, owner in enumerate(owners):
        partner = builders.partner(engine, f"p-{number}")
        partners[partner.id] = owner
        if owner is not None:
            builders.owned(engine, people["admin", None], partner)  # an earlier owner opens nothing
            builders.owned(engine, owner, partner)
    outsiders = [Sight(new_reference_id(), role) for role in ("alliance_manager", "auditor")]
    viewers: list[Viewer] = [*people.values(), *outsiders]
    with engine.work.read() as now:
        for viewer in viewers:
            expected = {
                each
                for each, owner in partners.items()
                if may_see_partner(viewer, owner.id if owner else None, owner.team_id if owner else None)
            }
            condition = reading.visible_to(viewer, store.PARTNER.c.shard, store.PARTNER.c.id)
            by_sql = set(now.connection.execute(select(store.PARTNER.c.id).where(condition)).scalars())
            listed = reading.list_partners(now, viewer, reading.PartnerFilter(), limit=100).rows
            assert by_sql == expected
            assert reading.visible_partners(now, viewer, partners) == expected
            assert {each.partner.id for each in listed} == expected


def test_an_absent_and_a_foreign_partner_are_the_same(engine: Engine) -> None:
    dana = builders.staff(engine)
    builders.partner(engine, "foreign")
    refusals = []
    with engine.work.read() as now:
        for key in ("absent", "foreign"):
            with pytest.raises(NotFound) as refused:
                reading.get_visible_partner(now, dana, key)
            refusals.append(refused.value.message)
    assert refusals[0] == refusals[1]
