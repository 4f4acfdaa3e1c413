"""The inbox in a real Chromium: how it stands on a screen, and what is read and taken back after a deed on many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts import service as cases
from tests.alerts.builders import case, staff_actor
from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in, there
from tests.browser.screen import DESK, PHONE, barriers, fits, window

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Twelve open cases, of which Luis has the last."""
    with dana_with_cases(sqlite_url, tmp_path, 12) as made:
        of = made.world
        cases.assign(of.engine.work, staff_actor(of.luis), made.opened[-1].id, of.luis.id)
        yield made


def give_to_luis(page: Page, *numbers: int) -> None:
    """Select the rows of these numbers, and assign them in bulk."""
    for number in numbers:
        page.locator("input[name=pick]").nth(number).check()
    page.locator(".bulk summary").filter(has_text="Assign").click()
    page.get_by_label("New owner").select_option(label="Luis Ferro")
    page.locator(".bulk details[open] button").click()


def test_an_inbox_that_fits_its_screen_does_not_scroll(chromium: Browser, desk: Desk) -> None:
    with window(chromium, DESK) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=mine&q=nobody")
        for height in (800, 900, 1080):
            page.set_viewport_size({"width": DESK, "height": height})
            assert page.evaluate("document.documentElement.scrollHeight") == height


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_was_done_and_what_was_not_are_in_sight_together(chromium: Browser, desk: Desk, width: int) -> None:
    with window(chromium, width) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        give_to_luis(page, 0, 1, 11)
        done = page.locator(".outcome")
        expect(done).to_contain_text("2 cases went to Luis Ferro.")
        there(page)
        for part in (
            done.get_by_text("2 cases went"),
            done.get_by_role("button", name="Undo"),
            done.get_by_text("They have the case already"),
            page.get_by_label("New owner"),
        ):
            expect(part).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_deed_on_what_was_refused_leaves_the_first_to_be_taken_back(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        give_to_luis(page, 0, 1, 11)
        done, undo = page.locator(".outcome"), page.get_by_role("button", name="Undo")
        expect(done).to_contain_text("2 cases went to Luis Ferro.")
        page.get_by_role("button", name="Acknowledge").click()  # the third, which stayed selected
        expect(done).to_contain_text("1 case acknowledged.")
        expect(done).to_contain_text("Before that: 2 cases went to Luis Ferro.")
        expect(undo).to_have_count(2)
        expect(undo.last).to_be_in_viewport(ratio=1)
        assert (barriers(page), fits(page)) == ([], True)
        if width == PHONE:
            undo.last.tap()
        else:  # the key takes back the last deed first
            there(page).keyboard.press("z")
            expect(done).to_contain_text("1 case is as it was before.")
            there(page).keyboard.press("z")
        expect(done).to_contain_text("2 cases are as they were before.")
        expect(undo).to_have_count(1 if width == PHONE else 0)
        assert desk.states().count("acknowledged") == (width == PHONE)
        assert [case(desk.world, each.id).owner for each in desk.opened[:2]] == [desk.world.dana] * 2


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_was_done_is_in_sight_far_down_a_list_though_one_was_refused(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        of, moved = desk.world, desk.opened[8]
        for each in desk.opened[6:9]:
            page.get_by_role("checkbox", name=each.ref).check()
        cases.acknowledge(of.engine.work, staff_actor(of.luis), moved.id)  # while Dana chooses
        page.get_by_role("button", name="Acknowledge").click()
        done, undo = page.locator(".outcome"), page.get_by_role("button", name="Undo")
        expect(done).to_contain_text("2 cases acknowledged.")
        there(page)
        for part in (done.get_by_text("2 cases acknowledged."), undo, done.get_by_text("1 case was refused")):
            expect(part).to_be_in_viewport(ratio=1)
        if width == DESK:  # one goes on with the next row, below what is told
            row = page.locator("[data-row]:focus-within a")
            expect(row).to_be_in_viewport(ratio=1)
            places = [part.bounding_box() for part in (done, row)]
            above, below = [place for place in places if place is not None]
            assert below["y"] >= above["y"] + above["height"]
        assert (barriers(page), fits(page)) == ([], True)


RING = 5
"""How far the ring of the focus reaches beyond a field, in pixels: its width and its distance."""


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_ring_of_the_focus_leaves_label_and_hint_of_a_bulk_form_whole(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=mine")
        page.locator("input[name=pick]").first.check()
        page.locator(".bulk summary").filter(has_text="Close").click()
        field = page.locator(".field:has(> #bulk-root_cause)")
        places = [field.locator(part).bounding_box() for part in ("label", "select", ".hint")]
        label, choice, hint = [place for place in places if place is not None]
        assert choice["y"] - label["y"] - label["height"] >= RING
        assert hint["y"] - choice["y"] - choice["height"] >= RING
