"""Where whoever a conflict came to at last leaves, becomes a viewer or comes back: who is told, and who is next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alerts import service as alerts
from alerts.notices.due_words import due_line
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, staff_actor
from tests.alerts.settled import close_again, denied, director, letters, mediated, say, steering, tick, told, world
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_escalation_contacts import CALL_BY, escalated, page
from tests.alerts.test_mediators_who_go import becomes_a_viewer, leaves, listed, works_again
from tests.directory import builders as directory
from tests.surveys.builders import parts

GOES = pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
GONE = "Priya Raman can no longer take it up"


def _brought(engine: Engine) -> tuple[World, StaffView, StaffView, CaseView]:
    """The world, Henrik who mediated, Priya to whom the conflict came, and the case.

    Besides Priya only Henrik, an admin now, and the owner are left, to neither of whom it can go.
    """
    of, henrik, priya, shut = mediated(engine)
    director(of)
    escalated(of, henrik, shut)
    assert told(of, "escalated") == [priya.id]
    alerts.close_account(engine.work, SYSTEM, of.luis.id, of.dana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, henrik.id, directory_service.read_staff_change({"role": "admin"}))
    return of, henrik, priya, shut


@GOES
def test_the_owner_and_those_who_steer_are_told_once(engine: Engine, goes: Callable[[Engine, StaffView], None]) -> None:
    of, henrik, priya, shut = _brought(engine)
    tick(of)
    assert told(of, "holder_gone") == []
    goes(engine, priya)
    for _ in range(2):
        tick(of)
    assert sorted(told(of, "holder_gone")) == sorted((of.dana.id, henrik.id))
    [mail] = [mail for mail in letters(of, "dana@ours.example") if "takes up" in str(mail["Subject"])]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: nobody takes up the conflict any more"
    text = " ".join(parts(mail)[0].split())
    assert f"{GONE}, so next is you: settle it with Rui Costa, by Mon 16 Mar" in text
    assert f"/cases/{shut.ref}" in text
    assert "/mediation" not in text
    assert "mediat" not in text.partition("next is you")[2]


@GOES
def test_the_case_says_to_each_reader_who_is_next(
    sqlite_engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of, henrik, priya, shut = _brought(sqlite_engine)
    goes(sqlite_engine, priya)
    tick(of)
    owners, others = page(of, of.dana, shut), page(of, henrik, shut)
    assert f"{GONE}, so next is you: settle it with Rui Costa, by Mon 16 Mar" in owners
    assert f"{GONE}: next is Dana Keller, who settles it with Rui Costa, by Mon 16 Mar" in others
    assert "Escalation, our side nobody any more" in owners
    assert "Nobody neutral was found" not in owners
    timeline = browser(sqlite_engine, staff(henrik)).get(f"/cases/{shut.ref}").text.partition('id="timeline"')[2]
    assert GONE in words(timeline)


def test_while_nobody_takes_it_up_the_call_is_nobody_elses(sqlite_engine: Engine) -> None:
    of, _, priya, shut = _brought(sqlite_engine)
    due = f"by {CALL_BY}"
    call = f"Escalation contact’s call {due}"
    assert [call in listed(of), f"Priya Raman calls {due}" in page(of, of.dana, shut)] == [True, True]
    becomes_a_viewer(sqlite_engine, priya)
    for shown in (listed(of), page(of, of.dana, shut)):
        assert (f"Contact {due}" in shown, "Escalation contact’s" in shown) == (True, False)
    assert due_line(case(of, shut.id), "Europe/Rome").startswith("Contact by")
    works_again(sqlite_engine, priya)
    assert call in listed(of)
    assert due_line(case(of, shut.id), "Europe/Rome").startswith("Escalation contact’s call by")


def test_one_who_comes_back_is_told_and_one_who_goes_again_is_told_of_again(engine: Engine) -> None:
    of, _, priya, shut = _brought(engine)
    for times in (1, 2):
        becomes_a_viewer(engine, priya)
        for _ in range(2):
            tick(of)
        assert told(of, "holder_gone").count(of.dana.id) == times
        works_again(engine, priya)
        for _ in range(2):
            tick(of)
        assert told(of, "escalated") == [priya.id] * (1 + times)
    shown = page(of, of.dana, shut)
    assert shown.count(GONE) == shown.count("The escalation goes on with Priya Raman") == 2
    assert shown.count("Escalation; on our side it goes to Priya Raman") == 1


def test_one_who_works_on_cases_again_before_the_mail_goes_is_not_said_to_be_gone(sqlite_engine: Engine) -> None:
    of, _, priya, _ = _brought(sqlite_engine)
    becomes_a_viewer(sqlite_engine, priya)
    tick(of)
    works_again(sqlite_engine, priya)
    assert [mail for mail in letters(of, "dana@ours.example") if "any more" in str(mail["Subject"])] == []


@GOES
def test_where_somebody_else_is_left_the_conflict_goes_to_them(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of, _, priya, shut = _brought(engine)
    olga = directory.staff(engine, "olga@ours.example", "admin", name="Olga Lind")
    goes(engine, priya)
    chosen, path = f"{GONE}. Somebody else is being chosen", f"/cases/{shut.ref}"
    shown = browser(engine, staff(of.dana)).get(path).text
    assert (chosen in words(shown), "next is you" in words(shown)) == (True, False)
    assert "Escalation, our side somebody else is being chosen" in words(shown)
    assert '<summary role="button" class="second" data-key="l">Log call' in shown  # no deed is the main one
    for _ in range(2):
        tick(of)
    assert chosen not in page(of, of.dana, shut)
    assert told(of, "escalated") == [priya.id, olga.id]
    assert of.dana.id in told(of, "holder_gone")
    assert olga.id not in told(of, "holder_gone")
    mail = letters(of, "dana@ours.example")[-1]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: the conflict has come to Olga Lind"
    text = " ".join(parts(mail)[0].split())
    assert f"{GONE}. Next is Olga Lind, to whom it came: they settle it with Rui Costa, by Mon 16 Mar" in text
    [asked] = letters(of, "olga@ours.example")
    assert str(asked["Subject"]) == f"{shut.ref} Acme: a conflict has come to you"
    assert "Next is you: settle it with Rui Costa, by Mon 16 Mar" in page(of, olga, shut)
    shown = page(of, of.dana, shut)
    assert "Escalation, our side Olga Lind" in shown
    assert f"{GONE}" in shown
    assert "On our side it goes to Olga Lind now" in shown
    assert f"Escalation contact’s call by {CALL_BY}" in listed(of)
    assert len(letters(of, "rui@acme.example")) == 1  # their side was written to once


@pytest.mark.parametrize("is_somebody_left", [True, False])
def test_a_no_after_they_left_does_not_go_on_with_them(sqlite_engine: Engine, *, is_somebody_left: bool) -> None:
    of, _, priya, shut = _brought(sqlite_engine)
    close_again(of, shut)
    if is_somebody_left:
        olga = directory.staff(sqlite_engine, "olga@ours.example", "admin", name="Olga Lind")
    leaves(sqlite_engine, priya)
    say(of, browser(sqlite_engine, None), shut, "no", "Never.")
    tick(of)
    shown = page(of, of.dana, shut)
    assert "The escalation goes on with Priya Raman" not in shown
    if is_somebody_left:
        assert told(of, "escalated") == [priya.id, olga.id]
        assert "On our side it goes to Olga Lind now" in shown
    else:
        assert "Nobody neutral was found, so next is you" in shown
    assert told(of, "holder_gone") == []


def test_nobody_is_told_once_the_case_is_closed(sqlite_engine: Engine) -> None:
    of, _, priya, shut = _brought(sqlite_engine)
    close_again(of, shut)
    leaves(sqlite_engine, priya)
    tick(of)
    assert told(of, "holder_gone") == []


def test_nobody_is_told_of_a_conflict_that_the_partner_called_settled(sqlite_engine: Engine) -> None:
    of, _, priya, shut = _brought(sqlite_engine)
    say(of, browser(sqlite_engine, None), close_again(of, shut), "yes")
    leaves(sqlite_engine, priya)
    tick(of)
    assert told(of, "holder_gone") == []


def test_whoever_has_open_cases_is_not_made_a_viewer_who_could_do_nothing_in_them(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = _brought(sqlite_engine)
    alerts.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, priya.id)
    desk, path = browser(sqlite_engine, staff(replace(henrik, role="admin"))), f"/admin/staff/{priya.id}"

    def made_a_viewer() -> Any:
        fields = {"name": priya.name, "role": "viewer", "locale": "en", "time_zone": "UTC"}
        return desk.post(path, data={"csrf_token": token(desk.get(path).text), **fields})

    refused = made_a_viewer()
    assert refused.status_code == 422
    assert "Priya Raman has 1 open case, and a viewer can do nothing in them. Hand them over first." in refused.text
    assert case(of, shut.id).owner.role == "admin"
    alerts.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, of.dana.id)
    assert made_a_viewer().status_code == 303


def test_the_page_that_closes_an_account_names_the_conflicts_that_came_to_them(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    grace = directory.staff(sqlite_engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
    shut = denied(of)
    [mediator_id] = told(of, "mediation_began")
    mediator = henrik if mediator_id == henrik.id else grace
    admin = directory.staff(sqlite_engine, "zoe@ours.example", "admin", name="Zoe Adams")
    shown = browser(sqlite_engine, staff(admin))
    escalated(of, mediator, shut)
    [escalated_id] = told(of, "escalated")
    path = f"/admin/staff/{escalated_id}"
    told_there = f"A conflict came to them in {shut.ref}. Somebody else is chosen for it."
    assert told_there in words(shown.get(path).text)
    close_again(of, case(of, shut.id))
    assert "came to them" not in words(shown.get(path).text)
