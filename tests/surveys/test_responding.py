"""Answering by link: nothing is recorded before Send, an answer is one response, and may be changed for 72 hours."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.event import listens_for

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import invitations
from surveys import reading as surveys
from surveys.events import ResponseChanged, ResponseSubmitted
from tests.surveys import builders as build


def test_the_loop_from_mail_to_receipt(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ResponseSubmitted)
    invitation = build.invite(world)
    (mail,) = build.send_mail(world)
    _, html = build.parts(mail)
    tapped = world.links.address("survey", invitation, 0, a="3")
    assert tapped.replace("&", "&amp;") in html

    client = build.browser(engine)
    page = client.get(world.paths(invitation).survey("3"))
    assert page.status_code == 200
    assert 'value="3" checked' in page.text
    assert "<h1><bdi>DR-2291</bdi> approved: how did we do?</h1>" in page.text, "as the mail says"

    sent = build.answer(world, client, invitation, recommend="3", better="Nine days for a yes.")
    assert sent.status_code == 303
    receipt = client.get(sent.location)
    assert "Thank you, Inês." in receipt.text
    assert "Nine days for a yes." in receipt.text

    (submitted,) = build.announced(engine, ResponseSubmitted)
    assert [(a.question, a.kind, a.score) for a in submitted.answers] == [("recommend", "nps", 3)]
    assert (submitted.has_comment, submitted.wants_contact) == (True, False)
    assert (submitted.tier, submitted.region) == ("gold", "EMEA")
    with engine.work.read() as reading:
        view = surveys.response_detail(reading, submitted.response_id)
        asked = surveys.invitations_by_id(reading, [invitation])[invitation]
    assert view.comment == "Nine days for a yes."
    assert view.score is not None
    assert view.score.words.startswith("How likely")
    assert asked.disposition is not None
    assert asked.disposition.code == "1.1"
    assert asked.state == "sent"


def test_looking_records_nothing(engine: Engine) -> None:
    """A scanner opens every link of the mail many times, by GET and by HEAD."""
    world = build.world(engine)
    build.subscribe(engine, ResponseSubmitted)
    invitation = build.invite(world)
    build.send_mail(world)
    client, paths = build.browser(engine), world.paths(invitation)
    before = [build.rows(engine, table) for table in ("invitation", "response", "suppression", "outbox")]
    links = [paths.survey(), *(paths.survey(str(score)) for score in range(11)), paths.decline(), paths.stop()]
    for path in links * 5:
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert [build.rows(engine, table) for table in ("invitation", "response", "suppression", "outbox")] == before
    assert build.answer(world, client, invitation, recommend="9").status_code == 303


def test_the_same_sent_twice_is_one_response(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ResponseSubmitted, ResponseChanged)
    invitation = build.invite(world)
    client = build.browser(engine)
    first = build.answer(world, client, invitation, recommend="9", better="Good")
    second = build.answer(world, client, invitation, recommend="9", better="Good")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(build.rows(engine, "response")) == 1
    assert len(build.announced(engine, ResponseSubmitted)) == 1
    assert build.announced(engine, ResponseChanged) == []


def test_sent_from_two_windows_at_once_is_one_response(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ResponseSubmitted, ResponseChanged)
    invitation = build.invite(world)
    app = build.app(engine)

    def send(score: int) -> int:
        return int(build.answer(world, app.test_client(), invitation, recommend=str(score % 2)).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(16))) == {303}
    assert len(build.rows(engine, "response")) == 1
    assert len(build.announced(engine, ResponseSubmitted)) == 1


def test_an_answer_may_be_changed_for_72_hours(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ResponseSubmitted, ResponseChanged)
    invitation = build.invite(world)
    client = build.browser(engine)
    build.answer(world, client, invitation, recommend="3", better="Slow")
    (submitted,) = build.announced(engine, ResponseSubmitted)

    build.later(engine, hours=71)
    page = client.get(world.paths(invitation).survey()).text
    assert 'value="3" checked' in page
    assert ">\nSlow</textarea>" in page
    build.answer(world, client, invitation, recommend="9")
    (changed,) = build.announced(engine, ResponseChanged)
    assert [answer.score for answer in changed.before] == [3]
    assert [answer.score for answer in changed.answers] == [9]
    assert (changed.revision, changed.has_comment) == (2, False)
    assert changed.at == submitted.at, "a changed answer leaves the day it stood in"
    with engine.work.read() as reading:
        assert [answer.score for answer in surveys.response_detail(reading, changed.response_id).answers] == [9]
    assert {(row.revision, row.score) for row in build.rows(engine, "answer")} == {(1, 3), (1, None), (2, 9)}

    build.later(engine, hours=1)
    closed = client.get(world.paths(invitation).survey())
    assert "Your answer has arrived" in closed.text
    late = build.answer(world, client, invitation, recommend="0")
    assert "Your answer has arrived" in late.text
    assert build.announced(engine, ResponseChanged) == []


def test_what_was_typed_stays_when_something_is_wrong(engine: Engine) -> None:
    world = build.world(engine, phone="")
    invitation = build.invite(world)
    sent = build.answer(world, build.browser(engine), invitation, better="Keep <this>", call="yes")
    assert sent.status_code == 422
    assert "Keep &lt;this&gt;" in sent.text
    assert "Please choose a number from 0 to 10." in sent.text
    assert "Please give a number at which we can call." in sent.text
    assert 'href="#q-recommend"' in sent.text
    assert 'id="q-recommend"' in sent.text
    assert 'href="#q-call-phone"' in sent.text
    assert 'id="q-call-phone"' in sent.text
    assert build.rows(engine, "response") == []


def test_every_type_of_question_is_asked_and_stored(engine: Engine) -> None:
    world = build.world(engine, build.EVERY_TYPE)
    build.subscribe(engine, ResponseSubmitted)
    invitation = build.invite(world, survey="everything")
    client = build.browser(engine)
    assert client.get(world.paths(invitation).survey("6")).status_code == 200
    build.answer(
        world, client, invitation, ease="6", satisfied="2", channel="people", words="Hm", call="yes", call__time="12-15"
    )
    (submitted,) = build.announced(engine, ResponseSubmitted)
    assert [(answer.kind, answer.score) for answer in submitted.answers] == [("ces", 6), ("csat", 2)]
    assert submitted.wants_contact
    with engine.work.read() as reading:
        view = surveys.response_detail(reading, submitted.response_id)
    assert [answer.kind for answer in view.answers] == ["ces", "csat", "single_choice", "open_text", "call_me"]
    assert view.answers[2].choice_words == "The people"
    assert view.call is not None
    assert view.call.choice_words == "12:00 to 15:00"


def test_an_empty_form_is_refused(engine: Engine) -> None:
    world = build.world(engine, build.SURVEY.replace("type: nps\n", "type: nps\n    required: false\n"))
    invitation = build.invite(world)
    sent = build.answer(world, build.browser(engine), invitation)
    assert sent.status_code == 422
    assert "at least one question" in sent.text


@pytest.mark.parametrize(
    ("kind", "words", "status"),
    [
        ("cut off", "This link does not work", 404),
        ("other purpose", "This link does not work", 404),
        ("revoked", "This link does not work", 404),
        ("taken back", "We have taken this question back", 410),
        ("too late", "The time to answer has passed", 410),
        ("history", "This link does not work", 404),
    ],
)
def test_a_link_that_leads_nowhere_shows_a_kind_page(engine: Engine, kind: str, words: str, status: int) -> None:
    world = build.world(engine)
    client = build.browser(engine)
    invitation = build.invite(world, replayed=kind == "history", batch="wave:x")
    path = world.paths(invitation, 1 if kind == "revoked" else 0).survey()
    if kind == "cut off":
        path = path[:-1]
    elif kind == "other purpose":
        path = path.replace("/s/", "/r/")
    elif kind == "taken back":
        with engine.work.begin(actor=SYSTEM) as uow:
            invitations.take_back(uow, "wave:x")
    elif kind == "too late":
        build.later(engine, days=14)
    shown = client.get(path)
    assert (shown.status_code, words in shown.text) == (status, True)
    assert "<header><b>Northwind" in shown.text, "whoever comes here learns with whom"
    if status == 404:
        assert f'href="{path}?l=it"' in shown.text
        assert "Questo link non funziona" in client.get(f"{path}?l=it").text
    sent = client.post(path, data={"q-recommend": "3"})
    assert sent.status_code in (status, 405)
    assert build.rows(engine, "response") == []


def test_whoever_guesses_links_is_slowed_down(sqlite_engine: Engine) -> None:
    build.world(sqlite_engine)
    client = build.browser(sqlite_engine)
    statuses = [client.get(f"/s/guess-{number}").status_code for number in range(40)]
    assert statuses[:30] == [404] * 30
    assert set(statuses[30:]) == {429}


def test_the_page_speaks_the_contacts_language_and_can_be_switched(engine: Engine) -> None:
    world = build.world(engine, language="it")
    invitation = build.invite(world)
    client = build.browser(engine)
    page = client.get(world.paths(invitation).survey())
    assert '<html lang="it" dir="ltr">' in page.text
    assert "Che cosa dovremmo fare diversamente?" in page.text
    assert "Inviare" in page.text
    switched = client.get(world.paths(invitation).survey("4") + "&l=en")
    assert "What should we do differently?" in switched.text
    assert "l=it&amp;a=4" in switched.text, "switching keeps what was tapped"


def test_a_survey_in_arabic_reads_from_right_to_left(engine: Engine) -> None:
    arabic = build.EVERY_TYPE.replace("title: Everything", "title: {en: Everything, ar: كل شيء}")
    for field in ("subject: Everything", "introduction: One question of each type.", "thanks: Thank you."):
        name, _, text = field.partition(": ")
        arabic = arabic.replace(field, f"{name}: {{en: '{text}', ar: نص}}")
    arabic = re.sub(r"text: ([A-Z][^}\n]*)", r"text: {en: '\1', ar: سؤال}", arabic)
    world = build.world(engine, arabic, language="ar")
    page = build.browser(engine).get(world.paths(build.invite(world, survey="everything")).survey())
    assert '<html lang="ar" dir="rtl">' in page.text


def test_the_page_is_small_and_needs_neither_script_nor_cookie(engine: Engine) -> None:
    world = build.world(engine, build.EVERY_TYPE)
    page = build.browser(engine).get(world.paths(build.invite(world, survey="everything")).survey("3"))
    assert len(page.data) <= 15 * 1024
    assert "<script" not in page.text
    assert "Set-Cookie" not in page.headers
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.text.count("src=") == 0


@pytest.mark.parametrize("text", [build.SURVEY, build.EVERY_TYPE], ids=["naming the event", "every type"])
def test_opening_the_page_costs_at_most_three_statements(sqlite_engine: Engine, text: str) -> None:
    world = build.world(sqlite_engine, text, time_zone="Europe/Lisbon")
    client, path = build.browser(sqlite_engine), world.paths(build.invite(world)).survey("3")
    statements: list[str] = []

    @listens_for(sqlite_engine.database.engine, "connect")
    def trace(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(statements.append)  # the driver's own word: prepared statements pass by here too

    sqlite_engine.database.dispose()
    client.get(path)
    statements.clear()
    client.get(path)
    asked = [statement for statement in statements if statement.lstrip().upper().startswith("SELECT")]
    assert 2 <= len(asked) <= 3, asked


def test_not_now_declines_once_and_only_when_pressed(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    client, path = build.browser(engine), world.paths(invitation).decline()
    asked = client.get(path).text
    assert "Not now?" in asked
    assert f'href="{path}?l=it"' in asked
    assert build.rows(engine, "invitation")[0].declined_at is None
    assert "That is fine" in client.post(path).text
    (row,) = build.rows(engine, "invitation")
    assert row.declined_at == engine.clock.now()
    assert row.disposition == "2.11"
    assert build.answer(world, client, invitation, recommend="7").status_code == 303, "they may change their mind"
    assert build.rows(engine, "invitation")[0].disposition == "1.1"


def test_an_answer_that_cannot_be_stored_comes_back_to_be_sent_again(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    invitation = build.invite(world)
    _refuse_writes(sqlite_engine, True)
    form = {"recommend": "2", "better": "Line one\nline <two>"}
    sent = build.answer(world, build.browser(sqlite_engine), invitation, **form)
    assert sent.status_code == 503
    assert sent.headers["Retry-After"]
    assert "line &lt;two&gt;" in sent.text
    assert 'name="q-recommend" value="2"' in sent.text
    _refuse_writes(sqlite_engine, False)
    assert build.answer(world, build.browser(sqlite_engine), invitation, **form).status_code == 303
    assert len(build.rows(sqlite_engine, "response")) == 1


def _refuse_writes(engine: Engine, refuse: bool) -> None:
    """Let SQLite behave as on a full disk: reading works, writing does not."""
    with engine.database.write() as connection:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if refuse else 'OFF'}")
