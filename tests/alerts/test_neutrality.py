"""Who is neutral in a conflict: what they did in a case, had of it, or were named in, whichever case it stood in."""

from __future__ import annotations

import pytest

from alerts import service
from alerts.service import Transfer
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, case, joined, merge, open_case, split, staff_actor, undo
from tests.alerts.settled import close_again, closed, denied, director, find, letters, say, steering, told, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_absences import away
from tests.directory import builders as directory
from tests.surveys.builders import parts


def test_whoever_worked_on_the_case_that_this_one_was_split_off_from_is_no_neutral_mediator(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    opened, other = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    alerts = joined(of, 2, touchpoint="ticket.closed")
    service.note(engine.work, staff_actor(henrik), other.id, "They are right, I think.")
    part = split(of, merge(of, other, opened), alerts)
    say(of, browser(engine, None), closed(of, part), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_what_was_done_in_a_case_after_another_was_split_off_is_no_part_of_the_other(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    opened, other = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    alerts = joined(of, 2, touchpoint="ticket.closed")
    part = split(of, merge(of, other, opened), alerts)
    of.later(minutes=1)
    service.note(engine.work, staff_actor(henrik), opened.id, "They are right, I think.")
    say(of, browser(engine, None), closed(of, part), "no")
    assert told(of, "mediation_began") == [henrik.id]


def _named(of: World, opened: CaseView, *others: StaffView) -> None:
    """Dana names people in a note of a case, in which Luis did something."""
    service.note(of.engine.work, staff_actor(of.luis), opened.id, "We had the same last year.")
    for member in others:
        service.note(of.engine.work, staff_actor(of.dana), opened.id, f"What do you say, @{member.name}?")


def test_whoever_has_a_case_is_not_rid_of_all_mediators_by_naming_them(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    _named(of, opened, henrik, priya)
    shut = closed(of, opened)
    say(of, browser(engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    for page in ("", "/mediation"):
        shown = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}{page}").text)
        assert "Henrik Solberg was named in the case, but did nothing in it." in shown
    [mail] = [each for each in letters(of, "henrik@ours.example") if "please mediate" in str(each["Subject"])]
    text = " ".join(parts(mail)[0].split())
    assert "You were named in this case, but did nothing in it. Read what both sides say" in text
    service.close_account(engine.work, SYSTEM, henrik.id)
    for page in ("", "/mediation"):
        shown = words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}{page}").text)
        assert "was named in the case" not in shown


def _appealed(of: World, shut: CaseView, *mediators: StaffView) -> str:
    """What the partner's director reads after the second no."""
    director(of)
    find(of, mediators[0], shut)
    say(of, browser(of.engine, None), close_again(of, shut), "no")
    [mail] = letters(of, "rui@acme.example")
    return " ".join(parts(mail)[0].split())


def test_a_partner_reads_of_a_mediator_who_was_only_named_that_they_have_not_worked_on_it(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    _named(of, opened, henrik, priya)
    shut = closed(of, opened)
    page = words(say(of, browser(sqlite_engine, None), shut, "no"))
    assert "The case is open again, and goes one level up, to somebody who has not worked on it." in page
    assert "took no part" not in page
    assert "l’ha esaminata qualcuno che non vi aveva lavorato" in _appealed(of, shut, henrik)


def test_a_partner_reads_of_a_mediator_who_stood_apart_that_they_took_no_part(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    page = words(say(of, browser(sqlite_engine, None), shut, "no"))
    assert "The case is open again, and goes one level up, to somebody who took no part in it." in page
    assert "l’ha esaminata qualcuno che non vi aveva preso parte" in _appealed(of, shut, henrik)


def test_a_partner_reads_of_no_mediator_where_nobody_is_left(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for member in (of.luis, henrik, priya):
        service.note(sqlite_engine.work, staff_actor(member), opened.id, "They are right, I think.")
    shut = closed(of, opened)
    page = words(say(of, browser(sqlite_engine, None), shut, "no"))
    assert "The case is open again, and goes one level up." in page
    mail = _appealed(of, shut, henrik)
    assert "Ne abbiamo parlato direttamente. Non è bastato" in mail
    assert "esaminata" not in mail


def test_whoever_answered_when_they_were_named_is_no_neutral_mediator(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    _named(of, opened, henrik, priya)
    service.note(sqlite_engine.work, staff_actor(henrik), opened.id, "They are right, I think.")
    say(of, browser(sqlite_engine, None), closed(of, opened), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_to_whom_a_case_was_given_for_a_moment_is_told_from_whom_nothing_of_it_was_given(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    opened = open_case(of, 3)
    for giver, taker in ((of.dana, of.luis), (of.luis, henrik), (henrik, priya), (priya, of.dana)):
        service.assign(sqlite_engine.work, staff_actor(giver), opened.id, taker.id)
    shut = closed(of, opened)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}/mediation").text)
    assert "The case was given to Henrik Solberg once, who did nothing in it." in shown


def test_an_assignment_that_was_undone_at_once_is_no_part_of_a_case(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    opened = open_case(of, 3)
    service.assign(engine.work, staff_actor(of.dana), opened.id, henrik.id)
    shut = closed(of, undo(of, opened))
    say(of, browser(engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    assert "given to Henrik" not in words(browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}/mediation").text)


def test_an_assignment_before_the_partners_no_is_not_undone_past_its_mediator(engine: Engine) -> None:
    of = world(engine)
    team = directory.team(engine, "Quality")
    henrik = directory.staff(engine, "henrik@ours.example", "program_owner", name="Henrik Solberg", team=team)
    cleo = directory.staff(engine, "cleo@ours.example", name="Cleo", team=team)
    shut, open_one = closed(of), open_case(of, 3)
    service.assign(engine.work, staff_actor(of.dana), open_one.id, cleo.id)
    service.assign(engine.work, staff_actor(cleo), open_one.id, of.luis.id)
    say(of, browser(engine, None), shut, "no")
    assert told(of, "mediation_began") == [henrik.id]
    with pytest.raises(Conflict, match="cannot be taken back"):
        service.undo(engine.work, staff_actor(cleo), open_one.id)


def test_a_case_is_not_given_to_somebody_of_the_team_of_its_mediator(engine: Engine) -> None:
    of = world(engine)
    team = directory.team(engine, "Quality")
    henrik = directory.staff(engine, "henrik@ours.example", "program_owner", name="Henrik Solberg", team=team)
    colleague = directory.staff(engine, "cleo@ours.example", name="Cleo", team=team)
    shut = denied(of)
    assert told(of, "mediation_began") == [henrik.id]
    for giver in (of.dana, henrik):
        with pytest.raises(Invalid, match="Somebody of their team mediates in this case"):
            service.assign(engine.work, staff_actor(giver), shut.id, colleague.id)
    with pytest.raises(Invalid, match=f"Somebody of their team mediates in {shut.ref}"):
        service.transfer(engine.work, SYSTEM, Transfer(colleague.id, partner_ids=(of.acme.id,)))
    find(of, henrik, shut)
    service.assign(engine.work, staff_actor(of.dana), shut.id, colleague.id)


def test_a_case_in_which_the_mediator_has_a_part_is_not_merged_into_the_one_they_mediate(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut, other = denied(of), open_case(of, 2, touchpoint="ticket.closed")
    service.note(engine.work, staff_actor(henrik), other.id, "They are right, I think.")
    with pytest.raises(Conflict, match=f"Henrik Solberg mediates in {shut.ref} and has a part in {other.ref}"):
        merge(of, other, shut)
    find(of, henrik, shut)
    assert merge(of, other, shut).ref == shut.ref


def test_somebody_absent_mediates_only_where_nobody_else_is_left(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    away(of, henrik, of.dana)
    denied(of)
    assert told(of, "mediation_began") == [priya.id]
    for member in (priya, of.luis):
        away(of, member, of.dana)
    closed_other = closed(of, open_case(of, 2, touchpoint="ticket.closed"))
    say(of, browser(sqlite_engine, None), closed_other, "no")
    assert told(of, "mediation_began") == [priya.id, henrik.id]


def test_who_is_away_is_brought_into_no_conflict_that_is_overdue_already(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS + "settling: {mediator: [role:program_owner], escalation: [partner_owner]}\n")
    henrik, priya = steering(of)
    paul = directory.staff(sqlite_engine, "paul@ours.example", "admin", name="Paul Adler")
    shut, twin = closed(of), denied(of)
    assert twin.id != shut.id
    find(of, henrik, twin)
    of.later(days=13)
    first, second = sorted((priya, paul), key=lambda member: member.id)
    away(of, first, of.dana)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert case(of, twin.id).ladder_rung == 3
    assert [each for each in told(of, "escalated") if each in (first.id, second.id)] == [second.id]
