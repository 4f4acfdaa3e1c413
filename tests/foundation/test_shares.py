"""Workers that live share the shards evenly, take over what a dead one held, and leave no shard out for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation import leases
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.leases import DURATION, Held
from feedback_engine.foundation.shares import ALL_SHARDS, SLOT_NAMES, SLOTS, Shares, decide_moves, shards_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.conftest import START

LATER = START + DURATION / 2
GONE = START - timedelta(seconds=1)


def held(by: dict[str, int], workers: tuple[str, ...] = ()) -> list[Held]:
    """Leases as they stand: so many slots of each holder, in order, and workers that hold none."""
    names = iter(SLOT_NAMES)
    slots = [Held(next(names), holder, 1, LATER) for holder, count in by.items() for _ in range(count)]
    return slots + [Held(f"worker:{name}", name, 1, LATER) for name in (*by, *workers)]


@pytest.mark.parametrize(
    ("standing", "kept", "taken", "released"),
    [
        (held({}), 0, 16, 0),  # alone: everything
        (held({"me": 16}), 16, 0, 0),  # alone and settled: nothing moves
        (held({"ana": 16}), 0, 0, 0),  # all are held: wait until the other lets go
        (held({"me": 16}, ("ana",)), 8, 0, 8),  # another has come: half goes
        (held({"me": 8, "ana": 8}, ("luis",)), 6, 0, 2),  # a third: 6 is a fair share of 16
        (held({"me": 3, "ana": 8}), 3, 5, 0),  # five are free, and eight are fair
        (held({"ana": 8, "luis": 4}), 0, 4, 0),  # four are free, though six would be fair
    ],
)
def test_a_worker_moves_towards_its_fair_share(standing: list[Held], kept: int, taken: int, released: int) -> None:
    moves = decide_moves(standing, "me", START)
    assert (len(moves.keep), len(moves.take), len(moves.release)) == (kept, taken, released)


@pytest.mark.parametrize(
    ("expires_at", "is_free"),
    [
        (START + timedelta(seconds=1), False),  # it still runs
        (START, True),  # it ends now
        (GONE, True),  # it has ended
        (START + DURATION, False),  # it was renewed this instant
        (START + timedelta(hours=1), True),  # taken before the clock was set back an hour: nobody waits for that
    ],
)
def test_a_slot_is_free_when_its_lease_binds_nobody(expires_at: object, is_free: bool) -> None:
    standing = [Held(SLOT_NAMES[0], "ana", 1, expires_at)]  # type: ignore[arg-type]
    assert (SLOT_NAMES[0] in decide_moves(standing, "me", START).take) is is_free


def test_a_worker_long_dead_is_forgotten_and_one_that_just_died_is_not() -> None:
    standing = [Held("worker:old", "old", 1, START - timedelta(hours=1)), Held("worker:new", "new", 1, GONE)]
    assert decide_moves(standing, "me", START).forget == ("worker:old",)


@given(st.lists(st.sampled_from(["in", "out", "turn"]), max_size=30), st.randoms(use_true_random=False))
def test_however_workers_come_and_go_three_turns_later_every_shard_has_one_worker(
    steps: list[str], chance: object
) -> None:
    """A model of the leases: whoever lives takes its turn; nobody ever holds what another holds."""
    standing: dict[str, Held] = {}
    living: list[str] = ["w0"]
    made = 1

    def turn(worker: str) -> None:
        moves = decide_moves(standing.values(), worker, START)
        standing[f"worker:{worker}"] = Held(f"worker:{worker}", worker, 1, LATER)
        for name in moves.release:
            standing[name] = Held(name, worker, 1, GONE)
        for name in (*moves.keep, *moves.take):
            assert name not in standing or standing[name].holder == worker or standing[name].expires_at <= START
            standing[name] = Held(name, worker, 1, LATER)

    for step in steps:
        if step == "in":
            living.append(f"w{made}")
            made += 1
        elif step == "out" and len(living) > 1:
            dead = living.pop(chance.randrange(len(living)))  # type: ignore[attr-defined]
            for name, each in list(standing.items()):
                if each.holder == dead:
                    standing[name] = Held(name, dead, each.epoch, GONE)
        else:
            turn(chance.choice(living))  # type: ignore[attr-defined]
    for _ in range(3):  # to be seen, to be given way, to take
        for worker in living:
            turn(worker)
    holders = {name: standing[name].holder for name in SLOT_NAMES}
    assert set(holders.values()) <= set(living)
    assert max(list(holders.values()).count(worker) for worker in living) <= -(-SLOTS // len(living))


def test_the_slots_hold_every_shard_once() -> None:
    assert sorted(shard for name in SLOT_NAMES for shard in shards_of([name])) == list(ALL_SHARDS)


def test_two_workers_share_and_one_that_leaves_hands_over_at_once(engine: Engine, clock: MovedClock) -> None:
    ana, luis = Shares(engine.work, "ana"), Shares(engine.work, "luis")
    assert len(ana.refresh()) == 256
    assert luis.refresh() == ()
    clock.advance(DURATION / 3)
    assert len(ana.refresh()) == 128
    clock.advance(DURATION / 3)
    assert not set(luis.refresh()) & set(ana.refresh())
    assert len(luis.refresh()) == 128
    luis.leave()
    clock.advance(DURATION / 3)
    assert len(ana.refresh()) == 256


def test_a_worker_that_died_is_replaced_when_its_leases_have_run_out(engine: Engine, clock: MovedClock) -> None:
    assert len(Shares(engine.work, "dead").refresh()) == 256
    heir = Shares(engine.work, "heir")
    assert heir.refresh() == ()
    clock.advance(DURATION)
    assert len(heir.refresh()) == 256


def test_between_two_looks_nothing_is_written(engine: Engine, clock: MovedClock) -> None:
    shares = Shares(engine.work, "ana")
    shares.refresh()
    clock.advance(DURATION / 4)
    shares.refresh()
    with engine.work.read() as reading:
        found = leases.held(reading, ["shards:"])
    assert {each.expires_at for each in found} == {START + DURATION}


def test_whoever_has_left_takes_nothing_back(engine: Engine, clock: MovedClock) -> None:
    """The alarm clock may still be at a look when its worker stops."""
    shares = Shares(engine.work, "ana")
    assert len(shares.refresh()) == 256
    shares.leave()
    clock.advance(DURATION / 2)
    assert (shares.refresh(), shares.current()) == ((), ())
    assert len(Shares(engine.work, "luis").refresh()) == 256


def test_what_has_something_to_do_looks_itself_only_when_nobody_else_did_for_long(
    engine: Engine, clock: MovedClock
) -> None:
    """The look at the leases costs as much as an alert: it is for the alarm clock, not for whoever reacts."""
    shares = Shares(engine.work, "ana")
    assert len(shares.current()) == 256

    def kept_until() -> set[object]:
        with engine.work.read() as reading:
            return {each.expires_at for each in leases.held(reading, ["shards:"])}

    clock.advance(DURATION / 2)
    assert len(shares.current()) == 256
    assert kept_until() == {START + DURATION}
    clock.advance(DURATION / 6)
    assert len(shares.current()) == 256
    assert kept_until() == {START + DURATION * 5 / 3}
    clock.advance(-DURATION)
    assert len(shares.current()) == 256
    assert kept_until() == {START + DURATION * 2 / 3}


def test_a_lane_whose_holder_lived_before_the_clock_was_set_back_is_free(engine: Engine, clock: MovedClock) -> None:
    old = leases.acquire(engine.work, "deciding", "first")
    clock.advance(-timedelta(hours=1))
    new = leases.acquire(engine.work, "deciding", "second")
    assert old is not None
    assert new is not None
    assert new.epoch > old.epoch


def test_a_holder_renews_its_lane_after_the_clock_was_set_back(engine: Engine, clock: MovedClock) -> None:
    lease = leases.hold(engine.work, "deciding", "first")
    clock.advance(-timedelta(hours=1))
    assert leases.hold(engine.work, "deciding", "first") == lease
    assert leases.acquire(engine.work, "deciding", "second") is None
    with engine.work.begin(actor=SYSTEM) as uow:
        assert lease is not None
        leases.fence(uow, lease)
