"""An invitation to a call that was called off: no clock moves by that, and to call or write is next."""

from __future__ import annotations

import re
from dataclasses import replace

from alerts.threads import meetings
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, call, joined, merge, open_case, split, staff_actor
from tests.alerts.site import browser, staff, words
from tests.alerts.test_meetings import TALK, invite
from tests.alerts.threads import danas_case, live_world, write

TALK_LATER = replace(TALK, time="15:00")
NEXT = "next is to call or write"


def call_off(of: World, opened: CaseView) -> None:
    """Invite to a call, and call it off an hour later."""
    meeting = invite(of, opened)
    of.later(hours=1)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)


def deed_and_words(of: World, opened: CaseView) -> tuple[str, bool]:
    """The main deed on the page of a case, and whether the page says what is next once a call was called off."""
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    [main] = re.findall(r'<details class="act" name="act"><summary role="button" data-key="."[^>]*>([^<]*)', page)
    return main.strip(), NEXT in words(page)


def test_after_it_the_call_is_next_and_not_to_close_until_the_partner_was_reached(engine: Engine) -> None:
    of, opened = danas_case(engine)
    assert deed_and_words(of, opened) == ("Log call", False)
    call_off(of, opened)
    assert deed_and_words(of, opened) == ("Log call", True)
    call(of, opened)
    assert deed_and_words(of, opened) == ("Close", False)


def test_a_mail_after_it_is_a_word_from_us(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    call_off(of, opened)
    write(of, opened)
    assert deed_and_words(of, opened) == ("Close", False)


def test_the_form_that_calls_off_says_what_comes_of_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    page = words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "The clock stays as it is; the partner waits for a call or a mail again" in page


def test_a_call_that_was_called_off_takes_nothing_from_a_word_before_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    call(of, opened)
    of.later(days=1)
    call_off(of, opened)
    assert deed_and_words(of, opened) == ("Close", False)


def test_of_two_invitations_the_one_that_stands_counts(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    of.later(hours=1)
    second = meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK_LATER)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, second)
    assert NEXT not in words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)


def test_a_talk_in_a_case_that_was_merged_in_is_another_contact(engine: Engine) -> None:
    of = live_world(engine)
    opened, other = open_case(of, 3), open_case(of, 3, touchpoint="ticket.closed")
    call_off(of, opened)
    call(of, other)
    assert deed_and_words(of, opened) == ("Log call", True)
    merge(of, other, opened)
    assert NEXT not in words(browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)


def test_a_part_of_a_case_whose_call_was_called_off_says_the_same_as_the_rest(engine: Engine) -> None:
    of = live_world(engine)
    whole = open_case(of, 3)
    late = joined(of)
    call_off(of, whole)
    part = split(of, whole, late)
    desk = browser(of.engine, staff(of.dana))
    assert [NEXT in words(desk.get(f"/cases/{each.ref}").text) for each in (whole, part)] == [True, True]
