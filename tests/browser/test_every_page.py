"""Every page there is, opened in a real Chromium: on a phone and at a desk, light and dark, in English and Italian."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.colours import Colours
from tests.browser.people import sign_in
from tests.browser.screen import DESK, HEIGHT, PHONE, Scheme, Stretch, barriers, fits, in_the_hand, window
from tests.furnished import GONE, NAMES, NOT_PAGES, PAGES, addresses_of, furnish
from tests.installation import Installation, running

pytestmark = pytest.mark.browser

FIRST = "desk"
"""The screen on which everything is looked for, as it stands and turned into a phone.

The other one is a phone from the start: that of a partner, or of an admin who reads Italian, whose words are longer.
"""

MEDIA = """() => [innerWidth, document.documentElement.clientWidth, screen.width, devicePixelRatio,
    ...['(pointer: coarse)', '(any-pointer: coarse)', '(pointer: fine)', '(hover: hover)'].map(
        each => matchMedia(each).matches)]"""

MISNAMED = """() => [...document.querySelectorAll('table.stacked')].flatMap(table => {
    const heads = [...table.querySelectorAll('thead th')].map(head => head.textContent.trim());
    return [...table.querySelectorAll('tbody tr')].flatMap(row => [...row.cells].flatMap(cell => {
        const before = [...row.cells].slice(0, cell.cellIndex).reduce((sum, each) => sum + each.colSpan, 0);
        const label = cell.dataset.label;
        return label === undefined || label === heads[before] ? [] : [`${label} in the column ${heads[before]}`];
    }));
})"""
"""Cells of tables whose name on a phone, where rows are stacked, is not that of their column."""

CROOKED = """() => [...document.querySelectorAll('[type=checkbox], [type=radio]')].flatMap(box => {
    const {width, height} = box.getBoundingClientRect();
    const unseen = getComputedStyle(box).opacity === '0';
    return unseen || Math.abs(width - height) < 1 ? [] : [`${box.name || box.id} is ${width} by ${height}`];
})"""
"""Boxes to tick that are not square, for a finger's sake or a row's."""

LENGTHEN = """names => {
    const anew = text => names.reduce((told, name) => told.replaceAll(name, 'W' + 'o'.repeat(54)), text);
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        if (!['SCRIPT', 'STYLE'].includes(node.parentNode.tagName)) node.textContent = anew(node.textContent);
    }
    for (const folded of document.querySelectorAll('details')) folded.open = true;
}"""
"""Every name becomes one word of 55 letters, and everything that is folded opens."""

PRIYAS_OWN = "/import/<uuid"
"""Files that were not brought in yet are seen by nobody but whoever chose them."""

SIGNED_OUT = ("/s/", "/r/", "/u/", "/c/", "/sign-in")
"""Pages that people open who are not signed in."""

PICTURES = os.environ.get("FEEDBACK_ENGINE_PICTURES", "")
"""A folder in which to leave pictures of every page, light and dark, for people who want to look at them."""

SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass
class Screen:
    """A window in which an admin is signed in, and what its console said about the page that it shows."""

    page: Page
    said: list[str] = field(default_factory=list)
    forbids_scripts: bool = False

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def open(self, address: str) -> int:
        """Open a page; its status."""
        self.said.clear()
        answer = self.page.goto(address)
        assert answer is not None
        self.forbids_scripts = "sandbox" in answer.headers.get("content-security-policy", "")
        return answer.status

    def lay_open(self) -> None:
        """Take a page that forbids scripts out of its sandbox, so that it can be checked by one."""
        content = self.page.content()
        self.page.goto("about:blank")
        self.page.set_content(content)


@dataclass(frozen=True)
class Opened:
    """A furnished installation, the words for its addresses, and the windows of those who are signed in or not."""

    installation: Installation
    names: Mapping[str, str]
    screens: Mapping[str, Screen]
    strangers: Mapping[str, Screen]
    colours: Colours = field(default_factory=Colours)


@pytest.fixture(scope="module")
def opened(chromium: Browser, blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("every-page")
    database = folder / "test.db"
    database.write_bytes(blank_sqlite.read_bytes())
    with running(f"sqlite:///{database}", folder, mail="folder") as installation, ExitStack() as windows:
        names = furnish(installation)
        screens = {}
        for name, width, who in ((FIRST, DESK, "priya"), ("telefono", PHONE, "giulia")):
            page = windows.enter_context(window(chromium, width))
            sign_in(page, installation.address, f"{who}@northwind.example")
            screens[name] = Screen(page)
        strangers = {
            name: Screen(windows.enter_context(window(chromium, width)))
            for name, width in ((FIRST, DESK), ("phone", PHONE))
        }
        yield Opened(installation, names, screens, strangers)


def test_every_page_of_the_url_map_has_an_example(opened: Opened) -> None:
    rules = {rule.rule for rule in opened.installation.app.web().url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {rule for rule in rules if not rule.startswith(NOT_PAGES)}
    assert sorted(pages - set(PAGES)) == [], "Give these pages an example in PAGES of tests/furnished.py."
    assert sorted(set(PAGES) - pages) == [], "These pages are gone; take them out of PAGES of tests/furnished.py."


@pytest.mark.parametrize("rule", PAGES)
def test_a_page_is_whole_fits_and_keeps_nobody_out(opened: Opened, rule: str) -> None:
    faults: list[object] = []
    for number, path in enumerate(addresses_of(rule, opened.names)):
        picture = Path(PICTURES, f"{_slug(rule)}-{number}")
        for name, screen in (opened.strangers if rule.startswith(SIGNED_OUT) else opened.screens).items():
            if name != FIRST and rule.startswith(PRIYAS_OWN):
                continue
            faults += [(name, path, fault) for fault in _look(screen, opened.installation.address + path, path)]
            if PICTURES and name == FIRST:
                _take_pictures(screen.page, f"{picture}-{name}")
                with in_the_hand(screen.page) as stretch:
                    _take_pictures(screen.page, f"{picture}-hand", stretch)
            elif PICTURES:
                _take_pictures(screen.page, f"{picture}-{name}", _stretching(screen.page))
            if name == FIRST:
                faults += [(path, *fault) for fault in _barriers(screen, opened.colours)]
    assert faults == []


def _left(page: Page) -> None:
    page.get_by_label("Would not recommend us: score below").fill("3")
    page.reload()
    page.get_by_role("button", name="Go on with it").wait_for()


def _pressed(score: str, made_on: str = "") -> Callable[[Page], None]:
    """Try another number, on the page of other alerts if they are named; the browser lets through what it would not."""

    def press(page: Page) -> None:
        page.get_by_label("Would not recommend us: score below").fill(score)
        page.evaluate(
            """made_on => { const form = document.querySelector('#bench-draft'); form.noValidate = true;
                if (made_on) form.elements.version.value = made_on; }""",
            made_on,
        )
        with page.expect_navigation():
            page.get_by_role("button", name="Try it").first.click()

    return press


BENCH = {
    "left": _left,
    "tried": _pressed("3"),
    "refused": _pressed("99"),
    "overtaken": _pressed("3", "sha256:of-others"),
}
"""How a draft on the alert bench comes into each of its states."""


@pytest.mark.parametrize("state", BENCH)
def test_the_bench_is_whole_in_each_state_of_a_draft(opened: Opened, state: str) -> None:
    screen = opened.screens[FIRST]
    address = f"{opened.installation.address}/program/alerts/bench"
    screen.open(address)
    screen.page.evaluate("sessionStorage.clear()")  # each state begins without the draft of the one before
    screen.open(address)
    BENCH[state](screen.page)
    # That a draft was refused is told in the console as well.
    faults: list[object] = [fault for fault in _seen(screen) if "422" not in fault]
    if PICTURES:
        picture = f"{PICTURES}/bench-{state}"
        _take_pictures(screen.page, f"{picture}-{FIRST}")
        with in_the_hand(screen.page) as stretch:
            _take_pictures(screen.page, f"{picture}-hand", stretch)
    assert [*faults, *_barriers(screen, opened.colours)] == []


def test_a_desk_that_was_turned_into_a_phone_is_one(chromium: Browser) -> None:
    page = '<meta name="viewport" content="width=device-width"><p>Words</p>'
    with window(chromium, PHONE) as phone, window(chromium, DESK) as desk:
        for each in (phone, desk):
            each.set_content(page)
        before = desk.evaluate(MEDIA)
        with in_the_hand(desk):
            assert desk.evaluate(MEDIA) == phone.evaluate(MEDIA) != before
        desk.goto("about:blank")  # what is opened next is at a desk again
        assert desk.evaluate(MEDIA) == before


def _take_pictures(page: Page, path: str, stretch: Stretch | None = None) -> None:
    """Leave a picture of the whole page in each light; a phone has to `stretch` for it."""
    # Not by Playwright, which gives a turned screen its first size back.
    devtools = page.context.new_cdp_session(page)
    size = devtools.send("Page.getLayoutMetrics")["cssContentSize"]
    if stretch is not None:  # what lies beyond its viewport Chromium draws as for a mouse: small buttons and links
        stretch(int(size["height"]))
    whole = {"captureBeyondViewport": stretch is None, "clip": {**size, "scale": 1}}
    for scheme in reversed(SCHEMES):  # the light one last: it is what the checks begin with
        page.emulate_media(color_scheme=scheme)
        taken = devtools.send("Page.captureScreenshot", whole)
        Path(f"{path}-{scheme}.png").write_bytes(b64decode(taken["data"]))
    devtools.detach()
    if stretch is not None:
        stretch(HEIGHT)


def _stretching(phone: Page) -> Stretch:
    return lambda height: phone.set_viewport_size({"width": PHONE, "height": height})


def _slug(rule: str) -> str:
    """A name for files: `partners-path-key` for `/partners/<path:key>`."""
    return re.sub(r"\W+", "-", rule).strip("-") or "overview"


def _look(screen: Screen, address: str, path: str) -> Iterator[str]:
    """What is wrong with a page at first sight."""
    status, gone = screen.open(address), path in GONE
    if status != (404 if gone else 200):
        yield f"status {status}"
    # That a page is not there is told in the console as well; it was asked for on purpose.
    yield from [fault for fault in _seen(screen) if not (gone and "404" in fault)]


def _seen(screen: Screen) -> Iterator[str]:
    """What is wrong with the page that is open."""
    if not fits(screen.page):
        yield "wider than the screen"
    yield from sorted(set(screen.page.evaluate(MISNAMED)))
    yield from screen.said


def _barriers(screen: Screen, colours: Colours) -> Iterator[tuple[object, ...]]:
    """What keeps somebody from using the page, at a desk and in the hand, by daylight and in the dark."""
    if screen.forbids_scripts:
        with in_the_hand(screen.page):
            if not fits(screen.page):
                yield ("in the hand", "wider than the screen with its policy")
        screen.lay_open()
    yield from (("at a desk", box) for box in screen.page.evaluate(CROOKED))
    found = barriers(screen.page, but_colours=True) + colours.barriers(screen.page)
    yield from (("at a desk", "light", *barrier) for barrier in found)
    yield from (("at a desk", *barrier) for barrier in _in_the_dark(screen.page, colours))
    with in_the_hand(screen.page):
        if not fits(screen.page):
            yield ("in the hand", "wider than the screen")
        yield from (("in the hand", box) for box in screen.page.evaluate(CROOKED))
        found = barriers(screen.page, but_colours=True) + colours.barriers(screen.page)
        yield from (("in the hand", "light", *barrier) for barrier in found)
        yield from (("in the hand", *barrier) for barrier in _in_the_dark(screen.page, colours))
        screen.page.evaluate(LENGTHEN, NAMES)  # nothing is looked for afterwards
        if not fits(screen.page):
            yield ("in the hand", "wider than the screen with long names")


def _in_the_dark(page: Page, colours: Colours) -> Iterator[tuple[object, ...]]:
    page.emulate_media(color_scheme="dark")
    yield from (("dark", *barrier) for barrier in colours.barriers(page))
    page.emulate_media(color_scheme="light")
