"""What falls due while a step stands that is taken back a moment later: nothing is given up for good over it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts import service
from alerts.casework.flow import Dismiss, Reopen
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, case, close, rows, staff_actor
from tests.alerts.settled import closed, director, mediated, send, settlement, steering, tick, world
from tests.alerts.test_escalation_contacts import escalated


def _dismissed(of: World, one: CaseView) -> CaseView:
    service.act(of.engine.work, staff_actor(of.dana), one.id, Dismiss("test"))
    return one


def _closed(of: World, one: CaseView) -> CaseView:
    close(of, one)
    return one


@pytest.mark.parametrize("ends", [_dismissed, _closed])
def test_the_partners_escalation_contact_is_written_to_though_the_case_was_ended_for_a_moment(
    engine: Engine, ends: Callable[[World, CaseView], CaseView]
) -> None:
    of, henrik, _, shut = mediated(engine)
    rui = director(of)
    escalated(of, henrik, shut)
    of.later(minutes=59, seconds=45)
    ended = ends(of, case(of, shut.id))
    of.later(seconds=20)
    assert [mail for mail in send(of) if rui.email in str(mail["To"])] == []
    service.undo(engine.work, staff_actor(of.dana), ended.id)
    of.later(minutes=2)
    assert len([mail for mail in send(of) if rui.email in str(mail["To"])]) == 1


def test_an_ended_conflict_that_stands_is_written_of_to_nobody(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    rui = director(of)
    escalated(of, henrik, shut)
    of.later(minutes=59, seconds=45)
    _dismissed(of, case(of, shut.id))
    for _ in range(3):
        of.later(seconds=50)
        assert [mail for mail in send(of) if rui.email in str(mail["To"])] == []
    [mail] = [row for row in rows(of, "mail") if row.kind == "case-appeal"]
    assert (mail.state, mail.reason) == ("cancelled", "the conflict was over before the mail went")


@pytest.mark.parametrize(("is_taken_back", "after"), [(True, "unconfirmed"), (False, None)])
def test_a_closing_whose_time_to_reply_ends_while_it_is_reopened_for_a_moment_is_unconfirmed_in_every_place(
    engine: Engine, *, is_taken_back: bool, after: str | None
) -> None:
    of = world(engine)
    steering(of)
    shut = closed(of)
    of.later(hours=2)
    send(of)
    of.later(seconds=(settlement(of, shut).reply_by - of.now).total_seconds() - 20)
    service.act(engine.work, staff_actor(of.dana), shut.id, Reopen("By mistake."))
    of.later(seconds=30)
    tick(of)
    if is_taken_back:
        service.undo(engine.work, staff_actor(of.dana), shut.id)
    of.later(hours=1)
    tick(of)
    assert (case(of, shut.id).settlement, settlement(of, shut).state) == (after, "unconfirmed")
