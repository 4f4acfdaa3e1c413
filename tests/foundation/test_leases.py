"""One holder at a time; who lost the lease writes nothing stale."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.foundation import leases
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM


def test_only_one_holds_a_lease(engine: Engine) -> None:
    assert leases.acquire(engine.work, "deciding", "first") is not None
    assert leases.acquire(engine.work, "deciding", "second") is None


def test_renewing_keeps_the_proof_valid(engine: Engine, clock: MovedClock) -> None:
    lease = leases.acquire(engine.work, "deciding", "first")
    clock.advance(leases.DURATION)
    assert leases.acquire(engine.work, "deciding", "first") == lease


def test_a_lease_that_ran_out_passes_on_and_fences_off_its_old_holder(engine: Engine, clock: MovedClock) -> None:
    old = leases.acquire(engine.work, "deciding", "first")
    clock.advance(leases.DURATION)
    new = leases.acquire(engine.work, "deciding", "second")
    assert old is not None
    assert new is not None
    assert new.epoch > old.epoch

    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        leases.fence(uow, old)
    with engine.work.begin(actor=SYSTEM) as uow:
        leases.fence(uow, new)


def test_a_released_lease_is_free_at_once(engine: Engine) -> None:
    lease = leases.acquire(engine.work, "deciding", "first")
    assert lease is not None
    leases.release(engine.work, lease)
    assert leases.acquire(engine.work, "deciding", "second") is not None


def test_holding_writes_only_when_half_of_it_is_gone(engine: Engine, clock: MovedClock) -> None:
    lease = leases.hold(engine.work, "deciding", "first")
    clock.advance(leases.DURATION / 4)
    assert leases.hold(engine.work, "deciding", "first") == lease
    clock.advance(leases.DURATION / 2 + timedelta(seconds=1))
    assert leases.hold(engine.work, "deciding", "first") == lease
    clock.advance(leases.DURATION / 2)
    assert leases.hold(engine.work, "deciding", "second") is None
