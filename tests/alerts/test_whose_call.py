"""While somebody has a conflict in hand, only their own contact with the partner is the one that their step owes."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.casework.bulk import Pick, act_on_many
from alerts.casework.flow import LogContact
from alerts.promises.flow import MakePromise
from alerts.settling import mediation
from alerts.threads import letters, meetings
from alerts.views import CaseView
from feedback_engine.directory import reading as people
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import Actor
from tests.alerts.builders import ALERTS, World, case, merge, open_case, rows, staff_actor, tick, undo
from tests.alerts.settled import SETTLING, closed, denied, find, mediated, say, steering, told, world
from tests.alerts.settled import tick as settling_tick
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_contacts_owed import contact_met
from tests.alerts.test_escalation_contacts import escalated, page
from tests.alerts.test_mediators_who_go import leaves
from tests.alerts.test_meetings import TALK
from tests.alerts.test_misses import missed
from tests.directory import builders as directory

Reach = Callable[[World, Actor, CaseView], Any]
TOKEN = Actor("api", "01890000-0000-7000-8000-000000000001", "Switchboard")


def _logged(channel: str, outcome: str) -> Reach:
    def reach(of: World, by: Actor, shut: CaseView) -> None:
        service.log_contact(of.engine.work, by, shut.id, channel=channel, outcome=outcome)

    return reach


def _many(of: World, by: Actor, shut: CaseView) -> None:
    picks = [Pick(shut.ref, case(of, shut.id).revision)]
    [done] = act_on_many(of.engine.work, by, staff(of.dana), picks, lambda *_: LogContact("call", "talked"))
    assert not done.refused


def _written(of: World, by: Actor, shut: CaseView) -> None:
    letters.write(of.engine, by, shut.id, letters.Letter("Your case", "We look at it again."))


def _invited(of: World, by: Actor, shut: CaseView) -> None:
    meetings.invite(of.engine, by, shut.id, TALK)


REACHING: dict[str, Reach] = {
    "talked": _logged("call", "talked"),
    "met": _logged("meeting", "talked"),
    "mailed": _logged("mail", "left_message"),
    "many": _many,
    "written": _written,
    "invited": _invited,
}
IN_VAIN: dict[str, Reach] = {
    "left_message": _logged("call", "left_message"),
    "no_answer": _logged("call", "no_answer"),
}


def _on_rung(engine: Engine, rung: int) -> tuple[World, CaseView, dict[str, Actor]]:
    """A case that a no opened again, on a rung, and who may say that they reached its partner."""
    of = world(engine)
    luis = of.luis
    if rung == 1:
        shut = closed(of)
        say(of, browser(engine, None), shut, "partly")
        return of, shut, {"owner": staff_actor(of.dana), "other": staff_actor(luis), "token": TOKEN}
    henrik, priya = steering(of)
    shut = denied(of)
    holder, other = henrik, priya
    if rung == 3:
        shut, holder, other = escalated(of, henrik, shut), priya, henrik
    actors = {"owner": of.dana, "holder": holder, "other": other, "colleague": luis}
    return of, case(of, shut.id), {name: staff_actor(who) for name, who in actors.items()} | {"token": TOKEN}


def _member(of: World, actor: Actor) -> StaffView:
    """Whoever acts, as one of our people."""
    with of.engine.work.read() as view:
        return people.staff_by_id(view, [UUID(actor.id)])[UUID(actor.id)]


@pytest.mark.parametrize(("rung", "how"), [*product((2, 3), REACHING | IN_VAIN)])
def test_above_direct_talk_only_whoever_has_it_in_hand_makes_the_contact_that_it_owes(
    sqlite_engine: Engine, rung: int, how: str
) -> None:
    of, before, actors = _on_rung(sqlite_engine, rung)
    reach = (REACHING | IN_VAIN)[how]
    assert before.awaits_contact
    others = [name for name in actors if name != "holder"]
    for name in others[:1] if how == "invited" else others:  # nobody is invited twice to one hour
        reach(of, actors[name], before)
        after = case(of, before.id)
        assert _clock(after) == _clock(before), name
        assert (after.awaits_contact, after.contacted_at, after.state) == (True, None, "in_progress")
    reach = REACHING["talked"] if how == "invited" else reach
    reach(of, actors["holder"], before)
    after = case(of, before.id)
    in_vain = how in IN_VAIN
    assert after.awaits_contact == in_vain
    assert after.due_at == (before.due_at if in_vain else before.resolve_due_at)
    assert after.contacted_at == (None if in_vain else of.now)


def _clock(of_case: CaseView) -> tuple[Any, ...]:
    return of_case.due_at, of_case.contact_due_at, of_case.resolve_due_at, of_case.warn_at


@pytest.mark.parametrize("rung", [2, 3])
def test_an_invitation_by_whoever_has_it_in_hand_counts_as_their_contact(sqlite_engine: Engine, rung: int) -> None:
    of, before, actors = _on_rung(sqlite_engine, rung)
    _invited(of, actors["holder"], before)
    assert not case(of, before.id).awaits_contact


@pytest.mark.parametrize(("who", "how"), [*product(("owner", "other", "token"), REACHING)])
def test_on_direct_talk_whoever_reaches_the_partner_makes_the_contact(
    sqlite_engine: Engine, who: str, how: str
) -> None:
    of, before, actors = _on_rung(sqlite_engine, 1)
    REACHING[how](of, actors[who], before)
    assert not case(of, before.id).awaits_contact


@pytest.mark.parametrize("rung", [2, 3])
def test_a_talk_of_somebody_else_stands_beside_it_with_its_promise_and_its_cause(
    sqlite_engine: Engine, rung: int
) -> None:
    of, shut, actors = _on_rung(sqlite_engine, rung)
    promised = MakePromise("A second reviewer.", of.now.date())
    service.log_contact(
        of.engine.work, actors["colleague"], shut.id, text="They calmed down.", root_cause="silent", promised=promised
    )
    after = case(of, shut.id)
    assert (after.root_cause, after.awaits_contact) == ("silent", True)
    assert [row.text for row in rows(of, "promise")] == ["A second reviewer."]
    assert "They calmed down." in [row.text for row in rows(of, "case_entry")]


def test_the_lists_and_the_page_of_a_mediator_keep_their_call_after_a_colleague_called(sqlite_engine: Engine) -> None:
    _, henrik, priya, shut = mediated(sqlite_engine)
    mediator = browser(sqlite_engine, staff(henrik))
    service.log_contact(sqlite_engine.work, staff_actor(priya), shut.id)
    for path in (f"/cases/{shut.ref}", f"/cases/{shut.ref}/mediation", "/inbox?view=brought", "/my"):
        assert "You call by Tue 10 Mar, 09:12" in words(mediator.get(path).text), path
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    for path in (f"/cases/{shut.ref}", "/inbox?view=brought", "/my"):
        assert "You call by" not in words(mediator.get(path).text), path


@pytest.mark.parametrize("who", ["priya", "henrik"])
def test_a_case_waits_for_our_statement_in_the_lists_until_it_is_given_whoever_calls(
    sqlite_engine: Engine, who: str
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    service.log_contact(sqlite_engine.work, staff_actor({"priya": priya, "henrik": henrik}[who]), shut.id)
    for path in ("/inbox?view=mine", "/partners/acme"):
        assert "waits for our statement" in words(client.get(path).text)
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "We were slow.")
    for path in ("/inbox?view=mine", "/partners/acme"):
        assert "waits for our statement" not in words(client.get(path).text)


def test_nobody_is_said_to_have_reached_the_partner_who_did_not(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), after.id)
    for reader in (of.dana, henrik, priya):
        assert "reached the partner" not in page(of, reader, after)
        assert "The partner was reached" not in page(of, reader, after)
    assert "Next is Priya Raman, to whom it came: they settle it with" in page(of, of.dana, after)
    assert "You call by Tue 10 Mar" in page(of, priya, after)


def test_who_follows_is_not_said_to_have_reached_whom_the_one_before_reached(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    olga = directory.staff(sqlite_engine, "olga@ours.example", "admin", name="Olga Lind")
    after = escalated(of, henrik, shut)
    holder, follower = (priya, olga) if told(of, "escalated") == [priya.id] else (olga, priya)
    service.log_contact(sqlite_engine.work, staff_actor(holder), after.id)
    assert f"{holder.name}, to whom it came, has reached the partner" in page(of, of.dana, after)
    leaves(sqlite_engine, holder)
    settling_tick(of)
    shown = page(of, of.dana, after)
    assert f"Next is {follower.name}, to whom it came: they settle it with" in shown
    assert "has reached the partner" not in shown


def test_a_call_of_before_the_partner_said_no_again_is_none_of_the_new_time(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    after = escalated(of, henrik, shut)
    service.log_contact(sqlite_engine.work, staff_actor(priya), after.id)
    closed(of, after)
    of.later(hours=1)
    say(of, browser(sqlite_engine, None), after, "no", "Not yet.")
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), after.id)
    assert case(of, after.id).awaits_contact
    assert "Next is Priya Raman, to whom it came: they settle it with" in page(of, of.dana, after)


def test_where_nobody_has_it_in_hand_whoever_calls_makes_the_contact(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    find(of, henrik, shut)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), shut.id)
    assert not case(of, shut.id).awaits_contact


def test_where_the_mediator_is_gone_whoever_calls_makes_the_contact(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    leaves(sqlite_engine, henrik)
    service.log_contact(sqlite_engine.work, staff_actor(of.luis), shut.id)
    assert not case(of, shut.id).awaits_contact


def test_whoever_follows_a_mediator_makes_the_call_that_is_still_owed(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), shut.id)
    leaves(sqlite_engine, henrik)
    settling_tick(of)
    assert told(of, "mediation_began") == [henrik.id, priya.id]
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), shut.id)
    assert case(of, shut.id).awaits_contact
    service.log_contact(sqlite_engine.work, staff_actor(priya), shut.id)
    assert not case(of, shut.id).awaits_contact


@pytest.mark.parametrize("rung", [2, 3])
def test_a_contact_about_another_case_that_is_merged_in_is_not_the_one_that_a_step_owes(
    sqlite_engine: Engine, rung: int
) -> None:
    of, shut, _ = _on_rung(sqlite_engine, rung)
    other = open_case(of, touchpoint="training.held")
    of.later(minutes=5)
    service.log_contact(of.engine.work, staff_actor(of.dana), other.id)
    stays = merge(of, other, shut)
    assert (stays.awaits_contact, stays.due_at, stays.contacted_at) == (True, shut.due_at, None)
    back = undo(of, stays)
    assert (back.awaits_contact, back.due_at) == (True, shut.due_at)


@pytest.mark.parametrize("rung", [2, 3])
def test_whoever_owes_the_call_is_warned_of_it_whatever_others_logged(sqlite_engine: Engine, rung: int) -> None:
    of, shut, actors = _on_rung(sqlite_engine, rung)
    service.log_contact(of.engine.work, actors["owner"], shut.id)
    of.later(hours=23)
    tick(of)
    assert UUID(actors["holder"].id) in told(of, "warned")


def test_a_call_that_was_missed_is_missed_whatever_others_logged_in_time(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    owed = case(of, shut.id).due_at
    service.log_contact(sqlite_engine.work, staff_actor(priya), shut.id)
    of.later(days=2)
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert missed(of, case(of, shut.id)) == [("contact", owed)]
    assert contact_met(of, case(of, shut.id)) is False


# ---- what the forms say before


def _forms(of: World, reader: StaffView, shut: CaseView) -> str:
    return words(browser(of.engine, staff(reader)).get(f"/cases/{shut.ref}").text)


@pytest.mark.parametrize("rung", [2, 3])
def test_the_forms_say_whose_call_is_owed_to_all_but_them_and_until_it_is_made(
    sqlite_engine: Engine, rung: int
) -> None:
    of, shut, actors = _on_rung(sqlite_engine, rung)
    holder = _member(of, actors["holder"])
    said = f"The call that this step owes is {holder.name}’s; yours stands beside it."
    written = f"The contact that this step owes is {holder.name}’s; yours stands beside it."
    assert said in _forms(of, of.dana, shut)
    assert _forms(of, of.dana, shut).count(written) == 2
    assert "counts as the first contact" not in _forms(of, of.dana, shut)
    assert "yours stands beside it" not in _forms(of, holder, shut)
    service.log_contact(of.engine.work, actors["holder"], shut.id)
    assert "yours stands beside it" not in _forms(of, of.dana, shut)


def test_on_direct_talk_the_forms_say_nothing_of_it(sqlite_engine: Engine) -> None:
    of, shut, _ = _on_rung(sqlite_engine, 1)
    shown = _forms(of, of.dana, shut)
    assert "yours stands beside it" not in shown
    assert "counts as the first contact" in shown


def test_a_call_that_a_colleague_arranged_stands_in_the_lists_though_the_step_still_owes_one(
    sqlite_engine: Engine,
) -> None:
    of, shut, actors = _on_rung(sqlite_engine, 3)
    _invited(of, actors["owner"], shut)
    after = case(of, shut.id)
    assert after.call_at is not None
    assert after.awaits_contact


def test_who_asked_for_a_call_has_been_talked_with_though_the_step_still_owes_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS + SETTLING)
    henrik, _ = steering(of)
    shut = closed(of, open_case(of, 3, wants_contact=True))
    say(of, browser(sqlite_engine, None), shut, "no")
    after = escalated(of, henrik, shut)
    assert case(of, after.id).owes_call
    service.log_contact(of.engine.work, staff_actor(of.dana), after.id)
    assert not case(of, after.id).owes_call
    assert case(of, after.id).awaits_contact


# ---- what comes first


def _deeds(of: World, reader: StaffView, shut: CaseView) -> tuple[list[str], list[str]]:
    """The deeds in front and those that are folded away, each by its label."""
    text = browser(of.engine, staff(reader)).get(f"/cases/{shut.ref}").text
    row = text.partition("<article")[2].partition('<div class="split">')[0]
    front, _, more = row.partition('<details class="further"')
    return _labels(front), _labels(more)


def _labels(part: str) -> list[str]:
    return re.findall(r'(?:<summary role="button"|<button class="second" data-key)[^>]*>([^<]+?) *<', part)


def test_on_the_last_rung_the_owner_has_only_a_note_in_front_while_it_is_somebody_elses_turn(
    sqlite_engine: Engine,
) -> None:
    of, shut, _ = _on_rung(sqlite_engine, 3)
    front, more = _deeds(of, of.dana, shut)
    assert front == ["Note"]
    assert {"Log call", "Write", "Assign", "Close", "Acknowledge"} <= set(more)


def test_on_the_last_rung_the_call_comes_first_for_whoever_has_it_in_hand(sqlite_engine: Engine) -> None:
    of, shut, actors = _on_rung(sqlite_engine, 3)
    front, more = _deeds(of, _member(of, actors["holder"]), shut)
    assert front == ["Log call", "Note", "Write"]
    assert {"Assign", "Close", "Acknowledge"} <= set(more)


def test_once_the_escalation_contact_has_called_closing_comes_first_for_the_owner(sqlite_engine: Engine) -> None:
    of, shut, actors = _on_rung(sqlite_engine, 3)
    service.log_contact(of.engine.work, actors["holder"], shut.id)
    front, _ = _deeds(of, of.dana, shut)
    assert front[0] == "Close"
    assert "Log call" in front


def test_whoever_has_both_the_case_and_its_conflict_keeps_all_deeds_in_front(sqlite_engine: Engine) -> None:
    of, shut, actors = _on_rung(sqlite_engine, 3)
    service.assign(of.engine.work, staff_actor(of.dana), shut.id, UUID(actors["holder"].id))
    front, _ = _deeds(of, _member(of, actors["holder"]), shut)
    assert front == ["Log call", "Acknowledge", "Note", "Write", "Assign", "Close"]


def test_a_case_that_needs_review_on_the_last_rung_can_still_be_acknowledged(sqlite_engine: Engine) -> None:
    of, shut, _ = _on_rung(sqlite_engine, 3)
    client = browser(sqlite_engine, staff(of.dana))
    form = {"csrf_token": token(client.get(f"/cases/{shut.ref}").text), "revision": str(case(of, shut.id).revision)}
    assert client.post(f"/cases/{shut.ref}/acknowledge", data=form).status_code == 303
    assert case(of, shut.id).state == "acknowledged"
