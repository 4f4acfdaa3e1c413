"""To whom a conflict comes at last, on our side and on the partner's, and what the pages say of it."""

from __future__ import annotations

import re

import pytest

from alerts import service
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, case, merge, open_case, pause, staff_actor
from tests.alerts.settled import close_again, closed, denied, director, find, mediated, say, send, steering, told, world
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_absences import away
from tests.directory import builders as directory
from tests.surveys.builders import parts

CALL_BY = "Tue 10 Mar"


def escalated(of: World, mediator: StaffView, shut: CaseView) -> CaseView:
    """The case of a mediation that ended, and whose partner said no to the closing after it."""
    find(of, mediator, shut)
    close_again(of, shut)
    say(of, browser(of.engine, None), shut, "no", "Still not.")
    return case(of, shut.id)


def page(of: World, member: StaffView, shut: CaseView) -> str:
    """The page of the case as somebody reads it."""
    return words(browser(of.engine, staff(member)).get(f"/cases/{shut.ref}").text)


def _mediated_after(of: World, henrik: StaffView, shut: CaseView) -> None:
    say(of, browser(of.engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]


def test_whoever_closed_the_case_is_escalated_to_only_where_nobody_else_is_left(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    other = directory.staff(engine, "olga@ours.example", "admin", name="Olga Lind")
    opened = open_case(of, 3)
    service.note(engine.work, staff_actor(priya), opened.id, "I look after it today.")
    shut = closed(of, opened)
    _mediated_after(of, henrik, shut)
    escalated(of, henrik, shut)
    assert told(of, "escalated") == [other.id]
    assert "has worked on the case before" not in page(of, henrik, shut)


def test_where_everybody_left_is_concerned_the_page_of_an_escalation_says_so(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for member in (priya, of.luis):
        service.note(engine.work, staff_actor(member), opened.id, "I look after it today.")
    shut = closed(of, opened)
    _mediated_after(of, henrik, shut)
    escalated(of, henrik, shut)
    assert told(of, "escalated") == [priya.id]
    assert "Priya Raman has worked on the case before." in page(of, henrik, shut)


@pytest.mark.parametrize("from_days", [0, 1])  # now, and before it is due
def test_somebody_who_goes_away_is_escalated_to_only_where_nobody_else_is_left(
    sqlite_engine: Engine, from_days: int
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    other = directory.staff(sqlite_engine, "olga@ours.example", "admin", name="Olga Lind")
    first, second = sorted((priya, other), key=lambda member: member.id)
    away(of, first, second, from_days=from_days)
    escalated(of, henrik, shut)
    assert told(of, "escalated") == [second.id]


def test_somebody_who_goes_away_before_the_finding_is_due_does_not_mediate(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    away(of, henrik, of.luis, from_days=1)
    say(of, browser(sqlite_engine, None), closed(of), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_where_the_partner_has_nobody_for_it_the_page_says_how_somebody_is_named(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    escalated(of, henrik, shut)
    shown = browser(sqlite_engine, staff(priya)).get(f"/cases/{shut.ref}").text
    assert "no other contact has the role “managing director”" in words(shown)
    assert f'<a href="/partners/{of.acme.key}#contacts">Their contacts</a>' in shown
    assert "Settle it with the partner" in words(browser(sqlite_engine, staff(priya)).get("/my").text)


def test_where_the_alert_file_names_no_role_for_it_the_page_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS)
    henrik, priya = steering(of)
    shut = denied(of)
    escalated(of, henrik, shut)
    shown = page(of, priya, shut)
    assert "the program names no role at partners for this (partner_escalation in the alert file)" in shown
    assert "Their contacts" not in shown
    owners = page(of, of.dana, shut)
    assert "the program names no role at partners for this." in owners
    assert "partner_escalation" not in owners


def test_whoever_it_is_to_be_settled_with_is_named_in_the_lists(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    director(of)
    escalated(of, henrik, shut)
    for listed in ("/my", "/inbox?view=brought"):
        assert "Settle it with Rui Costa" in words(browser(sqlite_engine, staff(priya)).get(listed).text)


def test_on_the_last_rung_the_case_says_to_each_reader_who_does_what_next_and_by_when(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    director(of)
    after = escalated(of, henrik, shut)
    by = "by Mon 16 Mar"
    assert f"Next is you: settle it with Rui Costa, {by}" in page(of, priya, after)
    assert f"Next is Priya Raman, to whom it came: they settle it with Rui Costa, {by}" in page(of, of.dana, after)
    assert "then you close the case anew" in page(of, of.dana, after)
    assert "then Dana Keller closes the case anew" in page(of, priya, after)
    service.assign(sqlite_engine.work, staff_actor(of.dana), after.id, priya.id)
    assert "Next is you: settle it with Rui Costa and close the case anew" in page(of, priya, after)


def test_while_the_clock_stands_still_on_the_last_rung_no_time_is_named(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    assert "settle it with the partner, by Mon 16 Mar" in page(of, priya, after)
    pause(of, after, "They travel.")
    assert "settle it with the partner, once its clock goes on" in page(of, priya, after)
    assert "by Mon 16 Mar" not in page(of, priya, after)


def test_a_case_that_was_given_to_whom_its_conflict_came_stands_once_in_their_day(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    service.assign(sqlite_engine.work, staff_actor(of.dana), after.id, priya.id)
    for _ in range(2):
        day = browser(sqlite_engine, staff(priya)).get("/my").text
        assert len(re.findall(rf'href="/cases/{shut.ref}\b', day)) == 1
        assert "Settle it with the partner" in words(day)
        of.later(days=7)


def test_while_the_call_is_owed_on_the_last_rung_page_lists_and_mail_say_whose_it_is_and_by_when(
    sqlite_engine: Engine,
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    director(of)
    after = escalated(of, henrik, shut)
    call = f"call by {CALL_BY}"
    assert f"You {call}" in page(of, priya, after)
    for listed in ("/my", "/inbox?view=brought"):
        shown = words(browser(sqlite_engine, staff(priya)).get(listed).text)
        assert f"Settle it with Rui Costa; you {call}" in shown
        assert "working hours left" in shown
    for listed in ("/my", "/inbox?view=mine"):
        shown = words(browser(sqlite_engine, staff(of.dana)).get(listed).text)
        assert f"Escalation contact’s {call}" in shown
        assert f"Contact by {CALL_BY}" not in shown
    told_to = {each["To"]: parts(each)[0] for each in send(of) if after.ref in str(each["Subject"])}
    to_priya, to_dana = (told_to[f"{each.name} <{each.email}>"] for each in (priya, of.dana))
    assert f"You {call}" in to_priya
    assert "Next is you: settle it with Rui Costa, by Mon 16 Mar" in to_priya
    assert f"Priya Raman calls by {CALL_BY}" in to_dana
    assert "Next is Priya Raman, to whom it came: they settle it with Rui Costa, by Mon 16 Mar" in to_dana


def test_once_the_call_of_the_last_rung_is_logged_the_lists_say_until_when_it_is_to_be_settled(
    sqlite_engine: Engine,
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    director(of)
    after = escalated(of, henrik, shut)
    of.later(days=3)
    late = words(browser(sqlite_engine, staff(priya)).get("/my").text)
    assert f"Settle it with Rui Costa; your call was due {CALL_BY}" in late
    service.log_contact(sqlite_engine.work, staff_actor(priya), after.id)
    for listed in ("/my", "/inbox?view=brought"):
        shown = words(browser(sqlite_engine, staff(priya)).get(listed).text)
        assert "Settle it with Rui Costa by Mon 16 Mar" in shown
    of.later(days=9)
    late = words(browser(sqlite_engine, staff(priya)).get("/my").text)
    assert "Settle it with Rui Costa; that was due Mon 16 Mar" in late


def test_once_the_call_of_the_last_rung_is_logged_the_case_says_that_its_owner_is_next(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    service.log_contact(sqlite_engine.work, staff_actor(priya), after.id)
    assert "The partner was reached: next is Dana Keller, who closes the case anew" in page(of, priya, after)
    reached = "Priya Raman, to whom it came, has reached the partner: next is"
    assert f"{reached} you. Close the case anew, by Mon 16 Mar" in page(of, of.dana, after)
    assert f"{reached} Dana Keller, who closes the case anew" in page(of, henrik, after)


def test_the_list_of_its_owner_says_that_a_case_is_with_others(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)

    def listed() -> list[str]:
        client = browser(sqlite_engine, staff(of.dana))
        return [words(client.get(path).text) for path in ("/my", "/inbox?view=mine")]

    assert ["In mediation: Acme" in shown for shown in listed()] == [True, True]
    find(of, henrik, shut)
    assert ["In mediation: Acme" in shown for shown in listed()] == [False, False]
    close_again(of, shut)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert ["Escalated: Acme" in shown for shown in listed()] == [True, True]


def test_where_it_came_to_nobody_of_ours_the_owner_is_next(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik = directory.staff(sqlite_engine, "henrik@ours.example", "program_owner", name="Henrik Solberg")
    service.close_account(sqlite_engine.work, SYSTEM, of.luis.id, of.dana.id)
    shut = denied(of)
    after = escalated(of, henrik, shut)
    assert "Nobody neutral was found, so next is you: settle it with the partner" in page(of, of.dana, after)
    assert "Nobody neutral was found: next is Dana Keller, who settles it with the partner" in page(of, henrik, after)


def test_what_came_to_somebody_leads_from_their_day_to_the_case_among_what_they_are_asked(
    sqlite_engine: Engine,
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    client = browser(sqlite_engine, staff(priya))
    assert f'href="/cases/{after.ref}?view=brought"' in client.get("/my").text
    assert "‹ Asked to help (1)" in client.get(f"/cases/{after.ref}?view=brought").text


def test_a_conflict_is_not_merged_away_but_takes_the_other_case_in(engine: Engine) -> None:
    of, henrik, priya, shut = mediated(engine)
    after = escalated(of, henrik, shut)
    other = open_case(of, 2, touchpoint="review.held")
    with pytest.raises(Invalid, match="A conflict goes on in this case"):
        merge(of, after, other)
    shown = page(of, of.dana, shut)
    assert "A conflict goes on in this case, and would be lost in the other one." in shown
    desk = browser(engine, staff(of.dana))
    picked = [f"{each.ref}:{case(of, each.id).revision}" for each in (after, other)]
    asked = {"csrf_token": token(desk.get("/inbox?view=mine").text), "deed": "merge", "pick": picked}
    led = desk.post("/inbox/act?view=mine", data=asked, follow_redirects=True)
    assert led.request.path == f"/cases/{other.ref}"
    assert f'value="{shut.ref}" selected' in led.text
    merge(of, other, case(of, shut.id))
    assert case(of, shut.id).ladder_rung == 3
    assert shut.ref in words(browser(engine, staff(priya)).get("/inbox?view=brought").text)
