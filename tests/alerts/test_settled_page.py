"""The page of the closing mail's link shows, preselects and takes a word; no other link opens it, nor it any other."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import unescape
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from alerts import service
from alerts import web as alerts_web
from alerts.settling.links import PURPOSE, open_link, path_of
from feedback_engine.app.factory import create_app
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime
from feedback_engine.foundation.mail.transports.base import Outgoing, Refused
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys.tokens import PURPOSES, Links
from surveys.web import blueprint as surveys_pages
from tests.alerts.builders import World, case, open_case, rows, staff_actor
from tests.alerts.settled import (
    DID,
    FOUND,
    closed,
    letters,
    link,
    react,
    say,
    send,
    settlement,
    steering,
    timeline,
    world,
)
from tests.alerts.site import browser, words
from tests.promises import Tell


def everything(of: World) -> dict[str, list[Any]]:
    """Every row of every table."""
    with of.engine.work.read() as view:
        return {
            table.name: sorted(map(repr, view.connection.execute(select(table))))
            for table in SQLModel.metadata.sorted_tables
        }


def test_a_scanner_that_opens_every_link_fifty_times_settles_nothing(engine: Engine, tell: Tell) -> None:
    of = world(engine)
    shut, client = closed(of), browser(engine, None)
    letters(of, "ana@acme.example")
    before = everything(of)
    for verdict in ("yes", "partly", "no"):
        for _ in range(50):
            assert client.get(link(of, shut, a=verdict)).status_code == 200
            assert client.head(link(of, shut, a=verdict)).status_code == 200
    assert everything(of) == before
    say(of, client, shut, "yes")
    assert case(of, shut.id).settlement == "confirmed"
    kind = engine.database.engine.dialect.name
    tell(12, f"3 links of a closed case on {kind}, each 50 times by GET and by HEAD: no row changed")


@pytest.mark.parametrize("verdict", ["yes", "partly", "no"])
def test_a_link_preselects_and_leaves_the_rest_to_its_reader(sqlite_engine: Engine, verdict: str) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    page = browser(sqlite_engine, None).get(link(of, shut, a=verdict))
    assert f'value="{verdict}" checked' in page.text
    assert page.text.count(" checked") == 1
    shown = words(page.text)
    for part in ("You said", "3 of 10", FOUND, DID, "Is it settled for you?", "goes one level up"):
        assert part in shown
    assert re.findall(r'name="verdict"[^>]*>([^<]*)<', page.text) == ["Yes", "Partly", "No"]  # as in the mail
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert len(page.data) < 15_000


@pytest.mark.parametrize("verdict", ["partly", "no"])
def test_who_says_that_it_is_not_settled_reads_by_when_they_hear_from_us_while_that_is_owed(
    sqlite_engine: Engine, verdict: str
) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    said = words(say(of, client, shut, verdict))
    after = case(of, shut.id)
    by = format_datetime(after.due_at, "Europe/Lisbon", style="full")
    assert f"You will hear from us by {by}." in said
    service.log_contact(sqlite_engine.work, staff_actor(of.dana if verdict == "partly" else of.luis), shut.id)
    assert "You will hear from us" not in words(client.get(link(of, shut)).text)


def test_a_change_of_mind_that_comes_too_late_says_so_and_gives_the_words_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    say(of, client, shut, "no", "You did it again.")
    service.note(sqlite_engine.work, staff_actor(of.dana), shut.id, "I look into it.")
    for verdict in ("yes", "no"):
        shown = words(say(of, client, shut, verdict, "It is fine <now>.", 409))
        assert "Your new answer was not taken" in shown
        assert "You wrote: “It is fine <now>.”" in unescape(shown)
        assert "Thank you: you said that it is not settled. " in shown
    for text in ("", "You did it again."):  # pressed twice
        assert "was not taken" not in words(say(of, client, shut, "no", text, 200))
    assert case(of, shut.id).settlement == "disputed"


def test_a_word_on_a_closing_that_was_taken_back_is_given_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    service.reopen(sqlite_engine.work, staff_actor(of.dana), shut.id, "Too early.")
    shown = words(say(of, client, shut, "yes", "It is fine now.", 410))
    assert "What you wrote was not taken: “It is fine now.”" in unescape(shown)


@pytest.mark.parametrize("given", ["", "maybe", "YES"])
def test_a_reply_without_a_verdict_is_sent_back_as_it_was_typed(sqlite_engine: Engine, given: str) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    shown = say(of, browser(sqlite_engine, None), shut, given, "My <b>words</b>", 422)
    assert "Choose yes, partly or no." in shown
    assert "My &lt;b&gt;words&lt;/b&gt;" in shown
    assert case(of, shut.id).settlement == "asked"


def test_the_page_reads_in_italian(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    page = browser(sqlite_engine, None).get(link(of, shut, l="it")).text
    assert 'lang="it"' in page
    assert "La Sua opinione su “deal.approved”: è risolto?" in words(page)
    assert "In parte" in words(page)


# ---- links


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_of_another_purpose_is_refused_both_ways(engine: Engine, purpose: Any) -> None:
    of = world(engine)
    shut = closed(of)
    key = settlement(of, shut).id
    pages = [surveys_pages(engine), alerts_web.blueprint(engine, lambda signs: ())]
    client = create_app(engine, blueprints=pages, load_principal=lambda request: None).test_client()
    foreign = engine.keys.token(purpose, key)
    assert open_link(engine.keys, foreign) is None
    before = everything(of)
    unknown = client.get(f"/c/{foreign}")
    assert (unknown.status_code, f'href="/c/{foreign}?l=it"' in unknown.text) == (404, True)
    assert "Questo link non funziona" in client.get(f"/c/{foreign}?l=it").text
    assert client.post(f"/c/{foreign}", data={"verdict": "yes"}).status_code == 404
    own = path_of(engine.keys, key).rpartition("/")[2]
    assert Links(engine.keys).open(purpose, own) is None
    segment = {"survey": "s", "unsubscribe": "u", "receipt": "r"}[purpose]
    assert client.get(f"/{segment}/{own}").status_code == 404
    if segment != "r":
        assert client.post(f"/{segment}/{own}", data={"q-nps": "3"}).status_code == 404
    assert everything(of) == before


def test_one_changed_bit_or_another_generation_opens_nothing(sqlite_engine: Engine) -> None:
    keys, key = sqlite_engine.keys, ids.new_id(7)
    token = keys.token(PURPOSE, key)
    assert open_link(keys, token) == key
    assert open_link(keys, keys.token(PURPOSE, key, 1)) is None
    raw = urlsafe_b64decode(token)
    assert len(raw) - 20 == 16  # 128 bits nobody can guess
    for bit in range(len(raw) * 8):
        other = bytearray(raw)
        other[bit // 8] ^= 1 << (bit % 8)
        assert open_link(keys, urlsafe_b64encode(bytes(other)).decode()) is None


def test_guessing_is_slowed_down(sqlite_engine: Engine) -> None:
    client = browser(sqlite_engine, None)
    statuses = [client.get(f"/c/{'A' * 48}").status_code for _ in range(31)]
    assert statuses[:30] == [404] * 30
    assert statuses[30] == 429


# ---- mail that does not arrive, and people who are forgotten


class Bouncing:
    """A transport whose every recipient cannot be reached."""

    replaces = False

    def send(self, mails: list[Outgoing]) -> Any:
        return [(mail.mail_id, Refused("no such mailbox", bounced=True)) for mail in mails]


def test_a_closing_that_bounces_asked_nobody(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    of.later(minutes=61)
    send(of, Bouncing())  # type: ignore[arg-type]
    assert (case(of, shut.id).state, case(of, shut.id).settlement) == ("closed", "unreached")
    [suppression] = rows(of, "suppression")
    assert (suppression.person, suppression.cause) == (of.ana.person, "undeliverable")


def test_erasing_a_contact_forgets_what_was_written_to_them_and_what_they_said(engine: Engine) -> None:
    of = world(engine)
    steering(of)
    shut, client = closed(of), browser(engine, None)
    say(of, client, shut, "no", "My own words.")
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.erase_person(uow, of.ana.person)
    react(of)
    assert client.get(link(of, shut)).status_code == 404
    assert ("partner_disputed", None) in timeline(of, shut)
    assert "My own words." not in str(everything(of))
    assert FOUND not in str(everything(of))


def test_another_partners_link_says_nothing_of_this_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut, other = closed(of), closed(of, open_case(of, 2, partner=of.brisk))
    say(of, browser(sqlite_engine, None), other, "no", "Ours.")
    assert case(of, shut.id).settlement == "asked"
    assert "Ours." not in browser(sqlite_engine, None).get(link(of, shut)).text


def test_a_mind_is_changed_ten_times_and_no_more(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    for number in range(14):
        page = client.post(link(of, shut), data={"verdict": ("yes", "partly")[number % 2]}, follow_redirects=True).text
    said = [kind for kind, _ in timeline(of, shut) if kind.startswith("partner_")]
    assert len(said) == 10
    assert "reply to the mail" in words(page)
    assert "Change my answer" not in page
