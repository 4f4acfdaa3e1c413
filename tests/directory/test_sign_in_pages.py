"""Signing in and out with a browser, and one's own account."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.directory import service
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders
from tests.directory.site import post, signed_in, site

PASSWORD = "seven quiet herons"


def test_a_reader_who_is_not_signed_in_is_sent_to_the_form_and_back(sqlite_engine: Engine) -> None:
    builders.staff(sqlite_engine, role="program_owner", password=PASSWORD)
    browser = site(sqlite_engine).test_client()
    sent = browser.get("/partners?kind=channel")
    assert sent.status_code == 303
    answer = post(browser, sent.headers["Location"], email="dana@ours.example", password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/partners?kind=channel")
    assert browser.get("/partners").status_code == 200
    assert browser.get("/sign-in").status_code == 303  # who is in already is not asked again


@pytest.mark.parametrize(
    ("email", "password"), [("dana@ours.example", "wrong"), ("nobody@ours.example", PASSWORD), ("", "")]
)
def test_a_wrong_pair_is_refused_in_the_same_words(sqlite_engine: Engine, email: str, password: str) -> None:
    builders.staff(sqlite_engine, password=PASSWORD)
    answer = post(site(sqlite_engine).test_client(), "/sign-in", email=email, password=password)
    assert answer.status_code == 422
    assert "Address and password do not belong together" in answer.text
    assert "Set-Cookie" not in answer.headers or "staff" not in answer.headers["Set-Cookie"]


def test_passwords_cannot_be_tried_without_end(sqlite_engine: Engine) -> None:
    browser = site(sqlite_engine).test_client()
    tries = [post(browser, "/sign-in", email="dana@ours.example", password="x").status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(sqlite_engine: Engine, target: str) -> None:
    builders.staff(sqlite_engine, role="viewer", password=PASSWORD)
    browser = site(sqlite_engine).test_client()
    answer = post(browser, f"/sign-in?next={target}", email="dana@ours.example", password=PASSWORD)
    assert answer.headers["Location"] == "/"


def test_a_link_is_only_pressed_never_followed_by_itself(sqlite_engine: Engine) -> None:
    dana = builders.staff(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        path = "/sign-in/" + service.issue_sign_in_link(uow, sqlite_engine.keys, dana.id)
    browser = site(sqlite_engine).test_client()
    for _ in range(3):
        assert browser.get(path).status_code == 200
    assert browser.get("/account").status_code == 303  # looking at it signed nobody in
    assert post(browser, path).status_code == 303
    assert browser.get("/account").status_code == 200
    for used in (browser.get(path), post(browser, path, "/account")):
        assert used.status_code == 404
        assert "<h1>This sign-in link is over</h1>" in used.text
        assert 'href="/sign-in"' in used.text


def test_a_session_ends_after_a_week_and_when_it_is_ended(sqlite_engine: Engine, clock: MovedClock) -> None:
    app, dana = site(sqlite_engine), builders.staff(sqlite_engine)
    browser = signed_in(sqlite_engine, app, dana)
    clock.advance(timedelta(days=6))
    assert browser.get("/account").status_code == 200
    clock.advance(timedelta(days=1))
    assert browser.get("/account").status_code == 303
    browser = signed_in(sqlite_engine, app, dana)
    assert post(browser, "/sign-out", page="/account").status_code == 303
    assert browser.get("/account").status_code == 303


def test_a_new_password_ends_every_session_but_the_one_that_set_it(sqlite_engine: Engine) -> None:
    app, dana = site(sqlite_engine), builders.staff(sqlite_engine)
    here, there = signed_in(sqlite_engine, app, dana), signed_in(sqlite_engine, app, dana)
    new = {"password": PASSWORD, "again": PASSWORD}
    assert post(here, "/account/password", page="/account", **new).status_code == 303  # by link: no old one needed
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    refused = post(here, "/account/password", page="/account", current="wrong", **new)
    assert (refused.status_code, "This is not your present password" in refused.text) == (422, True)
    assert post(here, "/account/password", page="/account", current=PASSWORD, **new).status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "short", "again": "short"}, "A password has 12 to 200 characters"),
        ({"password": PASSWORD, "again": PASSWORD + "!"}, "The two new passwords differ"),
    ],
)
def test_a_new_password_is_checked(sqlite_engine: Engine, fields: dict[str, str], words: str) -> None:
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine))
    answer = post(browser, "/account/password", page="/account", **fields)
    assert (answer.status_code, words in answer.text) == (422, True)


def test_an_account_is_read_in_its_own_language_and_zone(sqlite_engine: Engine) -> None:
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine))
    saved = post(browser, "/account", name="Dana", locale="it", time_zone="Europe/Rome")
    assert saved.status_code == 303
    page = browser.get("/account").text
    assert '<html lang="it"' in page
    assert "Salvato." in page
    refused = post(browser, "/account", name="", locale="it", time_zone="Roma")
    assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (422, 2)
