"""The inbox in a real Chromium: how it stands on a screen, and what is read and taken back after a deed on many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in
from tests.browser.screen import DESK, window

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Four open cases."""
    with dana_with_cases(sqlite_url, tmp_path, 4) as made:
        yield made


def test_an_inbox_that_fits_its_screen_does_not_scroll(chromium: Browser, desk: Desk) -> None:
    with window(chromium, DESK) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=mine")
        for height in (800, 900, 1080):
            page.set_viewport_size({"width": DESK, "height": height})
            assert page.evaluate("document.documentElement.scrollHeight") == height
