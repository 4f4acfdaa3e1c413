"""A closed case is settled by its partner: yes settles, partly reopens, no climbs the ladder, silence counts apart."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from alerts import reading, service
from alerts.settling import mediation
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, case, open_case, rows, staff_actor
from tests.alerts.settled import (
    DID,
    FOUND,
    LETTER,
    SETTLING,
    close_again,
    closed,
    director,
    letters,
    link,
    say,
    send,
    settlement,
    steering,
    tick,
    timeline,
    told,
    world,
)
from tests.alerts.site import browser, words
from tests.alerts.test_case_page import two_answers
from tests.directory import builders as directory
from tests.surveys.builders import parts


def test_a_closing_tells_what_was_said_found_and_done_and_asks(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    assert (shut.state, shut.settlement) == ("closed", "asked")
    assert [mail for mail in send(of) if "ana@acme.example" in str(mail["To"])] == []  # in the hold
    [mail] = letters(of, "ana@acme.example")
    assert mail["Subject"] == "Your feedback on “deal.approved”: is this settled?"
    assert mail["From"] == '"Dana Keller (Northwind)" <partners@northwind.example>'
    assert mail["Reply-To"] == "Dana Keller <dana@ours.example>"
    text, html = parts(mail)
    for part in ("Hello Ana,", FOUND, DID, "Kade 12"):
        assert part in text
        assert part in html
    for verdict in ("yes", "partly", "no"):
        assert f"http://127.0.0.1:8700{link(of, shut, a=verdict)}" in text
    follows = "If you say no, the case opens again and goes one level up. If you say partly, Dana Keller takes it up"
    assert [follows in words(each) for each in (text, html, browser(engine, None).get(link(of, shut)).text)] == [
        True
    ] * 3
    assert ("asked_if_settled", None) in timeline(of, shut)


def test_no_sign_that_turns_the_direction_of_a_text_stands_in_a_closing(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    closed(of, letter=service.Letter("Lost\u202e in a queue.", "Approved\u2066 it."))
    [mail] = letters(of, "ana@acme.example")
    for part in parts(mail):
        assert "Lost in a queue." in part
        assert "Approved it." in part


def test_yes_settles_the_case(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    letters(of, "ana@acme.example")
    shown = words(say(of, browser(engine, None), shut, "yes", "Thank you, Dana."))
    assert "you said that it is settled" in shown
    assert "Thank you, Dana." in shown
    after = case(of, shut.id)
    assert (after.state, after.settlement) == ("closed", "confirmed")
    assert timeline(of, shut)[-1] == ("partner_confirmed", "Thank you, Dana.")
    assert told(of, "partner_confirmed") == [of.dana.id]
    mails = letters(of, "dana@ours.example")
    assert [str(mail["Subject"]) for mail in mails][-1] == f"{shut.ref} Acme says it is settled"


def test_partly_reopens_on_the_same_rung_with_the_words(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    letters(of, "ana@acme.example")
    say(of, browser(engine, None), shut, "partly", "The deal is lost all the same.")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.ladder_rung, after.reopened_count) == ("reopened", "partly", 1, 1)
    assert timeline(of, shut)[-1] == ("partner_partly", "The deal is lost all the same.")
    assert told(of, "partner_partly") == [of.dana.id]
    assert rows(of, "ladder_step") == []


def test_two_noes_bring_a_mediator_and_then_an_escalation_contact_on_each_side_each_once(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    rui = director(of)
    client = browser(engine, None)
    shut = closed(of)
    letters(of, "ana@acme.example")

    say(of, client, shut, "no", "Nobody called.")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.ladder_rung) == ("reopened", "disputed", 2)
    assert told(of, "mediation_began") == [henrik.id]
    assert told(of, "partner_disputed") == [of.dana.id]
    mediation.give_statement(engine.work, staff_actor(of.dana), shut.id, "I called twice; nobody picked up.")
    assert told(of, "statement_given") == [henrik.id]
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Both waited for the other. Meet in person.")
    assert told(of, "mediation_ended") == [of.dana.id]

    close_again(of, shut)
    letters(of, "ana@acme.example")
    say(of, client, shut, "no", "They did not come.")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.ladder_rung) == ("reopened", "disputed", 3)
    assert told(of, "mediation_began") == [henrik.id]
    assert told(of, "escalated") == [priya.id]
    [appeal] = letters(of, "rui@acme.example")
    assert str(appeal["From"]).startswith('"Priya Raman (Northwind)"')
    assert "non siamo riusciti a risolvere" in str(appeal["Subject"])
    assert "They did not come." not in parts(appeal)[0]  # what a colleague said is theirs to tell

    said = dict(timeline(of, shut))
    assert said["statement_given"] == "I called twice; nobody picked up."
    assert said["mediation_ended"] == "Both waited for the other. Meet in person."
    assert [text for kind, text in timeline(of, shut) if kind == "partner_disputed"] == [
        "Nobody called.",
        "They did not come.",
    ]
    assert [(row.rung, row.staff_id, row.contact_id) for row in rows(of, "ladder_step")] == [
        (2, henrik.id, None),
        (3, priya.id, rui.id),
    ]


def test_after_three_days_of_downtime_everybody_is_told_once(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    letters(of, "ana@acme.example")
    say(of, browser(engine, None), shut, "no")
    of.later(days=3)
    tick(of)
    tick(of)
    assert told(of, "mediation_began") == [henrik.id]
    assert told(of, "mediation_late") == [henrik.id]
    mails = [str(mail["Subject"]) for mail in letters(of, "henrik@ours.example")]
    assert sorted(mails) == [f"{shut.ref} Acme: please mediate", f"{shut.ref} Acme: the mediation is overdue"]


def test_a_partner_without_escalation_contact_is_said_to_have_none(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = closed(of)
    letters(of, "ana@acme.example")
    say(of, browser(sqlite_engine, None), shut, "no")
    _end_mediation(of, shut.id)
    close_again(of, shut)
    letters(of, "ana@acme.example")
    say(of, browser(sqlite_engine, None), shut, "no")
    with sqlite_engine.work.read() as view:
        detail = reading.case_detail(view, reading.get_visible_case(view, EVERYTHING, shut.ref))
    assert rows(of, "ladder_step")[-1].contact_id is None
    assert detail.timeline[-1].detail["contact"] is False


def _end_mediation(of: World, case_id: object) -> None:
    [step] = [row for row in rows(of, "ladder_step") if row.rung == 2]
    mediator = next(row for row in rows(of, "staff") if row.id == step.staff_id)
    mediation.end(of.engine.work, staff_actor(mediator), case_id, "Meet in person.")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "then", "state", "settled", "rung"),
    [
        ("yes", "no", "reopened", "disputed", 2),
        ("yes", "partly", "reopened", "partly", 1),
        ("no", "yes", "closed", "confirmed", 1),  # nobody has done anything yet: the rung is taken back
        ("partly", "no", "reopened", "disputed", 2),
        ("no", "partly", "reopened", "partly", 2),  # the mediator has been told already
        ("partly", "yes", "closed", "confirmed", 1),
    ],
)
def test_a_partner_may_think_again_until_somebody_goes_on(
    sqlite_engine: Engine, first: str, then: str, state: str, settled: str, rung: int
) -> None:
    of = world(sqlite_engine)
    steering(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    say(of, client, shut, first, "So it is.")
    say(of, client, shut, then, "No, otherwise.")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.ladder_rung) == (state, settled, rung)
    if first == "no" and then == "yes":
        assert [row.ended_at for row in rows(of, "ladder_step")] == [of.now]


def test_thinking_again_and_again_about_one_closing_brings_one_rung(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    client, shut = browser(sqlite_engine, None), closed(of)
    for verdict in ("no", "partly", "no", "yes", "no"):
        say(of, client, shut, verdict, f"Now {verdict}.")
    assert case(of, shut.id).ladder_rung == 2
    assert told(of, "mediation_began") == [henrik.id, henrik.id]  # once more as it goes on after the yes
    assert [(row.rung, row.ended_at) for row in rows(of, "ladder_step")] == [(2, None)]


def test_once_somebody_goes_on_the_link_says_so_and_changes_nothing(engine: Engine) -> None:
    of = world(engine)
    client, shut = browser(engine, None), closed(of)
    say(of, client, shut, "partly", "Not all of it.")
    service.acknowledge(engine.work, staff_actor(of.dana), shut.id)
    before = case(of, shut.id).revision
    answer_ = client.post(link(of, shut), data={"verdict": "yes"})
    assert answer_.status_code == 409
    assert "Your new answer was not taken" in words(answer_.text)
    assert "Dana Keller is at work on it again" in words(answer_.text)
    assert case(of, shut.id).revision == before


def test_the_same_word_once_more_changes_nothing(engine: Engine) -> None:
    of = world(engine)
    client, shut = browser(engine, None), closed(of)
    say(of, client, shut, "partly", "Not all of it.")
    before = case(of, shut.id).revision
    say(of, client, shut, "partly", "Not all of it.")
    assert case(of, shut.id).revision == before
    assert told(of, "partner_partly") == [of.dana.id]


def test_of_many_that_press_send_at_once_one_brings_the_mediator(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    path = link(of, shut)
    partners = [browser(engine, None) for _ in range(16)]

    def press(partner: FlaskClient) -> int:
        return partner.post(path, data={"verdict": "no"}).status_code

    with ThreadPoolExecutor(8) as hands:
        assert set(hands.map(press, partners)) <= {303, 409}
    assert told(of, "mediation_began") == [henrik.id]
    assert told(of, "partner_disputed") == [of.dana.id]
    assert len(rows(of, "ladder_step")) == 1


def test_what_a_partner_says_reaches_whoever_took_over_from_an_owner_who_left(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    service.close_account(sqlite_engine.work, staff_actor(henrik), of.dana.id, of.luis.id)
    say(of, browser(sqlite_engine, None), shut, "partly", "Not all of it.")
    assert case(of, shut.id).owner == of.luis
    assert told(of, "partner_partly") == [of.luis.id]


# ---- whoever closed it for its owner


def closed_by(of: World, member: StaffView) -> CaseView:
    """Dana's case, closed for her by somebody else."""
    opened = open_case(of, 3)
    service.close(of.engine.work, staff_actor(member), opened.id, outcome="settled", root_cause="late", letter=LETTER)
    return case(of, opened.id)


@pytest.mark.parametrize(("verdict", "news"), [("no", "partner_disputed"), ("partly", "partner_partly")])
def test_whoever_closed_a_case_for_its_owner_hears_once_that_it_is_open_again(
    engine: Engine, verdict: str, news: str
) -> None:
    of = world(engine)
    _, priya = steering(of)
    shut = closed_by(of, priya)
    letters(of, "ana@acme.example")
    say(of, browser(engine, None), shut, verdict, "Nobody called.")
    assert sorted(told(of, news)) == sorted([of.dana.id, priya.id])
    [mail] = letters(of, "priya@ours.example")
    assert "the case is open again" in str(mail["Subject"])


def test_an_owner_who_closed_it_and_a_mediator_hear_one_thing_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik, priya = steering(of)
    shut = closed(of)
    say(of, browser(sqlite_engine, None), shut, "no")
    assert told(of, "partner_disputed") == [of.dana.id]
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    service.note(sqlite_engine.work, staff_actor(of.luis), shut.id, "I was there.")  # so nobody apart from it is left
    of.later(hours=1)
    service.close(sqlite_engine.work, staff_actor(priya), shut.id, outcome="settled", root_cause="late", letter=LETTER)
    say(of, browser(sqlite_engine, None), case(of, shut.id), "no")
    assert told(of, "escalated") == [priya.id]  # it has come to whoever closed it, who is told that
    assert told(of, "partner_disputed") == [of.dana.id, of.dana.id]


@pytest.mark.parametrize("when", ["before the partner answers", "before the mail leaves"])
def test_whoever_closed_it_hears_nothing_once_they_may_not_see_the_case(sqlite_engine: Engine, when: str) -> None:
    of = world(sqlite_engine)
    steering(of)
    cleo = directory.staff(sqlite_engine, "cleo@ours.example", name="Cleo", team=of.team)
    shut = closed_by(of, cleo)

    def leave_the_team() -> None:
        with sqlite_engine.work.begin(actor=SYSTEM) as uow:
            directory_service.change_staff(uow, cleo.id, directory_service.read_staff_change({"team_id": None}))

    if when == "before the partner answers":
        leave_the_team()
    say(of, browser(sqlite_engine, None), shut, "partly")
    assert (cleo.id in told(of, "partner_partly")) == (when == "before the mail leaves")
    leave_the_team()
    assert letters(of, "cleo@ours.example") == []


# ---- silence, and what never arrives


def test_silence_leaves_it_closed_but_unconfirmed_and_counted_apart(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)  # Monday morning
    letters(of, "ana@acme.example")
    assert (
        settlement(of, shut).reply_by.isoformat() == "2026-03-23T16:00:00+00:00"
    )  # the tenth working day ends in Rome
    of.later(days=14)
    tick(of)
    assert case(of, shut.id).settlement == "asked"
    of.later(hours=8)
    tick(of)
    after = case(of, shut.id)
    assert (after.state, after.settlement) == ("closed", "unconfirmed")
    quiet = closed(of, open_case(of, 2, partner=of.brisk), letter=None)
    with engine.work.read() as view:
        for wanted, found in (("unconfirmed", [shut.ref]), ("none", [quiet.ref]), ("confirmed", [])):
            listed = reading.list_cases(view, reading.inbox_filter(view, EVERYTHING, "closed", settlement=wanted))
            assert [each.ref for each in listed.rows] == found
    say(of, browser(engine, None), shut, "no", "I was away.")
    assert case(of, shut.id).state == "reopened"  # late is not never


def test_the_time_to_reply_begins_when_the_mail_leaves(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    of.later(days=5)
    tick(of)
    letters(of, "ana@acme.example")
    assert settlement(of, shut).reply_by.date().isoformat() == "2026-03-27"


def _opt_out(of: World) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.suppress(uow, of.ana.person, directory_service.ALL, "opted_out")


def _pause(of: World) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "paused")


def _test(of: World) -> None:
    with of.engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "test")


@pytest.mark.parametrize(
    ("happens", "told_"),
    [(_opt_out, "wants no mail"), (_pause, "is paused"), (_test, "is in test")],
)
def test_who_may_not_be_written_to_is_not_asked(
    sqlite_engine: Engine, happens: Callable[[World], None], told_: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    happens(of)
    with pytest.raises(Invalid, match=told_):
        closed(of, opened)
    assert closed(of, opened, letter=None).settlement is None


@pytest.mark.parametrize("happens", [_opt_out, _pause, _test])
def test_what_happens_in_the_hold_stops_the_mail(sqlite_engine: Engine, happens: Callable[[World], None]) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    happens(of)
    assert letters(of, "ana@acme.example") == []
    assert (case(of, shut.id).state, case(of, shut.id).settlement) == ("closed", "unreached")


def test_a_thank_you_is_closed_quietly(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    thanks = open_case(of, 10)
    with pytest.raises(Invalid, match="thank-you"):
        service.close(sqlite_engine.work, staff_actor(of.dana), thanks.id, outcome="thanked", letter=LETTER)
    service.close(sqlite_engine.work, staff_actor(of.dana), thanks.id, outcome="thanked")
    assert rows(of, "settlement") == []


@pytest.mark.parametrize(
    ("letter", "missing"),
    [(service.Letter("", "Done."), "what we found"), (service.Letter("Found.", "  "), "what we did")],
)
def test_a_letter_says_both_what_was_found_and_done(
    sqlite_engine: Engine, letter: service.Letter, missing: str
) -> None:
    of = world(sqlite_engine)
    with pytest.raises(Invalid, match=f"Write to the partner {missing}"):
        closed(of, letter=letter)


# ---- taken back


def test_an_undo_of_the_closing_cancels_the_unsent_mail_and_its_link_says_so(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    path = link(of, shut)
    of.later(seconds=10)
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    after = case(of, shut.id)
    assert (after.state, after.settlement) == ("new", None)
    assert letters(of, "ana@acme.example") == []
    assert [row.state for row in rows(of, "mail") if row.kind == "case-closing"] == ["cancelled"]
    client = browser(engine, None)
    for shown in (client.get(path), client.post(path, data={"verdict": "yes"})):
        assert shown.status_code == 410
        assert "We closed this too early" in words(shown.text)
    assert case(of, shut.id).revision == after.revision


def test_a_reopening_takes_the_question_back_and_its_undo_asks_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    service.reopen(sqlite_engine.work, staff_actor(of.dana), shut.id, "I forgot something.")
    assert browser(sqlite_engine, None).get(link(of, shut)).status_code == 410
    service.undo(sqlite_engine.work, staff_actor(of.dana), shut.id)
    assert browser(sqlite_engine, None).get(link(of, shut)).status_code == 200
    assert len(letters(of, "ana@acme.example")) == 1


def test_a_new_low_score_meanwhile_takes_up_what_the_partner_disputes(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    twin = open_case(of, 2)
    assert twin.id != shut.id
    page = words(say(of, browser(engine, None), shut, "no", "Again nobody called."))
    assert "goes one level up, to somebody who took no part in it. You will hear from us by" in page
    assert "“Again nobody called.”" in page
    assert "We are at work on it again." in page  # and not its owner: it is with who mediates now
    assert case(of, shut.id).state == "closed"
    after = case(of, twin.id)
    assert (after.is_open, after.ladder_rung) == (True, 2)
    assert ("partner_disputed", "Again nobody called.") in timeline(of, twin)
    assert told(of, "mediation_began") == [henrik.id]


@pytest.mark.parametrize("denies_part", [True, False], ids=["the part", "the rest"])
def test_a_case_that_was_split_is_denied_by_its_own_contact_beside_the_other(engine: Engine, denies_part: bool) -> None:
    of, opened = two_answers(engine, ALERTS + SETTLING, made=world)
    steering(of)
    last = max(rows(of, "alert"), key=lambda row: row.answered_at)
    part = case(of, service.split(engine.work, staff_actor(of.dana), opened.id, [last.id]))
    denied, other = (part, opened) if denies_part else (opened, part)
    shut = closed(of, denied)
    before = timeline(of, other)
    say(of, browser(engine, None), shut, "no", "Not so.")
    after = case(of, shut.id)
    assert (after.is_open, after.ladder_rung, after.contact) == (True, 2, shut.contact)
    assert (case(of, other.id).ladder_rung, timeline(of, other)) == (1, before)
