"""The mail to an owner: what was said, by when, where; in their language; and not when there is no need any more."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest

from alerts import reading, service
from alerts.notices import rendering
from alerts.views import CaseView
from alerts.web import showing
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message, Withdrawn, as_bytes
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys.events import ResponseChanged, ResponseSubmitted
from tests.alerts.builders import World, answer, open_case, publish, react, rows, staff_actor, take_in, world
from tests.directory import builders as directory
from tests.surveys import builders as surveys


def render(of: World) -> Mapping[UUID, Message | Withdrawn]:
    """What the queue would send now."""
    with of.engine.work.read() as view:
        return rendering.render(of.engine, view, queue.due(view, 100))


def mails(of: World) -> list[Message]:
    found = [message for message in render(of).values() if isinstance(message, Message)]
    return sorted(found, key=lambda message: message.recipient.email)


def withdrawn(of: World) -> list[Withdrawn]:
    return [message for message in render(of).values() if isinstance(message, Withdrawn)]


def test_the_owner_is_told_by_mail(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3, wants_contact=True)
    [mail] = mails(of)
    assert mail.recipient.email == "dana@ours.example"
    assert mail.subject == f"{opened.ref} Acme gave a 3"
    assert "Contact by: Tue 10 Mar, 10:12 your time, 09:12 in Lisbon" in mail.text
    assert "+351 21 555 0142" in mail.text
    assert f"/cases/{opened.ref}" in mail.text
    assert f'href="http://127.0.0.1:8700/cases/{opened.ref}"' in (mail.html or "")
    assert not mail.headers  # nobody unsubscribes from their own work
    assert as_bytes(mail, message_id="1@ours.example", at=of.now)


@pytest.mark.parametrize(
    ("score", "wants_contact", "headline"),
    [
        (3, False, "Acme gave a 3"),
        (10, False, "Acme gave a 10: say thank you"),
        (8, True, "Acme asks to be called"),
        (None, True, "Acme asks to be called"),
    ],
)
def test_the_subject_says_what_happened(
    sqlite_engine: Engine, score: int | None, wants_contact: bool, headline: str
) -> None:
    of = world(sqlite_engine)
    take_in(of, answer(of, score, wants_contact=wants_contact))
    [mail] = mails(of)
    assert mail.subject.endswith(headline)


def test_a_mail_is_written_in_the_language_of_its_reader(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    gaia = directory.staff(sqlite_engine, "gaia@ours.example", name="Gaia", locale="it", time_zone="Europe/Rome")
    directory.owned(sqlite_engine, gaia, of.brisk)
    open_case(of, 3)
    open_case(of, 3, partner=of.brisk)
    english, italian = mails(of)
    assert "Contact by" in english.text
    assert "Contact by" not in italian.text
    assert "Brisk" in italian.subject
    assert 'lang="it"' in (italian.html or "")


def test_the_words_of_the_partner_stand_in_the_mail_and_are_never_code(engine: Engine) -> None:
    of = surveys.world(engine)
    publish(engine)
    found = World(engine, of.partner, of.partner, of.contact, of.contact, of.owner, of.owner, of.owner.id)
    _subscribe(found)
    words = '<script>alert(1)</script> & "nine" days'
    surveys.answer(of, surveys.browser(engine), surveys.invite(of), recommend="2", better=words)
    react(found)
    [mail] = mails(found)
    assert words in mail.text
    assert "<script>" not in (mail.html or "")
    assert "&lt;script&gt;" in (mail.html or "")
    assert "Inês Duarte, Deal registration approved" in mail.text
    assert not [row for row in rows(found, "mail") if words in str(row)]  # read when it is written, never kept


def _subscribe(of: World) -> None:
    for event_type in (ResponseSubmitted, ResponseChanged):
        of.engine.work.subscribers[event_type] = ("alerts",)


def test_a_team_without_owner_is_told_as_a_whole(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.staff(sqlite_engine, "mei@ours.example", name="Mei", team=of.team)
    directory.staff(sqlite_engine, "vera@ours.example", role="viewer")
    lone = directory.partner(sqlite_engine, "lone", name="Lone")
    lea = directory.contact(sqlite_engine, lone, "lea@lone.example")
    take_in(of, answer(of, 2, partner=lone).model_copy(update={"contact_id": lea.id}))
    assert [mail.recipient.email for mail in mails(of)] == ["dana@ours.example", "mei@ours.example"]


def test_a_case_that_nobody_receives_is_told_to_those_who_steer_the_program(sqlite_engine: Engine) -> None:
    text = "rules: [{key: low, name: L, when: {condition: score_below, below: 7}}]\nroutes: {otherwise: team:Gone}"
    of = world(sqlite_engine, text)
    directory.staff(sqlite_engine, "boss@ours.example", role="program_owner")
    lone = directory.partner(sqlite_engine, "lone", name="Lone")
    lea = directory.contact(sqlite_engine, lone, "lea@lone.example")
    take_in(of, answer(of, 2, partner=lone).model_copy(update={"contact_id": lea.id}))
    assert [mail.recipient.email for mail in mails(of)] == ["boss@ours.example"]


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("program_owner", ["boss@ours.example"]),
        ("viewer", ["admin@ours.example"]),  # without a program owner the administrators hear of it
    ],
)
def test_a_case_whose_last_resort_is_an_empty_team_reaches_those_who_steer(
    sqlite_engine: Engine, role: str, told: list[str]
) -> None:
    of = world(sqlite_engine)
    directory.staff(sqlite_engine, "boss@ours.example", role=role)
    directory.staff(sqlite_engine, "admin@ours.example", role="admin")
    lone = directory.partner(sqlite_engine, "lone", name="Lone")
    lea = directory.contact(sqlite_engine, lone, "lea@lone.example")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.assign_owners(uow, [(of.acme.id, of.luis.id)])
        directory_service.disable_staff(uow, of.dana.id)
    event = answer(of, 2, partner=lone).model_copy(update={"contact_id": lea.id})
    take_in(of, event)
    assert [mail.recipient.email for mail in mails(of)] == told
    with sqlite_engine.work.read() as view:
        case_id = reading.responses_with_case(view, [event.response_id])[event.response_id]
        detail = reading.case_detail(view, reading.case_views(view, [case_id])[case_id])
    assert "Passed over: nobody is in team Alliances." in showing.route_told(detail, "UTC")
    holder = {"program_owner": "the program owners", "viewer": "the administrators"}[role]
    assert showing.first_holder(detail) == holder


def test_a_second_low_score_says_that_there_is_a_case(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    open_case(of, 1)
    assert sorted(mail.subject.partition(" ")[2] for mail in mails(of)) == [
        "Acme gave a 1",
        "Acme gave a 1, one more answer in the open case",
    ]


def _close(of: World, case: CaseView) -> None:
    service.close(of.engine.work, staff_actor(of.dana), case.id, outcome="settled", root_cause="late")


def _assign(of: World, case: CaseView) -> None:
    service.assign(of.engine.work, staff_actor(of.luis), case.id, of.luis.id)


def _disable(of: World, case: CaseView) -> None:
    directory.staff(of.engine, "admin@ours.example", role="admin")
    directory.owned(of.engine, of.luis, of.acme)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.disable_staff(uow, of.dana.id)


def test_a_giving_that_was_taken_back_is_withdrawn_for_that_and_nobody_is_advised_to_give_it_again(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    nora = directory.staff(sqlite_engine, "nora@ours.example", name="Nora")
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, nora.id)
    service.undo(sqlite_engine.work, staff_actor(of.dana), opened.id)
    of.later(minutes=2)  # the mail waits as long as it can be taken back
    assert [each.reason for each in withdrawn(of)] == ["the case was taken back before the message went"]


@pytest.mark.parametrize("happens", [_close, _assign, _disable])
def test_a_mail_that_nobody_needs_any_more_is_withdrawn(sqlite_engine: Engine, happens: object) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    happens(of, opened)  # type: ignore[operator]
    of.later(minutes=2)  # the mail waits as long as it can be taken back
    assert not [mail for mail in mails(of) if "gave a 3" in mail.subject]
    assert len(withdrawn(of)) == 1


def test_alert_mail_goes_again_when_its_fate_is_unknown(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    [row] = rows(of, "mail")
    assert (row.kind, row.audience, row.repeatable) == ("case-notification", "staff", True)
    [notice] = rows(of, "notification")
    assert (notice.channel, notice.state, notice.id) == ("email", "handed", row.ref_id)
