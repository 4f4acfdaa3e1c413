"""What is told by chat goes, is withheld and is called as by mail: of a case that is over, and of a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from alerts import service
from alerts.notices import choices as notice_choices
from alerts.notices import delivery
from alerts.settling.flow import ESCALATION, MEDIATION
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, open_case, staff_actor
from tests.alerts.promised import let_pass, promised
from tests.alerts.settled import closed, denied, mediated, say, steering, tick, told, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_escalation_contacts import escalated
from tests.alerts.test_mediators_who_go import all_work_on_it, becomes_a_viewer, works_again
from tests.alerts.threads import danas_case, reply, sent_id, take, write
from tests.alerts.told import Postbox, attempts_of, choose, to, write_digests
from tests.directory import builders as directory
from tests.foundation.test_chat import ntfy


@dataclass
class Chats:
    """The chats of our people, and what has arrived there."""

    port: int
    received: Sequence[Any]
    read: int = 0

    def of(self, of: World, member: StaffView) -> None:
        """Let somebody have a chat from now on."""
        with of.engine.work.begin(actor=staff_actor(member)) as uow:
            address = f"ntfy://127.0.0.1:{self.port}/{member.id}"
            notice_choices.add_chat(uow, member.id, address, ("ntfy",), allow_private=True)

    def new(self, of: World) -> list[tuple[str, str]]:
        """What arrives now, title and words."""
        while delivery.deliver_due(of.engine):
            pass
        new = [(body["title"], body["message"]) for _, body, _ in self.received[self.read :]]
        self.read = len(self.received)
        return new


@contextmanager
def chats(engine: Engine) -> Iterator[tuple[Engine, Chats]]:
    """The engine as one that reaches chats on this machine."""
    with ntfy() as (port, received):
        settings = engine.settings.model_copy(update={"webhook_allow_private": True})
        yield replace(engine, settings=settings), Chats(port, received)


# ---- of a case that is over


def test_a_chat_hears_that_the_partner_calls_it_settled(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of = world(engine)
        steering(of)
        shut = closed(of)
        chat.of(of, of.dana)
        say(of, browser(engine, None), shut, "yes")
        [(title, body)] = chat.new(of)
    assert title == f"{shut.ref} Acme says it is settled"
    assert f"/cases/{shut.ref}" in body
    assert " by: " not in body, "nothing is due in it any more"


def test_a_chat_hears_of_a_note_in_a_closed_case_that_mentions_its_reader(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of = world(engine)
        henrik, _ = steering(of)
        shut = closed(of)
        chat.of(of, henrik)
        service.note(engine.work, staff_actor(of.dana), shut.id, "@henrik@ours.example was it so?")
        [(title, body)] = chat.new(of)
        [mail] = to(henrik, Postbox(of).empty())
    assert title == f"{shut.ref} Acme: a note mentions you"
    assert mail.message.subject == title
    for told_there in (body, mail.message.text, mail.message.html or ""):
        assert f"/cases/{shut.ref}" in told_there
        assert " by:" not in told_there, "nothing is due in it any more"


def test_a_chat_hears_of_a_reply_to_a_closed_case(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of, opened = danas_case(engine, webhook_allow_private=True)
        write(of, opened)
        service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
        chat.of(of, of.dana)
        take(of, reply(answers=sent_id(of, opened)))
        assert [title for title, _ in chat.new(of)] == [f"{opened.ref} Acme replied to your mail"]


def test_a_chat_hears_of_a_promise_that_is_overdue_though_its_case_is_closed(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of = world(engine)
        opened = open_case(of, 3)
        promised(of, opened)
        service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
        chat.of(of, of.dana)
        let_pass(of, days=9)
        assert f"{opened.ref} Acme: a promise is overdue" in [title for title, _ in chat.new(of)]


# ---- of a conflict


def in_vain(engine: Engine, rung: int) -> tuple[World, StaffView, StaffView, CaseView]:
    """The world, whoever a conflict was brought to and nobody can follow, one who steers besides, and the case."""
    of, henrik, priya, shut = mediated(engine)
    if rung == MEDIATION:
        all_work_on_it(of, shut, priya)
        return of, henrik, priya, shut
    escalated(of, henrik, shut)
    service.close_account(engine.work, SYSTEM, of.luis.id, of.dana.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.change_staff(uow, henrik.id, directory_service.read_staff_change({"role": "admin"}))
    return of, priya, henrik, shut


@pytest.mark.parametrize(
    ("rung", "what"),
    [(MEDIATION, "nobody mediates any more"), (ESCALATION, "nobody takes up the conflict any more")],
)
@pytest.mark.parametrize("whose", ["owner", "steering"])
def test_a_chat_hears_that_whoever_had_a_conflict_in_hand_is_gone_as_the_mail_says_it(
    engine: Engine, rung: int, what: str, whose: str
) -> None:
    with chats(engine) as (reaching, chat):
        of, holder, other, shut = in_vain(reaching, rung)
        if rung == MEDIATION:
            other = directory.staff(engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
            all_work_on_it(of, shut, other)
        reader = of.dana if whose == "owner" else other
        chat.of(of, reader)
        becomes_a_viewer(engine, holder)
        tick(of)
        [(title, body)] = chat.new(of)
        assert title == f"{shut.ref} Acme: {what}"
        assert f"/cases/{shut.ref}" in body
        assert title in [mail.message.subject for mail in to(reader, Postbox(of).empty())]


def test_a_chat_of_those_who_steer_hears_that_a_mediation_is_overdue(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of = world(engine)
        henrik, _ = steering(of)
        grace = directory.staff(engine, "grace@ours.example", "program_owner", name="Grace Mwangi")
        shut = denied(of)
        [mediator_id] = told(of, "mediation_began")
        other = grace if mediator_id == henrik.id else henrik
        chat.of(of, other)
        of.later(days=8)
        tick(of)
        assert [title for title, _ in chat.new(of)] == [f"{shut.ref} Acme: the mediation is overdue"]


def test_a_chat_hears_that_a_conflict_has_come_to_its_reader(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of, henrik, priya, shut = mediated(engine)
        chat.of(of, priya)
        escalated(of, henrik, shut)
        assert [title for title, _ in chat.new(of)] == [f"{shut.ref} Acme: a conflict has come to you"]


def test_a_chat_hears_nothing_of_whoever_has_a_conflict_in_hand_again(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of, priya, _, _ = in_vain(engine, ESCALATION)
        chat.of(of, of.dana)
        becomes_a_viewer(engine, priya)
        tick(of)
        works_again(engine, priya)
        assert chat.new(of) == []
        assert attempts_of(of, "chat") == [("withdrawn", "somebody has taken it up again before the message went")]


@pytest.mark.parametrize("can", [True, False])
def test_a_digest_asks_to_mediate_whoever_can_by_then(sqlite_engine: Engine, can: bool) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    choose(of, henrik, topics={"mediation": "digest"}, rhythm="daily")
    shut = denied(of)
    if not can:
        becomes_a_viewer(sqlite_engine, henrik)
    of.later(days=1)
    write_digests(of)
    told_of = [
        mail for mail in to(henrik, Postbox(of).empty()) if f"{shut.ref} Acme: please mediate" in mail.message.text
    ]
    assert bool(told_of) is can


# ---- to whoever can take it up no more


@pytest.mark.parametrize("rung", [MEDIATION, ESCALATION])
@pytest.mark.parametrize("locale", ["en", "it"])
def test_whoever_can_take_up_a_conflict_no_more_is_not_asked_to_by_mail_nor_by_chat(
    sqlite_engine: Engine, rung: int, locale: str
) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of, holder, _, shut = in_vain(engine, rung)
        reader = directory.staff(engine, "ada@ours.example", "admin", name="Ada", locale=locale)
        chat.of(of, holder)
        becomes_a_viewer(engine, holder)
        box = Postbox(of)
        asked = ("please mediate", "has come to you")
        assert not [mail for mail in to(holder, box.empty()) if mail.message.subject.endswith(asked)]
        why = {
            "en": "whoever it was for can take up the conflict no more",
            "it": "la persona a cui era destinato non può più occuparsi del conflitto",
        }[locale]
        shown = words(browser(engine, staff(reader, locale)).get(f"/cases/{shut.ref}").text)
        assert why in shown


def test_whoever_took_up_a_conflict_in_place_of_another_is_asked_and_the_other_is_not(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    becomes_a_viewer(sqlite_engine, henrik)
    tick(of)
    works_again(sqlite_engine, henrik)
    mails = Postbox(of).empty()
    asked = f"{shut.ref} Acme: please mediate"
    assert asked not in [mail.message.subject for mail in to(henrik, mails)]
    assert asked in [mail.message.subject for mail in to(priya, mails)]
