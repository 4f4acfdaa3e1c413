"""What comes at once, when quiet hours end and a digest falls due: tables, through nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from alerts.models import NEWS_KINDS
from alerts.notices.rules import (
    TOPICS,
    Choices,
    all_news,
    decide,
    latest_digest,
    mode_of,
    next_digest,
    quiet_until,
    topic_of,
    with_all,
)

ROME, NEW_YORK, LORD_HOWE = "Europe/Rome", "America/New_York", "Australia/Lord_Howe"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minute(text: str) -> int:
    hour, _, rest = text.partition(":")
    return int(hour) * 60 + int(rest)


def test_every_kind_of_news_belongs_to_one_topic() -> None:
    placed = [kind for kinds in TOPICS.values() for kind in kinds]
    assert sorted(placed) == sorted(NEWS_KINDS)
    assert [topic_of(kind) for kind in ("opened", "escalated", "partner_replied")] == [
        "new_case",
        "escalation",
        "reply",
    ]


@pytest.mark.parametrize(
    ("chosen", "rhythm", "topic", "mode"),
    [
        ({}, "never", "new_case", "at_once"),  # who never chose
        ({"new_case": "off"}, "never", "new_case", "off"),
        ({"new_case": "digest"}, "daily", "new_case", "digest"),
        ({"new_case": "digest"}, "never", "new_case", "at_once"),  # a digest that never comes keeps nothing back
        ({"escalation": "off"}, "daily", "escalation", "at_once"),  # whatever a row says
        ({"escalation": "digest"}, "daily", "escalation", "at_once"),
        ({"mention": "sometimes"}, "daily", "mention", "at_once"),
    ],
)
def test_what_was_chosen_counts_where_it_may(chosen: dict[str, str], rhythm: str, topic: str, mode: str) -> None:
    assert mode_of(Choices(ROME, chosen, rhythm), topic) == mode


@pytest.mark.parametrize("wanted", ["at_once", "daily", "weekly"])
def test_one_choice_stands_for_all_news_but_escalations(wanted: str) -> None:
    topics, rhythm = with_all(wanted)
    chosen = Choices(ROME, topics, rhythm)
    assert all_news(chosen) == wanted
    modes = {mode_of(chosen, topic) for topic in TOPICS if topic != "escalation"}
    assert modes == {"at_once" if wanted == "at_once" else "digest"}
    assert mode_of(chosen, "escalation") == "at_once"


@pytest.mark.parametrize(
    ("chosen", "rhythm", "wanted"),
    [
        ({}, "never", "at_once"),  # who never chose
        ({}, "daily", "each"),  # all of it at once, and a digest of what waits besides
        ({"mention": "off"}, "never", "each"),
        ({"mention": "digest"}, "daily", "each"),
        ({"mention": "digest"}, "never", "at_once"),  # a digest that never comes keeps nothing back
    ],
)
def test_what_no_one_choice_stands_for_is_each_kind_on_its_own(
    chosen: dict[str, str], rhythm: str, wanted: str
) -> None:
    assert all_news(Choices(ROME, chosen, rhythm)) == wanted


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "ends"),
    [
        # an ordinary night and day
        (ROME, "22:00-07:00", "2026-03-10T20:59", None),  # 21:59
        (ROME, "22:00-07:00", "2026-03-10T21:00", "2026-03-11T06:00"),
        (ROME, "22:00-07:00", "2026-03-11T05:59", "2026-03-11T06:00"),
        (ROME, "22:00-07:00", "2026-03-11T06:00", None),
        (ROME, "12:00-14:00", "2026-03-10T11:30", "2026-03-10T13:00"),
        (ROME, "12:00-12:00", "2026-03-10T11:30", None),  # no hours at all
        (NEW_YORK, "21:00-06:00", "2026-03-11T02:00", "2026-03-11T10:00"),
        # clocks go forward in the night: it is an hour shorter
        (ROME, "22:00-07:00", "2026-03-28T22:00", "2026-03-29T05:00"),
        (ROME, "22:00-02:30", "2026-03-28T22:00", "2026-03-29T01:30"),  # 02:30 does not exist; it is 03:30
        (NEW_YORK, "21:00-06:00", "2026-03-08T03:00", "2026-03-08T10:00"),
        (LORD_HOWE, "22:00-06:00", "2026-10-03T14:00", "2026-10-03T19:00"),  # by half an hour
        # clocks go back in the night: it is an hour longer
        (ROME, "22:00-07:00", "2026-10-24T21:00", "2026-10-25T06:00"),
        (ROME, "22:00-02:30", "2026-10-24T22:00", "2026-10-25T00:30"),  # the first 02:30
        (ROME, "22:00-02:30", "2026-10-25T00:45", None),  # 02:45 for the first time
        (ROME, "22:00-02:30", "2026-10-25T01:10", "2026-10-25T01:30"),  # 02:10 again, so the second 02:30
        (NEW_YORK, "21:00-06:00", "2026-11-01T02:00", "2026-11-01T11:00"),
        (LORD_HOWE, "22:00-06:00", "2026-04-04T13:00", "2026-04-04T19:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(zone: str, quiet: str, now: str, ends: str | None) -> None:
    begin, _, end = quiet.partition("-")
    choices = Choices(zone, quiet_from=minute(begin), quiet_until=minute(end))
    assert quiet_until(choices, at(now)) == (at(ends) if ends else None)


@pytest.mark.parametrize(
    ("kind", "severity", "wakes", "due"),
    [
        ("opened", "high", True, "2026-03-11T06:00"),
        ("escalated", "high", True, "2026-03-10T23:00"),  # the gravest comes through
        ("escalated", "high", False, "2026-03-11T06:00"),  # unless its reader says no
        ("escalated", "normal", True, "2026-03-11T06:00"),
        ("warned", "high", True, "2026-03-11T06:00"),
    ],
)
def test_in_quiet_hours_only_the_gravest_escalation_comes_at_once(
    kind: str, severity: str, wakes: bool, due: str
) -> None:
    choices = Choices(ROME, quiet_from=minute("22:00"), quiet_until=minute("07:00"), grave_wakes=wakes)
    plan = decide(choices, kind, severity, at("2026-03-10T23:00"))
    assert (plan.mode, plan.due_at) == ("at_once", at(due))


@pytest.mark.parametrize(
    ("zone", "rhythm", "hour", "weekday", "now", "day", "due", "following"),
    [
        (ROME, "daily", "08:00", 0, "2026-03-10T06:59", "2026-03-09", "2026-03-09T07:00", "2026-03-10T07:00"),
        (ROME, "daily", "08:00", 0, "2026-03-10T07:00", "2026-03-10", "2026-03-10T07:00", "2026-03-11T07:00"),
        (ROME, "weekly", "08:00", 0, "2026-03-10T09:00", "2026-03-09", "2026-03-09T07:00", "2026-03-16T07:00"),
        (ROME, "weekly", "08:00", 4, "2026-03-10T09:00", "2026-03-06", "2026-03-06T07:00", "2026-03-13T07:00"),
        # across the change: the same hour on the wall, another instant
        (ROME, "daily", "08:00", 0, "2026-03-28T12:00", "2026-03-28", "2026-03-28T07:00", "2026-03-29T06:00"),
        (ROME, "weekly", "08:00", 0, "2026-03-25T12:00", "2026-03-23", "2026-03-23T07:00", "2026-03-30T06:00"),
        (ROME, "daily", "02:30", 0, "2026-03-29T06:00", "2026-03-29", "2026-03-29T01:30", "2026-03-30T00:30"),
        (ROME, "daily", "02:30", 0, "2026-10-25T01:45", "2026-10-25", "2026-10-25T00:30", "2026-10-26T01:30"),  # once
        (NEW_YORK, "daily", "07:00", 0, "2026-10-31T12:00", "2026-10-31", "2026-10-31T11:00", "2026-11-01T12:00"),
        (NEW_YORK, "daily", "20:00", 0, "2026-03-08T03:00", "2026-03-07", "2026-03-08T01:00", "2026-03-09T00:00"),
        (LORD_HOWE, "daily", "02:15", 0, "2026-10-03T16:00", "2026-10-04", "2026-10-03T15:45", "2026-10-04T15:15"),
        (LORD_HOWE, "daily", "01:45", 0, "2026-04-04T15:30", "2026-04-05", "2026-04-04T14:45", "2026-04-05T15:15"),
    ],
)
def test_a_digest_falls_due_once_a_period_at_the_readers_hour(
    zone: str, rhythm: str, hour: str, weekday: int, now: str, day: str, due: str, following: str
) -> None:
    choices = Choices(zone, rhythm=rhythm, digest_minute=minute(hour), digest_weekday=weekday)
    assert latest_digest(choices, at(now)) == (date.fromisoformat(day), at(due))
    assert next_digest(choices, at(now)) == at(following)


def test_who_wants_no_digest_gets_none() -> None:
    assert next_digest(Choices(ROME), at("2026-03-10T06:59")) is None
