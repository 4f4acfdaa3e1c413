"""Invitations wait in their hold, obey the state of the program, and follow the fate of their mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from feedback_engine.directory.events import ContactErased, ContactUnsubscribed
from feedback_engine.directory.service import ALL, erase_person, family_scope, suppress
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import sending
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.mail.transports.base import Outcome, Outgoing, Refused, Unclear
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import handlers, invitations, rendering
from surveys.invitations import plan_invitations
from tests.directory import builders as directory
from tests.surveys import builders as build


class Scripted:
    """A transport that answers as told."""

    replaces = False

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        yield from ((outgoing.mail_id, self.outcome) for outgoing in messages)


def test_a_batch_is_held_before_its_mail_leaves(engine: Engine) -> None:
    world = build.world(engine)
    build.program(engine, hold_minutes=60)
    build.invite(world)
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.hold_until) == ("held", engine.clock.now() + timedelta(hours=1))
    assert build.send_mail(world) == []
    build.later(engine, minutes=60)
    assert len(build.send_mail(world)) == 1
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.sent_at) == ("sent", engine.clock.now())


def test_mail_waits_for_its_send_window(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world, send_at=engine.clock.now() + timedelta(hours=5))
    assert build.send_mail(world) == []
    build.later(engine, hours=5)
    assert len(build.send_mail(world)) == 1


def test_what_is_held_can_be_taken_back(engine: Engine) -> None:
    world = build.world(engine)
    build.program(engine, hold_minutes=60)
    build.invite(world, batch="wave:spring")
    with engine.work.begin(actor=SYSTEM) as uow:
        assert invitations.take_back(uow, "wave:spring") == 1
        assert invitations.take_back(uow, "wave:spring") == 0
    build.later(engine, hours=2)
    assert build.send_mail(world) == []
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.reason) == ("cancelled", "taken_back")


def test_history_is_recorded_and_never_mailed(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world, replayed=True)
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.hold_until) == ("recorded", None)
    assert build.rows(engine, "mail") == []


@pytest.mark.parametrize(
    ("mode", "address", "reason"),
    [
        ("draft", "ines@acme.example", "program_draft"),
        ("paused", "ines@acme.example", "program_paused"),
        ("test", "ines@acme.example", "program_test"),  # not among the listed addresses
        ("test", "Tester@northwind.example", None),  # listed, whatever the case
        ("live", "ines@acme.example", None),
    ],
)
def test_the_state_of_the_program_decides_who_gets_mail(
    engine: Engine, mode: str, address: str, reason: str | None
) -> None:
    world = build.world(engine, mode=mode, email=address)
    build.invite(world)
    (row,) = build.rows(engine, "invitation")
    assert row.reason == reason
    assert len(build.send_mail(world)) == (1 if reason is None else 0)


@pytest.mark.parametrize("mode", ["draft", "paused", "test"])
def test_a_change_of_state_wins_at_the_last_moment(engine: Engine, mode: str) -> None:
    world = build.world(engine)
    build.invite(world)
    build.state(engine, mode)
    assert build.send_mail(world) == []
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.reason) == ("cancelled", "withdrawn")


@pytest.mark.parametrize(
    ("scope", "mails"),
    [
        (ALL, 0),
        (family_scope("deal-registration"), 0),
        (family_scope("another"), 1),  # another family's opt-out does not count here
    ],
)
def test_suppression_wins_at_the_last_moment(engine: Engine, scope: str, mails: int) -> None:
    world = build.world(engine)
    build.invite(world)
    with engine.work.begin(actor=SYSTEM) as uow:
        suppress(uow, world.contact.person, scope, "opted_out")
    assert len(build.send_mail(world)) == mails


def test_mail_that_passed_its_time_asks_nobody(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world)
    build.later(engine, days=7)
    assert build.send_mail(world) == []
    assert build.rows(engine, "invitation")[0].state == "late"


@pytest.mark.parametrize("bounce_first", [True, False])
def test_a_bounce_marks_the_invitation_and_spares_the_person(engine: Engine, bounce_first: bool) -> None:
    world = build.world(engine)
    build.subscribe(engine, MailBounced)
    build.invite(world)
    if bounce_first:
        _send_without_noting(world, Scripted(Refused("no such mailbox")))
        build.react(engine, handlers.mark_undeliverable, MailBounced)
        build.react(engine, handlers.note_mail, MailSettled)
    else:
        build.send_mail(world, Scripted(Refused("no such mailbox")))
        build.react(engine, handlers.mark_undeliverable, MailBounced)
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.disposition) == ("undeliverable", "3.30")
    assert [(stop.scope, stop.cause) for stop in build.rows(engine, "suppression")] == [("all", "undeliverable")]


def test_an_unclear_sending_is_shown_and_still_counts_as_an_ask(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    build.send_mail(world, Scripted(Unclear("the line broke")))
    assert build.rows(engine, "invitation")[0].state == "unknown"
    client = build.browser(engine)
    assert build.answer(world, client, invitation, recommend="9").status_code == 303, "its link works if it arrived"


def test_an_opt_out_cancels_what_waits_at_every_partner(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ContactUnsubscribed)
    elsewhere = directory.partner(engine, "borealis", name="Borealis")
    same_person = directory.contact(engine, elsewhere, world.contact.email)
    other_world = build.World(engine, elsewhere, same_person, world.owner, world.version)
    build.invite(world, 1)
    build.invite(other_world, 2)
    with engine.work.begin(actor=SYSTEM) as uow:
        suppress(uow, world.contact.person, ALL, "opted_out")
    build.react(engine, handlers.cancel_open_invitations, ContactUnsubscribed)
    assert [(row.state, row.reason) for row in build.rows(engine, "invitation")] == [("cancelled", "unsubscribed")] * 2
    assert {mail.state for mail in build.rows(engine, "mail")} == {"cancelled"}


def test_an_opt_out_leaves_what_has_left_and_other_families(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ContactUnsubscribed)
    build.invite(world, 1)
    build.send_mail(world)
    build.invite(world, 2, family="another", survey="another")
    with engine.work.begin(actor=SYSTEM) as uow:
        suppress(uow, world.contact.person, family_scope("deal-registration"), "opted_out")
    build.react(engine, handlers.cancel_open_invitations, ContactUnsubscribed)
    assert [row.state for row in build.rows(engine, "invitation")] == ["sent", "queued"]


def test_erasing_forgets_words_and_ends_links(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ContactErased)
    answered, waiting = build.invite(world, 1), build.invite(world, 2)
    client = build.browser(engine)
    build.answer(world, client, answered, recommend="2", better="My secret", call="yes", call__phone="+351 777 888 999")
    with engine.work.begin(actor=SYSTEM) as uow:
        erase_person(uow, world.contact.person)
    build.react(engine, handlers.forget, ContactErased)
    assert [(row.score, row.text) for row in build.rows(engine, "answer")] == [(2, None), (None, ""), (None, "")]
    assert not build.rows(engine, "response")[0].has_comment
    assert build.send_mail(world) == []
    for invitation in (answered, waiting):
        assert client.get(world.paths(invitation).survey()).status_code == 404
        assert client.get(world.paths(invitation, 1).survey()).status_code == 404


def test_invitations_expire_when_the_time_to_answer_is_over(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world)
    build.send_mail(world)
    assert invitations.expire_due(engine.work) == 0
    build.later(engine, days=14)
    assert invitations.expire_due(engine.work) == 1
    assert invitations.expire_due(engine.work) == 0
    (row,) = build.rows(engine, "invitation")
    assert (row.state, row.disposition) == ("expired", "2.20")


def test_many_invitations_are_written_at_once_in_their_order(engine: Engine) -> None:
    world = build.world(engine)
    events = [build.event(world, number) for number in range(1, 4)]
    plans = [build.plan(world, event_id) for event_id in events]
    with engine.work.begin(actor=SYSTEM) as uow:
        made = plan_invitations(uow, plans)
        assert plan_invitations(uow, []) == []
    by_id = {row.id: row.event_id for row in build.rows(engine, "invitation")}
    assert [by_id[invitation] for invitation in made] == events
    assert len(build.rows(engine, "mail")) == 3


def _send_without_noting(world: build.World, transport: Scripted) -> None:
    build.subscribe(world.engine, MailSettled)
    renderers = {"invitation": partial(rendering.render, world.engine)}
    sending.send_due(world.engine.work, transport, renderers, holder="test", domain="northwind.example")
