"""Ending mails: a page that only acts when pressed, and the single click of a mail client."""

from __future__ import annotations

import pytest

from feedback_engine.directory.events import ContactUnsubscribed
from feedback_engine.foundation.engine import Engine
from tests.surveys import builders as build


def test_a_mail_clients_single_click_acts_at_once_without_cookie_or_redirect(engine: Engine) -> None:
    world = build.world(engine)
    build.subscribe(engine, ContactUnsubscribed)
    invitation = build.invite(world)
    (mail,) = build.send_mail(world)
    client = build.app(engine).test_client(use_cookies=False)
    path = mail["List-Unsubscribe"].strip("<>").removeprefix(engine.settings.base_url)
    done = client.post(path, data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert done.status_code == 200
    assert "Location" not in done.headers
    assert "Set-Cookie" not in done.headers
    assert [(stop.scope, stop.cause) for stop in build.rows(engine, "suppression")] == [("all", "opted_out")]
    (announced,) = build.announced(engine, ContactUnsubscribed)
    assert (announced.contact_id, announced.scope) == (world.contact.id, "all")
    (row,) = build.rows(engine, "invitation")
    assert (row.id, row.disposition) == (invitation, "2.11")
    assert client.post(path, data="List-Unsubscribe=One-Click").status_code == 200, "again changes nothing"
    assert len(build.rows(engine, "suppression")) == 1


def test_get_and_head_change_nothing(engine: Engine) -> None:
    world = build.world(engine)
    path = world.paths(build.invite(world)).stop()
    client = build.browser(engine)
    assert "Stop these e-mails?" in client.get(path).text
    assert client.head(path).status_code == 200
    assert client.get(path, query_string={"scope": "all", "List-Unsubscribe": "One-Click"}).status_code == 200
    assert build.rows(engine, "suppression") == []


@pytest.mark.parametrize(("wanted", "scope"), [("family", "family:deal-registration"), ("all", "all"), ("x", "all")])
def test_the_page_offers_this_family_or_all(engine: Engine, wanted: str, scope: str) -> None:
    world = build.world(engine)
    path = world.paths(build.invite(world)).stop()
    client = build.browser(engine)
    page = client.get(path)
    assert "Only mails like this one: Your deal registration DR-2291" in page.text
    done = client.post(path, data={"scope": wanted})
    assert "You will get no more of these e-mails" in done.text
    assert [stop.scope for stop in build.rows(engine, "suppression")] == [scope]
    assert "You will get no more of these e-mails" in client.get(path).text


def test_an_answer_is_not_undone_by_opting_out(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    client = build.browser(engine)
    build.answer(world, client, invitation, recommend="9")
    client.post(world.paths(invitation).stop())
    assert build.rows(engine, "invitation")[0].disposition == "1.1"


def test_old_links_and_expired_invitations_still_unsubscribe(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    build.later(engine, days=400)
    done = build.browser(engine).post(world.paths(invitation, 3).stop())
    assert done.status_code == 200
    assert len(build.rows(engine, "suppression")) == 1


def test_a_link_of_another_purpose_unsubscribes_nobody(engine: Engine) -> None:
    world = build.world(engine)
    path = world.paths(build.invite(world)).survey().replace("/s/", "/u/")
    assert build.browser(engine).post(path, data="List-Unsubscribe=One-Click").status_code == 404
    assert build.rows(engine, "suppression") == []
