"""Whose turn it is: fair, the same for one worker and for four, and never somebody who is away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import handlers
from alerts.routing.rotas import Turn, Turns, next_turn, stand_in
from feedback_engine.directory.views import PartnerView, StaffView
from feedback_engine.foundation import ids, outbox
from feedback_engine.foundation.engine import Engine
from surveys.events import ResponseChanged, ResponseSubmitted
from tests.alerts.builders import ALERTS, World, announce, answer, open_case, rows, take_in, world
from tests.directory import builders as directory

A, B, C, D = (UUID(int=number) for number in range(1, 5))
ALL = (A, B, C, D)


# ---- pure


@pytest.mark.parametrize(
    ("last", "at_work", "away", "turn"),
    [
        (None, ALL, {}, Turn(A, A)),  # the first turn of all
        (A, ALL, {}, Turn(B, B)),
        (D, ALL, {}, Turn(A, A)),  # around
        (A, (A, C), {}, Turn(C, C, (), (B,))),  # B is not at work
        (A, (), {}, Turn(B, B)),  # nobody is at work: whoever is next
        (A, ALL, {B: A}, Turn(C, C, (B,))),  # B is away; the others are at work, so no deputy is needed
        (A, (), {B: None}, Turn(C, C, (B,))),
        (A, ALL, dict.fromkeys(ALL, None), Turn(away=(B, C, D, A))),  # nobody is there, nobody stands in
        (UUID(int=9), ALL, {}, Turn(A, A)),  # whoever had the last turn has left
    ],
)
def test_the_next_one_at_work_has_the_turn(
    last: UUID | None, at_work: Sequence[UUID], away: dict[UUID, UUID | None], turn: Turn
) -> None:
    assert next_turn(Turns(ALL, at_work, last), away, ALL) == turn


def test_when_all_are_away_somebody_stands_in_and_the_turn_counts() -> None:
    turn = next_turn(Turns((A, B), (A, B), A), {A: C, B: D}, ALL)
    assert turn == Turn(B, D, (B,))


@pytest.mark.parametrize(
    ("away", "active", "found"),
    [
        ({}, ALL, (A, ())),
        ({A: B}, ALL, (B, (A,))),
        ({A: B, B: C}, ALL, (C, (A, B))),  # the deputy is away as well
        ({A: B, B: A}, ALL, (None, (A, B))),  # they name each other
        ({A: B}, (A,), (None, (A,))),  # the deputy has left
        ({A: None}, ALL, (None, (A,))),
    ],
)
def test_a_deputy_stands_in(
    away: dict[UUID, UUID | None], active: Sequence[UUID], found: tuple[UUID | None, tuple[UUID, ...]]
) -> None:
    assert stand_in(A, away, active) == found


@given(st.integers(1, 12), st.integers(0, 100), st.sets(st.integers(0, 11)))
def test_turns_are_fair_within_one_among_those_at_work(size: int, count: int, resting: set[int]) -> None:
    members = [UUID(int=number + 1) for number in range(size)]
    at_work = [member for n, member in enumerate(members) if n not in resting] or members
    turns, taken = Turns(members, at_work), Counter(dict.fromkeys(at_work, 0))
    for _ in range(count):
        turn = next_turn(turns, {}, members)
        assert turn.member is not None
        taken[turn.member] += 1
        turns = turns.taken_by(turn.member)
    assert set(taken) == set(at_work)
    assert max(taken.values()) - min(taken.values()) <= 1


@given(st.dictionaries(st.sampled_from(ALL), st.sampled_from([*ALL, None])), st.sets(st.sampled_from(ALL)))
def test_nobody_who_is_away_or_gone_ever_stands_in(away: dict[UUID, UUID | None], active: set[UUID]) -> None:
    found, chain = stand_in(A, away, active)
    assert found not in away or (found is None)
    assert found is None or found in active
    assert len(set(chain)) == len(chain)


# ---- on a database


ROTA = (
    ALERTS.replace("  to: partner_owner", "  to: rota:desk")
    + """
rotas:
  desk: {members: [one@ours.example, two@ours.example, Three@ours.example], by: turns}
"""
)
NIGHT = ROTA.replace("Three@ours.example", "three@ours.example, early@ours.example")
NAMES = ("one", "two", "three")


def desk(engine: Engine, text: str = ROTA, **fields: object) -> tuple[World, list[StaffView]]:
    of = world(engine, text)
    fields = {"time_zone": "Europe/Rome", **fields}
    return of, [directory.staff(engine, f"{name}@ours.example", **fields) for name in NAMES]


def holders(of: World, members: Sequence[StaffView]) -> list[str]:
    """Who got the cases, in the order of their opening."""
    names = {member.id: member.name for member in members}
    return [names[row.owner_id] for row in rows(of, "casework")]


def test_the_members_of_a_rota_get_new_cases_in_turn_and_a_joining_answer_costs_no_turn(engine: Engine) -> None:
    of, members = desk(engine)
    for number in range(3):
        take_in(of, answer(of, 2, touchpoint=f"t.{number}"))
    take_in(of, answer(of, 1, touchpoint="t.0"))  # joins its case, and costs nobody a turn
    take_in(of, *(answer(of, 2, touchpoint=f"t.{number}") for number in range(3, 7)))
    assert holders(of, members) == ["one", "two", "three", "one", "two", "three", "one"]
    [turn] = rows(of, "rota_turn")
    assert (turn.recipient, turn.taken, turn.last_id) == ("rota:desk", 7, members[0].id)


def test_a_role_takes_turns_as_well(sqlite_engine: Engine) -> None:
    of, members = desk(
        sqlite_engine, ALERTS.replace("  to: partner_owner", "  to: role:program_owner"), role="program_owner"
    )
    take_in(of, *(answer(of, 2, touchpoint=f"t.{number}") for number in range(4)))
    assert holders(of, members) == ["one", "three", "two", "one"]  # by address


def test_who_is_not_at_work_has_no_turn_until_nobody_is(sqlite_engine: Engine) -> None:
    of, members = desk(sqlite_engine, NIGHT, time_zone="Asia/Tokyo")
    early = directory.staff(sqlite_engine, "early@ours.example", time_zone="Europe/Rome")
    take_in(of, *(answer(of, 2, touchpoint=f"t.{number}") for number in range(2)))
    of.later(hours=10)  # evening in Rome, dawn in Tokyo: nobody is at work, and the turns go on
    take_in(of, answer(of, 2, touchpoint="t.9"))
    assert holders(of, [*members, early]) == ["early", "early", "one"]
    assert rows(of, "casework")[0].route["resting"] == [str(member.id) for member in members]


def test_a_rota_whose_members_have_all_left_is_passed_over(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ROTA)
    open_case(of, 2)
    [row] = rows(of, "casework")
    assert (row.team_id, row.route["to"], row.route["passed"]) == (of.team, "team:Alliances", ["rota:desk"])


CASES = 1_000


def crowd(engine: Engine) -> tuple[World, list[StaffView]]:
    """A thousand answers that each open a case, at partners of many shards."""
    of, members = desk(engine)
    partners: list[PartnerView] = [directory.partner(engine, f"p{number}") for number in range(8)]
    people = {each.id: directory.contact(engine, each, f"x@{each.key}.example") for each in partners}
    events = []
    for number in range(CASES):
        partner = partners[number % len(partners)]
        event = answer(of, 2, touchpoint=f"t.{number}")
        where = {"partner_id": partner.id, "contact_id": people[partner.id].id}
        events.append(event.model_copy(update={**where, "response_id": ids.new_id(ids.shard_of(partner.id))}))
    announce(of, *events)
    return of, members


def work_off(engine: Engine, shards: Sequence[int]) -> None:
    """What one worker does with its shards, in small batches so that workers meet often."""
    handler = outbox.Handler("alerts", handlers.raise_alerts, (ResponseSubmitted, ResponseChanged))
    for _ in range(CASES):
        settled = outbox.deliver(engine.work, handler, shards=shards, limit=20)
        if not settled and not waiting(engine, shards):
            return
    raise AssertionError("The answers are never worked off.")


def waiting(engine: Engine, shards: Sequence[int]) -> bool:
    with engine.work.read() as reading:
        found = reading.connection.exec_driver_sql("SELECT DISTINCT shard FROM outbox WHERE handler = 'alerts'")
        return bool({shard for (shard,) in found} & set(shards))


@pytest.mark.parametrize("workers", [1, 4])
def test_turns_are_fair_for_one_worker_and_for_four(engine: Engine, workers: int) -> None:
    of, members = crowd(engine)
    mine = [[shard for shard in range(256) if shard % workers == n] for n in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda shards: work_off(engine, shards), mine))
    assert Counter(holders(of, members)) == {"one": 334, "two": 333, "three": 333}
    [turn] = rows(of, "rota_turn")
    assert turn.taken == CASES
