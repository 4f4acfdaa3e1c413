"""An invitation to a call that was called off: no clock moves by that, and the partner waits for a word again."""

from __future__ import annotations

import re
from dataclasses import replace

from alerts.threads import meetings
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, call, case, joined, open_case, staff_actor
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


def listed(of: World) -> tuple[list[str], str]:
    """The cases of the team, who waits longest first, and the words of the list."""
    page = browser(of.engine, staff(of.dana)).get("/inbox?view=team&sort=waiting").text
    return re.findall(r'data-row="([^"]+)"', page), words(page)


def test_after_it_the_call_is_next_and_not_to_close_until_the_partner_was_reached(engine: Engine) -> None:
    of, opened = danas_case(engine)
    assert deed_and_words(of, opened) == ("Log call", False)
    call_off(of, opened)
    assert deed_and_words(of, opened) == ("Log call", True)
    desk = browser(of.engine, staff(of.dana))
    shown = [words(desk.get(path).text) for path in ("/my", "/partners/acme")]
    assert ("Call Acme" in shown[0], "Settle with Acme" in shown[0]) == (True, False)
    assert ("acknowledged" in shown[1], "contacted" in shown[1]) == (True, False)
    call(of, opened)
    assert "Settle with Acme" in words(desk.get("/my").text)
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


def test_whoever_was_only_invited_and_put_off_waits_as_long_as_if_nobody_had_invited_them(engine: Engine) -> None:
    of = live_world(engine)
    opened = open_case(of, 3)
    of.later(days=1)
    other = open_case(of, 3, touchpoint="ticket.closed")
    call_off(of, opened)
    order, shown = listed(of)
    assert order == [opened.ref, other.ref]
    assert "reached Tue" not in shown
    again = invite(of, opened)
    order, shown = listed(of)
    assert order == [other.ref, opened.ref], "an invitation that stands is a word"
    assert "reached Tue" in shown
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, again)
    assert listed(of)[0] == [opened.ref, other.ref]


def test_a_call_that_was_called_off_takes_nothing_from_a_word_before_it(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    call(of, opened)
    talked_at = of.now
    of.later(days=1)
    call_off(of, opened)
    assert (case(of, opened.id).reached_at, case(of, opened.id).waits_since) == (talked_at, None)
    assert deed_and_words(of, opened) == ("Close", False)
    of.later(hours=1)
    joined(of)
    assert case(of, opened.id).waits_since == of.now


def test_of_two_invitations_the_one_that_stands_counts(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    invite(of, opened)
    stands = case(of, opened.id).reached_at
    of.later(hours=1)
    second = meetings.invite(of.engine, staff_actor(of.dana), opened.id, TALK_LATER)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, second)
    assert (case(of, opened.id).reached_at, case(of, opened.id).is_called_off) == (stands, False)
