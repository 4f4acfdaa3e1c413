"""Since when a partner waits for a word from us: after a no, and where cases were merged and split."""

from __future__ import annotations

from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import World, call, case, merge, open_case, split, world
from tests.alerts.site import browser
from tests.alerts.test_contacts_owed import joined_after_a_call


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
