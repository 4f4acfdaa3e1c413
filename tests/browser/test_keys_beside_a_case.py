"""The keys where a case stands open beside its list, in a real Chromium: on which case each of them acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in
from tests.browser.screen import DESK, window
from tests.browser.test_inbox_keys import press, rows

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Thirteen open cases: more than a screen holds."""
    with dana_with_cases(sqlite_url, tmp_path, 13) as made:
        yield made


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    with window(chromium, DESK) as opened:
        sign_in(opened, desk.installation.address, DANA)
        yield opened


def test_beside_an_open_case_j_and_k_open_the_next_and_the_one_before(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=mine")
    refs = rows(page)
    press(page, "j", "Enter")
    for key, before, number in (("j", 0, 1), ("j", 1, 2), ("k", 2, 1)):
        expect(page.locator("[data-row][aria-current]")).to_have_attribute("data-row", refs[before])
        press(page, key)
        expect(page.locator(".detail")).to_contain_text(refs[number])
        assert page.url.endswith(f"/cases/{refs[number]}?view=mine"), "the list stays as it was narrowed"
    press(page, "n")
    page.keyboard.type("They called, j and k.")
    press(page, "Control+Enter")
    expect(page.locator(".time q").first).to_have_text("They called, j and k.")
    assert refs[1] in page.url
    desk.go(page, f"/cases/{refs[-1]}?view=mine")
    press(page, "j")  # behind the last there is none
    expect(page.locator("[data-row][aria-current]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0, "the head of the case stays in sight"
    press(page, "h")
    expect(page.locator("details.act[open] > summary")).to_have_text(re.compile("^Put aside"))


def test_a_key_on_a_framed_row_beside_an_open_case_is_that_rows(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=mine")
    first, second = rows(page)[:2]
    desk.go(page, f"/cases/{first}?view=mine")
    page.locator(f"[data-row='{second}'] a").focus()
    press(page, "h")
    expect(page.locator("[data-row][aria-current]")).to_have_attribute("data-row", second)
    expect(page.locator("details.act[open] > summary")).to_have_text(re.compile("^Put aside"))
    desk.go(page, f"/cases/{first}?view=mine")
    page.locator(f"[data-row='{second}'] a").focus()
    press(page, "1")
    expect(page.locator("[data-row][aria-current]")).to_have_attribute("data-row", second)
    assert desk.states() == ["new"] * 13, "it is opened to be looked at first"
