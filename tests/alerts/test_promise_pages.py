"""Where promises are seen, made and ended: on the page of a case, under My partners, and by program."""

from __future__ import annotations

from datetime import date, timedelta

from alerts import service
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, case, open_case, staff_actor, world
from tests.alerts.promised import let_pass, promised, promises
from tests.alerts.site import browser, program, staff, token, words


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
    assert "The contact is in the timeline, and the promise stands: its clock runs until Thu 12 Mar." in shown
    assert "Dana Keller logged a contact: Call, Talked · Still upset · Decision late" in shown
    assert "1 promise stays open, and goes on without the case." in shown


def test_whoever_was_written_to_answered_and_did_not_talk(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    shown = send(of, f"/cases/{opened.ref}", "log-contact", revision="1", outcome="talked", channel="mail")
    assert "Dana Keller logged a contact: Mail, Answered" in shown


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
    assert shown.index("Sooner") < shown.index("overdue by 41 h") < shown.index("Later") < shown.index("by Tue 17 Mar")
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


def test_a_promise_that_is_due_after_its_case_says_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    promised(of, opened)
    late = "It falls due after the case has to be settled"
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "The case itself has to be settled by" in shown
    assert late not in shown
    day = (opened.resolve_due_at + timedelta(days=30)).date()
    revision = str(case(of, opened.id).revision)
    path = f"/cases/{opened.ref}"
    assert late in send(of, path, "promise", revision=revision, text="Mend the portal", due_on=day.isoformat())
    of.later(days=20)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(path).text)
    assert "The case itself was to be settled by" in shown
    assert "The case itself has to be settled by" not in shown
    assert late not in shown
    assert "It falls due after the case was to be settled" in shown
