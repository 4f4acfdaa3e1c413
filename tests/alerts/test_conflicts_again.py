"""A conflict that comes back: after a change of mind on the same link, and after the case was opened once more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from alerts import service
from alerts.service import Transfer
from alerts.settling import mediation
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts.builders import World, case, reopen, rows, staff_actor, undo
from tests.alerts.settled import (
    close_again,
    closed,
    denied,
    director,
    find,
    letters,
    mediated,
    say,
    steering,
    tick,
    timeline,
    told,
    world,
)
from tests.alerts.site import browser, staff, words
from tests.surveys.builders import parts


def _escalate(of: World, shut: CaseView) -> None:
    """Two noes, and a mediation between them that settled nothing."""
    client = browser(of.engine, None)
    say(of, client, shut, "no", "Not so.")
    [step] = [row for row in rows(of, "ladder_step") if row.rung == 2]
    mediator = next((row for row in rows(of, "staff") if row.id == step.staff_id), of.dana)
    find(of, mediator, shut)
    close_again(of, shut)
    say(of, client, shut, "no", "Still not.")


def _escalated(engine: Engine) -> tuple[World, FlaskClient, CaseView]:
    """A conflict that came to the escalation contacts of both sides, and the partner who may say more."""
    of = world(engine)
    steering(of)
    director(of)
    shut = closed(of)
    _escalate(of, shut)
    return of, browser(engine, None), shut


def test_a_new_conflict_writes_to_the_escalation_contact_once(sqlite_engine: Engine) -> None:
    of, client, shut = _escalated(sqlite_engine)
    say(of, client, shut, "yes", "Wait, yes.")
    reopen(of, shut, "Something new.")
    close_again(of, shut)
    _escalate(of, shut)
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1


def test_an_appeal_that_a_yes_held_back_is_written_when_the_partner_says_no_again(sqlite_engine: Engine) -> None:
    of, client, shut = _escalated(sqlite_engine)
    say(of, client, shut, "yes", "Fine.")
    of.later(days=2)
    assert letters(of, "rui@acme.example") == []
    before = len(told(of, "escalated"))
    say(of, client, shut, "no", "After all not.")
    assert len(told(of, "escalated")) == before + 1
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1


def test_an_appeal_that_went_is_not_written_again_when_the_partner_thinks_again(sqlite_engine: Engine) -> None:
    of, client, shut = _escalated(sqlite_engine)
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1
    say(of, client, shut, "yes", "Fine.")
    say(of, client, shut, "no", "After all not.")
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1


def test_a_mediation_that_goes_on_has_its_whole_time_again_and_its_mediator_hears_of_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    say(of, client, shut, "no")
    [first] = rows(of, "ladder_step")
    say(of, client, shut, "yes", "Fine.")
    of.later(days=12)
    say(of, client, shut, "no", "After all not.")
    [step] = rows(of, "ladder_step")
    assert step.due_at >= first.due_at + timedelta(days=11)
    assert told(of, "mediation_began") == [first.staff_id, first.staff_id]
    tick(of)
    assert told(of, "warned") == []


def test_a_partner_is_not_given_to_whoever_mediates_in_one_of_its_cases(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = denied(of)
    [step] = rows(of, "ladder_step")
    wanted = Transfer(step.staff_id, case(of, shut.id).owner.id)
    with pytest.raises(Invalid, match=f"They mediate in {shut.ref}; choose somebody else."):
        service.transfer(sqlite_engine.work, staff_actor(of.dana), wanted)
    assert case(of, shut.id).owner.id == wanted.from_id


def test_an_account_is_not_closed_in_favour_of_whoever_mediates_in_one_of_its_cases(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = denied(of)
    [step] = rows(of, "ladder_step")
    with pytest.raises(Invalid, match=f"They mediate in {shut.ref}; choose somebody else."):
        service.close_account(sqlite_engine.work, SYSTEM, of.dana.id, step.staff_id)
    kept = case(of, shut.id).owner
    assert kept == of.dana  # and her account is open


def test_the_words_of_a_conflict_end_with_the_yes_of_the_partner(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    client, desk = browser(engine, None), browser(engine, staff(of.dana))
    shut = closed(of)
    say(of, client, shut, "no")
    find(of, henrik, shut)

    def shown() -> str:
        return words(desk.get(f"/cases/{shut.ref}").text + desk.get("/inbox?view=mine").text)

    assert "Step 2 of 3: mediated" in shown()
    say(of, client, close_again(of, shut), "yes")
    of.later(days=3)
    reopen(of, shut, "The portal is down: a new matter.")
    for word in ("", "partly"):
        if word:
            say(of, client, close_again(of, shut), word)
        told_now = shown()
        assert "carry out what the mediator finds" not in told_now
        assert "Step 2 of 3" not in told_now
        assert "mediat" not in words(desk.get("/inbox?view=mine").text)


def test_after_the_yes_of_the_partner_a_new_matter_begins_its_ladder_anew(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    client = browser(engine, None)
    shut = closed(of)
    say(of, client, shut, "no", "Nobody called.")
    find(of, henrik, shut)
    say(of, client, close_again(of, shut), "yes")
    assert case(of, shut.id).ladder_rung == 2
    of.later(days=3)
    reopen(of, shut, "The portal is down: a new matter.")
    assert case(of, shut.id).ladder_rung == 1
    undo(of, shut)
    assert case(of, shut.id).ladder_rung == 2
    reopen(of, shut, "The portal is down: a new matter.")
    say(of, client, close_again(of, shut), "no", "It is still down.")
    assert case(of, shut.id).ladder_rung == 2
    # Henrik had a part in this case.
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    assert told(of, "escalated") == []
    page = words(browser(engine, staff(priya)).get(f"/cases/{shut.ref}/mediation").text)
    assert "Next is you: speak with the partner" in page
    assert "It is still down." in page
    for of_the_old_one in ("Meet in person.", "Nobody called."):
        assert of_the_old_one not in page


def test_a_mediation_that_a_yes_ended_is_not_taken_up_for_another_closing(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    client = browser(engine, None)
    shut = closed(of)
    for word in ("no", "yes"):
        say(of, client, shut, word)
    of.later(days=3)
    reopen(of, shut, "The portal is down: a new matter.")
    again = close_again(of, shut)
    for word in ("no", "partly", "no"):
        say(of, client, again, word)
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    [step] = rows(of, "ladder_step")
    assert (step.rung, step.staff_id, step.began_at, step.ended_at) == (2, priya.id, of.now, None)


def test_a_new_conflict_does_not_show_the_escalation_of_the_one_before(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    client = browser(engine, None)
    shut = closed(of)
    say(of, client, shut, "no")
    find(of, henrik, shut)
    say(of, client, close_again(of, shut), "no")
    assert told(of, "escalated") == [priya.id]
    say(of, client, close_again(of, shut), "yes")
    of.later(days=3)
    reopen(of, shut, "The portal is down: a new matter.")
    say(of, client, close_again(of, shut), "no")
    desk = browser(engine, staff(of.dana))
    assert "Step 2 of 3: mediation" in words(desk.get(f"/cases/{shut.ref}").text)
    assert "Escalation, our side" not in words(desk.get(f"/cases/{shut.ref}").text)
    mediator_id = told(of, "mediation_began")[-1]
    mediation.end(engine.work, Actor("staff", str(mediator_id), "whoever mediates"), shut.id, "Go on site.")
    say(of, client, close_again(of, shut), "no")
    assert case(of, shut.id).ladder_rung == 3
    assert len(told(of, "escalated")) == 2
    assert "Escalation, our side" in words(desk.get(f"/cases/{shut.ref}").text)


@pytest.mark.parametrize("words_then", ["Most of it.", "Even less."])
@pytest.mark.parametrize("verdict", ["partly", "no"])
def test_who_was_brought_in_keeps_the_case_and_hears_when_the_partner_thinks_again(
    sqlite_engine: Engine, verdict: str, words_then: str
) -> None:
    of, client, shut = _escalated(sqlite_engine)
    [priya_id] = told(of, "escalated")
    shown = words(say(of, client, shut, verdict, words_then))
    assert "The case is open again, and goes one level up." in shown
    assert "has been told" not in shown
    assert "If you say no or partly, the case goes on with those to whom it went before." in shown
    assert case(of, shut.id).ladder_rung == 3
    news = {"partly": "partner_partly", "no": "partner_disputed"}[verdict]
    assert told(of, news)[-2:].count(priya_id) == 1
    mails = [parts(mail)[0] for mail in letters(of, "priya@ours.example")]
    assert "The case stays with you, as it was brought to you." in mails[-1]
    assert words_then in mails[-1]


def test_a_no_that_becomes_a_partly_leaves_the_case_with_its_mediator_who_hears_of_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    say(of, client, shut, "no")
    shown = words(say(of, client, shut, "partly", "Most of it."))
    assert "goes one level up, to somebody who took no part in it" in shown
    assert set(told(of, "partner_partly")) == {of.dana.id, henrik.id}
    [mail] = [mail for mail in letters(of, "dana@ours.example") if "partly" in str(mail["Subject"])]
    assert "The case stays with whoever it was brought to" in parts(mail)[0]


def test_a_closing_after_a_no_quotes_it_names_who_mediated_and_says_that_it_asks_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    first = letters(of, "ana@acme.example")[-1]
    say(of, client, shut, "no", "Nobody called me.")
    find(of, henrik, shut)
    close_again(of, shut)
    second = letters(of, "ana@acme.example")[-1]
    assert (str(first["Subject"]), str(second["Subject"])) == (
        "Your feedback on “deal.approved”: is this settled?",
        "Your feedback on “deal.approved”: we ask again, is this settled?",
    )
    for before, after in zip(parts(first), parts(second), strict=True):
        for told_then in ("You said then that it is not settled", "Nobody called me.", "Henrik Solberg has mediated"):
            assert told_then in after
            assert told_then not in before
        assert "Meet in person." not in after  # what a mediator finds is for us; the letter says what we found
    say(of, client, shut, "partly")
    close_again(of, shut)
    third = letters(of, "ana@acme.example")[-1]
    assert "You said then that it is partly settled." in parts(third)[0]
    for gone in ("Nobody called me.", "has mediated"):
        assert gone not in parts(third)[0]


def test_a_closing_after_a_yes_begins_anew(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    client, shut = browser(sqlite_engine, None), closed(of)
    say(of, client, shut, "no", "Not so.")
    say(of, client, shut, "yes", "Wait, yes.")
    reopen(of, shut, "Something new.")
    close_again(of, shut)
    mail = letters(of, "ana@acme.example")[-1]
    assert "again" not in str(mail["Subject"])
    assert "Wait, yes." not in parts(mail)[0]


@pytest.mark.parametrize("then", ["partly", "no", "yes"])
def test_whoever_thinks_again_twice_is_heard_and_the_mediator_is_told_each_time(engine: Engine, then: str) -> None:
    of, henrik, _, shut = mediated(engine)
    client = browser(engine, None)
    for verdict in ("yes", "no"):
        say(of, client, shut, verdict)
    assert told(of, "mediation_began") == [henrik.id, henrik.id]
    assert "Henrik Solberg mediates again" in words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    say(of, client, shut, then, "More words.")
    assert timeline(of, shut)[-1][1] == "More words."
    heard = [row for row in rows(of, "notification") if row.case_id == shut.id]
    lines = {row.revision for row in rows(of, "case_entry") if row.case_id == shut.id}
    assert {row.revision for row in heard} <= lines, "each is told of a line that there is"


def test_our_statement_is_taken_after_the_partner_thought_again_twice(engine: Engine) -> None:
    of, henrik, _, shut = mediated(engine)
    client = browser(engine, None)
    for verdict in ("yes", "no"):
        say(of, client, shut, verdict)
    mediation.give_statement(engine.work, staff_actor(of.dana), shut.id, "One reviewer was on leave.")
    assert timeline(of, shut)[-1] == ("statement_given", "One reviewer was on leave.")
    assert henrik.id in told(of, "statement_given")
