"""A window of Chromium as tests open it, on a phone or at a desk, light or dark; and what must hold on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
Barrier = tuple[str, list[str]]
Stretch = Callable[[int], None]
"""Makes a screen as high as this, in pixels; its width and its finger stay."""

PHONE, DESK = 360, 1280
"""Widths in pixels."""

HEIGHT = 800

LONGEST_WAIT_MS = 45_000
"""How long a page may take before a test gives up; nothing waits for a fixed time."""


@contextmanager
def window(
    browser: Browser, width: int, scheme: Scheme = "light", *, free_of_policy: bool = False, **options: Any
) -> Iterator[Page]:
    """A fresh window with cookies of its own. `free_of_policy` lets a checker run its script on our pages."""
    phone = width < 500
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme=scheme,
        has_touch=phone,
        is_mobile=phone,
        bypass_csp=free_of_policy,
        **options,
    )
    context.set_default_timeout(LONGEST_WAIT_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def in_the_hand(page: Page) -> Iterator[Stretch]:
    """Inside, a page that was opened at a desk is shown by a phone: its width, its finger, its viewport.

    Opening a page once and turning the screen costs half of opening it on two screens. Afterwards it is as wide as
    before, but has no mouse until the next page is opened.
    """
    devtools = page.context.new_cdp_session(page)

    def become(width: int, height: int = HEIGHT, *, phone: bool) -> None:
        size = {"width": width, "height": height, "screenWidth": width, "screenHeight": height, "deviceScaleFactor": 1}
        devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": phone})
        devtools.send("Emulation.setDeviceMetricsOverride", {**size, "mobile": phone})

    become(PHONE, phone=True)
    try:
        yield lambda height: become(PHONE, height, phone=True)
    finally:
        become(DESK, phone=False)
        devtools.detach()


def fits(page: Page) -> bool:
    """Whether the page can be read without scrolling sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def barriers(page: Page, *, but_colours: bool = False) -> list[Barrier]:
    """What keeps somebody from using the page, as axe finds it: each rule with the elements that break it."""
    bring_axe(page)
    rules = {rule: {"enabled": False} for rule in OF_COLOURS} if but_colours else {}
    options = {"resultTypes": ["violations"], "rules": rules}
    return told(page.evaluate("async options => (await axe.run(options)).violations", options))


OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules whose answer depends on nothing but the colours of texts and on what lies under them."""


def bring_axe(page: Page) -> None:
    """Give the checker to a page that does not have it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)


def told(found: list[dict[str, Any]]) -> list[Barrier]:
    """What axe found, in few words."""
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
