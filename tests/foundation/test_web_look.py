"""The parts, looked at in a real Chromium: accessible, never wider than the screen, and allowed by our own policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import render_template_string
from playwright.sync_api import Browser, expect

from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.web.access import PUBLIC, SIGNED_IN
from feedback_engine.foundation.web.navigation import ProgramView
from tests.browser.colours import Colours
from tests.browser.screen import Scheme, barriers, fits, window
from tests.foundation.web_site import pages, site, staff
from tests.servers import free_port, serve

pytestmark = pytest.mark.browser

SURVEY = """{% extends "partner.html" %}{% block title %}How did we do?{% endblock %}
{% block content %}<h1>How did we do?</h1><form method="post"><fieldset aria-describedby="ends">
<legend>How likely are you to recommend us?</legend><div class="s">
{% for score in range(11) %}<label><input type="radio" name="q" value="{{ score }}"{% if score == 4 %} checked{% endif %}>{{ score }}</label>{% endfor %}
</div><div class="ends" id="ends"><span>0 = not at all likely</span><span>10 = extremely likely</span></div></fieldset>
<fieldset><legend><label for="why">Why?</label></legend><textarea id="why" name="why"></textarea></fieldset>
<label class="c"><input type="checkbox" name="call">Please call me</label><button>Send</button></form>{% endblock %}
{% block footer %}<a href="#stop">Stop these e-mails</a>{% endblock %}"""  # noqa: E501 - a template line


def _survey(language: str) -> str:
    with use_locale(language):
        links = [("en", "/s/en"), ("it", "/s/it"), ("ar", "/s/ar")]
        return render_template_string(SURVEY, program_name="Northwind", language_links=links)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the style guide, some places and a partner page, on loopback."""
    port = free_port()
    places = ("/", "/my", "/inbox", "/journeys", "/sampling", "/partners")
    views = [(path, SIGNED_IN, lambda: "page") for path in places]
    app = site(
        tmp_path_factory.mktemp("look"),
        pages(*views, ("/s/<language>", PUBLIC, _survey), ("/sign-out", SIGNED_IN, lambda: "out")),
        principal=staff(),
        base_url=f"http://127.0.0.1:{port}",
        program_state=lambda: ProgramView("Northwind Alliances", "live", False, "/mail/stop", "/mail/resume"),
        unread_counts=lambda reader: {"inbox": 5},
    )
    with serve(app, port) as base:
        yield base


SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = ["/style", "/s/en", "/s/ar", "/nowhere", "/s/lost/page"]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_by_daylight_and_in_the_dark(
    chromium: Browser, address: str, path: str, width: int
) -> None:
    with window(chromium, width, free_of_policy=True) as page:  # the checker is a script, which we forbid
        page.goto(address + path)
        assert barriers(page) == []
        page.emulate_media(color_scheme="dark")
        assert Colours().barriers(page) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_never_wider_than_the_screen(chromium: Browser, address: str, path: str, width: int) -> None:
    with window(chromium, width) as page:
        page.goto(address + path)
        assert fits(page)


@pytest.mark.parametrize("path", PAGES)
def test_the_content_policy_blocks_nothing_of_ours(chromium: Browser, address: str, path: str) -> None:
    with window(chromium, 1280) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(address + path)
    assert [text for text in complaints if "Content Security Policy" in text or "Refused" in text] == []


def test_a_partner_page_is_one_request(chromium: Browser, address: str) -> None:
    with window(chromium, 360) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address + "/s/en")
    assert [url for url in asked if not url.startswith("data:")] == [address + "/s/en"]


def test_everything_to_press_is_large_enough_for_a_finger(chromium: Browser, address: str) -> None:
    too_small = """() => [...document.querySelectorAll(
            'button, [role=button], .s label, select, textarea, .bar a, .field label:has(input), .field > input')]
        .map(part => [part.textContent.trim() || part.name, part.getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < 43.5).map(([words, box]) => `${words} ${box.height}`)"""
    with window(chromium, 360) as page:
        for path in ("/style", "/s/en"):
            page.goto(address + path)
            assert page.evaluate(too_small) == []


def test_the_words_of_a_link_stand_in_the_middle_of_its_button(chromium: Browser, address: str) -> None:
    with window(chromium, 360) as page:
        page.goto(f"{address}/style")
        off = page.evaluate(
            """() => [...document.querySelectorAll('a[role=button]')].filter(each => each.offsetParent).map(button => {
                const words = document.createRange(); words.selectNodeContents(button);
                const [outer, inner] = [button.getBoundingClientRect(), words.getBoundingClientRect()];
                return Math.abs((outer.top + outer.bottom) - (inner.top + inner.bottom)) / 2;
            })"""
        )
    assert off
    assert max(off) <= 2


def test_the_menu_closes_by_escape_which_gives_the_focus_back_and_by_a_press_elsewhere(
    chromium: Browser, address: str
) -> None:
    with window(chromium, 1280) as page:
        page.goto(address + "/style")
        opener, menu = page.get_by_text("More", exact=True), page.get_by_role("button", name="Sign out")
        opener.click()
        expect(menu).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(opener).to_be_focused()
        opener.click()
        menu.hover()
        expect(menu).to_be_visible()
        page.mouse.click(1270, 790)
        expect(menu).to_be_hidden()


def test_more_opens_without_script_and_stays_on_the_screen(chromium: Browser, address: str) -> None:
    with window(chromium, 360, java_script_enabled=False) as page:
        page.set_viewport_size({"width": 360, "height": 560})
        page.goto(address + "/style")
        page.get_by_text("More", exact=True).click()
        box = page.get_by_role("button", name="Sign out").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert box["y"] + box["height"] <= 560
