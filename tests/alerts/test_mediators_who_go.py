"""Where a mediator leaves, becomes a viewer or comes back: who is told, and who says then what they find."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from alerts import service
from alerts.notices.due_words import due_line
from alerts.settling import ticks as settling_ticks
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotAllowed
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, rows, staff_actor
from tests.alerts.settled import closed, denied, find, letters, mediated, say, steering, tick, told, world
from tests.alerts.site import browser, staff, token, words
from tests.directory import builders as directory
from tests.surveys.builders import parts


def leaves(engine: Engine, member: StaffView) -> None:
    """Close their account."""
    service.close_account(engine.work, SYSTEM, member.id)


def becomes_a_viewer(engine: Engine, member: StaffView) -> None:
    """Let them work on cases no more."""
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, member.id, directory_service.read_staff_change({"role": "viewer"}))


@pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
def test_where_the_mediator_works_on_cases_no_more_whoever_never_had_the_case_says_what_they_find(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of, henrik, priya, shut = mediated(engine)
    assert told(of, "mediation_began") == [henrik.id]
    all_work_on_it(of, shut, priya)
    goes(engine, henrik)
    with pytest.raises(Conflict, match="once somebody has said what they find"):
        closed(of, case(of, shut.id))
    with pytest.raises(NotAllowed, match="somebody who never did says what they find"):
        find(of, of.dana, shut)
    assert "What I find" not in browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}/mediation").text
    case_page = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert (
        "Henrik Solberg can no longer mediate: somebody who works on cases and never had this one speaks" in case_page
    )
    assert "Henrik Solberg mediates" not in case_page
    assert "Mediator nobody any more Both statements" in case_page
    assert "Then you carry it out and close the case anew." in case_page
    assert "waits for our statement" not in listed(of)
    assert "so you too. Speak with both sides and say what you find, by" in page_of(of, priya, shut)
    desk, path = browser(engine, staff(priya)), f"/cases/{shut.ref}/mediation"
    shown = desk.get(path).text
    assert words(shown).count("Henrik Solberg can no longer mediate") == 1
    assert "Henrik Solberg mediates" not in words(shown)
    typed = {"csrf_token": token(shown), "finding-text": "Meet in person."}
    assert desk.post(f"{path}/finding", data=typed).status_code == 303
    assert "Next is you: carry out what the mediator finds" in words(
        browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    )
    assert closed(of, case(of, shut.id)).state == "closed"


@pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
def test_where_a_mediator_goes_the_owner_and_those_who_steer_are_told_once(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    grace = directory.staff(engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
    shut = denied(of)
    [mediator_id] = told(of, "mediation_began")
    mediator, other = (henrik, grace) if mediator_id == henrik.id else (grace, henrik)
    all_work_on_it(of, shut, priya, other)
    tick(of)
    assert told(of, "holder_gone") == []
    goes(engine, mediator)
    for _ in range(2):
        tick(of)
    assert set(told(of, "holder_gone")) == {of.dana.id, other.id}
    assert len(told(of, "holder_gone")) == 2
    [mail] = [mail for mail in letters(of, "dana@ours.example") if "nobody mediates" in str(mail["Subject"])]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: nobody mediates any more"
    text = " ".join(parts(mail)[0].split())
    assert f"{mediator.name} can no longer mediate: somebody who works on cases and never had this one speaks" in text
    assert f"/cases/{shut.ref}/mediation" in text
    assert f"{mediator.name} can no longer mediate" in words(
        browser(engine, staff(priya)).get(f"/cases/{shut.ref}").text.partition('id="timeline"')[2]
    )
    of.later(days=3)
    tick(of)
    assert told(of, "mediation_late").count(of.dana.id) == 1  # nobody else is left to whom the time would matter
    assert mediator.id not in told(of, "mediation_late")


def page_of(of: World, member: StaffView, shut: CaseView) -> str:
    """The page of the case as somebody reads it."""
    return words(browser(of.engine, staff(member)).get(f"/cases/{shut.ref}").text)


def listed(of: World) -> str:
    """The inbox of the owner."""
    return words(browser(of.engine, staff(of.dana)).get("/inbox?view=mine").text)


def all_work_on_it(of: World, shut: CaseView, *people: StaffView) -> None:
    """Let these people, and Luis, do something in the case, so that none of them is neutral any more."""
    for member in (*people, of.luis):
        service.note(of.engine.work, staff_actor(member), shut.id, "I looked into it.")


def works_again(engine: Engine, member: StaffView) -> None:
    """Let somebody who became a viewer own programs."""
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, member.id, directory_service.read_staff_change({"role": "program_owner"}))


def test_a_mediator_who_comes_back_is_told_and_one_who_goes_again_is_told_of_again(engine: Engine) -> None:
    of, henrik, priya, shut = mediated(engine)
    all_work_on_it(of, shut, priya)
    for times in (1, 2):
        becomes_a_viewer(engine, henrik)
        for _ in range(2):
            tick(of)
        assert told(of, "holder_gone").count(of.dana.id) == times
        works_again(engine, henrik)
        for _ in range(2):
            tick(of)
        assert told(of, "mediation_began") == [henrik.id] * (1 + times)
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert page.count("Henrik Solberg can no longer mediate") == page.count("Henrik Solberg mediates again") == 2
    assert page.count("Mediation begins; the mediator is Henrik Solberg") == 1


def test_a_mediator_who_works_on_cases_again_before_the_mail_goes_is_not_said_to_be_gone(
    sqlite_engine: Engine,
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    all_work_on_it(of, shut, priya)
    becomes_a_viewer(sqlite_engine, henrik)
    tick(of)
    works_again(sqlite_engine, henrik)
    assert [mail for mail in letters(of, "dana@ours.example") if "mediates" in str(mail["Subject"])] == []


def test_while_nobody_mediates_the_call_is_nobody_elses(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    assert "Mediator’s call by Tue 10 Mar" in listed(of)
    becomes_a_viewer(sqlite_engine, henrik)
    shown = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    for words_there in (listed(of), words(shown)):
        assert ("Contact by Tue 10 Mar" in words_there, "Mediator’s call" in words_there) == (True, False)
    assert due_line(case(of, shut.id), "Europe/Rome").startswith("Contact by")
    works_again(sqlite_engine, henrik)
    assert due_line(case(of, shut.id), "Europe/Rome").startswith("Mediator’s call by")
    find(of, henrik, shut)
    assert due_line(case(of, shut.id), "Europe/Rome").startswith("Contact by")


@pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
def test_where_somebody_neutral_is_left_they_mediate_in_place_of_whoever_goes(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of, henrik, priya, shut = mediated(engine)
    desk, path = browser(engine, staff(of.dana)), f"/cases/{shut.ref}/mediation"
    typed = {"csrf_token": token(desk.get(path).text), "statement-text": "I called twice."}
    assert desk.post(f"{path}/statement", data=typed).status_code == 303
    of.later(days=1)
    goes(engine, henrik)
    for _ in range(2):
        tick(of)
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    assert told(of, "holder_gone") == [of.dana.id]
    mail = letters(of, "dana@ours.example")[-1]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: Priya Raman mediates now"
    text = " ".join(parts(mail)[0].split())
    assert "Henrik Solberg can no longer mediate. Next is Priya Raman, who mediates" in text
    [asked] = [mail for mail in letters(of, "priya@ours.example") if "please mediate" in str(mail["Subject"])]
    assert "You took no part in this case." in " ".join(parts(asked)[0].split())
    shown = page_of(of, priya, shut)
    assert "Next is you: speak with the partner and with Dana Keller, log the call, and say what you find, by" in shown
    assert "by Thu 12 Mar" in shown  # sixteen working hours from the day on which it came to her
    assert "I called twice." in words(browser(engine, staff(priya)).get(path).text)
    told_there = browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text.partition('id="timeline"')[2]
    assert "Henrik Solberg can no longer mediate" in words(told_there)
    assert "Priya Raman mediates now" in words(told_there)
    assert "Mediator’s call" in listed(of)
    find(of, priya, shut)
    assert closed(of, case(of, shut.id)).state == "closed"


@pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
def test_until_somebody_else_is_chosen_the_pages_say_so_and_ask_nobody_for_anything(
    sqlite_engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    goes(sqlite_engine, henrik)
    desk, chosen = (
        browser(sqlite_engine, staff(of.dana)),
        "Henrik Solberg can no longer mediate. Somebody else is being",
    )
    for path in (f"/cases/{shut.ref}", f"/cases/{shut.ref}/mediation"):
        shown = words(desk.get(path).text)
        assert chosen in shown
        assert ("ext is" in shown, "somebody who works on cases and never had" in shown) == (False, False)
    shown = desk.get(f"/cases/{shut.ref}").text
    assert "Mediator somebody else is being chosen Both statements" in words(shown)
    assert '<summary role="button" class="second" data-key="l">Log call' in shown
    assert chosen in page_of(of, priya, shut)
    tick(of)
    shown = page_of(of, of.dana, shut)
    assert chosen not in shown
    assert "Priya Raman, who mediates, needs it" in shown


def test_whoever_takes_the_mediation_up_keeps_it_when_whoever_had_it_comes_back(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    becomes_a_viewer(sqlite_engine, henrik)
    tick(of)
    works_again(sqlite_engine, henrik)
    tick(of)
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    with pytest.raises(NotAllowed, match="Only the mediator"):
        find(of, henrik, shut)
    find(of, priya, shut)


def test_a_program_that_hears_of_everything_hears_of_both_in_turn(sqlite_engine: Engine) -> None:
    of, henrik, _, _ = mediated(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.add_endpoint(uow, "crm", "https://crm.example.com/hooks")
    becomes_a_viewer(sqlite_engine, henrik)
    tick(of)
    heard = [(row.revision, row.news) for row in rows(of, "notification") if row.channel == "webhook"]
    assert [news for _, news in sorted(heard)][-2:] == ["holder_gone", "mediation_began"]


def test_workers_that_look_at_the_same_moment_choose_one_mediator_and_tell_once(engine: Engine) -> None:
    of, henrik, priya, shut = mediated(engine)
    all_work_on_it(of, shut, directory.staff(engine, "olga@ours.example", "admin", name="Olga Lind"))
    at_once = Barrier(4)

    def look(_: int) -> None:
        at_once.wait()
        settling_ticks.tick(engine)

    for times in range(1, 7):
        gone, follower = (henrik, priya) if times % 2 else (priya, henrik)
        becomes_a_viewer(engine, gone)
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(look, range(4)))
        assert told(of, "mediation_began")[times:] == [follower.id]
        assert told(of, "holder_gone").count(of.dana.id) == times
        works_again(engine, gone)


def test_nothing_is_brought_to_a_mediator_who_became_a_viewer(sqlite_engine: Engine) -> None:
    _, henrik, _, _ = mediated(sqlite_engine)
    becomes_a_viewer(sqlite_engine, henrik)
    viewer = StaffView(henrik.id, henrik.email, henrik.name, "viewer", None, "UTC", "en", active=True)
    shown = words(browser(sqlite_engine, staff(viewer)).get("/my").text)
    assert "Say what you find" not in shown


def test_the_page_that_closes_an_account_names_the_mediations_that_are_theirs(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    desk, path = browser(sqlite_engine, staff(priya)), f"/admin/staff/{henrik.id}"
    assert "mediate" not in words(desk.get(path).text)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert f"They mediate in {shut.ref}. Somebody neutral is chosen anew." in words(desk.get(path).text)
    find(of, henrik, shut)
    assert "mediate" not in words(desk.get(path).text)


def test_where_nobody_mediates_a_call_is_next_for_whoever_works_on_the_case(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    all_work_on_it(of, shut, priya)
    leaves(sqlite_engine, henrik)
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    assert '<summary role="button" data-key="l">Log call' in page
    assert "Give our statement" not in words(page)


def test_where_nobody_mediates_a_statement_is_said_to_be_there_and_nobody_to_have_been_told(
    sqlite_engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    desk, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{shut.ref}/mediation"

    def state() -> str:
        typed = {"csrf_token": token(desk.get(path).text), "statement-text": "I called twice."}
        assert desk.post(f"{path}/statement", data=typed).status_code == 303
        return words(desk.get(path).text)

    shown = state()
    assert "The statement is there, and the mediator has been told." in shown
    assert shown.count("Henrik Solberg, who mediates") == 1
    assert "Henrik Solberg mediates" not in shown
    leaves(sqlite_engine, henrik)
    assert "The statement is there. Nobody mediates; whoever says what they find reads it here." in state()
