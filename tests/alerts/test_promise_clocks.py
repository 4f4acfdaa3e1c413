"""The clock of a promise: a warning, one word when it is overdue, and the mails that say so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from alerts import service
from alerts.promises import mail as promise_mail
from alerts.promises import ticking as promise_ticking
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.message import Message
from tests.alerts.builders import World, case, open_case, rows, staff_actor, world
from tests.alerts.promised import entries, let_pass, promised, promises, settle, told


def test_a_promise_is_warned_of_and_overdue_once_each(engine: Engine) -> None:
    of = world(engine)
    promise = promised(of)
    let_pass(of, days=2)
    assert entries(of, "promise_warned", "promise_overdue") == []  # it is Wednesday 10:12, of 30 h 48 some 16 are gone
    let_pass(of, days=1, hours=1)
    let_pass(of, hours=5)
    assert entries(of, "promise_warned", "promise_overdue") == ["promise_warned"]
    let_pass(of, days=30)
    assert entries(of, "promise_warned", "promise_overdue") == ["promise_warned", "promise_overdue"]
    assert (told(of, "promise_due"), told(of, "promise_overdue")) == ([of.dana.id], [of.dana.id])
    [after] = promises(of, promise.case_id)
    assert (after.state, after.is_overdue, after.due_at) == ("open", True, promise.due_at)


def test_across_a_gap_of_three_days_only_what_still_holds_is_told(engine: Engine) -> None:
    of = world(engine)
    promised(of, due_on=date(2026, 3, 10))
    let_pass(of, days=3)
    let_pass(of, days=3)
    assert entries(of, "promise_warned", "promise_overdue") == ["promise_overdue"]
    assert (told(of, "promise_due"), told(of, "promise_overdue")) == ([], [of.dana.id])


def test_four_workers_warn_and_tell_once(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    for number in range(8):
        promised(of, case(of, opened.id), f"Promise {number}")
    of.later(days=3, hours=6)  # Thursday 16:12: three quarters are gone, and there is time yet

    def work(_: int) -> None:
        while promise_ticking.tick(engine.work, limit=3):
            pass

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
        of.later(days=2)
        list(workers.map(work, range(4)))
    counted = entries(of, "promise_warned", "promise_overdue")
    assert (counted.count("promise_warned"), counted.count("promise_overdue")) == (8, 8)
    assert told(of, "promise_overdue") == [of.dana.id] * 8


def test_a_promise_that_ended_is_silent(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    settle(of, promised(of), "kept")
    let_pass(of, days=30)
    assert entries(of) == ["opened", "promised", "promise_kept"]


def written(of: World, news: str) -> Message | str:
    """The mail about the news of this kind as it would leave now; why it would not leave, as a text."""
    [notice] = [row for row in rows(of, "notification") if row.news == news and row.channel == "email"]
    reader = of.dana if notice.recipient_id == of.dana.id else of.luis
    about = case(of, notice.case_id)
    with of.engine.work.read() as view:
        needless = promise_mail.why_needless(view, about, notice.revision, news, reader)
        mail = promise_mail.render(of.engine, view, about, notice.revision, news, reader)
    return needless or (mail if isinstance(mail, Message) else mail.reason)


def test_the_mail_says_what_was_promised_and_by_when(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    promise = promised(of)
    service.close(sqlite_engine.work, staff_actor(of.dana), promise.case_id, outcome="settled", root_cause="late")
    let_pass(of, days=3, hours=4)  # Thursday 14:12
    mail = written(of, "promise_due")
    assert isinstance(mail, Message)
    assert mail.subject == f"{promise.case_ref} Acme: a promise falls due"
    assert '"Send the contract"' in mail.text
    assert "Promised for: Thu 12 Mar, 17:00" in mail.text
    settle(of, promise, "kept")
    assert "ended before" in str(written(of, "promise_due"))


def test_whose_promise_was_called_broken_by_somebody_else_hears_of_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    promise = promised(of)
    service.settle_promise(
        sqlite_engine.work, staff_actor(of.luis), promise.case_id, promise.id, "broken", reason="It never came."
    )
    mail = written(of, "promise_broken")
    assert isinstance(mail, Message)
    assert (mail.recipient.email, "Why: It never came." in mail.text) == ("dana@ours.example", True)


def test_a_promise_left_out_of_time_stays_where_it_is(sqlite_engine: Engine) -> None:
    """What nobody ended is neither kept nor broken, however long ago it was due."""
    of = world(sqlite_engine)
    promised(of)
    let_pass(of, days=300)
    assert [row.state for row in rows(of, "promise")] == ["open"]
    assert of.now - rows(of, "promise")[0].due_at > timedelta(days=290)
