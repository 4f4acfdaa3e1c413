"""Instants: strictly with a zone from programs, kindly from tables, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.sources.times import parse_rfc3339, parse_table_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-09T10:12:00Z", datetime(2026, 3, 9, 10, 12, tzinfo=UTC)),
        ("2026-03-09t10:12:00z", datetime(2026, 3, 9, 10, 12, tzinfo=UTC)),
        ("2026-03-09T10:12:00+01:00", datetime(2026, 3, 9, 9, 12, tzinfo=UTC)),
        ("2026-03-09T10:12:00.5Z", datetime(2026, 3, 9, 10, 12, 0, 500_000, tzinfo=UTC)),
        ("2026-03-09T10:12:00.123456789Z", datetime(2026, 3, 9, 10, 12, 0, 123_456, tzinfo=UTC)),  # cut, not rounded
        ("2026-03-09T10:12:00", None),  # no zone
        ("2026-03-09 10:12:00Z", None),  # no T
        ("2026-03-09", None),
        ("2026-02-30T10:12:00Z", None),  # no such day
        ("2026-03-09T25:12:00Z", None),
        ("2026-03-09T10:12:60Z", None),  # a leap second has no place in UTC microseconds
        ("0001-01-01T00:00:00+14:00", None),  # before the first instant there is
        ("9999-12-31T23:59:59-14:00", None),  # after the last
        ("2026-03-09T10:12:00Z\n", None),
        ("٢٠٢٦-03-09T10:12:00Z", None),  # other digits
    ],
)
def test_programs_say_the_zone(text: str, expected: datetime | None) -> None:
    assert parse_rfc3339(text) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-09", "UTC", datetime(2026, 3, 9, tzinfo=UTC)),
        ("2026-03-09", "Europe/Rome", datetime(2026, 3, 8, 23, tzinfo=UTC)),  # midnight there
        ("2026-07-09 10:12", "Europe/Rome", datetime(2026, 7, 9, 8, 12, tzinfo=UTC)),  # summer time
        ("2026-03-09T10:12:00+00:00", "Europe/Rome", datetime(2026, 3, 9, 10, 12, tzinfo=UTC)),  # its own zone counts
        ("9 March 2026", "UTC", None),
        ("", "UTC", None),
    ],
)
def test_tables_may_leave_the_zone_to_the_mapping(text: str, zone: str, expected: datetime | None) -> None:
    assert parse_table_time(text, zone) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20.11.2024 06:00", datetime(2024, 11, 20, 5, tzinfo=UTC)),  # six in Rome
        ("2024-11-20T06:00", datetime(2024, 11, 20, 5, tzinfo=UTC)),  # what a workbook's date cells become
        ("11/20/2024 06:00", None),
    ],
)
def test_a_mapping_may_name_the_form_of_its_times(text: str, expected: datetime | None) -> None:
    assert parse_table_time(text, "Europe/Rome", "%d.%m.%Y %H:%M") == expected


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_written_is_the_instant_read(at: datetime) -> None:
    assert parse_rfc3339(at.isoformat()) == at


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    for at in (parse_rfc3339(text), parse_table_time(text, "UTC")):
        assert at is None or at.tzinfo is UTC
