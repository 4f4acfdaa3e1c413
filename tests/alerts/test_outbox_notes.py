"""Mail about cases that waits says on `/outbox` to whom it goes, about what, why it waits and until when."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from alerts import service
from alerts.casework.flow import Assign
from alerts.settling import mediation
from alerts.threads import letters
from alerts.threads.letters import Letter
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, staff_actor
from tests.alerts.settled import closed, director, say, steering, world
from tests.alerts.settled import letters as left
from tests.alerts.site import browser, staff, words
from tests.alerts.test_closings_told import by_luis, cleo, of_acme, read
from tests.alerts.told import choose, to
from tests.directory import builders as directory


def reader(of: World, locale: str = "en") -> FlaskClient:
    """Somebody who owns the program and reads in Rome's time."""
    olga = directory.staff(of.engine, "olga@ours.example", "program_owner", name="Olga", time_zone="Europe/Rome")
    return browser(of.engine, staff(olga, locale))


def line(client: FlaskClient, title: str) -> str:
    """The line of the outbox with this title, as HTML."""
    page = client.get("/outbox").text
    return next(each for each in re.findall(r"<li>.*?</li>", page, re.DOTALL) if title in words(each))


def test_a_closing_letter_that_waits_says_all_of_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    shut = closed(of)
    client = reader(of)
    found = line(client, f"Is the case {shut.ref} settled?")
    told = words(found)
    assert "To Ana Silva <ana@acme.example>" in told
    assert "Held until 11:12, so that it can be taken back; then it goes" in told
    assert f'href="/cases/{shut.ref}"' in found
    assert 'href="/program"' in found
    assert "The hold is set under Program" in told
    left(of, "ana@acme.example")
    assert "Held until" not in words(client.get("/outbox").text)


def test_the_case_says_when_the_mail_that_asks_leaves_and_leads_there_whoever_may_open_it(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    shut = closed(of)
    path = f"/cases/{shut.ref}"
    steward, owner = reader(of), browser(sqlite_engine, staff(of.dana))
    for client in (steward, owner):
        assert (
            "The mail that asks has not left yet: held until 11:12, so that it can be taken back; then it goes. "
            "Until it does, reopening the case takes it back." in words(client.get(path).text)
        )
    link = re.search(r'href="(/outbox/[^"]+)">The mail<', steward.get(path).text)
    assert link is not None
    assert steward.get(link[1]).status_code == 200
    assert "/outbox/" not in owner.get(path).text.partition("<main")[2]
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "a wrong sentence")
    assert "has not left yet: waits until mail to partners goes again" in words(owner.get(path).text)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.resume(uow)
    left(of, "ana@acme.example")
    assert "Ana Silva was asked by mail and has not said yet" in words(steward.get(path).text)


def test_without_a_hold_a_closing_letter_waits_for_no_hold(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=0)
    shut = closed(of)
    found = line(reader(of), f"Is the case {shut.ref} settled?")
    assert "Leaves at 10:13" in words(found)
    assert "eld until" not in words(found)
    assert 'href="/program"' not in found


def test_a_held_mail_names_its_reader_and_its_hour_in_italian_too(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    shut = closed(of)
    told = words(line(reader(of, "it"), shut.ref))
    assert "A Ana Silva <ana@acme.example>" in told
    assert "Trattenuta fino alle 11:12" in told


def test_a_letter_that_was_just_written_leaves_in_a_moment(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    opened = open_case(of, 3)
    letters.write(of.engine, staff_actor(of.dana), opened.id, Letter("Your answer", "What went wrong?"))
    told = words(line(reader(of), f"Letter about the case {opened.ref}"))
    assert "To Ana Silva <ana@acme.example>" in told
    assert "Leaves in a moment" in told


def test_while_mail_to_partners_is_stopped_that_is_why_it_waits(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    shut = closed(of)
    client = reader(of)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "to look at it")
    of.later(hours=2)
    told = words(line(client, f"Is the case {shut.ref} settled?"))
    assert "Waits until mail to partners goes again" in told
    assert "in a moment" not in told


def test_a_notice_that_waits_for_the_end_of_quiet_hours_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    choose(of, of.dana, quiet_from=0, quiet_until=20 * 60)
    opened = open_case(of, 3)
    found = line(reader(of), f"Notice of the case {opened.ref}")
    assert "To Dana Keller <dana@ours.example>" in words(found)
    assert "Waits until Mon 9 Mar, 20:00, the end of their quiet hours" in words(found)
    assert f'href="/cases/{opened.ref}"' in found


def test_a_notice_that_can_still_be_taken_back_says_so_on_its_case_in_the_same_words(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    client = reader(of)
    outbox = words(client.get("/outbox").text)
    told = words(client.get(f"/cases/{opened.ref}").text.partition('id="told"')[2])
    assert "Waits until Mon 9 Mar, 10:14, so that it can be taken back" in outbox
    assert "waits until Mon 9 Mar, 10:14, so that it can be taken back" in told
    of.later(minutes=2)
    outbox = words(client.get("/outbox").text)
    told = words(client.get(f"/cases/{opened.ref}").text.partition('id="told"')[2])
    assert "Leaves in a moment" in outbox
    assert "leaves in a moment" in told


@pytest.mark.parametrize("is_quiet", [True, False])
def test_a_notice_that_waits_for_a_step_of_others_says_so_on_its_case_and_in_the_outbox(
    sqlite_engine: Engine, is_quiet: bool
) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    opened, taker = open_case(of, 3), cleo(of)
    if is_quiet:
        choose(of, taker, quiet_from=of.now.hour * 60, quiet_until=(of.now.hour + 2) * 60)
    box = read(of)
    by_luis(of, [opened], Assign(taker.id))
    of.later(minutes=106 if is_quiet else 1, seconds=110 if is_quiet else 50)
    service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, Assign(of.dana.id))
    of.later(seconds=20)
    assert to(taker, box.empty()) == []
    client = reader(of)
    until = "Mon 9 Mar, 12:00" if is_quiet else "Mon 9 Mar, 10:14"
    outbox = words(client.get("/outbox").text)
    assert f"Waits until {until}, so that it can be taken back" in outbox
    assert "Leaves in a moment" not in outbox
    assert "quiet hours" not in outbox
    told = words(client.get(f"/cases/{opened.ref}").text.partition('id="told"')[2])
    assert f"Given to somebody waits until {until}, so that it can be taken back" in told


def test_a_mail_that_tells_of_several_cases_counts_only_those_that_stand(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    cases = of_acme(of, 3)
    read(of)
    by_luis(of, cases)
    client = reader(of)
    for undone, counted in ((2, "2 others"), (1, "1 other"), (0, "")):
        found = words(line(client, f"Notice of the case {cases[0].ref}"))
        told = (
            f"so that it can be taken back, in one mail with {counted}" if counted else "so that it can be taken back"
        )
        assert f"{told} {cases[0].ref} Acme" in found
        service.undo(sqlite_engine.work, staff_actor(of.luis), cases[undone].id)


def test_an_appeal_names_the_contact_it_goes_to(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, hold_minutes=60)
    henrik, _ = steering(of)
    director(of)
    shut = closed(of)
    partner = browser(sqlite_engine, None)
    say(of, partner, shut, "no")
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    of.later(hours=1)
    closed(of, case(of, shut.id))
    say(of, partner, shut, "no")
    told = words(line(reader(of), f"Appeal to the partner in the case {shut.ref}"))
    assert "To Rui Costa <rui@acme.example>" in told
    assert "Held until" in told


def test_whoever_was_erased_is_not_named(sqlite_engine: Engine) -> None:
    from feedback_engine.directory import service as directory_service

    of = world(sqlite_engine, hold_minutes=60)
    shut = closed(of)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.erase_person(uow, of.ana.person)
    told = words(line(reader(of), f"Is the case {shut.ref} settled?"))
    assert "Ana" not in told
    assert "To somebody who was forgotten" in told


def test_mails_that_leave_as_one_say_so_while_they_wait(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    (first, second), taker = of_acme(of, 2), cleo(of)
    by_luis(of, [first, second], Assign(taker.id))
    client = reader(of)
    for opened in (first, second):
        found = [
            words(each)
            for each in re.findall(r"<li>.*?</li>", client.get("/outbox").text, re.DOTALL)
            if f"Notice of the case {opened.ref}" in words(each) and "cleo@" in words(each)
        ]
        assert [each.count("in one mail with 1 other") for each in found] == [1]
