"""Forms sent by keys in a real Chromium: the deed whose form one is in, or none; and what is typed after a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts import service as cases
from tests.alerts.builders import staff_actor
from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in, there
from tests.browser.screen import DESK, PHONE, barriers, fits, window

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Six open cases."""
    with dana_with_cases(sqlite_url, tmp_path, 6) as made:
        yield made


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    with window(chromium, DESK, free_of_policy=True) as opened:
        sign_in(opened, desk.installation.address, DANA)
        yield opened


def press(page: Page, *keys: str) -> None:
    for key in keys:
        there(page).keyboard.press(key)


def done(page: Page, words: str) -> None:
    expect(page.locator(".outcome")).to_contain_text(words)


def focused(page: Page) -> str:
    """The name of the field in which one types."""
    return str(there(page).evaluate("document.activeElement.name"))


# ---- in the list


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_every_form_of_the_list_is_sent_by_enter_with_control_held_down(desk: Desk, page: Page, keys: str) -> None:
    desk.go(page, "/inbox?view=team")
    press(page, "j", "h", keys)
    done(page, "1 case put aside.")
    press(page, "h", "Tab", keys)  # from the day, which may stay empty
    expect(page.locator(".outcome .toast")).to_have_count(2)
    press(page, "a")
    page.get_by_label("New owner").select_option(label="Luis Ferro")
    press(page, keys)
    done(page, "1 case went to Luis Ferro.")
    press(page, "3", "ArrowDown", keys)
    done(page, "1 case dismissed.")
    press(page, "e", "ArrowDown", "Tab", "ArrowDown", keys)
    done(page, "1 case closed.")
    assert sorted(desk.states()) == ["acknowledged"] * 2 + ["closed"] * 2 + ["new"] * 2


def test_what_is_typed_behind_a_note_that_is_being_sent_is_no_part_of_it(desk: Desk, page: Page) -> None:
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    press(page, "n")
    note = page.locator("#note-text")
    note.press_sequentially("Ask @Nobodyhere")
    page.route("**/note*", lambda route: route.fulfill(status=204))  # no page follows
    press(page, "Control+Enter")
    page.keyboard.type("0123")
    expect(note).to_have_js_property("readOnly", value=True)
    expect(note).to_have_value("Ask @Nobodyhere")
    expect(note).to_be_focused()


def test_what_a_form_of_the_list_lacks_is_asked_for_where_one_types(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=team")
    for key, asked in (("3", "bulk-reason"), ("e", "bulk-outcome")):
        press(page, "j", key, "Control+Enter")
        field = page.locator(f"[name={asked}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        press(page, "Escape")
    assert desk.states() == ["new"] * 6


def test_enter_in_the_day_until_which_cases_are_put_aside_puts_them_aside(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=team")
    press(page, "j", "h", "Tab", "Enter")
    done(page, "1 case put aside.")
    press(page, "j", "x", "j", "x", "h", "Tab")
    assert focused(page) == "bulk-day"
    page.get_by_label("Or until the morning of another day").fill(f"{desk.world.now + timedelta(days=9):%Y-%m-%d}")
    press(page, "Enter")
    done(page, "2 cases put aside.")
    assert [each.snoozed_until is not None for each in desk.now()].count(True) == 3


def test_without_script_enter_in_a_form_of_the_list_does_no_other_deed(chromium: Browser, desk: Desk) -> None:
    with window(chromium, DESK, java_script_enabled=False) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        page.locator("input[name=pick]").first.check()
        page.locator("input[name=pick]").first.press("Enter")
        page.locator(".bulk summary").filter(has_text="Put aside").click()
        page.get_by_label("Or until the morning of another day").press("Enter")
        page.get_by_label("Until nine in the partner’s morning").press("Enter")
        page.locator(".bulk details[open] button").click()
        done(page, "1 case put aside.")
        expect(page.locator(".outcome .toast")).to_have_count(1)  # no deed before it


def test_enter_on_the_box_of_a_row_does_nothing_with_it(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=team")
    press(page, "j", "x")
    page.locator("input[name=pick]:checked").focus()
    press(page, "Enter", "Control+Enter", "h", "Control+Enter")
    done(page, "1 case put aside.")
    expect(page.locator(".outcome .toast")).to_have_count(1)


COVERED = """() => { const row = document.activeElement.closest('[data-row]').getBoundingClientRect();
    const above = document.querySelector('.outcome') ?? document.querySelector('header.shell');
    const top = above.getBoundingClientRect().bottom, end = document.querySelector('.bulk').getBoundingClientRect().top;
    return Math.max(top - row.top, row.bottom - end, 0); }"""
"""How much of the row on which one is lies under what stays in sight above or below it, in pixels."""


@pytest.mark.parametrize(("width", "height"), [(DESK, 800), (DESK, 700), (800, 700)])
def test_the_row_to_which_one_comes_by_key_is_whole(desk: Desk, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    desk.go(page, "/inbox?view=team")
    for key in "jjjjjkkkkk":
        press(page, key)
        assert page.evaluate(COVERED) <= 1
    press(page, "j", "j", "1")
    done(page, "1 case acknowledged.")
    for key in ("j", "j", "j", "Shift+Tab", "Shift+Tab", "Shift+Tab", "j", "k", "k"):
        assert page.evaluate(COVERED) <= 1
        press(page, key)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_can_be_undone_is_told_in_one_line_at_a_desk(chromium: Browser, desk: Desk, width: int) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        press(page, "a")
        page.get_by_label("New owner").select_option(label="Luis Ferro")
        press(page, "Control+Enter")
        words = page.locator(".flash .toast > span").first
        expect(words).to_have_text("The case has a new owner, who is told in a moment.")
        lines = words.evaluate(
            "part => part.getClientRects()[0].height / parseFloat(getComputedStyle(part).lineHeight)"
        )
        assert (lines < 1.5) is (width == DESK)
        assert (barriers(page), fits(page)) == ([], True)


# ---- on an open case


def test_a_form_of_a_case_is_sent_from_every_kind_of_field(desk: Desk, page: Page) -> None:
    first, *_ = desk.opened
    desk.go(page, f"/cases/{first.ref}")
    press(page, "a")
    page.get_by_label("New owner").select_option(label="Luis Ferro")
    press(page, "Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("The case has a new owner")
    desk.go(page, f"/cases/{desk.opened[1].ref}")
    press(page, "h", "Control+Enter")  # from the choice that is made already
    expect(page.get_by_text("The case is put aside until")).to_be_visible()
    desk.go(page, f"/cases/{desk.opened[2].ref}")
    press(page, "h")
    page.get_by_label("Or until the morning of another day").focus()
    press(page, "Control+Enter")
    expect(page.get_by_text("The case is put aside until")).to_be_visible()


# ---- what is typed after a refusal


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_is_typed_after_a_refused_note_goes_on_with_the_note(chromium: Browser, desk: Desk, width: int) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        press(page, "n")
        page.keyboard.type("Ask them again, @Zzz.")
        press(page, "Control+Enter")
        note = page.locator("#note-text")
        expect(page.get_by_role("alert")).to_contain_text("Nobody on staff is called Zzz")
        expect(note).to_be_focused()
        page.keyboard.type(" Please look, 1 more.")
        expect(note).to_have_value("Ask them again, @Zzz. Please look, 1 more.")
        expect(page.locator("details.act[open]")).to_have_count(1)
        expect(note).to_be_in_viewport(ratio=1)
        expect(page.locator("#note-text-error")).to_be_in_viewport(ratio=1)
        assert (barriers(page), fits(page)) == ([], True)
        assert desk.states()[0] == "new"


def test_a_field_of_choices_that_is_refused_has_the_focus(desk: Desk, page: Page) -> None:
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    press(page, "l")
    page.locator("form[action*=log-contact]").evaluate("form => form.noValidate = true")
    page.get_by_label("What was said").fill("Nine days.")
    press(page, "Control+Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=log-contact-outcome]").first).to_be_focused()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_where_a_colleague_was_quicker_one_goes_on_in_the_form_and_is_told(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        press(page, "3")
        page.get_by_label("In your words, if it helps").fill("A test")
        page.locator("[name=dismiss-reason]").first.check()
        cases.note(desk.installation.engine.work, staff_actor(desk.world.luis), desk.opened[0].id, "They called me.")
        press(page, "Control+Enter")
        told = page.get_by_role("alert")
        expect(told).to_contain_text("They called me.")
        expect(told).to_be_in_viewport()
        expect(page.locator("[name=dismiss-reason]").first).to_be_focused()
        page.keyboard.type("len")
        expect(page.locator("details.act[open]")).to_have_count(1)
        assert (barriers(page), fits(page)) == ([], True)
        assert desk.states()[0] == "new"


def test_a_refusal_that_no_form_can_mend_has_the_focus_itself(desk: Desk, page: Page) -> None:
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    cases.note(desk.installation.engine.work, staff_actor(desk.world.luis), desk.opened[0].id, "They called me.")
    press(page, "1")
    expect(page.get_by_role("alert")).to_be_focused()
    press(page, "n")
    expect(page.locator("#note-text")).to_be_focused()  # and one goes on by keys


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_form_far_down_on_any_page_of_staff_is_gone_to_where_it_is_refused(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/account")
        page.get_by_label("New password", exact=True).fill("short")
        page.get_by_label("New password again").fill("short")
        page.get_by_label("Present password").fill("none")
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("alert")).to_be_attached()
        wrong = page.locator("[aria-invalid]").first
        expect(wrong).to_be_focused()
        for part in (wrong, page.locator(".field:has(:focus) label"), page.locator(".field:has(:focus) .wrong")):
            expect(part).to_be_in_viewport(ratio=1)
        assert (barriers(page), fits(page)) == ([], True)
