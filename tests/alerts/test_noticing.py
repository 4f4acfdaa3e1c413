"""Whoever is told is told as they chose: at once, after quiet hours, with a digest, or not; and only with the right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts import service
from alerts.notices import choices as notice_choices
from alerts.notices import delivery, endpoints, telling_log
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.mail.transports.base import Again, Refused, Unclear
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, open_case, rows, staff_actor, tick, world
from tests.alerts.told import Postbox, attempts_of, choose, to, write_digests
from tests.directory import builders as directory

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
LADDER = ALERTS + "escalation: [{after_hours: 0, to: role:program_owner}]\n"


def told(of: World, channel: str = "email") -> list[tuple[str, str]]:
    return [(row.news, row.state) for row in rows(of, "notification") if row.channel == channel]


def test_who_never_chose_hears_of_everything_at_once(engine: Engine) -> None:
    of = world(engine)
    open_case(of, 3)
    [mail] = Postbox(of).empty()
    assert mail.message.recipient.email == of.dana.email


@pytest.mark.parametrize(
    ("topics", "rhythm", "expected"),
    [
        ({"new_case": "off"}, "never", [("joined", "handed")]),
        ({"new_case": "digest"}, "daily", [("opened", "digest"), ("joined", "handed")]),
        ({"more_bad_news": "off", "new_case": "off"}, "never", []),
    ],
)
def test_each_topic_comes_as_it_was_chosen(
    engine: Engine, topics: dict[str, str], rhythm: str, expected: list[tuple[str, str]]
) -> None:
    of = world(engine)
    choose(of, of.dana, topics=topics, rhythm=rhythm)
    open_case(of, 3)
    open_case(of, 2)
    assert told(of) == expected
    assert len(Postbox(of).empty()) == sum(state == "handed" for _, state in expected)
    open_case(of, 3, partner=of.brisk)  # what one person chose changes nothing for another
    assert told(of)[-1] == ("opened", "handed")


def test_an_escalation_cannot_be_switched_off_by_whatever_stands_in_the_row(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, LADDER)
    olga = directory.staff(sqlite_engine, "olga@ours.example", name="Olga", role="program_owner")
    choose(of, olga, topics={"escalation": "off"})
    choose(of, of.dana, topics={"escalation": "off", "new_case": "off", "warning": "off"})
    open_case(of, 3)
    of.later(days=3)
    tick(of)
    mails = Postbox(of).empty()
    assert [len(to(member, mails)) for member in (olga, of.dana)] == [1, 1]


def test_in_quiet_hours_news_waits_and_the_gravest_escalation_does_not(engine: Engine) -> None:
    of = world(engine, LADDER)
    of.engine.clock.set(datetime(2026, 3, 9, 21, 30, tzinfo=UTC))  # type: ignore[attr-defined]
    choose(of, of.dana, quiet_from=20 * 60, quiet_until=7 * 60)
    open_case(of, 3)
    box = Postbox(of)
    assert box.empty() == []
    of.later(hours=8, minutes=29)  # 06:59 in Rome
    assert box.empty() == []
    of.later(minutes=1)
    assert len(box.empty()) == 1
    of.engine.clock.set(datetime(2026, 3, 11, 22, tzinfo=UTC))  # type: ignore[attr-defined]
    tick(of)
    [escalated] = to(of.dana, box.empty())  # at 23:00 in Rome
    assert "not answered in time" in escalated.message.subject


def test_the_readers_own_webhook_and_chat_hear_of_what_comes_at_once(engine: Engine) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        endpoints.set_own_endpoint(uow, of.dana.id, "https://me.example.com/hooks")
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    choose(of, of.dana, topics={"more_bad_news": "digest"}, rhythm="daily", quiet_from=0, quiet_until=23 * 60)
    open_case(of, 3)
    open_case(of, 2)  # waits for the digest, which comes by mail
    open_case(of, 3, partner=of.brisk)  # Luis's, so not Dana's business
    assert told(of, "webhook") == told(of, "chat") == [("opened", "pending")]
    due = {row.channel: row.due_at for row in rows(of, "notification") if row.news == "opened" and row.due_at > of.now}
    assert due == dict.fromkeys(("email", "webhook", "chat"), datetime(2026, 3, 9, 22, tzinfo=UTC))


def test_what_waits_for_a_digest_that_will_not_come_goes_at_once(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, topics={"new_case": "digest"}, rhythm="weekly")
    open_case(of, 3)
    box = Postbox(of)
    assert box.empty() == []
    choose(of, of.dana)
    assert len(box.empty()) == 1
    choose(of, of.dana)
    assert box.empty() == []


# ---- rights


def lose_by_partner(of: World) -> None:
    directory.owned(of.engine, of.luis, of.acme)
    [row] = rows(of, "casework")
    service.assign(of.engine.work, staff_actor(of.dana), row.id, of.luis.id)


def lose_by_account(of: World) -> None:
    lose_by_partner(of)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        directory_service.disable_staff(uow, of.dana.id)


@pytest.mark.parametrize("loses", [lose_by_partner, lose_by_account])
def test_nobody_is_told_of_a_case_they_have_lost_the_right_to(engine: Engine, loses: object) -> None:
    of = world(engine)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        endpoints.set_own_endpoint(uow, of.dana.id, "https://me.example.com/hooks")
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    choose(of, of.dana, topics={"more_bad_news": "digest"}, rhythm="daily", quiet_from=9 * 60, quiet_until=12 * 60)
    open_case(of, 3)
    open_case(of, 2)
    with engine.work.begin(actor=SYSTEM) as uow:  # out of the team, so that nothing is seen by it either
        directory_service.change_staff(uow, of.dana.id, directory_service.read_staff_change({"team_id": None}))
    loses(of)  # type: ignore[operator]
    of.later(days=1)
    write_digests(of)
    assert to(of.dana, Postbox(of).empty()) == []
    while delivery.deliver_due(engine):
        pass
    why = "the case went to somebody else before the message did"
    assert attempts_of(of, "webhook") == attempts_of(of, "chat") == [("withdrawn", why)]


def test_somebody_of_another_team_to_whom_the_ladder_leads_still_hears_of_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS + "escalation: [{after_hours: 0, to: 'staff:luis@ours.example'}]\n")
    open_case(of, 3)
    of.later(days=2)
    tick(of)
    box = Postbox(of)
    assert len(to(of.luis, box.empty())) == 1


# ---- the log


def test_every_try_of_a_mail_to_staff_is_logged_with_its_reason_and_the_next(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    box = Postbox(of, [Again("451 later"), Unclear("the line broke"), Refused("550 no such mailbox")])
    for _ in range(3):
        box.empty()
        of.later(minutes=2)
    assert attempts_of(of, "email") == [
        ("again", "451 later"),
        ("again", "the line broke"),
        ("given_up", "550 no such mailbox"),
    ]
    with engine.work.read() as view:
        [told_dana] = telling_log.told_of_case(view, opened.id)
        log = telling_log.log(view, 10, given_up=True)
    assert told_dana.who == of.dana.name
    assert all(attempt.next_at is not None for attempt in told_dana.attempts[:2])
    assert told_dana.attempts[2].next_at is None
    assert [(row.who, row.case_ref, row.may_retry) for row in log] == [(of.dana.name, opened.ref, True)]


def test_what_was_given_up_can_be_tried_again_once_and_keeps_its_message_id(engine: Engine) -> None:
    of = world(engine)
    open_case(of, 3)
    box = Postbox(of, [Refused("550 no such mailbox")])
    box.empty()
    [row] = rows(of, "notification")
    [mail] = rows(of, "mail")
    with engine.work.begin(actor=SYSTEM) as uow:
        telling_log.retry(uow, row.id)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        telling_log.retry(uow, row.id)
    sound = Postbox(of)
    [sent] = sound.empty()
    assert sent.mail_id == mail.id
    assert sent.message_id == f"{mail.id.hex}@test.example"
    assert [outcome for outcome, _ in attempts_of(of, "email")] == ["given_up", "sent"]


def test_mail_to_partners_is_not_in_the_log_of_attempts(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    Postbox(of).empty()
    assert {row.recipient_id for row in rows(of, "delivery_attempt")} == {of.dana.id}


# ---- choosing

FORM = {"rhythm": "daily", "digest_at": "07:30", "weekday": "0", "quiet_from": "20:00", "quiet_until": "7:05"}


def test_a_form_is_read_as_it_was_meant() -> None:
    choices = notice_choices.read_choices({**FORM, "topic-mention": "digest", "grave_wakes": "yes"}, "Europe/Rome")
    assert (choices.rhythm, choices.digest_minute, choices.quiet_from, choices.quiet_until) == ("daily", 450, 1200, 425)
    assert choices.topics == {"mention": "digest"}
    assert choices.grave_wakes
    assert not notice_choices.read_choices(FORM, "Europe/Rome").grave_wakes
    assert notice_choices.read_choices({}, "Europe/Rome").rhythm == "never"


@pytest.mark.parametrize(
    ("typed", "pointers"),
    [
        ({"topic-escalation": "off"}, ["/topic-escalation"]),
        ({"topic-escalation": "digest"}, ["/topic-escalation"]),
        ({"topic-mention": "later"}, ["/topic-mention"]),
        ({"rhythm": "hourly"}, ["/rhythm"]),
        ({"rhythm": "never", "topic-mention": "digest"}, ["/rhythm"]),  # it would wait for ever
        ({"weekday": "7"}, ["/weekday"]),
        ({"digest_at": ""}, ["/digest_at"]),
        ({"digest_at": "25:00"}, ["/digest_at"]),
        ({"digest_at": "٠٧:٣٠x"}, ["/digest_at"]),
        ({"quiet_from": "8 o'clock"}, ["/quiet_from"]),
        ({"quiet_until": ""}, ["/quiet_until"]),
        ({"quiet_from": ""}, ["/quiet_from"]),
    ],
)
def test_a_wrong_choice_is_refused_at_its_field(typed: dict[str, str], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        notice_choices.read_choices({**FORM, **typed}, "Europe/Rome")
    assert [fault.pointer for fault in caught.value.faults][:1] == pointers


def test_nobody_takes_away_the_chat_of_somebody_else(engine: Engine) -> None:
    of = world(engine)
    actor = staff_actor(of.dana)
    with engine.work.begin(actor=actor) as uow:
        chat_id = notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    with pytest.raises(NotFound), engine.work.begin(actor=actor) as uow:
        notice_choices.remove_chat(uow, of.luis.id, chat_id)
    with engine.work.begin(actor=actor) as uow:
        for _ in range(notice_choices.MOST_CHATS - 1):
            notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    with pytest.raises(Conflict), engine.work.begin(actor=actor) as uow:
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    with engine.work.begin(actor=actor) as uow:
        notice_choices.remove_chat(uow, of.dana.id, chat_id)
    assert len(rows(of, "chat_address")) == notice_choices.MOST_CHATS - 1
