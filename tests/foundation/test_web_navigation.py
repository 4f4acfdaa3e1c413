"""Everybody finds the places of their role, and only those they may open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template

from feedback_engine.app.factory import PLACES
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, roles
from feedback_engine.foundation.web.navigation import ProgramView, current_place
from tests.conftest import START
from tests.foundation.web_site import pages, site, staff

EVERYWHERE = ("/", "/my", "/inbox", "/ideas", "/journeys", "/sampling", "/partners", "/surveys")


def _site(tmp_path: Path, reader: StaffPrincipal | None, **given: Any) -> Flask:
    views = [(path, SIGNED_IN, lambda: "page") for path in EVERYWHERE]
    return site(tmp_path, pages(*views, ("/admin", roles("admin"), lambda: "page")), principal=reader, **given)


def _places(html: str) -> tuple[list[str], list[str]]:
    """The words in the bar, and those under More."""
    bar, _, more = html.partition('<details class="more">')
    return [re.findall(r'<a href="[^"]*"[^>]*>([^<]+)', part[part.find("<nav") :])[:20] for part in (bar, _cut(more))]  # type: ignore[return-value]


def _cut(more: str) -> str:
    return "<nav" + more.partition("</nav>")[0]


@pytest.mark.parametrize(
    ("role", "bar"),
    [
        ("alliance_manager", ["My partners", "Inbox", "Ideas"]),
        ("program_owner", ["Overview", "Journeys", "Sampling", "Inbox"]),
        ("admin", ["Overview", "Journeys", "Sampling", "Inbox"]),
        ("viewer", ["Overview", "Journeys", "Sampling", "Inbox"]),
    ],
)
def test_the_bar_shows_the_places_of_the_role(tmp_path: Path, role: str, bar: list[str]) -> None:
    in_bar, under_more = _places(_site(tmp_path, staff(role)).test_client().get("/style").text)
    assert [words.strip() for words in in_bar] == bar
    assert "Partners" in under_more
    assert not set(in_bar) & set(under_more)


@pytest.mark.parametrize(("role", "shown"), [("admin", True), ("program_owner", False), ("viewer", False)])
def test_a_place_one_may_not_open_is_not_shown(tmp_path: Path, role: str, shown: bool) -> None:
    html = _site(tmp_path, staff(role)).test_client().get("/style").text
    assert ("Administration" in html) is shown


def test_a_place_without_a_page_is_not_shown(tmp_path: Path) -> None:
    assert "Reports" not in _site(tmp_path, staff("admin")).test_client().get("/style").text


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "overview"),
        ("/inbox", "inbox"),
        ("/cases/C-1042", "inbox"),  # a case belongs to the inbox
        ("/journeys/sales/quote", "journeys"),
        ("/journeysque", None),
        ("/nowhere", None),  # the overview is not the parent of everything
    ],
)
def test_a_page_lights_up_its_place(path: str, key: str | None) -> None:
    place = current_place(PLACES, path)
    assert (place.key if place else None) == key


def test_the_current_place_is_named_to_screen_readers(tmp_path: Path) -> None:
    framed = pages(("/my", SIGNED_IN, lambda: render_template("guide.html", tokens=(), faults=(), at=START)))
    html = site(tmp_path, framed, principal=staff("admin")).test_client().get("/my").text
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', html) == ["/my"]


@pytest.mark.parametrize("role", ["admin", "program_owner", "alliance_manager"])
def test_the_style_guide_is_in_nobodys_menu(tmp_path: Path, role: str) -> None:
    answer = _site(tmp_path, staff(role)).test_client().get("/style")
    assert answer.status_code == 200  # whoever knows the address may read it
    assert "Style guide</a>" not in answer.text


def test_open_work_is_counted_beside_its_place(tmp_path: Path) -> None:
    def counts(reader: StaffPrincipal) -> Mapping[str, int]:
        return {"inbox": 5}

    html = _site(tmp_path, staff("alliance_manager"), unread_counts=counts).test_client().get("/style").text
    assert re.search(r'Inbox <span class="count">5<span class="hidden-text"> waiting for you</span></span>', html)
    assert html.partition("</header>")[0].count('class="count"') == 1


def _program(mode: Any = "live", stopped: bool = False) -> Any:
    return lambda: ProgramView("Northwind Alliances", mode, stopped, "/mail/stop", "/mail/resume")


@pytest.mark.parametrize(
    ("role", "stopped", "button"),
    [
        ("program_owner", False, "/mail/stop"),
        ("admin", False, "/mail/stop"),
        ("program_owner", True, "/mail/resume"),
        ("alliance_manager", False, None),
        ("viewer", False, None),
    ],
)
def test_owners_stop_and_resume_sending_with_one_click(
    tmp_path: Path, role: str, stopped: bool, button: str | None
) -> None:
    app = _site(tmp_path, staff(role), program_state=_program(stopped=stopped))
    found = re.findall(r'action="(/mail/[^"]+)"', app.test_client().get("/style").text)
    assert found == ([button] if button else [])


@pytest.mark.parametrize(
    ("mode", "stopped", "words"),
    [
        ("draft", False, "Draft"),
        ("test", False, "Test"),
        ("live", False, "Live"),
        ("paused", False, "Paused"),
        ("live", True, "Sending stopped"),  # what matters more is told
    ],
)
def test_every_page_shows_the_state_of_the_program(tmp_path: Path, mode: str, stopped: bool, words: str) -> None:
    html = _site(tmp_path, staff(), program_state=_program(mode, stopped)).test_client().get("/style").text
    assert f">{words}</span></span>" in html


def test_nobody_sees_places_before_signing_in(tmp_path: Path) -> None:
    html = _site(tmp_path, None, program_state=_program()).test_client().get("/nowhere").text
    assert "Northwind Alliances" in html
    assert "<nav" not in html


def test_the_search_box_leads_to_the_partners(tmp_path: Path) -> None:
    html = _site(tmp_path, staff(), base_url="https://a.example/px").test_client().get("/px/style").text
    assert '<form class="find" role="search" action="/px/partners">' in html
