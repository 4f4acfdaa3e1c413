"""A conflict that comes back: after a change of mind on the same link, and after the case was opened once more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import service
from alerts.service import Transfer
from alerts.settling import mediation
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, rows, staff_actor
from tests.alerts.settled import close_again, closed, director, letters, say, steering, tick, told, world
from tests.alerts.site import browser


def _escalate(of: World, shut: CaseView) -> None:
    """Two noes, and a mediation between them that settled nothing."""
    client = browser(of.engine, None)
    say(of, client, shut, "no", "Not so.")
    [step] = [row for row in rows(of, "ladder_step") if row.rung == 2]
    mediator = next((row for row in rows(of, "staff") if row.id == step.staff_id), of.dana)
    mediation.end(of.engine.work, staff_actor(mediator), shut.id, "Meet in person.")
    close_again(of, shut)
    say(of, client, shut, "no", "Still not.")


def test_a_new_conflict_writes_to_the_escalation_contact_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    director(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    _escalate(of, shut)
    say(of, client, shut, "yes", "Wait, yes.")
    service.reopen(of.engine.work, staff_actor(of.dana), shut.id, "Something new.")
    close_again(of, shut)
    _escalate(of, shut)
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1


def test_an_appeal_that_a_yes_held_back_is_written_when_the_partner_says_no_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    director(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    _escalate(of, shut)
    say(of, client, shut, "yes", "Fine.")
    of.later(days=2)
    assert letters(of, "rui@acme.example") == []
    before = len(told(of, "escalated"))
    say(of, client, shut, "no", "After all not.")
    assert len(told(of, "escalated")) == before + 1
    of.later(days=2)
    assert len(letters(of, "rui@acme.example")) == 1


def test_an_appeal_that_went_is_not_written_again_when_the_partner_thinks_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    director(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    _escalate(of, shut)
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
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    [step] = rows(of, "ladder_step")
    wanted = Transfer(step.staff_id, case(of, shut.id).owner.id)
    with pytest.raises(Invalid, match=f"They mediate in {shut.ref}; choose somebody else."):
        service.transfer(sqlite_engine.work, staff_actor(of.dana), wanted)
    assert case(of, shut.id).owner.id == wanted.from_id


def test_an_account_is_not_closed_in_favour_of_whoever_mediates_in_one_of_its_cases(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    [step] = rows(of, "ladder_step")
    with pytest.raises(Invalid, match=f"They mediate in {shut.ref}; choose somebody else."):
        service.close_account(sqlite_engine.work, SYSTEM, of.dana.id, step.staff_id)
    kept = case(of, shut.id).owner
    assert kept == of.dana  # and her account is open
