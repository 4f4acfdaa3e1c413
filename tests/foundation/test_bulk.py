"""Inserting and looking up many rows past the statement machinery, on both databases, with every type of column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DataError, IntegrityError

from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.outbox_rows import TABLE
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import SYSTEM

AT = datetime(2026, 3, 9, 9, 12, 0, 123456, tzinfo=UTC)
COLUMNS = ("id", "handler", "payload", "created_at", "next_try_at", "attempts")


def row(number: int, **changed: object) -> dict[str, object]:
    """An outbox row: it has every type of column but bytes."""
    return {
        "shard": number % 256,
        "id": ids.new_id(number % 256),
        "handler": "h'a\"n%d?ler",
        "event_type": "Reached",
        "partner_id": ids.new_id(number % 256),
        "payload": {"number": number, "text": "Inês ✓"},
        "created_at": AT + timedelta(microseconds=number),
        "attempts": number % 3,
        "next_try_at": AT if number % 2 else None,
    } | changed


def lookup(**where: object) -> bulk.Lookup:
    return bulk.Lookup([TABLE.c[name] for name in COLUMNS], by=(TABLE.c.shard, TABLE.c.id), **where)  # type: ignore[arg-type]


def insert(engine: Engine, rows: list[dict[str, object]], *, skip_known: bool = False) -> int:
    with engine.work.begin(actor=SYSTEM) as uow:
        return bulk.insert_rows(uow.connection, TABLE, rows, skip_known=skip_known)


def keys_of(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(each["shard"], each["id"]) for each in rows]


def test_what_was_inserted_is_found_with_every_type_as_it_was(engine: Engine) -> None:
    rows = [row(number) for number in range(bulk.MOST_KEYS + 1)]
    assert insert(engine, rows) == len(rows)
    with engine.work.read() as reading:
        found = list(lookup().rows(reading.connection, [*keys_of(rows), *keys_of(rows)]))
    expected = {each["id"]: tuple(each[name] for name in COLUMNS) for each in rows}
    assert len(found) == len(rows)
    assert {each[0]: each for each in found} == expected


def test_keys_that_nobody_has_find_nothing_and_no_rows_are_nothing_to_insert(engine: Engine) -> None:
    assert insert(engine, []) == 0
    with engine.work.read() as reading:
        assert list(lookup().rows(reading.connection, [(1, ids.new_id(1))])) == []
        assert list(lookup().rows(reading.connection, [])) == []


def test_a_look_up_keeps_to_its_condition_and_its_values(engine: Engine) -> None:
    rows = [row(number) for number in range(30)]
    insert(engine, rows)
    some = lookup(where=(TABLE.c.attempts.in_((0, 1))) & (TABLE.c.created_at > bindparam("since", AT, type_=Instant)))
    with engine.work.read() as reading:
        by_default = {each[0] for each in some.rows(reading.connection, keys_of(rows))}
        later = {
            each[0] for each in some.rows(reading.connection, keys_of(rows), since=AT + timedelta(microseconds=20))
        }
    assert by_default == {each["id"] for number, each in enumerate(rows) if number % 3 < 2 and number > 0}
    assert later == {each["id"] for number, each in enumerate(rows) if number % 3 < 2 and number > 20}


def test_a_known_key_is_an_error_unless_it_may_be_skipped_and_the_first_row_stays(engine: Engine) -> None:
    first = row(1)
    insert(engine, [first])
    again = [first | {"handler": "other"}, row(2)]
    with pytest.raises(IntegrityError):
        insert(engine, again)
    assert insert(engine, again, skip_known=True) == 1
    with engine.work.read() as reading:
        handlers = [each[1] for each in lookup().rows(reading.connection, keys_of([first]))]
    assert handlers == [first["handler"]]


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"created_at": datetime(2026, 3, 9)}, ValueError),  # noqa: DTZ001 - a time without a zone is a bug
        ({"payload": None}, IntegrityError),  # a column that must not be empty
    ],
)
def test_constraints_and_types_hold_as_everywhere(
    engine: Engine, changed: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        insert(engine, [row(1), row(2, **changed)])
    with engine.work.read() as reading:
        assert reading.connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 0


def test_postgresql_refuses_a_text_that_is_too_long_and_never_cuts_it(engine: Engine) -> None:
    if engine.database.is_sqlite:
        assert insert(engine, [row(1, handler="h" * 81)]) == 1  # SQLite keeps texts of any length
        return
    with pytest.raises(DataError):
        insert(engine, [row(1, handler="h" * 81)])


def test_sqlite_looks_a_key_up_by_its_index(sqlite_engine: Engine) -> None:
    """For `(a, b) IN (...)` SQLite would read the whole table, which nobody notices while it is small."""
    statements: list[str] = []
    with sqlite_engine.work.read() as reading:
        driver: Any = reading.connection.connection.dbapi_connection
        driver.set_trace_callback(statements.append)
        list(lookup().rows(reading.connection, keys_of([row(1), row(2)])))
        driver.set_trace_callback(None)
        plan = [step[3] for step in reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[-1]}")]
    assert any(step.startswith("SEARCH outbox USING INDEX") and "shard=? AND id=?" in step for step in plan)
