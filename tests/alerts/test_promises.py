"""Promises: how they are made and end, their own clocks, whose they are, and where they are seen; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.clocks.business_time import ALWAYS, Calendar, Hours
from alerts.clocks.case_clock import Target
from alerts.promises import mail as promise_mail
from alerts.promises import reading as promise_reading
from alerts.promises import ticking as promise_ticking
from alerts.promises.flow import Fault, MakePromise, SettlePromise, target_of
from alerts.promises.reading import PromiseView
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, rows, staff_actor, world
from tests.alerts.site import browser, program, staff, token, words
from tests.directory import builders as directory

THURSDAY = date(2026, 3, 12)
ROME = Calendar("Europe/Rome", {day: Hours(9 * 60, 17 * 60) for day in range(5)}, frozenset({date(2026, 3, 11)}))
NOW = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)


def promised(of: World, opened: CaseView | None = None, text: str = "Send the contract", **how: Any) -> PromiseView:
    """A promise of Dana's in her case, by the end of Thursday."""
    about = opened or open_case(of)
    service.promise(of.engine.work, staff_actor(of.dana), about.id, text, how.pop("due_on", THURSDAY), **how)
    return next(each for each in promises(of, about.id) if each.text == text)


def promises(of: World, case_id: UUID) -> list[PromiseView]:
    with of.engine.work.read() as view:
        return promise_reading.promises_of_case(view, case_id)


def settle(of: World, promise: PromiseView, state: str, reason: str = "", **how: Any) -> None:
    who = staff_actor(of.dana)
    service.settle_promise(of.engine.work, who, promise.case_id, promise.id, state, reason=reason, **how)


def entries(of: World, *kinds: str) -> list[str]:
    found = sorted(rows(of, "case_entry"), key=lambda row: (row.at, row.revision))
    return [row.kind for row in found if not kinds or row.kind in kinds]


def let_pass(of: World, **span: float) -> None:
    of.later(**span)
    while promise_ticking.tick(of.engine.work):
        pass


def told(of: World, news: str) -> list[UUID]:
    return [row.recipient_id for row in rows(of, "notification") if row.news == news and row.channel == "email"]


# ---- when a promise is due


@pytest.mark.parametrize(
    ("calendar", "due_on", "due_at", "warn_at"),
    [
        (ROME, date(2026, 3, 10), "2026-03-10T16:00Z", "2026-03-10T12:18Z"),  # of 14 h 48, all but 3 h 42
        (ROME, date(2026, 3, 9), "2026-03-09T16:00Z", "2026-03-09T14:18Z"),  # today
        (ROME, date(2026, 3, 11), "2026-03-12T16:00Z", "2026-03-12T10:18Z"),  # a holiday
        (ROME, date(2026, 3, 14), "2026-03-16T16:00Z", "2026-03-13T14:18Z"),  # a Saturday
        (ALWAYS, date(2026, 3, 9), "2026-03-10T00:00Z", "2026-03-09T20:18Z"),
    ],
)
def test_a_promise_is_due_when_work_ends_on_its_day(
    calendar: Calendar, due_on: date, due_at: str, warn_at: str
) -> None:
    target = target_of(calendar, due_on, NOW)
    assert target == Target(datetime.fromisoformat(warn_at), datetime.fromisoformat(due_at))


@pytest.mark.parametrize(
    ("calendar", "due_on", "reason"),
    [
        (ROME, date(2026, 3, 6), "until_past"),  # the Friday before
        (ALWAYS, date(2026, 3, 8), "until_past"),
        (ROME, date(2027, 3, 11), "promise_far"),
    ],
)
def test_a_promise_for_a_day_that_cannot_be_is_none(calendar: Calendar, due_on: date, reason: str) -> None:
    assert target_of(calendar, due_on, NOW) == Fault(reason, "due_on")


# ---- made and ended


def test_a_promise_is_kept_in_the_case_and_ends_once(engine: Engine) -> None:
    of = world(engine)
    promise = promised(of)
    assert (promise.state, promise.owner.id, promise.promised_by.id) == ("open", of.dana.id, of.dana.id)
    assert promise.due_at == datetime(2026, 3, 12, 16, tzinfo=UTC)
    settle(of, promise, "kept")
    [after] = promises(of, promise.case_id)
    assert (after.state, after.settled_at, after.is_open) == ("kept", of.now, False)
    with pytest.raises(Conflict, match="ended already"):
        settle(of, promise, "broken")
    assert entries(of) == ["opened", "promised", "promise_kept"]


def test_a_call_is_logged_with_all_that_came_of_it(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    revision = service.log_contact(
        engine.work,
        staff_actor(of.dana),
        opened.id,
        text="They wait for a yes.",
        root_cause="late",
        sentiment="relieved",
        promised=MakePromise("A yes or no", THURSDAY),
    )
    after = case(of, opened.id)
    assert (after.revision, after.state, after.root_cause) == (revision, "in_progress", "late")
    assert entries(of) == ["opened", "contact_logged", "promised"]
    [promise] = promises(of, opened.id)
    assert promise.text == "A yes or no"
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller logged a contact: Call, Talked · Relieved · Decision late" in page
    assert "Dana Keller promised, by Thu 12 Mar" in page
    service.undo(engine.work, staff_actor(of.dana), opened.id)  # the promise, and what was said stays said
    assert promises(of, opened.id) == []
    assert case(of, opened.id).contacted_at is not None


def test_a_call_needs_nothing_but_its_outcome(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    assert (promises(of, opened.id), case(of, opened.id).root_cause) == ([], None)


def test_a_cause_noted_on_the_phone_is_gone_with_a_dismissal(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened, dana = open_case(of), staff_actor(of.dana)
    service.log_contact(sqlite_engine.work, dana, opened.id, root_cause="late")
    service.dismiss(sqlite_engine.work, dana, opened.id, reason="mistaken")
    assert case(of, opened.id).root_cause is None


@pytest.mark.parametrize(
    ("contact", "pointer"),
    [
        ({"root_cause": "bad mood"}, "/root_cause"),
        ({"sentiment": "furious"}, "/sentiment"),
        ({"promised": MakePromise(" ", THURSDAY)}, "/promise"),
        ({"promised": MakePromise("x" * 2001, THURSDAY)}, "/promise"),
        ({"promised": MakePromise("A yes", None)}, "/promise_due_on"),
        ({"promised": MakePromise("A yes", date(2026, 3, 6))}, "/promise_due_on"),
        ({"promised": MakePromise("A yes", THURSDAY), "outcome": "no_answer"}, "/promise"),
        ({"sentiment": "upset", "outcome": "no_answer"}, "/sentiment"),
    ],
)
def test_what_cannot_have_come_of_a_call_is_refused_at_its_field(
    sqlite_engine: Engine, contact: dict[str, Any], pointer: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    with pytest.raises(Invalid) as refused:
        service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id, **contact)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert entries(of) == ["opened"]


@pytest.mark.parametrize(
    ("action", "refusal", "says"),
    [
        (MakePromise("", THURSDAY), Invalid, "/text"),
        (MakePromise("A yes", date(2028, 3, 12)), Invalid, "/due_on"),
        (MakePromise("A yes", THURSDAY, UUID(int=5)), Invalid, "/owner"),
        (SettlePromise(UUID(int=5), "kept"), NotFound, ""),
        (SettlePromise(UUID(int=5), "forgotten"), Invalid, "/state"),
        (SettlePromise(UUID(int=5), "withdrawn", " "), Invalid, "/reason"),
        (SettlePromise(UUID(int=5), "broken", "x" * 2001), Invalid, "/reason"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(
    sqlite_engine: Engine, action: Any, refusal: type[FeedbackError], says: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    with pytest.raises(refusal) as refused:
        service.act(sqlite_engine.work, staff_actor(of.dana), opened.id, action)
    assert [fault.pointer for fault in getattr(refused.value, "faults", ())] == ([says] if says else [])


def test_a_promise_of_another_case_is_not_found_in_this_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    promise, other = promised(of), open_case(of, touchpoint="training.held")
    with pytest.raises(NotFound):
        service.settle_promise(sqlite_engine.work, SYSTEM, other.id, promise.id, "kept")


def test_a_promise_outlives_its_case(engine: Engine) -> None:
    of = world(engine)
    promise = promised(of)
    service.close(engine.work, staff_actor(of.dana), promise.case_id, outcome="settled", root_cause="late")
    let_pass(of, days=3, hours=6)
    let_pass(of, days=1)
    assert entries(of, "promise_warned", "promise_overdue") == ["promise_warned", "promise_overdue"]
    settle(of, promise, "broken", "Legal said no.")
    closed = case(of, promise.case_id)
    assert (closed.state, closed.outcome) == ("closed", "settled")
    assert [each.state for each in promises(of, closed.id)] == ["broken"]
    with pytest.raises(Conflict, match="Reopen it first"):
        promised(of, closed, "Another one")


def test_what_was_done_to_a_promise_is_taken_back(engine: Engine) -> None:
    of = world(engine)
    promise, dana = promised(of), staff_actor(of.dana)
    before = {**rows(of, "promise")[0]._mapping}
    settle(of, promise, "withdrawn", "They bought elsewhere.")
    service.undo(engine.work, dana, promise.case_id)
    after = {**rows(of, "promise")[0]._mapping}
    assert {name for name in before if before[name] != after[name]} == {"revision"}
    with pytest.raises(Conflict):  # what was taken back cannot be taken back
        service.undo(engine.work, dana, promise.case_id)
    promised(of, case(of, promise.case_id), "A second one")
    service.undo(engine.work, dana, promise.case_id)
    assert [each.text for each in promises(of, promise.case_id)] == ["Send the contract"]


# ---- its clock


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
        mail = promise_mail.render(of.engine, view, about, notice.revision, news, reader)
    return mail if isinstance(mail, Message) else mail.reason


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


# ---- whose it is


def test_open_promises_go_along_when_their_case_is_given_away_and_come_back_with_it(engine: Engine) -> None:
    of = world(engine)
    promise, dana = promised(of), staff_actor(of.dana)
    kept = promised(of, case(of, promise.case_id), "Already done")
    settle(of, kept, "kept")
    before = {row.id: row for row in rows(of, "promise")}
    service.assign(engine.work, dana, promise.case_id, of.luis.id)
    owners = {each.id: each.owner.id for each in promises(of, promise.case_id)}
    assert owners == {promise.id: of.luis.id, kept.id: of.dana.id}
    moved = {row.id: row for row in rows(of, "promise")}[promise.id]
    clock = ("due_at", "warn_at", "rung", "wakes_at", "promised_by_id")
    assert [getattr(moved, name) for name in clock] == [getattr(before[promise.id], name) for name in clock]
    service.undo(engine.work, dana, promise.case_id)
    assert {each.owner.id for each in promises(of, promise.case_id)} == {of.dana.id}


def test_what_a_colleague_promised_stays_with_them(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    third = directory.staff(sqlite_engine, "third@ours.example", name="Thea Holm")
    service.promise(sqlite_engine.work, staff_actor(third), opened.id, "A demo", THURSDAY)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    assert [each.owner.name for each in promises(of, opened.id)] == ["Thea Holm"]


def test_the_promise_of_a_program_is_that_of_the_cases_owner(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    service.promise(sqlite_engine.work, SYSTEM, opened.id, "A demo", THURSDAY)
    assert [each.owner.id for each in promises(of, opened.id)] == [of.dana.id]


# ---- where they are seen


def send(of: World, path: str, form: str, status: int = 303, **typed: str) -> str:
    client = browser(of.engine, staff(of.dana))
    page = client.get(path).text
    csrf = token(page) if 'name="csrf_token"' in page else token(client.get("/my").text)
    revision = typed.pop("revision")
    fields = {f"{form}-{name}": text for name, text in typed.items()}
    answer = client.post(f"{path}/{form}", data={"csrf_token": csrf, "revision": revision, **fields})
    assert answer.status_code == status, words(answer.text)
    return words(client.get(answer.location).text if status == 303 else answer.text)


def test_the_page_of_a_case_makes_and_ends_promises(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    path = f"/cases/{opened.ref}"
    wrong = send(of, path, "promise", 422, revision="1", text="Send it", due_on="some day")
    assert "There is no such day. Give one, such as 2026-03-10." in wrong
    far = send(of, path, "promise", 422, revision="1", text="Send it", due_on="9999-12-31")
    assert "This date is out of range: choose one nearer to today." in far
    assert "There is no such day." not in far
    shown = send(of, path, "promise", revision="1", text="Send it", due_on="2026-03-12")
    assert "The promise stands, and its clock runs: whoever has to keep it is warned" in shown
    assert "The case is acknowledged with it" in shown
    assert "Dana Keller acknowledged the case and promised, by Thu 12 Mar" in shown
    assert "Dana Keller promised it, Mon 9 Mar" in shown
    [promise] = promises(of, opened.id)
    ending = {"revision": str(promise.case_revision), "id": str(promise.id)}
    assert "Say why the promise" in send(of, path, "settle-promise", 422, **ending, state="withdrawn")
    shown = send(of, path, "settle-promise", **ending, state="withdrawn", reason="They bought elsewhere.")
    assert "The promise does not hold any more, and its clock stands" in shown
    assert "Dana Keller: the promise “Send it” does not hold any more" in shown
    assert "They bought elsewhere." in shown
    send(of, path, "settle-promise", 404, revision="1", id="nonsense", state="kept")


def test_a_call_is_logged_on_the_page_with_its_promise(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    typed = {"outcome": "talked", "channel": "call", "promise": "A yes", "sentiment": "upset", "root_cause": "late"}
    path = f"/cases/{opened.ref}"
    refused = send(of, path, "log-contact", 422, revision="1", **typed)
    assert "Choose the day by which it was promised." in refused
    shown = send(of, path, "log-contact", revision="1", promise_due_on="2026-03-12", **typed)
    assert "Dana Keller logged a contact: Call, Talked · Still upset · Decision late" in shown
    assert "1 promise stays open, and goes on without the case." in shown


def test_a_closed_case_says_that_its_promises_go_on(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    promise = promised(of)
    service.close(sqlite_engine.work, staff_actor(of.dana), promise.case_id, outcome="settled", root_cause="late")
    client = browser(sqlite_engine, staff(of.dana))
    assert "1 stays open" in words(client.get(f"/cases/{promise.case_ref}").text)
    assert "the case is closed" in words(client.get("/my").text)


def test_the_monday_page_lists_promises_overdue_first(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first = promised(of, due_on=date(2026, 3, 17), text="Later")
    promised(of, case(of, first.case_id), "Sooner", due_on=date(2026, 3, 10))
    let_pass(of, days=3)
    client = browser(sqlite_engine, staff(of.dana))
    shown = words(client.get("/my").text)
    assert shown.index("Sooner") < shown.index("overdue, 41 h") < shown.index("Later") < shown.index("by Tue 17 Mar")
    assert "Sooner" not in words(browser(sqlite_engine, staff(of.luis)).get("/my").text)
    partner = words(client.get("/partners/acme").text)
    assert partner.index("Sooner") < partner.index("Later")


def test_programs_read_make_and_end_promises(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    client = browser(sqlite_engine, program("cases:read", "cases:write"))
    path = f"/api/v1/cases/{opened.ref}/promises"
    made = client.post(path, json={"text": "A yes", "due_on": "2026-03-12", "owner": "luis@ours.example"})
    assert (made.status_code, made.json["owner"], made.json["state"]) == (201, "luis@ours.example", "open")
    assert made.json["due_at"] == "2026-03-12T16:00:00+00:00"
    assert client.get(path).json["data"] == [made.json]
    ended = client.post(f"{path}/{made.json['id']}", json={"state": "withdrawn", "reason": "They left."})
    assert (ended.status_code, ended.json["state"], ended.json["reason"]) == (200, "withdrawn", "They left.")
    assert client.post(f"{path}/{made.json['id']}", json={"state": "kept"}).status_code == 409
    for body, pointer in (
        ({"text": "A yes"}, "/due_on"),
        ({"due_on": "2026-03-12"}, "/text"),
        ({"text": "A yes", "due_on": "soon"}, "/due_on"),
        ({"text": "A yes", "due_on": "0001-01-01"}, "/due_on"),
        ({"text": "A yes", "due_on": "9999-12-31"}, "/due_on"),
        ({"text": "A yes", "due_on": "2026-03-12", "owner": "nobody@ours.example"}, "/owner"),
        ({"text": 5, "due_on": "2026-03-12"}, "/text"),
        ({"text": "A yes", "due_on": "2026-03-12", "colour": "red"}, "/colour"),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, [fault["pointer"] for fault in answer.json["errors"]]) == (422, [pointer])


def test_a_promise_sent_again_by_a_program_is_made_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    client = browser(sqlite_engine, program("cases:read", "cases:write"))
    path, wanted = f"/api/v1/cases/{open_case(of).ref}/promises", {"text": "A yes", "due_on": "2026-03-12"}
    answers = [client.post(path, json=wanted, headers={"Idempotency-Key": "K-1"}) for _ in range(2)]
    assert [answer.json["id"] for answer in answers] == [answers[0].json["id"]] * 2
    assert len(client.get(path).json["data"]) == 1


def test_a_contact_by_program_may_carry_a_promise(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    client = browser(sqlite_engine, program("cases:read", "cases:write"))
    body = {"action": "log-contact", "channel": "call", "outcome": "talked", "sentiment": "neutral"}
    body |= {"promise": "A yes", "promise_due_on": "2026-03-12"}
    answer = client.post(f"/api/v1/cases/{opened.ref}/actions", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"3"'
    assert [each.text for each in promises(of, opened.id)] == ["A yes"]


def test_a_promise_left_out_of_time_stays_where_it_is(sqlite_engine: Engine) -> None:
    """What nobody ended is neither kept nor broken, however long ago it was due."""
    of = world(sqlite_engine)
    promised(of)
    let_pass(of, days=300)
    assert [row.state for row in rows(of, "promise")] == ["open"]
    assert of.now - rows(of, "promise")[0].due_at > timedelta(days=290)


def test_a_promise_that_is_due_after_its_case_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    promised(of, opened)
    late = "It falls due after the case has to be settled"
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "The case itself has to be settled by" in shown
    assert late not in shown
    day = (opened.resolve_due_at + timedelta(days=7)).date()
    revision = str(case(of, opened.id).revision)
    path = f"/cases/{opened.ref}"
    assert late in send(of, path, "promise", revision=revision, text="Mend the portal", due_on=day.isoformat())
    of.later(days=20)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(path).text)
    assert "The case itself was to be settled by" in shown
    assert "The case itself has to be settled by" not in shown
