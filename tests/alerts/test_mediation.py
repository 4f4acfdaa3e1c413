"""Who mediates, who sees and ends a mediation, and what pages and programs read of settling."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from alerts import service
from alerts.clocks import ticking
from alerts.settling import mediation
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotAllowed
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts.builders import ALERTS, case, open_case, rows, staff_actor
from tests.alerts.settled import (
    DID,
    FOUND,
    close_again,
    closed,
    letters,
    say,
    steering,
    tick,
    told,
    world,
)
from tests.alerts.site import browser, program, staff, token, words
from tests.directory import builders as directory
from tests.surveys.builders import parts


def test_the_mediator_took_no_part_and_is_of_no_team_that_did(sqlite_engine: Engine) -> None:
    text = "settling: {mediator: [team:Alliances, role:alliance_manager, role:program_owner]}\n"
    of = world(sqlite_engine, ALERTS + text)
    henrik, _ = steering(of)
    directory.staff(sqlite_engine, "cleo@ours.example", name="Cleo", team=of.team)  # of Dana's team
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)  # so Luis had it
    service.assign(sqlite_engine.work, staff_actor(of.luis), opened.id, of.dana.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]


def test_where_everybody_took_part_those_who_steer_are_told_and_the_page_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for giver, taker in ((of.dana, of.luis), (of.luis, henrik), (henrik, priya), (priya, of.dana)):
        service.assign(sqlite_engine.work, staff_actor(giver), opened.id, taker.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    shown = browser(sqlite_engine, staff(henrik)).get(f"/cases/{shut.ref}/mediation").text
    assert "Everybody here took part in this case" in words(shown)
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")  # somebody has to


def test_a_mediator_of_another_team_sees_that_case_and_no_other(engine: Engine) -> None:
    of = world(engine)
    shut, other = closed(of), open_case(of, 2, touchpoint="ticket.closed")
    neutral = browser(engine, staff(of.luis))
    pages = (f"/cases/{shut.ref}", f"/cases/{shut.ref}/mediation", f"/cases/{other.ref}")
    assert [neutral.get(path).status_code for path in pages] == [404, 404, 404]
    say(of, browser(engine, None), shut, "no")
    assert told(of, "mediation_began") == [of.luis.id]
    assert [neutral.get(path).status_code for path in pages] == [200, 200, 404]
    assert shut.ref in neutral.get("/inbox?view=team").text
    assert other.ref not in neutral.get("/inbox?view=team").text
    typed = {"csrf_token": token(neutral.get(pages[1]).text), "finding-text": "Meet in person."}
    ended = neutral.post(f"/cases/{shut.ref}/mediation/finding", data=typed)
    assert (ended.status_code, ended.location) == (303, "/my")
    assert [neutral.get(path).status_code for path in pages] == [404, 404, 404]


def test_programs_close_with_a_letter_and_read_what_came_of_it(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, program("cases:read", "cases:write"))
    body = {"action": "resolve", "outcome": "settled", "root_cause": "late", "found": FOUND}
    half = client.post(f"/api/v1/cases/{opened.ref}/actions", json=body, headers={"If-Match": "*"})
    assert (half.status_code, [fault["pointer"] for fault in half.get_json()["errors"]]) == (422, ["/did"])
    whole = client.post(f"/api/v1/cases/{opened.ref}/actions", json={**body, "did": DID}, headers={"If-Match": "*"})
    assert (whole.status_code, whole.get_json()["settlement"]) == (200, "asked")
    assert FOUND not in str(whole.get_json()["timeline"])  # a letter is no detail of an entry
    say(of, browser(engine, None), opened, "yes")
    found = client.get("/api/v1/cases?settlement=confirmed").get_json()["data"]
    assert [(each["ref"], each["settlement"], each["ladder_rung"]) for each in found] == [(opened.ref, "confirmed", 1)]
    assert client.get("/api/v1/cases?settlement=unconfirmed").get_json()["data"] == []
    assert client.get("/api/v1/cases?settlement=happy").status_code == 422


def test_the_page_of_a_case_says_what_the_partner_said_and_that_a_closing_was_quiet(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    desk = browser(sqlite_engine, staff(of.dana))
    opened = open_case(of, 3)
    assert "Write to Ana Silva and ask whether it is settled" in words(desk.get(f"/cases/{opened.ref}").text)
    shut = closed(of, opened)
    assert "The mail that asks has not left yet" in words(desk.get(f"/cases/{shut.ref}").text)
    say(of, browser(sqlite_engine, None), shut, "partly", "Not all of it.")
    shown = words(desk.get(f"/cases/{shut.ref}").text)
    assert "Ana Silva says: partly." in shown
    assert "Not all of it." in shown
    closed(of, case(of, shut.id), letter=None)
    assert "quietly, nobody was asked" in words(desk.get(f"/cases/{shut.ref}").text)


def test_only_the_mediator_ends_a_mediation_and_nobody_closes_over_their_head(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    with pytest.raises(Conflict, match="mediation is going on"):
        closed(of, case(of, shut.id))
    with pytest.raises(NotAllowed):
        mediation.end(sqlite_engine.work, staff_actor(priya), shut.id, "It is fine.")
    with pytest.raises(NotAllowed):
        mediation.give_statement(sqlite_engine.work, staff_actor(henrik), shut.id, "It is fine.")
    with pytest.raises(Invalid):
        mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, " ")
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert closed(of, case(of, shut.id)).state == "closed"


def _leaves(engine: Engine, member: StaffView) -> None:
    service.close_account(engine.work, SYSTEM, member.id)


def _becomes_a_viewer(engine: Engine, member: StaffView) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, member.id, directory_service.read_staff_change({"role": "viewer"}))


@pytest.mark.parametrize("goes", [_leaves, _becomes_a_viewer])
def test_where_the_mediator_works_on_cases_no_more_whoever_does_says_what_they_find(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    goes(engine, henrik)
    with pytest.raises(Conflict, match="once somebody has said what they find"):
        closed(of, case(of, shut.id))
    case_page = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert "Henrik Solberg can no longer mediate: whoever works on cases speaks with both sides" in case_page
    assert "Henrik Solberg mediates" not in case_page
    desk, path = browser(engine, staff(priya)), f"/cases/{shut.ref}/mediation"
    shown = desk.get(path).text
    assert "Henrik Solberg can no longer mediate." in words(shown)
    assert "Henrik Solberg mediates" not in words(shown)
    typed = {"csrf_token": token(shown), "finding-text": "Meet in person."}
    assert desk.post(f"{path}/finding", data=typed).status_code == 303
    assert "Next is you: carry out what the mediator finds" in words(
        browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    )
    assert closed(of, case(of, shut.id)).state == "closed"


@pytest.mark.parametrize("goes", [_leaves, _becomes_a_viewer])
def test_where_a_mediator_goes_the_owner_and_those_who_steer_are_told_once(
    engine: Engine, goes: Callable[[Engine, StaffView], None]
) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    grace = directory.staff(engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
    shut = closed(of)
    say(of, browser(engine, None), shut, "no")
    [mediator_id] = told(of, "mediation_began")
    mediator, other = (henrik, grace) if mediator_id == henrik.id else (grace, henrik)
    tick(of)
    assert told(of, "warned") == []
    goes(engine, mediator)
    for _ in range(2):
        tick(of)
    assert set(told(of, "warned")) == {of.dana.id, other.id}
    assert len(told(of, "warned")) == 2
    [mail] = [mail for mail in letters(of, "dana@ours.example") if "nobody mediates" in str(mail["Subject"])]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: nobody mediates any more"
    text = " ".join(parts(mail)[0].split())
    assert f"{mediator.name} can no longer mediate: whoever works on cases speaks with both sides" in text
    assert f"/cases/{shut.ref}/mediation" in text
    assert f"{mediator.name} can no longer mediate" in words(
        browser(engine, staff(priya)).get(f"/cases/{shut.ref}").text.partition('id="timeline"')[2]
    )
    of.later(days=3)
    tick(of)
    assert told(of, "warned").count(of.dana.id) == 2  # nobody else is left to whom the time would matter
    assert mediator.id not in told(of, "warned")


def _works_again(engine: Engine, member: StaffView) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, member.id, directory_service.read_staff_change({"role": "program_owner"}))


def test_a_mediator_who_comes_back_is_told_and_one_who_goes_again_is_told_of_again(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(engine, None), shut, "no")
    for times in (1, 2):
        _becomes_a_viewer(engine, henrik)
        for _ in range(2):
            tick(of)
        assert told(of, "warned").count(of.dana.id) == times
        _works_again(engine, henrik)
        for _ in range(2):
            tick(of)
        assert told(of, "mediation_began") == [henrik.id] * (1 + times)
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert page.count("Henrik Solberg can no longer mediate") == page.count("Henrik Solberg mediates again") == 2
    assert page.count("Mediation begins; the mediator is Henrik Solberg") == 1


def test_a_mediator_who_works_on_cases_again_before_the_mail_goes_is_not_said_to_be_gone(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    _becomes_a_viewer(sqlite_engine, henrik)
    tick(of)
    _works_again(sqlite_engine, henrik)
    assert [mail for mail in letters(of, "dana@ours.example") if "mediates" in str(mail["Subject"])] == []


def test_nothing_is_brought_to_a_mediator_who_became_a_viewer(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    _becomes_a_viewer(sqlite_engine, henrik)
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
    assert f"They mediate in {shut.ref}. Then whoever works on cases says what they find." in words(desk.get(path).text)
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert "mediate" not in words(desk.get(path).text)


def test_the_case_says_to_each_reader_who_does_what_next_and_by_when(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    [mediator_id] = told(of, "mediation_began")
    mediator = next(member for member in (henrik, priya, of.luis) if member.id == mediator_id)
    other = next(member for member in (henrik, priya) if member.id != mediator_id)

    def shown(member: StaffView, page: str = "") -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}{page}").text)

    for page in ("", "/mediation"):
        assert "Next is you: speak with the partner and with Dana Keller" in shown(mediator, page)
        assert f"Next is you: give our statement. {mediator.name} mediates: they speak with the partner" in shown(
            of.dana, page
        )
        assert f"Next is {mediator.name}, who mediates: they speak with both sides" in shown(other, page)
        for reader in (mediator, other):
            assert "The statement of Dana Keller is still awaited." in shown(reader, page)
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    for page in ("", "/mediation"):
        assert f"Next is {mediator.name}, who mediates: they speak with the partner and with you" in shown(
            of.dana, page
        )
        for reader in (of.dana, mediator, other):
            assert "is still awaited" not in shown(reader, page)
    mediation.end(sqlite_engine.work, staff_actor(mediator), shut.id, "Meet in person.")
    assert "Next is you: carry out what the mediator finds" in shown(of.dana)
    assert "Next is Dana Keller: they carry out what the mediator finds" in shown(other)


def test_the_first_deed_on_the_page_of_a_case_is_what_is_really_next_for_its_reader(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")

    def first(member: StaffView) -> str:
        """The deeds that stand out on the page."""
        page = browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text
        deeds = re.findall(r'<(?:summary|a)\b(?=[^>]*role="button")(?![^>]*"second)[^>]*>([^<]*)', page)
        return ", ".join(deed.strip() for deed in deeds)

    assert first(of.dana) == "Give our statement"
    assert first(priya) == ""
    assert first(henrik) == "Log call"
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id, outcome="no_answer")
    assert (first(of.dana), first(henrik)) == ("", "Log call")
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert first(henrik) == "Say what I find"
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert first(of.dana) == "Log call"


def test_while_somebody_mediates_the_page_says_whose_call_is_due_and_offers_what_is_the_readers(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")

    def page(member: StaffView) -> str:
        return browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text

    def in_sight(member: StaffView) -> list[str]:
        """The deeds that stand before *More*."""
        row = page(member).partition('class="further"')[0].partition("<article")[2]
        deeds = re.findall(r'<(?:summary|a|button)\b(?=[^>]*(?:role="button"|class="second"))[^>]*>([^<]*)', row)
        return [deed.strip() for deed in deeds]

    assert in_sight(of.dana) == ["Give our statement", "Note"]
    assert in_sight(henrik) == ["Log call", "Note", "Write"]
    assert "Henrik Solberg calls by " in words(page(of.dana))
    assert "You call by " in words(page(henrik))
    assert "Contact by" not in words(page(of.dana)).partition("Is it settled?")[0].rpartition(shut.ref)[2]
    for deed in ("Log call", "Write", "Assign", "Close", "Dismiss"):  # none of them is lost
        assert re.search(rf">{deed}<", page(of.dana).partition('class="further"')[2]), deed
    assert case(of, shut.id).state == "reopened"
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    assert case(of, shut.id).state == "acknowledged"  # whoever gives it has seen the case
    assert in_sight(of.dana) == ["Note"]
    of.later(days=3)
    assert "The call of Henrik Solberg was due " in words(page(of.dana))
    assert "Your call was due " in words(page(henrik))
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert "Settle by " in words(page(of.dana))
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert in_sight(of.dana) == ["Log call", "Note", "Write", "Assign", "Close"]


def test_whoever_mediates_is_warned_too_that_the_time_for_the_contact_runs_out(engine: Engine) -> None:
    """The call is theirs to make; the partner waits for us, so the clock runs on."""
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(engine, None), shut, "no")
    while not told(of, "warned"):
        of.later(minutes=30)
        ticking.tick(engine.work)
    assert set(told(of, "warned")) == {of.dana.id, henrik.id}
    [mail] = [mail for mail in letters(of, "henrik@ours.example") if "running out" in str(mail["Subject"])]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: time is running out"


def test_where_nobody_mediates_a_call_is_next_for_whoever_works_on_the_case(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    _leaves(sqlite_engine, henrik)
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    assert '<summary role="button" data-key="l">Log call' in page
    assert "Give our statement" not in words(page)


def test_a_time_that_is_over_is_not_told_as_if_it_were_ahead(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")

    def shown(member: StaffView) -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text)

    assert "say what they find, by" in shown(of.dana)
    of.later(days=20)
    for reader, finder in ((henrik, "you"), (of.dana, "they"), (priya, "they")):
        told_to = shown(reader)
        assert f"say what {finder} find, which was due" in told_to
        assert "Henrik Solberg mediates; the finding was due" in told_to
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert "close the case anew, which was due" in shown(of.dana)
    service.pause(sqlite_engine.work, staff_actor(of.dana), shut.id, reason="awaiting_partner", text="They travel.")
    assert "close the case anew, which was due" in shown(priya)


def test_while_the_clock_stands_still_the_time_does_not_run_out(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    service.pause(sqlite_engine.work, staff_actor(of.dana), shut.id, reason="awaiting_partner", text="They travel.")
    of.later(days=60)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert "close the case anew, by" in shown


def test_the_words_of_a_conflict_end_with_the_yes_of_the_partner(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    client, desk = browser(engine, None), browser(engine, staff(of.dana))
    shut = closed(of)
    say(of, client, shut, "no")
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")

    def shown() -> str:
        return words(desk.get(f"/cases/{shut.ref}").text + desk.get("/inbox?view=mine").text)

    assert "Step 2 of 3: mediation" in shown()
    say(of, client, close_again(of, shut), "yes")
    of.later(days=3)
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "The portal is down: a new matter.")
    for word in ("", "partly"):
        if word:
            say(of, client, close_again(of, shut), word)
        told_now = shown()
        assert "carry out what the mediator finds" not in told_now
        assert "Step 2 of 3" not in told_now
        assert "mediation" not in words(desk.get("/inbox?view=mine").text)


def test_after_the_yes_of_the_partner_a_new_matter_begins_its_ladder_anew(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    client = browser(engine, None)
    shut = closed(of)
    say(of, client, shut, "no", "Nobody called.")
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    say(of, client, close_again(of, shut), "yes")
    assert case(of, shut.id).ladder_rung == 2
    of.later(days=3)
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "The portal is down: a new matter.")
    assert case(of, shut.id).ladder_rung == 1
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    assert case(of, shut.id).ladder_rung == 2
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "The portal is down: a new matter.")
    say(of, client, close_again(of, shut), "no", "It is still down.")
    assert case(of, shut.id).ladder_rung == 2
    # Henrik had a part in this case.
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    assert told(of, "escalated") == []
    page = words(browser(engine, staff(priya)).get(f"/cases/{shut.ref}/mediation").text)
    assert "Priya Raman mediates" in page
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
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "The portal is down: a new matter.")
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
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    say(of, client, close_again(of, shut), "no")
    assert told(of, "escalated") == [priya.id]
    say(of, client, close_again(of, shut), "yes")
    of.later(days=3)
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "The portal is down: a new matter.")
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


def test_whoever_mediates_is_not_given_the_case(sqlite_engine: Engine) -> None:
    """A mediator took no part; owning the case they would be both sides."""
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    with pytest.raises(Invalid, match="the one who mediates"):
        service.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, henrik.id)
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    service.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, priya.id)
    assert case(of, shut.id).owner == priya


def test_a_letter_that_never_left_is_not_among_what_we_said(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    service.reopen(sqlite_engine.work, staff_actor(of.dana), shut.id, "Too early.")
    shut = closed(of, case(of, shut.id))
    letters(of, "ana@")
    say(of, browser(sqlite_engine, None), shut, "no")
    page = browser(sqlite_engine, staff(henrik)).get(f"/cases/{shut.ref}/mediation").text
    assert words(page).count(FOUND) == 1
