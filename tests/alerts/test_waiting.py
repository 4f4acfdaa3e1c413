"""Since when a partner waits for a word from us: after a no, and where cases were merged and split."""

from __future__ import annotations

import re

from alerts import service
from alerts.threads import meetings
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import World, call, case, merge, open_case, split, staff_actor, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_contacts_owed import joined_after_a_call
from tests.alerts.test_meetings import invite
from tests.alerts.threads import live_world


def waits(of: World, one: CaseView) -> tuple[object, object]:
    """Since when the partner of a case waits, and when they were reached."""
    found = case(of, one.id)
    return found.waits_since, found.reached_at


def test_whoever_was_reached_and_says_that_it_is_not_settled_waits_since_their_word(engine: Engine) -> None:
    of = settled.world(engine)
    settled.steering(of)
    opened = open_case(of, 3)
    of.later(days=3)
    call(of, opened)
    called_at = of.now
    of.later(minutes=1)
    settled.closed(of, opened)
    of.later(minutes=2)
    settled.say(of, browser(engine, None), opened, "no")
    assert waits(of, opened) == (of.now, called_at)


def test_whoever_was_never_reached_waits_since_the_case_is_open_whatever_they_say(engine: Engine) -> None:
    of = settled.world(engine)
    settled.steering(of)
    opened = settled.closed(of, open_case(of, 3))
    of.later(days=3)
    settled.say(of, browser(engine, None), opened, "no")
    assert waits(of, opened) == (opened.opened_at, None)


def test_nobody_waits_in_a_case_whose_newer_answers_were_split_off(engine: Engine) -> None:
    of = world(engine)
    whole, late = joined_after_a_call(of)
    joined_at = of.now
    assert waits(of, whole) == (joined_at, whole.opened_at)
    of.later(hours=1)
    part = split(of, whole, late)
    assert waits(of, whole) == (None, whole.opened_at)
    assert waits(of, part) == (joined_at, None)


def test_whoever_answered_after_a_call_waits_since_then_where_their_answer_was_merged_back(engine: Engine) -> None:
    of = world(engine)
    whole, late = joined_after_a_call(of)
    joined_at = of.now
    of.later(hours=1)
    part = split(of, whole, late)
    of.later(hours=1)
    merge(of, part, whole)
    assert waits(of, whole) == (joined_at, whole.opened_at)


def test_a_colleagues_call_beside_the_one_that_is_owed_makes_nobody_wait_longer(engine: Engine) -> None:
    of = settled.world(engine)
    _, priya = settled.steering(of)
    opened = open_case(of, 3)
    of.later(days=3)
    call(of, opened)
    of.later(hours=1)
    settled.closed(of, opened)
    of.later(days=1)
    settled.say(of, browser(engine, None), opened, "no")
    denied_at = of.now
    of.later(hours=1)
    service.log_contact(engine.work, staff_actor(priya), opened.id, outcome="talked")
    assert waits(of, opened) == (denied_at, of.now)


def test_whoever_was_only_invited_to_a_call_that_was_called_off_waits_as_before(engine: Engine) -> None:
    of = live_world(engine)
    opened = open_case(of, 3)
    of.later(days=1)
    other = open_case(of, 3, touchpoint="ticket.closed")
    meeting = invite(of, opened)
    assert waits(of, opened) == (None, of.now)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)
    assert waits(of, opened) == (opened.opened_at, None)
    page = browser(of.engine, staff(of.dana)).get("/inbox?view=team&sort=waiting").text
    assert re.findall(r'data-row="([^"]+)"', page) == [opened.ref, other.ref]
    assert "Call Acme" in words(browser(of.engine, staff(of.dana)).get("/my").text)


def test_a_talk_before_an_invitation_that_was_called_off_still_counts(engine: Engine) -> None:
    of = live_world(engine)
    opened = open_case(of, 3)
    call(of, opened)
    called_at = of.now
    of.later(days=1)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, invite(of, opened))
    assert waits(of, opened) == (None, called_at)


def test_a_talk_in_a_case_that_was_merged_in_counts_though_a_call_was_called_off(engine: Engine) -> None:
    of = live_world(engine)
    opened, other = open_case(of, 3), open_case(of, 3, touchpoint="ticket.closed")
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, invite(of, opened))
    call(of, other)
    merge(of, other, opened)
    assert waits(of, opened)[0] is None
