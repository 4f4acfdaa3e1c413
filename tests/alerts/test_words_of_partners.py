"""The words of partners and to them: as long as their form allows they are kept whole, else they are given back."""

from __future__ import annotations

from html import unescape

import pytest

from alerts import service
from alerts.casework.flow import MAX_TEXT
from alerts.settling.replying import LONGEST_REPLY
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import builders
from tests.alerts.builders import World, case, open_case, rows, staff_actor
from tests.alerts.settled import DID, closed, link, say, settlement, timeline, world
from tests.alerts.site import browser, staff, token, words

OWN = "My long words.\nAnd more."


def as_sent(text: str) -> str:
    """What a browser sends for what is typed."""
    return text.replace("\n", "\r\n")


def lines(length: int) -> str:
    """So many signs, as a form counts them, in many lines."""
    return ("line\n" * (length // 5))[: length - 1] + "Z"


def said(of: World, shut: CaseView) -> list[str | None]:
    """What the timeline holds of the partner's words."""
    return [text for kind, text in timeline(of, shut) if kind.startswith("partner_")]


def went_on(of: World) -> CaseView:
    """A case whose partner said that it is partly settled, and somebody is at work on it again."""
    shut = closed(of)
    say(of, browser(of.engine, None), shut, "partly", "Not all of it.")
    service.note(of.engine.work, staff_actor(of.dana), shut.id, "On it.")
    return shut


# ---- as long as the form allows


def test_words_as_long_as_the_form_allows_are_kept_whole(engine: Engine) -> None:
    of = world(engine)
    shut, client = closed(of), browser(engine, None)
    assert f'maxlength="{LONGEST_REPLY}"' in client.get(link(of, shut)).text
    say(of, client, shut, "no", as_sent(lines(LONGEST_REPLY)))
    assert said(of, shut) == [lines(LONGEST_REPLY)]


def test_words_that_are_longer_are_refused_and_given_back_whole(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    page = say(of, client, shut, "no", as_sent(lines(LONGEST_REPLY + 1)), 422)
    assert f"Please shorten this to {LONGEST_REPLY:,} characters; now it has {LONGEST_REPLY + 1:,}." in words(page)
    assert f">\n{lines(LONGEST_REPLY + 1)}</textarea>" in page.replace("\r\n", "\n")
    assert 'value="no" checked' in page
    assert case(of, shut.id).settlement == "asked"


def test_a_mail_to_a_partner_and_a_closing_as_long_as_is_allowed_are_kept_whole(engine: Engine) -> None:
    of = world(engine)
    opened, client = open_case(of, 3), browser(engine, staff(of.dana))
    key = token(client.get(f"/cases/{opened.ref}").text)
    longest = lines(MAX_TEXT)

    def send(path: str, **typed: str) -> int:
        revision = str(case(of, opened.id).revision)
        form = {"csrf_token": key, "revision": revision, **{name: as_sent(typed[name]) for name in typed}}
        return client.post(f"/cases/{opened.ref}/{path}", data=form).status_code

    letter = {"letter-subject": "What we found", "letter-text": longest}
    assert send("letters", **letter | {"letter-text": f"{longest}Z"}) == 422
    assert send("letters", **letter) == 303
    assert [row.text for row in rows(of, "case_message")] == [longest]
    closing = {"close-outcome": "settled", "close-root_cause": "late", "close-tell": "yes", "close-did": DID}
    assert send("close", **closing, **{"close-found": f"{longest}Z"}) == 422
    assert send("close", **closing, **{"close-found": longest, "close-text": longest}) == 303
    assert settlement(of, opened).found == longest
    assert ("closed", longest) in timeline(of, opened)


# ---- too late


@pytest.mark.parametrize("given", ["", "maybe"])
def test_words_without_a_verdict_that_come_too_late_are_given_back(sqlite_engine: Engine, given: str) -> None:
    of = world(sqlite_engine)
    shut, client = went_on(of), browser(sqlite_engine, None)
    page = say(of, client, shut, given, as_sent(OWN), 409)
    assert "Your new answer was not taken" in words(page)
    assert f"You wrote: “{' '.join(OWN.split())}”" in unescape(words(page))
    assert "Choose yes, partly or no" not in page
    assert "was not taken" not in say(of, client, shut, given, "", 200)


def test_words_without_a_verdict_on_a_closing_that_was_taken_back_are_given_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut = closed(of)
    builders.reopen(of, shut)
    page = say(of, browser(sqlite_engine, None), shut, "", as_sent(OWN), 410)
    assert f"What you wrote was not taken: “{' '.join(OWN.split())}”" in unescape(words(page))


@pytest.mark.parametrize("verdict", ["", "no"])
@pytest.mark.parametrize("is_taken_back", [True, False])
def test_late_words_are_given_back_as_far_as_they_would_ever_be_taken(
    sqlite_engine: Engine, verdict: str, is_taken_back: bool
) -> None:
    of = world(sqlite_engine)
    if is_taken_back:
        shut = closed(of)
        builders.reopen(of, shut)
    else:
        shut = went_on(of)
    page = say(of, browser(sqlite_engine, None), shut, verdict, "y" * 100_000, 410 if is_taken_back else 409)
    assert f"“{'y' * LONGEST_REPLY}”" in page
    assert f"its first {LONGEST_REPLY:,} characters:" in words(page)


# ---- pressed twice


@pytest.mark.parametrize("typed", ["hi\x00", "\x00", lines(LONGEST_REPLY), " hi\n\nthere "])
def test_the_same_words_pressed_twice_are_not_called_new(sqlite_engine: Engine, typed: str) -> None:
    of = world(sqlite_engine)
    shut, client = closed(of), browser(sqlite_engine, None)
    say(of, client, shut, "no", as_sent(typed))
    before = case(of, shut.id).revision
    say(of, client, shut, "no", as_sent(typed))
    assert case(of, shut.id).revision == before
    service.note(sqlite_engine.work, staff_actor(of.dana), shut.id, "On it.")
    assert "was not taken" not in say(of, client, shut, "no", as_sent(typed), 200)
