"""What the head of a case says beside its clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts import service
from alerts.threads import meetings
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import (
    ALERTS,
    World,
    answer,
    call,
    case,
    changed,
    close,
    merge,
    open_case,
    pause,
    rows,
    split,
    staff_actor,
    take_in,
    undo,
    world,
)
from tests.alerts.site import browser, staff, words
from tests.alerts.test_meetings import AT, invite
from tests.alerts.test_silences import keep_quiet
from tests.alerts.threads import live_world, write
from tests.journeys import builders as journeys

OWNERS_MEDIATE = ALERTS + "settling: {mediator: [role:alliance_manager]}\n"


def head(of: World, opened: CaseView, reader: StaffView | None = None) -> str:
    """The words at the top of the page of a case, as Dana reads it unless somebody else is named, before its deeds."""
    page = browser(of.engine, staff(reader or of.dana)).get(f"/cases/{opened.ref}").text
    return words(page.partition("<article")[2].partition('class="act"')[0])


def test_while_the_first_contact_is_owed_the_head_says_by_when_the_case_is_to_be_settled(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    assert "Contact by Tue 10 Mar, 10:12" in head(of, opened)
    assert "Settle by Mon 16 Mar, 10:12 (09:12 in Lisbon)" in head(of, opened)
    of.later(days=2)
    assert "Contact was due Tue 10 Mar, 10:12" in head(of, opened)
    assert "Settle by Mon 16 Mar, 10:12" in head(of, opened)
    of.later(days=7)
    assert "Settling was due Mon 16 Mar, 10:12" in head(of, opened)
    pause(of, opened)
    assert "Mon 16 Mar" not in head(of, opened)


def test_the_time_to_settle_stands_in_the_head_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    call(of, opened)
    assert head(of, opened).count("Settle by Mon 16 Mar, 10:12") == 1
    close(of, opened)
    assert "Settle by" not in head(of, opened)
    of.later(hours=1)
    thanks = open_case(of, 10)
    assert "Thank by" in head(of, thanks)
    assert "Settle by" not in head(of, thanks)


# ---- a silence


def test_the_head_says_that_alerts_are_kept_quiet_until_when_and_why(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    assert "kept quiet" not in head(of, opened)
    keep_quiet(of)
    assert "Alerts are kept quiet until Thu 12 Mar, 10:12: Acme. Outage." in head(of, opened)
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    assert '<a href="/silences"><q dir="auto">Outage.</q></a>' in page
    of.later(days=4)
    assert "kept quiet" not in head(of, opened)  # it is over


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"touchpoint": "ticket.closed"}, True),
        ({"touchpoint": "qbr.held"}, False),
        ({"rule": "call"}, False),  # an alert of that rule opened no case here
        ({"partner": "", "touchpoint": "ticket.closed"}, True),
        ({"partner": "brisk"}, False),
    ],
)
def test_only_a_silence_of_alerts_like_those_of_the_case_is_said(
    sqlite_engine: Engine, wanted: dict[str, str], said: bool
) -> None:
    of = world(sqlite_engine)
    journeys.publish(sqlite_engine)
    opened = open_case(of, touchpoint="ticket.closed")
    keep_quiet(of, settled.steering(of)[0], **wanted)
    assert ("kept quiet" in head(of, opened)) is said


def test_a_silence_of_a_partner_is_said_to_those_who_may_see_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine, OWNERS_MEDIATE)
    mediated = settled.denied(of)
    keep_quiet(of)
    assert "kept quiet" in head(of, mediated)
    assert "Acme" in head(of, mediated, of.luis)  # he mediates, and sees nothing else of this partner
    assert "kept quiet" not in head(of, mediated, of.luis)


# ---- calls


def row_of(of: World, opened: CaseView) -> str:
    """The words of a case in Dana's inbox."""
    inbox = browser(of.engine, staff(of.dana)).get("/inbox?view=mine").text
    return words(inbox.partition(f'data-row="{opened.ref}"')[2].partition("</li>")[0])


def test_a_call_that_was_asked_for_is_so_until_it_was_made_and_an_arranged_one_says_when(engine: Engine) -> None:
    of = live_world(engine)
    opened = open_case(of, wants_contact=True)

    def calls() -> set[str]:
        said_there = [
            re.findall(r"call asked for|call Thu 12 Mar, 10:30", place(of, opened)) for place in (head, row_of)
        ]
        assert said_there[0] == said_there[1]
        return set(said_there[0])

    assert calls() == {"call asked for"}
    write(of, opened)  # no call, though the partner has heard from us
    assert calls() == {"call asked for"}
    invite(of, opened)
    assert calls() == {"call Thu 12 Mar, 10:30"}
    of.engine.clock.set(AT + timedelta(minutes=29))  # it goes on
    assert calls() == {"call Thu 12 Mar, 10:30"}
    of.later(minutes=1)
    assert calls() == {"call asked for"}
    call(of, opened)
    assert calls() == set()


def test_a_call_that_was_called_off_stands_in_no_head(sqlite_engine: Engine) -> None:
    of = live_world(sqlite_engine)
    opened = open_case(of)
    meeting = invite(of, opened)
    assert "call Thu 12 Mar" in head(of, opened)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, meeting)
    assert "call Thu" not in head(of, opened)


def test_a_call_that_was_made_before_a_split_is_made_for_the_part_that_asked_for_it(sqlite_engine: Engine) -> None:
    of = live_world(sqlite_engine)
    whole = open_case(of)
    before = {row.id for row in rows(of, "alert")}
    open_case(of, wants_contact=True)
    wish = {row.id for row in rows(of, "alert")} - before
    assert "call asked for" in head(of, split(of, whole, wish))
    undo(of, whole)
    of.later(minutes=5)
    call(of, whole)
    assert "call asked for" not in head(of, split(of, whole, wish))


@pytest.mark.parametrize("reach", [call, write])
def test_a_call_made_about_the_other_of_two_merged_cases_is_made(
    sqlite_engine: Engine, reach: Callable[[World, CaseView], object]
) -> None:
    of = live_world(sqlite_engine)
    wish = open_case(of, wants_contact=True)
    other = open_case(of, 3, touchpoint="second")
    of.later(minutes=5)
    reach(of, other)
    stays = merge(of, other, wish)
    assert ("call asked for" in head(of, stays)) == (reach is write)


# ---- a changed answer


@pytest.mark.parametrize(("score", "is_told"), [(1, True), (9, True), (10, False)])
def test_a_thank_you_whose_answer_became_worse_says_that_it_may_not_hold_any_more(
    sqlite_engine: Engine, score: int, is_told: bool
) -> None:
    of = world(sqlite_engine)
    event = answer(of, 10)
    take_in(of, event)
    [row] = rows(of, "casework")
    thanks = case(of, row.id)
    assert "dismiss it" not in head(of, thanks)
    take_in(of, changed(of, event, score))
    assert (f"changed this answer, from 10 to {score}. If the thank-you" in head(of, thanks)) == is_told
    service.dismiss(sqlite_engine.work, staff_actor(of.dana), thanks.id, reason="already_settled")
    assert "dismiss it" not in head(of, thanks)


def test_lists_say_of_a_thank_you_what_its_page_says_when_its_answer_became_worse(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 10)
    take_in(of, event)
    desk, [row] = browser(engine, staff(of.dana)), rows(of, "casework")
    pages = {"/my": "", "/inbox?view=mine": "", "/inbox?view=team&sort=waiting": "", "/partners/acme": ""}

    def read() -> dict[str, str]:
        return {path: words(desk.get(path).text) for path in pages}

    said = read()
    assert ("Thank Acme" in said["/my"], "Thank Acme" in said["/inbox?view=mine"]) == (True, True)
    assert [path for path, shown in said.items() if "in doubt" in shown] == []
    take_in(of, changed(of, event, 2))
    said = read()
    assert [path for path, shown in said.items() if "in doubt: 10 became 2" not in shown] == []
    assert [path for path, shown in said.items() if re.search("Thank (Acme|by)|Say thank you", shown)] == []
    assert ("Review Acme" in said["/my"], "Review Acme" in said["/inbox?view=mine"]) == (True, True)
    assert "If it still holds, thank by" in said["/my"]
    assert "If it still holds, thank by" in head(of, case(of, row.id))
    call(of, case(of, row.id))
    assert "in doubt: 10 became 2" in read()["/my"]
    take_in(of, changed(of, event, 10))
    assert [path for path, shown in read().items() if "in doubt" in shown] == []


@pytest.mark.parametrize("score", [3, 9])  # 9: the wish to be called is all that there is
def test_a_call_that_was_asked_for_comes_before_closing_also_once_its_invitation_was_called_off(
    sqlite_engine: Engine, score: int
) -> None:
    of = live_world(sqlite_engine)
    opened = open_case(of, score, wants_contact=True)
    unsaid = "They asked to be called, and nobody has talked with them since."

    def first_deed() -> tuple[str, bool]:
        page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
        main = re.search(r'<details class="act" name="act"><summary role="button" data-key="."[^>]*>([^<]*)', page)
        assert main is not None
        return main[1].strip(), unsaid in words(page)

    assert first_deed() == ("Log call", True)
    meetings.call_off(of.engine, staff_actor(of.dana), opened.id, invite(of, opened))
    assert first_deed() == ("Log call", True)
    call(of, opened)
    assert first_deed() == ("Close", False)
