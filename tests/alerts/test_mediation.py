"""Who mediates, who sees and ends a mediation, and what programs read of settling."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from alerts import service
from alerts.clocks import ticking
from alerts.notices import choices as notice_choices
from alerts.notices import delivery
from alerts.settling import mediation
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotAllowed
from tests.alerts.builders import ALERTS, case, open_case, reopen, staff_actor
from tests.alerts.settled import (
    DID,
    FOUND,
    closed,
    denied,
    find,
    letters,
    mediated,
    say,
    steering,
    tick,
    told,
    world,
)
from tests.alerts.site import browser, program, staff, token, words
from tests.directory import builders as directory
from tests.foundation.test_chat import ntfy
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


def test_whoever_was_named_in_a_case_is_no_neutral_mediator(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    _, priya = steering(of)
    opened = open_case(of, 3)
    service.note(sqlite_engine.work, staff_actor(of.dana), opened.id, "What do you say, @Henrik Solberg?")
    say(of, browser(sqlite_engine, None), closed(of, opened), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_whoever_wrote_a_note_on_a_case_is_no_neutral_mediator(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    service.note(sqlite_engine.work, staff_actor(henrik), opened.id, "They are right, I think.")
    say(of, browser(sqlite_engine, None), closed(of, opened), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_whoever_worked_on_a_case_that_went_into_this_one_is_no_neutral_mediator(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened, other = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    service.note(sqlite_engine.work, staff_actor(henrik), other.id, "They are right, I think.")
    service.merge(sqlite_engine.work, staff_actor(of.dana), other.id, opened.id)
    say(of, browser(sqlite_engine, None), closed(of, case(of, opened.id)), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_whoever_only_gave_a_case_to_its_owner_may_mediate(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, staff_actor(henrik), opened.id, of.luis.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]


def test_where_everybody_took_part_those_who_steer_are_told_and_the_page_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for giver, taker in ((of.dana, of.luis), (of.luis, henrik), (henrik, priya), (priya, of.dana)):
        service.note(sqlite_engine.work, staff_actor(giver), opened.id, "They are right, I think.")
        service.assign(sqlite_engine.work, staff_actor(giver), opened.id, taker.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    shown = browser(sqlite_engine, staff(henrik)).get(f"/cases/{shut.ref}/mediation").text
    assert "Nobody neutral was found, and nobody else is there who never had the case" in words(shown)
    [mail] = [mail for mail in letters(of, "henrik@ours.example") if "please mediate" in str(mail["Subject"])]
    text = " ".join(parts(mail)[0].split())
    assert "Nobody neutral was found, and nobody else is there who never had the case" in text
    assert "You took no part" not in text
    desk, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{shut.ref}/mediation"
    typed = {"csrf_token": token(desk.get(path).text), "finding-text": "Meet in person."}
    desk.post(f"{path}/finding", data=typed)  # somebody has to, and the owner is not said to have been told
    ended = words(desk.get(path).text)
    assert "The mediation has ended." in ended
    assert "the owner has been told" not in ended


def test_where_everybody_neutral_is_gone_somebody_who_never_had_the_case_says_what_they_find(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for member in (of.luis, henrik, priya):
        service.note(sqlite_engine.work, staff_actor(member), opened.id, "They are right, I think.")
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, henrik.id)
    service.assign(sqlite_engine.work, staff_actor(henrik), opened.id, of.dana.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert "Mediator nobody neutral was found Both statements" in shown
    for member in (of.dana, henrik):
        with pytest.raises(NotAllowed, match="somebody who never did"):
            find(of, member, shut)
    find(of, priya, shut)


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
    shut = denied(of)
    with pytest.raises(Conflict, match="mediation is going on"):
        closed(of, case(of, shut.id))
    with pytest.raises(Conflict, match="mediation is going on"):  # which no root cause would mend
        service.close(of.engine.work, staff_actor(of.dana), shut.id, outcome="settled", root_cause=None)
    with pytest.raises(NotAllowed):
        mediation.end(sqlite_engine.work, staff_actor(priya), shut.id, "It is fine.")
    with pytest.raises(NotAllowed):
        mediation.give_statement(sqlite_engine.work, staff_actor(henrik), shut.id, "It is fine.")
    with pytest.raises(Invalid):
        mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, " ")
    find(of, henrik, shut)
    assert closed(of, case(of, shut.id)).state == "closed"


def test_whoever_mediates_is_warned_too_that_the_time_for_the_contact_runs_out(engine: Engine) -> None:
    """The call is theirs to make; the partner waits for us, so the clock runs on."""
    of = world(engine)
    henrik, _ = steering(of)
    shut = denied(of)
    while not told(of, "warned"):
        of.later(minutes=30)
        ticking.tick(engine.work)
    assert set(told(of, "warned")) == {of.dana.id, henrik.id}
    [mail] = [mail for mail in letters(of, "henrik@ours.example") if "running out" in str(mail["Subject"])]
    assert str(mail["Subject"]) == f"{shut.ref} Acme: time is running out"


def test_whoever_mediates_is_not_given_the_case(sqlite_engine: Engine) -> None:
    """A mediator took no part; owning the case they would be both sides."""
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = denied(of)
    with pytest.raises(Invalid, match="the one who mediates"):
        service.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, henrik.id)
    find(of, henrik, shut)
    service.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, priya.id)
    assert case(of, shut.id).owner == priya


def test_a_letter_that_never_left_is_not_among_what_we_said(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    reopen(of, shut, "Too early.")
    shut = closed(of, case(of, shut.id))
    letters(of, "ana@")
    say(of, browser(sqlite_engine, None), shut, "no")
    page = browser(sqlite_engine, staff(henrik)).get(f"/cases/{shut.ref}/mediation").text
    assert words(page).count(FOUND) == 1


def test_the_mail_to_a_mediator_names_the_call_and_the_finding_in_their_order_with_the_times_of_the_page(
    engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(engine)
    shown = words(browser(engine, staff(henrik)).get(f"/cases/{shut.ref}/mediation").text)
    for due in ("You call by Tue 10 Mar, 09:12", "say what you find, by Wed 11 Mar, 09:12"):
        assert due in shown
    [mail] = [each for each in letters(of, "henrik@ours.example") if "please mediate" in str(each["Subject"])]
    for written in (parts(mail)[0], words(parts(mail)[1])):
        told_to = " ".join(written.split())
        assert "Read what both sides say, speak with them, then say what you find." in told_to
        assert re.search(r"You call by Tue 10 Mar, 09:12 .*Say what you find by Wed 11 Mar, 09:12", told_to)


def test_a_mediator_who_has_called_reads_in_the_mail_by_when_the_finding_is_due_alone(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    [mail] = [each for each in letters(of, "henrik@ours.example") if "statement" in str(each["Subject"])]
    text = " ".join(parts(mail)[0].split())
    assert "Say what you find by Wed 11 Mar, 09:12" in text
    assert "You call by" not in text


def test_those_who_steer_read_of_a_late_mediation_whose_finding_is_late(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    directory.staff(sqlite_engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
    denied(of)
    [mediator_id] = told(of, "mediation_began")
    mediator, other = ("henrik", "grace") if mediator_id == henrik.id else ("grace", "henrik")
    name = {"henrik": "Henrik Solberg", "grace": "Grace Mwangi"}[mediator]
    of.later(days=3)
    tick(of)

    def warned(whom: str) -> str:
        [mail] = [each for each in letters(of, f"{whom}@ours.example") if "is overdue" in str(each["Subject"])]
        return " ".join(parts(mail)[0].split())

    assert f"Both sides wait for what {name} finds. The call of {name} was due Tue 10 Mar" in warned(other)
    assert f"The finding of {name} was due Wed 11 Mar" in warned(other)
    assert "Both sides wait for what you find. Your call was due Tue 10 Mar" in warned(mediator)


def test_the_chat_of_a_mediator_names_the_call_and_the_finding_too(sqlite_engine: Engine) -> None:
    with ntfy() as (port, received):
        settings = sqlite_engine.settings.model_copy(update={"webhook_allow_private": True})
        of = world(replace(sqlite_engine, settings=settings))
        henrik, _ = steering(of)
        with of.engine.work.begin(actor=staff_actor(henrik)) as uow:
            notice_choices.add_chat(uow, henrik.id, f"ntfy://127.0.0.1:{port}/henrik", ("ntfy",), allow_private=True)
        denied(of)
        while delivery.deliver_due(of.engine):
            pass
    [(_, body, _)] = received
    assert "You call by Tue 10 Mar, 09:12\nSay what you find by Wed 11 Mar, 09:12\n" in body["message"]
