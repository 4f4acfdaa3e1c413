"""What was in force at any instant can be looked up for ever; rolling back is a new activation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedback_engine.foundation import versions
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM


def put_in_force(engine: Engine, body: dict[str, int]) -> str:
    with engine.work.begin(actor=SYSTEM) as uow:
        version = versions.publish(uow, "survey", "deal", body)
        versions.activate(uow, "survey", "deal", version, comment="because")
    return version


def test_the_same_content_is_the_same_version_whatever_the_order_of_its_keys(engine: Engine) -> None:
    first = put_in_force(engine, {"a": 1, "b": 2})
    assert put_in_force(engine, {"b": 2, "a": 1}) == first
    assert versions.version_of("alerts", {"a": 1, "b": 2}) != first


def test_what_was_in_force_is_a_lookup(engine: Engine, clock: MovedClock) -> None:
    before = clock.now() - timedelta(seconds=1)
    old = put_in_force(engine, {"a": 1})
    clock.advance(timedelta(days=1))
    new = put_in_force(engine, {"a": 2})
    clock.advance(timedelta(days=1))
    put_in_force(engine, {"a": 1})

    with engine.work.read() as reading:
        found = [
            versions.in_force(reading, "survey", "deal", at)
            for at in (before, clock.now() - timedelta(days=2), clock.now() - timedelta(days=1), clock.now())
        ]
        history = versions.history(reading, "survey", "deal")
    assert [one.version if one else None for one in found] == [None, old, new, old]
    assert [one.version for one in history] == [old, new, old]


def test_a_version_cannot_be_rewritten(engine: Engine) -> None:
    version = put_in_force(engine, {"a": 1})

    def rewrite(statement: str) -> None:
        with engine.work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(text(statement))

    for table in ("version", "activation"):
        with pytest.raises(DBAPIError, match="append-only"):
            rewrite(f"DELETE FROM {table}")
    with engine.work.read() as reading:
        assert versions.get(reading, version) == {"a": 1}


def test_an_unknown_version_is_not_found(engine: Engine) -> None:
    with engine.work.read() as reading, pytest.raises(NotFound):
        versions.get(reading, "sha256:0")
