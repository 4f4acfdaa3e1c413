"""Every error becomes a page for people or problem details for programs, and tells nothing of our inside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request

from feedback_engine.foundation.errors import (
    Conflict,
    Fault,
    FeedbackError,
    Invalid,
    NotAllowed,
    NotFound,
    TransientError,
    Unavailable,
)
from feedback_engine.foundation.web.access import PUBLIC, SIGNED_IN
from feedback_engine.foundation.web.navigation import ProgramView
from tests.foundation.web_site import pages, site, staff


def _failing(tmp_path: Path, error: Exception, **given: Any) -> Flask:
    def view() -> str:
        raise error

    paths = ("/page", "/api/v1/thing", "/s/token")
    return site(tmp_path, pages(*((path, PUBLIC, view) for path in paths)), **{"principal": staff(), **given})


ERRORS = [
    (NotFound("There is no case C-1."), 404, "There is no case C-1."),
    (NotAllowed("Only the owner may."), 403, "Only the owner may."),
    (Conflict("Closed meanwhile."), 409, "Closed meanwhile."),
    (Invalid("Two things are wrong."), 422, "Two things are wrong."),
    (FeedbackError("Strange."), 400, "Strange."),
    (Unavailable("disk at /srv full"), 503, "Nothing was saved. Please try again in a minute."),
    (TransientError("The mail provider is away."), 503, "The mail provider is away."),
]


@pytest.mark.parametrize(("error", "status", "words"), ERRORS)
def test_an_error_is_a_page_for_people(tmp_path: Path, error: FeedbackError, status: int, words: str) -> None:
    answer = _failing(tmp_path, error).test_client().get("/page")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert words in answer.text


@pytest.mark.parametrize(("error", "status", "words"), ERRORS)
def test_an_error_is_problem_details_for_programs(
    tmp_path: Path, error: FeedbackError, status: int, words: str
) -> None:
    answer = _failing(tmp_path, error).test_client().get("/api/v1/thing")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert (answer.json["status"], answer.json["detail"]) == (status, words)
    assert answer.json["title"]


def test_each_fault_has_its_pointer(tmp_path: Path) -> None:
    error = Invalid("The event cannot be taken.", [Fault("/0/subject", "is missing"), Fault("/0/time", "has no zone")])
    answer = _failing(tmp_path, error).test_client().get("/api/v1/thing")
    assert answer.json is not None
    assert answer.json["errors"] == [
        {"pointer": "/0/subject", "detail": "is missing"},
        {"pointer": "/0/time", "detail": "has no zone"},
    ]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(Unavailable("away"), "60"), (TransientError("away"), "60"), (TransientError("away", timedelta(hours=1)), "3600")],
)
def test_an_outage_says_when_to_come_back(tmp_path: Path, error: FeedbackError, seconds: str) -> None:
    assert _failing(tmp_path, error).test_client().get("/page").headers["Retry-After"] == seconds


@pytest.mark.parametrize("path", ["/page", "/api/v1/thing", "/s/token"])
def test_a_bug_shows_no_trace(tmp_path: Path, path: str) -> None:
    answer = _failing(tmp_path, RuntimeError("password=hunter2")).test_client().get(path)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


def test_an_error_message_is_text_and_not_code(tmp_path: Path) -> None:
    answer = _failing(tmp_path, NotFound("<script>alert(1)</script>")).test_client().get("/page")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_partner_sees_an_error_without_our_navigation(tmp_path: Path) -> None:
    answer = _failing(tmp_path, NotFound("This link has ended.")).test_client().get("/s/token")
    assert "This link has ended." in answer.text
    assert "<nav" not in answer.text
    assert "stylesheet" not in answer.text


def test_a_partner_with_a_broken_link_is_not_told_to_search(tmp_path: Path) -> None:
    answer = site(tmp_path).test_client().get("/s/half/a/link")
    assert answer.status_code == 404
    assert "Open it once more from the mail" in answer.text


def test_an_outage_page_does_not_ask_the_database_again(tmp_path: Path) -> None:
    def down() -> ProgramView:
        raise Unavailable("away")

    client = _failing(tmp_path, Unavailable("away"), program_state=down).test_client()
    assert client.get("/page").status_code == 503
    missing = client.get("/no/such/page")
    assert missing.status_code == 404
    assert "There is nothing here" in missing.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/page", 405),
        ("DELETE", "/api/v1/thing", 405),
    ],
)
def test_a_wrong_address_is_told_in_our_words(tmp_path: Path, method: str, path: str, status: int) -> None:
    answer = _failing(tmp_path, NotFound("x")).test_client().open(path, method=method)
    assert answer.status_code == status
    assert "requested URL" not in answer.text
    if status == 405:
        assert "GET" in answer.headers["Allow"]
        told = (
            "This address takes GET, HEAD, OPTIONS, POST."
            if path.startswith("/api/")
            else "Open the page from the menu"
        )
        assert told in answer.text


def test_a_missing_form_field_does_not_talk_of_keys(tmp_path: Path) -> None:
    client = site(tmp_path, pages(("/s/form", PUBLIC, lambda: request.form["score"]))).test_client()
    answer = client.post("/s/form")
    assert answer.status_code == 400
    assert "KeyError" not in answer.text


def test_a_view_may_refuse_in_words_of_its_own(tmp_path: Path) -> None:
    client = site(tmp_path, pages(("/api/v1/raw", PUBLIC, lambda: abort(415, "Send CloudEvents.")))).test_client()
    answer = client.post("/api/v1/raw")
    assert answer.json is not None
    assert (answer.status_code, answer.json["detail"]) == (415, "Send CloudEvents.")


def test_a_missing_slash_is_a_redirect_and_not_an_error(tmp_path: Path) -> None:
    client = site(tmp_path, pages(("/s/folder/", PUBLIC, lambda: "here"))).test_client()
    assert client.get("/s/folder").status_code == 308


def test_errors_follow_the_browsers_language(tmp_path: Path) -> None:
    client = site(tmp_path, pages(("/closed", SIGNED_IN, lambda: "x"))).test_client()
    answer = client.get("/nowhere", headers={"Accept-Language": "it-IT,it;q=0.9"})
    assert "Qui non c’è nulla" in answer.text
    assert 'lang="it"' in answer.text
