"""One mail about many things: once for each person and day, also after a downtime; it pauses while there is nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from alerts import service
from alerts.notices import digests
from alerts.notices import store as notice_store
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.base import Again
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, answer, open_case, rows, staff_actor, world
from tests.alerts.recorded import record
from tests.alerts.told import Postbox, choose, to, write_digests
from tests.directory import builders as directory

DAILY = {"topics": {"new_case": "digest", "more_bad_news": "digest"}, "rhythm": "daily"}
WEEKLY = {**DAILY, "rhythm": "weekly"}


def morning(of: World, days: float = 1) -> None:
    """Let time pass until eight in the morning in Rome of the day after, or of a later one, and do what is due."""
    next_day = (of.now + timedelta(days=days)).date()
    of.engine.clock.set(of.now.replace(year=next_day.year, month=next_day.month, day=next_day.day, hour=7, minute=0))  # type: ignore[attr-defined]
    write_digests(of)


def test_news_that_waits_comes_with_the_digest_of_the_next_morning_and_once(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    opened = open_case(of, 3)
    open_case(of, 2)
    box = Postbox(of)
    write_digests(of)
    assert box.empty() == []  # not before its hour
    morning(of)
    [mail] = box.empty()
    assert mail.message.subject == "Your day, Tue 10 Mar"
    text = mail.message.text
    assert text.count(f"{opened.ref} Acme") == 3  # it opened, it was joined, and it is due today
    assert (
        text.index("New\n") < text.index("Acme gave a 2, one more answer in the open case") < text.index("Due next\n")
    )
    assert f"/cases/{opened.ref}" in text
    assert "/account/notices" in (mail.message.html or "")
    write_digests(of)
    assert box.empty() == []
    assert {row.digest_id for row in rows(of, "notification")} == {rows(of, "digest")[0].id}


def test_after_three_days_off_exactly_one_digest_comes_and_speaks_of_all_three(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    morning(of)
    before = len(rows(of, "digest"))
    Postbox(of).empty()
    refs = []
    for number in range(3):
        refs.append(open_case(of, 3, touchpoint=f"touchpoint.{number}").ref)
        of.later(days=1)
    of.later(hours=4)
    write_digests(of)
    write_digests(of)
    [mail] = Postbox(of).empty()
    assert all(ref in mail.message.text for ref in refs)
    assert len(rows(of, "digest")) == before + 1
    morning(of)
    assert len(rows(of, "digest")) == before + 2  # and the next one at its own hour


def test_two_workers_write_one_digest(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    open_case(of, 3)
    of.later(days=1)
    with engine.work.read() as view:
        [row] = notice_store.choices_due(view, 10)
        steps = [digests._decide(view, row, of.dana) for _ in range(2)]
    for step in steps:
        with engine.work.begin(actor=SYSTEM) as uow:
            digests._do(uow, row, step)
    assert len(rows(of, "digest")) == len(rows(of, "mail")) == 1


def test_the_database_refuses_a_second_digest_of_a_day(engine: Engine) -> None:
    of = world(engine)
    digest = {"staff_id": of.dana.id, "period": "2026-03-09", "rhythm": "daily", "state": "sent"}
    span = {"from_at": of.now, "until_at": of.now}
    with engine.work.begin(actor=SYSTEM) as uow:
        notice_store.insert_digest(uow, {"id": ids.new_reference_id(), **digest, **span})
    with pytest.raises(IntegrityError), engine.work.begin(actor=SYSTEM) as uow:
        notice_store.insert_digest(uow, {"id": ids.new_reference_id(), **digest, **span})


def test_whoever_moves_their_hour_gets_no_second_digest_that_day(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    open_case(of, 3)
    morning(of)
    choose(of, of.dana, **DAILY, digest_minute=17 * 60)
    of.later(hours=12)
    write_digests(of)
    assert len(Postbox(of).empty()) == 1


def test_a_digest_says_once_that_it_pauses_and_goes_on_with_the_next_news(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    box, said = Postbox(of), []
    for _ in range(4):
        morning(of)
        said += [mail.message.subject for mail in box.empty()]
    assert said == ["Pausing until there is news"]
    opened = open_case(of, 3)
    morning(of)
    [mail] = box.empty()
    assert opened.ref in mail.message.text
    service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    morning(of)
    assert [mail.message.subject for mail in box.empty()] == ["Pausing until there is news"]


def test_a_digest_goes_again_under_the_same_message_id_when_nobody_took_it(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    open_case(of, 3)
    morning(of)
    Postbox(of, [Again("451 later")]).empty()
    of.later(minutes=1)
    [mail] = Postbox(of).empty()
    [queued] = rows(of, "mail")
    assert mail.message_id == f"{queued.id.hex}@test.example"
    assert [(row.outcome, row.about) for row in rows(of, "delivery_attempt")] == [
        ("again", "digest"),
        ("sent", "digest"),
    ]


def test_the_sections_say_what_is_overdue_due_next_and_waiting(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    overdue = open_case(of, 3)
    waiting = open_case(of, 3, touchpoint="training.held")
    service.pause(engine.work, staff_actor(of.dana), waiting.id, reason="awaiting_partner", text="They look for it.")
    morning(of, 2)
    of.later(hours=4)
    due = open_case(of, 3, touchpoint="deal.other")
    morning(of)
    mail = Postbox(of).empty()[-1]
    sections = [part.split("\n")[0] for part in mail.message.text.split("\n\n")]
    assert sections[1:5] == ["New", "Overdue", "Due next", "Waiting"]
    of_section = dict(zip(sections, mail.message.text.split("\n\n"), strict=True))
    assert overdue.ref in of_section["Overdue"]
    assert due.ref in of_section["Due next"]
    assert waiting.ref in of_section["Waiting"]
    assert "until somebody goes on" in of_section["Waiting"]  # and no due time, as its clock stands still
    assert "Contact by" not in of_section["Waiting"]


def test_the_weekly_one_brings_the_figures_with_n_and_interval_and_the_oldest(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **WEEKLY)
    of.later(days=1)
    for score in (9, 10, 3):
        record(of, answer(of, score))
    record(of, answer(of, 0, partner=of.brisk))  # Luis's partner
    opened = open_case(of, 3)
    service.log_contact(engine.work, staff_actor(of.dana), opened.id)
    morning(of, 6)
    [mail] = Postbox(of).empty()
    assert mail.message.subject == "Your week, Mon 16 Mar"
    assert "NPS +33 (n = 3, 95 % interval −" in mail.message.text
    assert "few answers" in mail.message.text
    morning(of, 1)
    assert len(rows(of, "digest")) == 1  # the next one is next Monday


def test_the_weekly_one_counts_a_case_that_was_opened_again_since_then(engine: Engine) -> None:
    of = world(engine, ALERTS.replace("resolve_hours: 40", "resolve_hours: 160"))
    choose(of, of.dana, **WEEKLY)
    of.later(days=1)
    again, waiting = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    service.close(engine.work, staff_actor(of.dana), again.id, outcome="settled", root_cause="late")
    morning(of, 3)
    service.reopen(engine.work, staff_actor(of.dana), again.id, "There is more to it.")
    for each in (again, waiting):
        service.log_contact(engine.work, staff_actor(of.dana), each.id)
    morning(of, 3)
    [mail] = [mail for mail in Postbox(of).empty() if mail.message.subject == "Your week, Mon 16 Mar"]
    oldest = mail.message.text.partition("Oldest of those that have time")[2]
    assert "open since 10 Mar 2026" in oldest.partition(again.ref)[0]
    assert "open since 13 Mar 2026" in oldest.partition(again.ref)[2]


def test_each_reader_gets_theirs_in_their_language_and_zone(engine: Engine) -> None:
    of = world(engine)
    kei = directory.staff(engine, "kei@ours.example", name="Kei", time_zone="Asia/Tokyo", locale="it")
    directory.owned(engine, kei, of.brisk)
    for member in (of.dana, kei):
        choose(of, member, **DAILY)
    open_case(of, 3)
    open_case(of, 3, partner=of.brisk)
    box = Postbox(of)
    of.engine.clock.set(of.now.replace(hour=23, minute=0))  # type: ignore[attr-defined]  # 08:00 in Tokyo
    write_digests(of)
    [italian] = box.empty()
    assert italian.message.recipient.email == kei.email
    assert "mar 10 mar" in italian.message.subject
    morning(of)
    assert len(to(of.dana, box.empty())) == 1


def test_whoever_has_left_gets_no_digest(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, **DAILY)
    opened = open_case(of, 3)
    directory.owned(engine, of.luis, of.acme)
    service.assign(engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.disable_staff(uow, of.dana.id)
    morning(of)
    assert rows(of, "digest") == []
