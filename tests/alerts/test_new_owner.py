"""Whoever gets a case finds it awake, reads by which calendar its clock runs, and the timeline says what was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from alerts import service
from alerts.casework import bulk
from alerts.casework.bulk import Pick
from alerts.casework.flow import Assign
from alerts.handover import following, handing
from alerts.reading import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.foundation import outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts.builders import World, case, open_case, rows, staff_actor, world
from tests.alerts.settled import send
from tests.alerts.site import browser, staff, token, words
from tests.directory import builders as directory


def put_aside(of: World, opened: CaseView) -> CaseView:
    service.snooze(of.engine.work, staff_actor(of.dana), opened.id, of.now + timedelta(days=7))
    return case(of, opened.id)


def _assign(of: World, opened: CaseView) -> None:
    service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)


def _assign_many(of: World, opened: CaseView) -> None:
    chosen = [Pick(opened.ref, opened.revision)]
    bulk.act_on_many(of.engine.work, staff_actor(of.dana), staff(of.dana), chosen, lambda case, now: Assign(of.luis.id))


def _hand_over(of: World, opened: CaseView) -> None:
    handing.hand_over_cases(of.engine.work, staff_actor(of.dana), staff(of.dana), of.luis.id, [opened.ref])


def _transfer(of: World, opened: CaseView) -> None:
    service.transfer(of.engine.work, SYSTEM, service.Transfer(of.luis.id, of.dana.id))


def _leave(of: World, opened: CaseView) -> None:
    service.close_account(of.engine.work, SYSTEM, of.dana.id, of.luis.id)


def _follow(of: World, opened: CaseView) -> None:
    of.engine.work.subscribers |= {OwnerChanged: ("follow",)}
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.assign_owners(uow, [(of.acme.id, of.luis.id)])
    while outbox.deliver(of.engine.work, outbox.Handler("follow", following.follow_owner, (OwnerChanged,))):
        pass


WAYS = [_assign, _assign_many, _hand_over, _transfer, _leave, _follow]


@pytest.mark.parametrize("give", WAYS, ids=lambda give: give.__name__.strip("_"))
def test_a_new_owner_gets_a_case_awake_and_the_timeline_says_so(
    sqlite_engine: Engine, give: Callable[[World, CaseView], None]
) -> None:
    of = world(sqlite_engine)
    opened = put_aside(of, open_case(of, 3))
    [before] = rows(of, "casework")
    give(of, opened)
    [row] = rows(of, "casework")
    assert (row.owner_id, row.snoozed_until) == (of.luis.id, None)
    # What is due next by itself is the warning again, and no due time moved.
    assert (row.wakes_at, row.warn_at, row.due_at) == (before.warn_at, before.warn_at, before.due_at)
    luis = browser(sqlite_engine, staff(of.luis))
    assert opened.ref in luis.get("/inbox?view=mine").text
    assert opened.ref in luis.get("/my").text
    shown = words(luis.get(f"/cases/{opened.ref}").text)
    assert "to Luis Ferro; it is not put aside any more" in shown
    assert "Put aside until" not in shown


def test_a_case_that_was_awake_is_given_away_without_a_word_on_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    _assign(of, opened)
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller gave the case to Luis Ferro ·" in shown
    assert "not put aside any more" not in shown


def test_taking_the_assignment_back_puts_the_case_aside_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = put_aside(of, open_case(of, 3))
    _assign(of, opened)
    service.undo(of.engine.work, staff_actor(of.dana), opened.id)
    after = case(of, opened.id)
    assert (after.owner, after.snoozed_until) == (of.dana, opened.snoozed_until)


# ---- putting aside what nobody had looked at


def test_putting_a_new_case_aside_is_told_as_the_acknowledgement_that_it_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = put_aside(of, open_case(of, 3))
    client = browser(sqlite_engine, staff(of.dana))
    shown = words(client.get(f"/cases/{opened.ref}").text)
    assert "Dana Keller acknowledged the case and put it aside until Mon 16 Mar" in shown
    put_aside(of, opened)  # once more, from a later day: it was looked at already
    shown = words(client.get(f"/cases/{opened.ref}").text)
    assert "Dana Keller put the case aside until Mon 16 Mar" in shown
    assert shown.count("acknowledged the case and put it aside") == 1


# ---- the sentence of the clock


def test_the_clock_is_told_by_the_calendar_by_which_it_counts(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)  # counted by Rome, Dana's
    yuki = directory.staff(sqlite_engine, "yuki@ours.example", name="Yuki Mori", time_zone="Asia/Tokyo")
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, yuki.id)
    there = words(browser(sqlite_engine, staff(yuki)).get(f"/cases/{opened.ref}").text)
    assert "The clock runs on working days, 09:00 to 17:00 in Rome." in there
    here = words(browser(sqlite_engine, staff(of.dana)).get("/inbox").text)
    assert opened.ref not in here
    service.assign(sqlite_engine.work, staff_actor(yuki), opened.id, of.luis.id)
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{opened.ref}").text)
    assert "The clock runs on working days, 09:00 to 17:00 in Rome." in shown


# ---- handing over


def test_handing_over_names_the_person_and_says_how_the_cases_come_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get("/handover").text
    form = {"csrf_token": token(page), "to": str(of.luis.id), "case": [opened.ref]}
    after = client.get(client.post("/handover", data=form).location).text
    assert "1 case is with Luis Ferro now." in words(after)
    assert "your deputy now" not in words(after)
    assert f"/inbox?view=team&amp;owner={of.luis.id}" in after


def test_nobody_hands_cases_to_themselves(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get("/handover").text
    assert f'value="{of.dana.id}"' not in page
    form = {"csrf_token": token(page), "to": str(of.dana.id), "case": [opened.ref]}
    refused = client.post("/handover", data=form)
    assert refused.status_code == 422
    assert "Somebody else has to take over; choose another person." in words(refused.text)


def test_stopping_the_clock_of_a_new_case_is_told_as_the_acknowledgement_that_it_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    dana, work = staff_actor(of.dana), of.engine.work
    service.pause(work, dana, opened.id, reason="awaiting_partner", text="They look for the file.")
    client = browser(sqlite_engine, staff(of.dana))
    assert "Dana Keller acknowledged the case and stopped the clock" in words(client.get(f"/cases/{opened.ref}").text)
    service.resume(work, dana, opened.id)
    service.pause(work, dana, opened.id, reason="awaiting_partner", text="They look for another one.")
    shown = words(client.get(f"/cases/{opened.ref}").text)
    assert "Dana Keller stopped the clock" in shown
    assert shown.count("acknowledged the case and stopped the clock") == 1


@pytest.mark.parametrize("taken_back", [True, False])
def test_a_case_that_is_given_is_told_by_mail_once_it_is_not_taken_back_any_more(
    sqlite_engine: Engine, *, taken_back: bool
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    send(of)
    _assign(of, opened)
    assert not [mail for mail in send(of) if "luis@" in str(mail["To"])]
    of.later(minutes=0.15)
    if taken_back:
        service.undo(sqlite_engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=1.9)
    told = [str(mail["Subject"]) for mail in send(of) if "luis@" in str(mail["To"])]
    assert told == ([] if taken_back else [f"{opened.ref} Acme: the case is yours now"])


def test_why_a_case_came_to_its_owner_says_of_a_program_that_it_is_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, Actor("api", "7", "CRM"), opened.id, of.luis.id)
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{opened.ref}").text)
    assert "Since then: API key CRM gave it to Luis Ferro" in shown


def test_two_of_the_same_name_are_two_people_in_a_timeline(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    other = directory.staff(sqlite_engine, "dana.k@ours.example", name="Dana Keller", role="program_owner")
    opened = open_case(of, 3)
    service.promise(sqlite_engine.work, staff_actor(other), opened.id, "A list", date(2026, 3, 20), owner_id=of.dana.id)
    service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, Assign(other.id))
    client = browser(sqlite_engine, staff(other))
    shown = words(client.get(f"/cases/{opened.ref}").text)
    assert "Dana Keller gave the case to Dana Keller" in shown
    assert "noted a promise of Dana Keller" in shown
    service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, Assign(of.dana.id))
    assert "Dana Keller took the case" in words(client.get(f"/cases/{opened.ref}").text)
