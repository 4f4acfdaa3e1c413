"""Texts that can be read by daylight and not in the dark are found, and those that can be are not asked about again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.colours import Colours
from tests.browser.screen import DESK, barriers, window

pytestmark = pytest.mark.browser

HEAD = """<!doctype html><html lang="en"><title>Words</title><style>
    body { color: #111; background: #fff }
    .dim { background: #eee }
    @media (prefers-color-scheme: dark) {
        body { color: #eee; background: #111 }
        .dim { background: #ccc }
        .faint { color: #333 }
        .blue { color: #aaf }
        .veiled { opacity: 0.2 }
        .under { position: absolute; inset: 0; z-index: -1; background: #ddd }
        a { color: #ddd; text-decoration: none }
    }
</style><main><h1>Words</h1>"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with window(chromium, DESK, free_of_policy=True) as page:
        yield page


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>Words</p>", []),
        ('<p class="faint">Words</p>', ["color-contrast"]),
        ('<div class="dim"><p>Words</p></div>', ["color-contrast"]),
        ('<div class="veiled"><p>Words</p></div>', ["color-contrast"]),
        ('<input aria-label="Words" value="words" class="faint" style="background: none">', ["color-contrast"]),
        ('<p>Many words lead <a href="/">to a link</a>, and on they go.</p>', ["link-in-text-block"]),
        ('<p class="faint" hidden>Words</p>', []),
        ('<i class="under"></i><p>Words</p>', ["color-contrast"]),
    ],
)
def test_what_cannot_be_read_in_the_dark_is_found_each_time(page: Page, body: str, rules: list[str]) -> None:
    colours = Colours()
    page.set_content(f"{HEAD}<p>First words</p>")
    page.emulate_media(color_scheme="dark")
    assert colours.barriers(page) == []
    for _ in range(2):
        page.set_content(HEAD + body)
        page.emulate_media(color_scheme="light")
        assert barriers(page) == []
        page.emulate_media(color_scheme="dark")
        assert [rule for rule, _ in colours.barriers(page)] == rules


def test_a_sort_of_text_that_axe_has_passed_is_not_asked_about_again(page: Page) -> None:
    colours = Colours()
    for body, asked in (
        ("<p>Words</p>", True),
        ("<p>Others</p><b>And others</b>", False),
        ("<p class=blue>Blue</p>", True),
    ):
        page.goto("about:blank")
        page.set_content(HEAD + body)
        page.emulate_media(color_scheme="dark")
        assert colours.barriers(page) == []
        assert page.evaluate("'axe' in window") is asked
