"""The inbox worked in a real Chromium: by keyboard only, in bulk, without scripts, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts import service as cases
from alerts.views import CaseView
from tests.alerts.builders import open_case, staff_actor
from tests.browser.colours import Colours
from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in, there
from tests.browser.screen import DESK, PHONE, barriers, fits, window
from tests.directory import builders
from tests.installation import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Thirteen open cases."""
    with dana_with_cases(sqlite_url, tmp_path, 13) as made:
        yield made


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    with window(chromium, DESK) as opened:
        sign_in(opened, desk.installation.address, DANA)
        yield opened


def press(page: Page, *keys: str) -> None:
    for key in keys:
        there(page).keyboard.press(key)


def rows(page: Page) -> list[str]:
    return [str(row.get_attribute("data-row")) for row in there(page).locator("[data-row]").all()]


def focused(page: Page) -> str:
    """The reference of the row on which the focus stands."""
    return str(there(page).evaluate("document.activeElement.closest('[data-row]')?.dataset.row"))


def test_ten_alerts_are_cleared_by_keyboard_only_and_one_is_undone(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=review")
    press(page, "j")
    order, deeds = rows(page), (("1",), ("3", "ArrowDown", "Enter"), ("h", "Enter"))
    for number in range(10):
        assert focused(page) == order[number]  # one goes on where one was
        press(page, *deeds[number % 3])
        expect(page.locator("[data-row]")).to_have_count(12 - number)
    expect(page.locator(".outcome")).to_contain_text(re.compile(rf"{order[9]} Acme:\s+1 case acknowledged\."))
    press(page, "z")
    expect(page.locator(".outcome")).to_contain_text("1 case is as it was before.")
    expect(page.locator("[data-row]")).to_have_count(4)
    by_ref = {each.ref: state for each, state in zip(desk.opened, desk.states(), strict=True)}
    states = [by_ref[ref] for ref in order]
    assert states.count("closed") == 3
    assert states.count("acknowledged") == 6
    assert states[9:] == ["new"] * 4


def test_twelve_are_closed_in_bulk_one_is_refused_and_says_why(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=team")
    for _ in range(13):
        press(page, "j", "x")
    expect(page.locator("[data-count]")).to_have_text("Selected: 13")
    moved = desk.opened[4]
    cases.note(desk.installation.engine.work, staff_actor(desk.world.luis), moved.id, "They called me.")
    press(page, "e", "ArrowDown", "Tab", "ArrowDown", "Enter")
    done = page.locator(".outcome")
    expect(done).to_contain_text("12 cases closed.")
    expect(done).to_contain_text("1 case was refused and stays as it is:")
    expect(done).to_contain_text(f"{moved.ref} Acme: It changed since you chose it: Luis Ferro noted.")
    assert rows(page) == [moved.ref]
    assert desk.states().count("closed") == 12
    done.get_by_text("Which were done").click()
    expect(done.locator("details li")).to_have_count(12)
    press(page, "z")
    expect(done).to_contain_text("12 cases are as they were before.")
    assert desk.states() == ["new"] * 13


PLACES = """() => ['.pick', '.bulk', '.bulk button', '.bulk summary']
    .flatMap(name => [...document.querySelectorAll(name)]).map(part => part.getBoundingClientRect())
    .map(box => [box.x, box.y, box.width, box.height].map(Math.round).join())"""
"""Where one can click in a list."""


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_moves_under_the_pointer_as_rows_are_selected(chromium: Browser, desk: Desk, width: int) -> None:
    with window(chromium, width) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        expect(page.locator("[data-count]")).to_have_text("Nothing selected")
        before, named = page.evaluate(PLACES), f"{rows(page)[0]} Acme"
        for number in range(3):
            page.locator("input[name=pick]").nth(number).evaluate("box => box.click()")
            told = f"Selected: {number + 1 if number else named}"
            expect(page.locator("[data-count]")).to_have_text(told)
            assert page.evaluate(PLACES) == before


def test_on_a_phone_every_deed_is_in_sight_while_something_is_selected_and_none_before(
    chromium: Browser, desk: Desk
) -> None:
    with window(chromium, PHONE) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        deeds = page.locator(".bulk .row > button, .bulk .row > details > summary")
        expect(deeds.first).to_be_hidden()
        page.locator("input[name=pick]").first.check()
        for number in range(6):
            expect(deeds.nth(number)).to_be_in_viewport(ratio=1)


def test_merging_is_offered_only_where_it_can_be_and_says_why_not(desk: Desk, page: Page) -> None:
    of = desk.world
    builders.owned(of.engine, of.dana, of.brisk)
    other = open_case(of, 3, partner=of.brisk)
    paused = desk.opened[2]
    cases.pause(of.engine.work, staff_actor(of.dana), paused.id, reason="awaiting_partner", text="They are away.")
    merge, why = page.locator("button[value=merge]"), page.locator("#apart")

    def choose(*chosen: CaseView) -> None:
        desk.go(page, "/inbox?view=mine")
        for each in chosen:
            page.locator(f"[data-row='{each.ref}'] input[name=pick]").check()

    for chosen, told in (
        (desk.opened[:1], "Merge: choose two of one partner"),
        (desk.opened[:3], "Merge: choose two of one partner"),
        ([desk.opened[0], other], "Merge: they are of different partners"),
        ([desk.opened[0], paused], "Merge: the clock of one stands still"),
    ):
        choose(*chosen)
        expect(why).to_have_text(told)
        expect(merge).to_be_disabled()
    choose(*desk.opened[:2])
    expect(why).to_be_empty()
    merge.click()
    expect(page.get_by_role("heading", name="Acme", level=1)).to_be_visible()


def test_the_deed_whose_form_is_open_is_told_and_marked(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=mine")
    page.locator("input[name=pick]").first.check()
    assign, close = (page.locator(".bulk summary").filter(has_text=name) for name in ("Assign", "Close"))
    colour = "part => getComputedStyle(part).backgroundColor"
    plain = assign.evaluate(colour)
    assign.click()
    expect(assign).to_have_attribute("aria-expanded", "true")
    assert assign.evaluate(colour) != plain
    close.click()  # one form is open at a time
    expect(close).to_have_attribute("aria-expanded", "true")
    expect(assign).to_have_attribute("aria-expanded", "false")
    assert assign.evaluate(colour) == plain


def test_a_list_stays_to_be_filtered_and_sorted_beside_an_open_case(desk: Desk, page: Page) -> None:
    open_case(desk.world, 10, touchpoint="training.held")
    desk.go(page, "/inbox?view=team")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Severity", exact=True).select_option("low")
    page.get_by_role("button", name="Show", exact=True).click()
    assert len(rows(page)) == 1
    expect(page.get_by_text("1 case:")).to_be_visible()


def test_a_narrowed_list_shows_its_rows_and_folds_its_filter(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=team&severity=high")
    expect(page.get_by_label("Severity", exact=True)).to_be_hidden()
    expect(page.get_by_role("link", name="Show all")).to_be_visible()


def test_a_phone_shows_what_is_to_be_mended_and_then_what_was_done(chromium: Browser, desk: Desk) -> None:
    with window(chromium, PHONE) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, "/inbox?view=team")
        for number in (11, 12):
            page.locator("input[name=pick]").nth(number).check()
        page.locator(".bulk summary").filter(has_text="Close").click()
        page.get_by_label("How did it end?").select_option("settled")
        page.locator(".bulk details[open] button").click()
        cause = page.get_by_label("Root cause")
        expect(cause).to_be_focused()
        expect(cause).to_be_in_viewport()
        expect(page.locator("[data-count]")).to_have_text("Selected: 2")
        expect(page.get_by_label("How did it end?")).to_have_value("settled")
        cause.select_option(index=1)
        page.locator(".bulk details[open] button").click()
        done = page.locator(".outcome")
        expect(done).to_contain_text("2 cases closed.")
        expect(done).to_be_focused()
        page.locator("[data-row]").last.scroll_into_view_if_needed()
        expect(done.get_by_role("button", name="Undo")).to_be_in_viewport()
        done.get_by_role("button", name="Undo").click()
        expect(done).to_contain_text("Which were taken back")


def test_an_address_shows_the_same_rows_in_a_private_window(chromium: Browser, desk: Desk, page: Page) -> None:
    open_case(desk.world, 10, touchpoint="training.held")
    desk.go(page, "/inbox?view=team")
    page.locator("summary").filter(has_text="Filter").click()
    page.get_by_label("Severity", exact=True).select_option("low")
    page.get_by_label("Owner", exact=True).select_option(label="Dana Keller (me)")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("Keep this view").click()
    page.get_by_label("Name of the view").fill("Those to thank")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name="Those to thank")).to_have_attribute("aria-current", "page")
    address, found = page.url, rows(page)
    assert len(found) == 1
    with window(chromium, DESK) as private:
        private.goto(address)
        private.get_by_label("E-mail").fill(DANA)
        private.get_by_label("Password").fill(PASSWORD)
        private.get_by_role("button", name="Sign in").click()
        expect(private.get_by_role("link", name="Those to thank")).to_be_visible()
        assert private.url == address
        assert rows(private) == found


def test_keys_move_open_work_and_explain(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=mine")
    press(page, "j", "j", "k", "j")
    second = focused(page)
    assert second == rows(page)[1]
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "x")  # nothing happens behind the list of keys
    press(page, "Escape")
    expect(page.locator("input[name=pick]:checked")).to_have_count(0)
    press(page, "/")
    expect(page.get_by_label("Partner or case", exact=True)).to_be_focused()
    press(page, "j", "1")
    expect(page.get_by_label("Partner or case", exact=True)).to_have_value("j1")
    page.locator(f"[data-row='{second}'] a").focus()
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Acme", level=1)).to_be_visible()
    for key, field_name in (
        ("n", "note-text"),
        ("l", "log-contact-outcome"),
        ("a", "assign-owner"),
        ("h", "snooze-until"),
        ("3", "dismiss-reason"),
        ("e", "close-outcome"),
    ):
        press(page, key)
        assert page.evaluate("document.activeElement.name") == field_name
        press(page, "Escape")
    press(page, "1")
    expect(page.get_by_role("status")).to_contain_text("Acknowledged.")
    press(page, "z")
    expect(page.get_by_role("status")).to_contain_text("The case is as it was before.")
    assert desk.states() == ["new"] * 13


def test_a_key_of_an_open_case_opens_the_row_on_which_one_is_with_its_form(desk: Desk, page: Page) -> None:
    for key, name in (("n", "Note"), ("l", "Log call"), ("r", "Write")):
        desk.go(page, "/inbox?view=mine")
        press(page, key)
        assert "/inbox" in page.url, "where one is on no row, nothing happens"
        press(page, "j", "j")
        ref = focused(page)
        press(page, key)
        expect(page.locator("details.act[open] > summary")).to_have_text(re.compile(f"^{name}"))
        if key == "n":
            expect(page.locator("#note-text")).to_be_focused()
        assert page.url.endswith(f"/cases/{ref}?view=mine"), "loaded anew, the page opens no form"
    desk.go(page, f"/cases/{desk.opened[0].ref}#key-1")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    assert desk.states() == ["new"] * 13, "a link does nothing by itself"


def test_the_list_of_keys_says_where_each_of_them_works(desk: Desk, page: Page) -> None:
    desk.go(page, "/inbox?view=mine")
    press(page, "?")
    opened = page.get_by_role("region", name="On an open case; on a row they open it first")
    expect(opened.locator("dt")).to_have_text(["L", "N", "R"])
    expect(page.get_by_role("region", name="In a form").locator("dt")).to_have_text(["Ctrl Enter", "Esc"])


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_a_form_of_a_case_is_sent_by_enter_with_control_held_down(desk: Desk, page: Page, keys: str) -> None:
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    press(page, "n")
    page.keyboard.type("They called.\nOn Monday again.")
    press(page, keys)
    expect(page.locator(".time q").first).to_have_text("They called.\nOn Monday again.")
    press(page, "l")
    page.get_by_label("What was said").fill("Nine days.")
    press(page, keys)
    expect(page.locator("details.act[open]")).to_have_count(1)  # how it went is asked for first
    assert desk.states()[0] == "new"


@pytest.mark.parametrize("key", ["Control+e", "Alt+e", "Meta+e", "Shift+E"])
def test_a_key_with_another_held_down_is_the_browsers(desk: Desk, page: Page, key: str) -> None:
    desk.go(page, "/inbox?view=mine")
    press(page, "j", key)
    expect(page.locator("details.act[open], input[name=pick]:checked")).to_have_count(0)


def test_single_keys_can_be_switched_off_per_person(desk: Desk, page: Page) -> None:
    desk.go(page, "/account")
    page.get_by_label("Single keys").select_option("off")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Single keys")).to_have_value("off")
    desk.go(page, "/inbox?view=mine")
    press(page, "j", "x", "1", "?")
    assert focused(page) == "None"
    expect(page.locator("input[name=pick]:checked")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("input[name=pick]").first.check()
    expect(page.locator(".bulk kbd").first).to_be_hidden()
    page.get_by_role("button", name="Acknowledge").click()  # the buttons stay
    expect(page.locator(".outcome")).to_contain_text("1 case acknowledged.")


def test_undo_is_offered_as_long_as_it_is_taken_and_without_script_it_stays(chromium: Browser, desk: Desk) -> None:
    for scripts in (True, False):
        with window(chromium, DESK, java_script_enabled=scripts) as page:
            if scripts:
                page.clock.install()
            sign_in(page, desk.installation.address, DANA)
            desk.go(page, "/inbox?view=review")
            page.locator("input[name=pick]").first.check()
            page.get_by_role("button", name="Acknowledge").click()
            undo = page.get_by_role("button", name="Undo")
            expect(undo).to_be_visible()
            if scripts:
                page.clock.run_for(29_000)
                left = page.locator("[data-running]").evaluate("each => each.style.getPropertyValue('--left')")
                assert float(left) == pytest.approx(0.5, abs=0.1)
                page.clock.run_for(28_000)
                expect(undo).to_be_visible()
                page.clock.run_for(2_000)
                expect(undo).to_have_count(0)
            else:
                undo.click()
                expect(page.locator(".outcome")).to_contain_text("1 case is as it was before.")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_inbox_at_work_keeps_nobody_out(chromium: Browser, desk: Desk, width: int) -> None:
    colours = Colours()
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)

        def look(moment: str) -> list[object]:
            found: list[object] = [] if fits(page) else [(moment, "wider than the screen")]
            page.emulate_media(color_scheme="light")
            found += [(moment, "light", *fault) for fault in barriers(page, but_colours=True) + colours.barriers(page)]
            page.emulate_media(color_scheme="dark")
            found += [(moment, "dark", *fault) for fault in colours.barriers(page)]
            return found

        desk.go(page, "/inbox?view=team&q=acme")
        faults = look("list")
        for box in there(page).locator("input[name=pick]").all()[:3]:
            box.check()
        page.locator(".bulk summary").filter(has_text="Close").click()
        faults += look("form")
        if width == PHONE:
            faults += _too_small(page)
        page.get_by_label("How did it end?").select_option("settled")
        page.locator(".bulk details[open] button").click()
        expect(page.get_by_text("Choose the root cause").first).to_be_visible()  # the next page is there
        faults += look("refused")  # no cause was chosen
        page.keyboard.press("?")
        faults += look("keys")
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        page.locator("[data-further] > summary").click()
        page.locator("summary").filter(has_text="Pause the clock").click()
        faults += look("pause")
        page.get_by_label("Waiting for the partner").check()
        page.get_by_label("What was agreed").fill("They are away.")
        page.get_by_role("button", name="Let the clock stand").click()
        expect(page.locator(".detail .clock")).to_have_text("paused, 7 h 48 min of working time left")
        faults += look("paused")
        assert faults == []


def _too_small(page: Page) -> list[object]:
    """What a finger cannot hit: less than 44 px high or wide."""
    small = """() => [...document.querySelectorAll('.bulk button, .bulk summary, .bulk select, .pick, label.all, .narrowing input, .narrowing button, .narrowing summary')]
        .map(part => [part.className || part.textContent, part.getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && (box.height < 43.5 || box.width < 43.5)).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""  # noqa: E501 - a script
    return list(page.evaluate(small))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_form_that_would_open_below_the_screen_begins_at_its_top(chromium: Browser, desk: Desk, width: int) -> None:
    with window(chromium, width) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        if width == DESK:
            page.set_viewport_size({"width": DESK, "height": 480})
        page.locator("[data-further] > summary").click()
        opener = page.locator("summary").filter(has_text="Pause the clock")
        opener.click()
        last = page.get_by_role("button", name="Let the clock stand")
        expect(last).to_be_visible()
        top = opener.evaluate("part => part.getBoundingClientRect().top")
        assert 0 <= top <= 80, top
        page.keyboard.press("Escape")
        if width == DESK:  # what can be read whole where it is does not move
            page.evaluate("scrollTo(0, 0)")
            page.set_viewport_size({"width": DESK, "height": 1400})
            opener.click()
            expect(last).to_be_visible()
            assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_names_are_offered_while_a_note_mentions_somebody(chromium: Browser, desk: Desk, width: int) -> None:
    team = desk.world.dana.team_id
    builders.staff(desk.installation.engine, "cleo@ours.example", name="Cleo Ferro", team=team)
    builders.staff(desk.installation.engine, "dora@ours.example", name="Dora Keller", team=team)
    with window(chromium, width, free_of_policy=True) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        page.locator("summary", has_text="Note").first.click()
        note, offered = page.locator("#note-text"), page.get_by_role("listbox", name="Colleagues")
        note.press_sequentially("Ask dana@acme.example, @")
        expect(offered.get_by_role("option")).to_have_text(["Cleo Ferro", "Dora Keller"])
        assert (barriers(page), fits(page)) == ([], True)
        note.press("Escape")
        expect(offered).to_be_hidden()
        note.press_sequentially("fe")
        expect(offered.get_by_role("option")).to_have_text(["Cleo Ferro"])
        if width == PHONE:
            offered.get_by_role("option").tap()
        else:
            note.press("Enter")
        note.press_sequentially(" please, and @")  # the space behind the name stands there already
        note.press("ArrowDown")
        expect(note).to_have_attribute("aria-activedescendant", "note-text-names-1")
        note.press("ArrowUp")
        note.press("ArrowUp")  # from the first to the last
        note.press("Tab")
        expect(note).to_have_value("Ask dana@acme.example, @Cleo Ferro please, and @Dora Keller ")
        expect(offered).to_be_hidden()
        expect(note).to_be_focused()
        page.get_by_role("button", name="Save the note").click()
        expect(page.locator("#timeline ~ *, .time")).to_contain_text("@Cleo Ferro please")


def test_what_is_typed_after_a_form_was_opened_by_mouse_is_its_text(page: Page, desk: Desk) -> None:
    """Nothing typed for a form may be taken for the keys of the page: "1" acknowledges, "e" closes."""
    first = desk.opened[0]
    desk.go(page, f"/cases/{first.ref}")
    page.locator("summary", has_text="Note").first.click()
    page.keyboard.type("1 more thing, e.g. the invoice")
    expect(page.locator("details.act[open] textarea")).to_have_value("1 more thing, e.g. the invoice")
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Assign").first.click()
    page.locator("details.act[open] summary").focus()
    page.keyboard.type("1n")
    expect(page.locator("details.act[open]")).to_have_count(1)
    assert desk.states()[0] == "new"
