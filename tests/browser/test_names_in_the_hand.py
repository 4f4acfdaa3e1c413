"""On a phone every name that leads somewhere stands whole: those of the bar, and those of the views of the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts import service
from tests.alerts.builders import staff_actor
from tests.browser.desk import dana_with_cases
from tests.browser.people import sign_in
from tests.browser.screen import PHONE, fits, window
from tests.directory import builders as directory

pytestmark = pytest.mark.browser

_VIEWS = ("review", "mine", "brought", "team", "breaching", "snoozed", "closed", "mentions")

_CUT = """row => {
  const room = row.getBoundingClientRect();
  return [...row.children].filter(entry => {
    const place = entry.getBoundingClientRect();
    const is_seen = getComputedStyle(entry).opacity > 0 && place.right > room.left && place.left < room.right;
    return is_seen && (place.left < room.left - 1 || place.right > Math.min(room.right, innerWidth) + 1);
  }).map(entry => entry.textContent.trim());
}"""
"""Which entries of a row are seen in part."""


def _whole(page: Page, row: str) -> list[str]:
    cut: list[str] = page.locator(row).first.evaluate(_CUT)
    return cut


@pytest.mark.parametrize("locale", ["en", "it"])
def test_no_name_of_a_view_and_none_of_the_bar_is_cut_on_a_phone(
    chromium: Browser, sqlite_url: str, tmp_path: Path, locale: str
) -> None:
    with dana_with_cases(sqlite_url, tmp_path, 12) as desk, window(chromium, PHONE) as page:
        of = desk.world
        olga = directory.staff(of.engine, "olga@ours.example", "program_owner", name="Olga Rey", locale=locale)
        desk.let_in(olga)
        for each in desk.opened:  # a number of two digits beside the longest names
            service.assign(of.engine.work, staff_actor(of.dana), each.id, olga.id)
        sign_in(page, desk.installation.address, olga.email)
        for view in _VIEWS:
            desk.go(page, f"/inbox?view={view}")
            expect(page.locator(".views [aria-current]")).to_be_in_viewport(ratio=1)
            assert _whole(page, ".views ul") == []
            assert _whole(page, ".shell .bar") == []
            assert fits(page)
        page.locator(".views ul").evaluate("row => row.scrollTo({left: 0, behavior: 'instant'})")
        expect(page.locator(".views li").first).to_have_css("opacity", "1")
        assert _whole(page, ".views ul") == []
