"""What somebody finds on their own page besides what is due: calls that are arranged, and what they put aside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import service
from alerts.threads import meetings
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, open_case, staff_actor, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_meetings import TALK, invite
from tests.alerts.threads import danas_case

OWN_LISTS = ("/my", "/inbox?view=mine")
_ASIDE = re.compile(r"[0-9]+ of yours (is|are) put aside")


def _shown(of: World, path: str, reader: StaffView | None = None) -> str:
    return words(browser(of.engine, staff(reader or of.dana)).get(path).text)


@pytest.mark.parametrize("path", OWN_LISTS)
def test_what_is_put_aside_is_named_below_ones_own_cases(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)
    opened = [open_case(of, 3, touchpoint=f"touchpoint.{number}") for number in range(3)]
    assert not _ASIDE.search(_shown(of, path))
    for number, each in enumerate(opened[:2]):
        until = of.now + timedelta(days=3 - number)
        service.snooze(sqlite_engine.work, staff_actor(of.dana), each.id, until)
    shown = _shown(of, path)
    assert "2 of yours are put aside, the first until Wed 11 Mar" in shown
    assert "That is all of yours" not in shown
    service.snooze(sqlite_engine.work, staff_actor(of.dana), opened[2].id, of.now + timedelta(days=9))
    assert "3 of yours are put aside, the first until Wed 11 Mar" in _shown(of, path)  # also with nothing else left


@pytest.mark.parametrize("path", OWN_LISTS)
def test_what_others_put_aside_is_not_mine(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)
    theirs = open_case(of, 3, partner=of.brisk)
    service.snooze(sqlite_engine.work, staff_actor(of.luis), theirs.id, of.now + timedelta(days=3))
    assert not _ASIDE.search(_shown(of, path))


def test_a_call_of_the_next_seven_days_stands_on_ones_own_page(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    invite(of, opened, replace(TALK, day="2026-03-16", subject="In a week"))
    invite(of, opened, replace(TALK, day="2026-03-17", subject="Too far away"))
    shown = _shown(of, "/my")
    assert "Arranged calls" in shown
    assert "30 minutes Your registration +351 21 555 0142 Thu 12 Mar, 10:30 (09:30 in Lisbon)" in shown
    assert "In a week" in shown
    assert "Too far away" not in shown
    assert "Arranged calls" not in _shown(of, "/my", of.luis)


def test_a_call_of_this_morning_stays_until_midnight(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    of.later(days=3, hours=10)
    assert "Your registration" in _shown(of, "/my")
    of.later(hours=5)  # after midnight in Rome
    assert "Your registration" not in _shown(of, "/my")


def test_a_call_that_is_off_is_not_there(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    meeting_id = invite(of, opened)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting_id)
    assert "Arranged calls" not in _shown(of, "/my")


def test_a_case_names_the_other_open_cases_of_its_partner(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = (open_case(of, 3, touchpoint=f"touchpoint.{number}") for number in range(2))
    open_case(of, 10, touchpoint="touchpoint.2")  # a thank-you keeps nobody waiting
    open_case(of, 3, partner=of.brisk)
    assert f"Another case of this partner is open: {first.ref}" in _shown(of, f"/cases/{second.ref}")
    service.dismiss(sqlite_engine.work, staff_actor(of.dana), first.id, reason="test")
    assert "Another case of this partner" not in _shown(of, f"/cases/{second.ref}")


def test_who_hands_over_a_case_reads_that_the_partner_hears_of_it_where_a_call_is_arranged(
    sqlite_engine: Engine,
) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    assert "A call is arranged" not in words(client.get("/handover").text)
    invite(of, opened)
    told = "A call is arranged for Thu 12 Mar, 10:30: the partner is told who will be on it in your place."
    assert told in words(client.get("/handover").text)
