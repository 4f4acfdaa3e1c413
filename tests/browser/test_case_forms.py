"""The forms on the page of a case in a real Chromium: what was typed stays until it is sent, and whose case it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from alerts import service as cases
from alerts.casework.flow import Note
from tests.alerts import settled
from tests.alerts.builders import case, staff_actor, undo
from tests.browser.desk import DANA, Desk, dana_with_cases
from tests.browser.people import sign_in, there
from tests.browser.screen import DESK, PHONE, barriers, fits, window
from tests.directory import builders
from tests.installation import running

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Two open cases."""
    with dana_with_cases(sqlite_url, tmp_path, 2) as made:
        yield made


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    with window(chromium, DESK, free_of_policy=True) as opened:
        sign_in(opened, desk.installation.address, DANA)
        yield opened


def button(page: Page, words: str) -> Locator:
    """The button that opens a form of the case."""
    return there(page).locator("details.act > summary").filter(has_text=words).first


def begun(page: Page, words: str) -> Locator:
    """What the button of a form says where the form holds something that was not sent."""
    return button(page, words).get_by_text("begun")


def open_form(page: Page, desk: Desk, words: str, number: int = 0) -> None:
    desk.go(page, f"/cases/{desk.opened[number].ref}")
    button(page, words).click()


def test_what_was_typed_on_a_case_is_still_there_after_going_elsewhere(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("They wait for the credit note.")
    button(page, "Log call").click()
    page.get_by_label("Reached by").select_option("meeting")
    page.get_by_label("No answer").check()
    desk.go(page, f"/cases/{desk.opened[1].ref}")
    expect(begun(page, "Note")).to_be_hidden()
    expect(page.locator("#note-text")).to_have_value("")
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(begun(page, "Note")).to_be_visible()
    assert (barriers(page), fits(page)) == ([], True)
    button(page, "Note").click()
    expect(page.locator("#note-text")).to_have_value("They wait for the credit note.")
    expect(page.locator("details[open]").get_by_text("Begun before, and not sent yet.")).to_be_visible()
    assert barriers(page) == []
    button(page, "Log call").click()
    expect(page.get_by_label("Reached by")).to_have_value("meeting")
    expect(page.get_by_label("No answer")).to_be_checked()
    page.locator("details[open]").get_by_role("button", name="Begin anew").click()
    expect(page.get_by_label("No answer")).not_to_be_checked()
    expect(begun(page, "Log call")).to_be_hidden()


def test_what_was_sent_is_offered_no_more_and_the_rest_stays(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Assign")
    page.get_by_label("New owner").select_option(label="Luis Ferro")
    button(page, "Note").click()
    page.locator("#note-text").fill("Credit note sent.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status")).to_contain_text("The note is in the timeline.")
    expect(begun(page, "Note")).to_be_hidden()
    expect(begun(page, "Assign")).to_be_visible()
    page.reload()
    expect(page.locator("#note-text")).to_have_value("")
    assert case(desk.world, desk.opened[0].id).owner == desk.world.dana


def test_what_was_sent_in_vain_is_still_there(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("Said on the phone.")
    page.route("**/note**", lambda route: route.fulfill(status=502, body="Nobody is here."))
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("Nobody is here.")).to_be_visible()
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("#note-text")).to_have_value("Said on the phone.")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_closing_that_was_sent_is_not_offered_again_when_its_case_comes_back(
    chromium: Browser, desk: Desk, width: int
) -> None:
    with window(chromium, width) as page:
        sign_in(page, desk.installation.address, DANA)
        open_form(page, desk, "Close")
        page.get_by_label("Settled", exact=True).check()
        page.locator("#close-root_cause").select_option(index=1)
        page.get_by_label("Note for colleagues").press_sequentially("The credit note lay with us.")
        page.get_by_role("button", name="Close the case").click()
        expect(page.get_by_role("status")).to_contain_text("The case is closed.")
        of = desk.world
        cases.reopen(of.engine.work, staff_actor(of.dana), desk.opened[0].id, "They say no.")
        open_form(page, desk, "Close")
        expect(page.get_by_label("Note for colleagues")).to_have_value("")
        expect(begun(page, "Close")).to_be_hidden()


def test_what_was_sent_is_not_offered_again_though_its_answer_was_lost_on_the_way(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("Said on the phone.")

    def lose(route: Route) -> None:
        before = page.context.cookies()
        route.fetch(max_redirects=0)
        page.context.add_cookies(before)
        route.abort()

    page.route("**/note**", lose)
    page.get_by_role("button", name="Save the note").click()
    page.wait_for_url("chrome-error:**")
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("ol.time")).to_contain_text("Said on the phone.")
    expect(page.locator("#note-text")).to_have_value("")
    expect(begun(page, "Note")).to_be_hidden()


def test_what_was_sent_in_vain_outlasts_what_a_colleague_does_with_the_case(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("Said on the phone.")
    page.route("**/note**", lambda route: route.abort())
    page.get_by_role("button", name="Save the note").click()
    page.wait_for_url("chrome-error:**")
    of = desk.world
    cases.act(of.engine.work, staff_actor(of.luis), desk.opened[0].id, Note("Of a colleague."))
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("ol.time")).to_contain_text("Of a colleague.")
    expect(page.locator("#note-text")).to_have_value("Said on the phone.")


def test_what_was_sent_in_vain_outlasts_what_is_done_with_another_case(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("Said on the phone.")
    page.route("**/note**", lambda route: route.abort())
    page.get_by_role("button", name="Save the note").click()
    page.unroute("**/note**")
    open_form(page, desk, "Note", number=1)
    page.locator("#note-text").fill("Of the other one.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status")).to_contain_text("The note is in the timeline.")
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("#note-text")).to_have_value("Said on the phone.")


def test_a_refused_form_comes_back_as_it_was_sent_and_stays(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("   ")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#note-text").fill("Now with words.")
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("#note-text")).to_have_value("Now with words.")


def test_what_was_typed_is_gone_for_whoever_signs_in_next(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("For my eyes.")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, desk.installation.address, DANA)
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(begun(page, "Note")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_page_itself_lets_go_of_what_was_typed_where_the_answer_to_a_sign_out_is_not_heard(
    page: Page, desk: Desk
) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("For my eyes.")
    page.route("**/sign-out", lambda route: route.fulfill(body="<title>signed out</title>", content_type="text/html"))
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("signed out")
    assert page.evaluate("sessionStorage.length") == 0


def test_what_could_not_be_kept_any_more_is_not_offered_as_it_was_before_it_was_sent(page: Page, desk: Desk) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("First words.")
    page.evaluate(f"() => {{ {FULL} }}")
    page.locator("#note-text").fill("First words, and more.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(begun(page, "Note")).to_be_hidden()
    expect(page.locator("#note-text")).to_have_value("")


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
FORBIDDEN = (
    "Object.defineProperty(window, 'sessionStorage', {get: () => { throw new DOMException('no', 'SecurityError'); }});"
)


@pytest.mark.parametrize("state", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_where_the_browser_keeps_nothing_forms_work_and_nothing_else_fails(
    chromium: Browser, desk: Desk, state: str
) -> None:
    with window(chromium, DESK) as page:
        page.add_init_script(state)
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        sign_in(page, desk.installation.address, DANA)
        open_form(page, desk, "Note")
        page.locator("#note-text").fill("They wait for the credit note.")
        button(page, "Log call").click()
        page.get_by_label("No answer").check()
        button(page, "Note").click()
        page.get_by_role("button", name="Save the note").click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(there(page).get_by_text("They wait for the credit note.")).to_be_visible()
        page.get_by_text("More", exact=True).click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("E-mail")).to_be_visible()
        assert failed == []


def test_a_statement_and_a_finding_that_were_begun_are_still_there(
    chromium: Browser, sqlite_url: str, tmp_path: Path
) -> None:
    with running(sqlite_url, tmp_path, mail="folder") as installation, window(chromium, DESK) as page:
        of, henrik, _, opened = settled.mediated(installation.engine)
        desk = Desk(installation, of, [opened])
        for member, name in ((of.dana, "statement"), (henrik, "finding")):
            desk.let_in(member)
            sign_in(page, installation.address, member.email)
            desk.go(page, f"/cases/{opened.ref}/mediation")
            page.locator(f"#{name}-text").fill("The call on Monday was moved twice.")
            desk.go(page, "/my")
            desk.go(page, f"/cases/{opened.ref}/mediation")
            expect(page.locator(f"#{name}-text")).to_have_value("The call on Monday was moved twice.")
            expect(page.get_by_text("Begun before, and not sent yet.")).to_be_visible()
            page.locator(f"form:has(#{name}-text) button").last.click()
            expect(page.get_by_role("status")).to_be_visible()
            assert page.evaluate("sessionStorage.length") == 0
            page.get_by_text("More", exact=True).click()
            page.get_by_role("button", name="Sign out").click()


def test_a_merge_that_was_chosen_in_the_list_is_not_begun_before_it_is_touched(page: Page, desk: Desk) -> None:
    desk.go(page, "/inbox?view=mine")
    for each in desk.opened:
        page.get_by_role("checkbox", name=each.ref).check()
    page.locator(".bulk").get_by_role("button", name="Merge").click()
    into = page.get_by_label("Case that stays")
    chosen = into.input_value()
    assert chosen
    expect(begun(page, "Merge")).to_be_hidden()
    into.select_option("")
    expect(begun(page, "Merge")).to_be_visible()
    page.reload()  # what was chosen in the list goes before what was kept
    expect(into).to_have_value(chosen)
    expect(begun(page, "Merge")).to_be_hidden()


def test_words_that_were_begun_on_a_case_go_on_in_the_one_that_it_was_merged_into(page: Page, desk: Desk) -> None:
    gone, stays = desk.opened
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("They wait for the credit note.")
    button(page, "Assign").click()
    page.get_by_label("New owner").select_option(label="Luis Ferro")
    open_form(page, desk, "Note", 1)
    page.locator("#note-text").fill("The course was too short.")
    cases.merge(desk.installation.engine.work, staff_actor(desk.world.dana), gone.id, stays.id)
    desk.go(page, f"/cases/{stays.ref}")
    expect(page.locator("#note-text")).to_have_value("The course was too short.")
    expect(begun(page, "Assign")).to_be_hidden()
    button(page, "Note").click()
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status")).to_contain_text("The note is in the timeline.")
    desk.go(page, f"/cases/{stays.ref}")
    expect(begun(page, "Note")).to_be_visible()
    button(page, "Note").click()
    expect(page.locator("#note-text")).to_have_value("They wait for the credit note.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status")).to_contain_text("The note is in the timeline.")
    desk.go(page, f"/cases/{stays.ref}")
    expect(page.locator("#note-text")).to_have_value("")


def send_in_vain(page: Page, words: str) -> None:
    """Press a button; nothing arrives."""
    page.route("**/cases/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name=words).click()
    page.wait_for_url("chrome-error:**")
    page.unroute("**/cases/**")


def send_unheard(page: Page, words: str) -> None:
    """Press a button; it arrives, and its answer is lost on the way."""

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        before = page.context.cookies()
        route.fetch(max_redirects=0)
        page.context.add_cookies(before)
        route.abort()

    page.route("**/cases/**", lose)
    page.get_by_role("button", name=words).click()
    page.wait_for_url("chrome-error:**")
    page.unroute("**/cases/**")


@pytest.mark.parametrize("words", ["Call", "e", "Dana", "Of a colleague."])
def test_words_sent_in_vain_stay_though_they_stand_somewhere_on_the_page(page: Page, desk: Desk, words: str) -> None:
    open_form(page, desk, "Note")
    page.locator("#note-text").fill(words)
    send_in_vain(page, "Save the note")
    of = desk.world
    cases.act(of.engine.work, staff_actor(of.luis), desk.opened[0].id, Note("Of a colleague."))
    cases.log_contact(of.engine.work, staff_actor(of.dana), desk.opened[0].id, text="Another word of mine.")
    desk.go(page, f"/cases/{desk.opened[0].ref}")
    expect(page.locator("ol.time")).to_contain_text("Of a colleague.")
    expect(page.locator("#note-text")).to_have_value(words)
    expect(begun(page, "Note")).to_be_visible()


def test_a_call_without_words_stays_until_a_line_says_that_it_was_logged(page: Page, desk: Desk) -> None:
    of, opened = desk.world, desk.opened[0]
    open_form(page, desk, "Log call")
    page.get_by_label("Reached by").select_option("meeting")
    page.get_by_label("No answer").check()
    send_in_vain(page, "Save the contact")
    cases.log_contact(of.engine.work, staff_actor(of.luis), opened.id)
    desk.go(page, f"/cases/{opened.ref}")
    expect(begun(page, "Log call")).to_be_visible()
    button(page, "Log call").click()
    expect(page.get_by_label("No answer")).to_be_checked()
    send_unheard(page, "Save the contact")
    desk.go(page, f"/cases/{opened.ref}")
    expect(begun(page, "Log call")).to_be_hidden()
    expect(page.get_by_label("No answer")).not_to_be_checked()


def test_what_was_sent_in_vain_follows_a_merge_and_what_was_done_does_not(page: Page, desk: Desk) -> None:
    gone, stays = desk.opened
    of = desk.world
    open_form(page, desk, "Log call")
    page.get_by_label("Reached by").select_option("meeting")
    page.get_by_label("No answer").check()
    page.locator("#log-contact-text").fill("Nobody there.")
    send_unheard(page, "Save the contact")
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("They wait for the credit note.")
    send_in_vain(page, "Save the note")
    cases.merge(of.engine.work, staff_actor(of.dana), gone.id, stays.id)
    desk.go(page, f"/cases/{gone.ref}")
    expect(page.locator("#note-text")).to_have_value("They wait for the credit note.")
    expect(begun(page, "Note")).to_be_visible()
    expect(begun(page, "Log call")).to_be_hidden()


@pytest.mark.parametrize("first", [0, 1])
def test_words_go_back_to_their_case_when_its_merge_is_undone(page: Page, desk: Desk, first: int) -> None:
    gone, stays = desk.opened
    of = desk.world
    open_form(page, desk, "Note")
    page.locator("#note-text").fill("They wait for the credit note.")
    cases.merge(of.engine.work, staff_actor(of.dana), gone.id, stays.id)
    desk.go(page, f"/cases/{stays.ref}")
    expect(page.locator("#note-text")).to_have_value("They wait for the credit note.")
    page.locator("#note-text").evaluate("field => field.closest('details').open = true")
    page.locator("#note-text").press_sequentially("Or: ")
    typed = page.locator("#note-text").input_value()
    undo(of, stays)
    for number in (first, 1 - first):
        desk.go(page, f"/cases/{desk.opened[number].ref}")
        expect(page.locator("#note-text")).to_have_value(typed if number == 0 else "")
    assert "Or: " in typed


def test_choices_of_how_one_is_told_outlast_a_test_that_is_sent_beside_them(page: Page, desk: Desk) -> None:
    desk.go(page, "/account/notices")
    not_saved = page.get_by_text("Changed, and not saved yet.")
    page.get_by_label("each kind on its own").check()
    page.get_by_label("From", exact=True).fill("20")
    page.get_by_label("Until", exact=True).fill("7")
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_role("status")).to_contain_text("The test is on its way")
    expect(page.get_by_label("From", exact=True)).to_have_value("20")
    expect(page.get_by_label("each kind on its own")).to_be_checked()
    expect(not_saved).to_be_visible()
    assert (barriers(page), fits(page)) == ([], True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_label("From", exact=True)).to_have_value("20:00")
    expect(not_saved).to_be_hidden()
    page.get_by_label("From", exact=True).fill("22")
    page.reload()
    page.get_by_role("button", name="Back to what is saved").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("20:00")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_form_that_is_folded_away_says_on_its_own_button_that_it_is_begun(chromium: Browser, desk: Desk) -> None:
    with window(chromium, PHONE) as page:
        sign_in(page, desk.installation.address, DANA)
        desk.go(page, f"/cases/{desk.opened[0].ref}")
        page.locator("[data-further] > summary").tap()
        button(page, "Pause the clock").tap()
        page.get_by_label("What was agreed").fill("After the fair.")
        page.reload()
        expect(page.locator("[data-further] > summary").get_by_text("begun")).to_be_visible()
        assert fits(page)


@pytest.mark.parametrize(("width", "height"), [(PHONE, 800), (DESK, 480), (DESK, 900)])
def test_whose_case_it_is_stays_in_sight_while_a_form_is_filled(
    chromium: Browser, desk: Desk, width: int, height: int
) -> None:
    with window(chromium, width) as page:
        page.set_viewport_size({"width": width, "height": height})
        sign_in(page, desk.installation.address, DANA)
        open_form(page, desk, "Log call")
        names = page.get_by_role("heading", name="Acme", level=1).or_(page.locator("details[open] .whose"))
        in_sight = "parts => parts.some(part => { const {top, bottom} = part.getBoundingClientRect();"
        in_sight += " return bottom > top && top >= 0 && bottom <= innerHeight; })"
        assert names.evaluate_all(in_sight)
        save = page.get_by_role("button", name="Save the contact")
        save.scroll_into_view_if_needed()
        expect(save).to_be_in_viewport(ratio=1)
        assert names.evaluate_all(in_sight)


def test_a_name_that_is_not_offered_is_told_so_while_it_is_typed(page: Page, desk: Desk) -> None:
    team = desk.world.dana.team_id
    builders.staff(desk.installation.engine, "cleo@ours.example", name="Cleo Ferro", team=team)
    open_form(page, desk, "Note")
    note, told = page.locator("#note-text"), page.get_by_text("Only colleagues who may see this case are offered")
    note.press_sequentially("Write to max@acme.example, @Zoe")
    expect(told).to_be_visible()
    assert barriers(page) == []
    note.press("Backspace")
    note.press("Backspace")
    note.press("Backspace")
    note.press_sequentially("Cleo, who knows them")
    expect(told).to_have_count(0)
