"""On a phone whoever is signed in reaches what stands at the top right of a desk: their account, and the search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import sign_in
from tests.browser.screen import DESK, PHONE, fits, window
from tests.directory import builders
from tests.installation import Installation, running

pytestmark = pytest.mark.browser

ROLES = {"priya": "admin", "henrik": "program_owner", "dana": "alliance_manager", "aoife": "viewer"}
NARROW = 820
"""Pixels of a tablet: wide enough for the bar, too narrow for the name beside it."""

LOW, VERY_LOW = 640, 520
"""Heights in pixels: of a small phone, and of one whose browser shows bars above and below."""

_COVERED = """entries => entries.filter(entry => {
  const place = entry.getBoundingClientRect(), middle = place.x + place.width / 2;
  return ![place.top + 1, place.bottom - 1].every(y => entry.contains(document.elementFromPoint(middle, y)));
}).map(entry => entry.textContent.trim())"""
"""Which entries of a menu lie, at their upper or lower edge, outside the screen or under something else."""


@pytest.fixture(scope="module")
def installation(blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("in-the-hand")
    database = folder / "test.db"
    database.write_bytes(blank_sqlite.read_bytes())
    with running(f"sqlite:///{database}", folder, mail="folder") as made:
        made.publish_starter()
        people = {name: made.staff(f"{name.title()} Someone", role) for name, role in ROLES.items()}
        builders.owned(made.engine, people["dana"], builders.partner(made.engine, "acme", name="Acme Ltd"))
        yield made


def _open_more(page: Page) -> None:
    page.locator("header.shell").get_by_text("More", exact=True).click()


@pytest.mark.parametrize("width", [PHONE, NARROW])
@pytest.mark.parametrize("name", ROLES)
def test_the_account_and_the_search_are_reached_under_more(
    chromium: Browser, installation: Installation, name: str, width: int
) -> None:
    with window(chromium, width) as page:
        sign_in(page, installation.address, f"{name}@northwind.example")
        _open_more(page)
        assert fits(page)
        page.get_by_role("link", name=f"Your account {name.title()} Someone").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
        _open_more(page)
        page.get_by_role("searchbox", name="Find a partner or case").fill("acme")
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("Acme Ltd")


def test_at_a_desk_both_stand_once_and_not_under_more(chromium: Browser, installation: Installation) -> None:
    with window(chromium, DESK) as page:
        sign_in(page, installation.address, "priya@northwind.example")
        _open_more(page)
        expect(page.get_by_role("link", name="Priya Someone", exact=True)).to_be_visible()
        expect(page.get_by_role("searchbox", name="Find a partner or case")).to_have_count(1)
        expect(page.get_by_role("link", name="Your account")).to_have_count(0)


def test_on_a_low_phone_nothing_under_more_is_hidden_and_on_a_very_low_one_the_way_out_is_in_sight(
    chromium: Browser, installation: Installation
) -> None:
    with window(chromium, PHONE) as page:
        page.set_viewport_size({"width": PHONE, "height": LOW})
        sign_in(page, installation.address, "priya@northwind.example")
        _open_more(page)
        assert page.locator(".more > ul > li").evaluate_all(_COVERED) == []
        assert fits(page)
        page.set_viewport_size({"width": PHONE, "height": VERY_LOW})
        assert page.locator(".more > ul").evaluate("menu => menu.scrollHeight > menu.clientHeight")
        expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
