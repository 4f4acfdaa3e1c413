"""A draft on the alert bench in a real Chromium: what was typed stays, whatever is pressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.app.program_texts import STARTER
from tests.browser.people import sign_in
from tests.browser.screen import DESK, PHONE, window
from tests.furnished import furnish
from tests.installation import Installation, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def furnished(blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("bench-draft")
    database = folder / "test.db"
    database.write_bytes(blank_sqlite.read_bytes())
    with running(f"sqlite:///{database}", folder, mail="folder") as installation:
        furnish(installation)
        by_screen = STARTER["program.yaml"].replace("managed_by: files", "managed_by: screen")
        installation.publish({**STARTER, "program.yaml": by_screen})
        yield installation


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, furnished: Installation) -> Iterator[Page]:
    with window(chromium, DESK) as opened:
        sign_in(opened, furnished.address, "priya@northwind.example")
        yield opened


@pytest.fixture
def page(signed_in: Page, furnished: Installation) -> Iterator[Page]:
    """A tab of its own: drafts are kept by tab."""
    opened = signed_in.context.new_page()
    opened.goto(f"{furnished.address}/program/alerts/bench")
    yield opened
    opened.close()


def type_draft(page: Page, old: str, new: str) -> str:
    """The file with one piece typed anew; nothing is pressed yet."""
    page.locator("#bench-draft summary").click()
    box = page.get_by_label("Alert file")
    text = box.input_value()
    assert old in text
    typed = text.replace(old, new)
    box.fill(typed)
    return typed


def test_another_period_keeps_the_draft_that_was_typed_and_tries_it(page: Page) -> None:
    typed = type_draft(page, "at_least: 9", "at_least: 8")
    page.get_by_role("button", name="365 days").click()
    expect(page.get_by_role("button", name="365 days")).to_have_attribute("aria-current", "true")
    expect(page.get_by_label("Alert file")).to_have_value(typed)
    expect(page.get_by_role("button", name="Publish this draft")).to_have_count(1)
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_role("button", name="365 days")).to_have_attribute("aria-current", "true")


def test_another_period_without_a_change_is_still_the_file_in_force(page: Page) -> None:
    page.get_by_role("button", name="30 days", exact=True).click()
    expect(page.get_by_role("button", name="30 days", exact=True)).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Publish this draft")).to_have_count(0)


def drop(page: Page) -> Locator:
    """What drops the draft that was tried."""
    return page.get_by_role("button", name="Drop this draft")


def _hold(page: Page) -> None:
    """Keep the page where it is, as while an answer takes its time."""
    page.evaluate("document.querySelector('#bench-draft').addEventListener('submit', sent => sent.preventDefault())")


@pytest.mark.parametrize("pressed", ["Try it", "90 days"])
def test_the_pressed_button_says_that_it_is_at_work_until_one_comes_back(page: Page, pressed: str) -> None:
    _hold(page)
    page.get_by_role("button", name=pressed).first.click()
    expect(page.get_by_role("button", name="Trying …")).to_be_disabled()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Trying …")).to_have_count(0)
    expect(page.get_by_role("button", name=pressed).first).to_be_enabled()


def test_enter_in_a_field_is_said_by_the_button_beside_it(page: Page) -> None:
    _hold(page)
    page.get_by_label("Would not recommend us: score below").press("Enter")
    expect(page.get_by_role("button", name="Trying …")).to_be_disabled()


def test_a_number_is_changed_in_its_field_and_written_into_the_file(page: Page) -> None:
    before = page.locator("#draft").input_value()
    page.get_by_label("Would not recommend us: score below").fill("3")
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_role("button", name="Publish this draft")).to_be_visible()
    expect(page.get_by_label("Would not recommend us: score below")).to_have_value("3")
    expect(page.locator("#draft")).to_have_value(before.replace("below: 7", "below: 3", 1))
    expect(page.get_by_label("Alert file")).to_be_hidden()  # the fields say it all


def test_enter_in_a_field_tries_the_draft_over_the_same_period(page: Page) -> None:
    page.get_by_role("button", name="365 days").click()
    field = page.get_by_label("Would not recommend us: score below")
    field.fill("3")
    field.press("Enter")
    expect(page.get_by_text("4 fewer than live").first).to_be_visible()
    expect(page.get_by_role("button", name="365 days")).to_have_attribute("aria-current", "true")


def test_a_number_typed_into_the_file_alone_is_not_overwritten_by_its_field(page: Page) -> None:
    typed = type_draft(page, "below: 7", "below: 5")
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_label("Would not recommend us: score below")).to_have_value("5")
    expect(page.locator("#draft")).to_have_value(typed)


BENCH = "/program/alerts/bench"
LIMIT = "Would not recommend us: score below"
LEFT = "You left a draft here that is not in force."


@pytest.mark.parametrize("is_tried", [True, False])
def test_a_draft_that_was_left_is_offered_when_its_page_is_opened_again(
    page: Page, furnished: Installation, is_tried: bool
) -> None:
    page.get_by_label(LIMIT).fill("3")
    if is_tried:
        page.get_by_role("button", name="Try it").first.click()
        expect(page.get_by_label(LIMIT)).to_have_value("3")
    page.goto(f"{furnished.address}/inbox")
    page.goto(furnished.address + BENCH)
    expect(page.get_by_label(LIMIT)).to_have_value("7")
    expect(page.get_by_text(LEFT)).to_be_visible()
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label(LIMIT)).to_have_value("3")
    expect(page.get_by_text("4 fewer than live").first).to_be_visible()
    expect(page.get_by_text(LEFT)).to_be_hidden()


def test_a_draft_that_was_dropped_or_that_says_nothing_new_is_not_offered(page: Page, furnished: Installation) -> None:
    expect(page.get_by_text(LEFT)).to_be_hidden()
    page.get_by_label(LIMIT).fill("3")
    page.get_by_label(LIMIT).fill("7")
    page.goto(furnished.address + BENCH)
    expect(page.get_by_text(LEFT)).to_be_hidden()
    page.get_by_label(LIMIT).fill("3")
    page.goto(furnished.address + BENCH)
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_text(LEFT)).to_be_hidden()
    page.goto(furnished.address + BENCH)
    expect(page.get_by_text(LEFT)).to_be_hidden()


def try_out(page: Page, score: str) -> None:
    page.get_by_label(LIMIT).fill(score)
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_role("button", name="Publish this draft")).to_be_visible()


@pytest.mark.parametrize("fault", ["", "rulez:"])
def test_a_draft_is_dropped_where_what_came_of_it_is_read(page: Page, furnished: Installation, fault: str) -> None:
    """Sound or not: the page says again what the alerts in force did, and offers the draft no more."""
    page.get_by_role("button", name="365 days").click()
    expect(drop(page)).to_have_count(0)
    type_draft(page, "rules:" if fault else "at_least: 9", fault or "at_least: 8")
    page.locator("#bench-draft").get_by_role("button", name="Try it").last.click()
    drop(page).click()
    expect(page.get_by_text("The alerts in force over what partners answered")).to_be_visible()
    expect(page.get_by_role("button", name="365 days")).to_have_attribute("aria-current", "true")
    for _ in range(2):  # now, and when the page is loaded again
        expect(page.get_by_text(LEFT)).to_be_hidden()
        expect(drop(page)).to_have_count(0)
        page.reload()
    type_draft(page, "at_least: 9", "at_least: 7")
    page.goto(furnished.address + BENCH)
    expect(page.get_by_text(LEFT)).to_be_visible()  # the next draft is kept as ever
    page.get_by_role("button", name="Drop it").click()


def test_a_draft_that_was_typed_on_after_its_trial_is_dropped_there_too(page: Page) -> None:
    try_out(page, "6")
    page.get_by_label(LIMIT).fill("5")
    drop(page).click()
    expect(page.get_by_label(LIMIT)).to_have_value("7")
    expect(page.get_by_text(LEFT)).to_be_hidden()


def test_what_is_tried_beside_an_offer_leaves_it_on_offer(page: Page, furnished: Installation) -> None:
    page.get_by_label(LIMIT).fill("3")
    page.goto(furnished.address + BENCH)
    try_out(page, "4")
    expect(page.get_by_text(LEFT)).to_be_visible()
    page.goto(furnished.address + BENCH)
    page.get_by_role("button", name="Go on with it").click()  # the one that was left last
    expect(page.get_by_label(LIMIT)).to_have_value("4")
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label(LIMIT)).to_have_value("3")
    page.get_by_role("button", name="Go on with it").click()  # none was lost for the other
    expect(page.get_by_label(LIMIT)).to_have_value("4")


def test_a_draft_that_was_left_says_when_other_alerts_were_published_since(page: Page, furnished: Installation) -> None:
    newer = "Other alerts were published since."
    page.get_by_label(LIMIT).fill("3")
    page.goto(furnished.address + BENCH)
    expect(page.get_by_text(LEFT)).to_be_visible()
    expect(page.get_by_text(newer)).to_be_hidden()
    with window(page.context.browser, DESK) as another:  # type: ignore[arg-type]
        sign_in(another, furnished.address, "priya@northwind.example")
        for score in ("6", "7"):
            another.goto(furnished.address + BENCH)
            try_out(another, score)
            another.get_by_role("button", name="Publish this draft").click()
            expect(another.get_by_text("Published. The new alerts are in force.")).to_be_visible()
            page.goto(furnished.address + BENCH)
            # Whoever published the same again left the version that the draft was made on in force.
            expect(page.get_by_text(newer)).to_be_visible(visible=score == "6")


def test_a_draft_ends_when_its_author_signs_out(page: Page, furnished: Installation, chromium: Browser) -> None:
    with window(chromium, DESK) as shared:
        sign_in(shared, furnished.address, "priya@northwind.example")
        other = shared.context.new_page()
        for each in (shared, other):
            each.goto(furnished.address + BENCH)
            each.get_by_label(LIMIT).fill("3")
        shared.get_by_text("More", exact=True).click()
        shared.get_by_role("button", name="Sign out").click()
        expect(shared.get_by_label("Password")).to_be_visible()
        for each in (shared, other):
            assert each.evaluate("sessionStorage.length") == 0


def test_a_draft_is_published_only_as_it_was_tried(page: Page) -> None:
    try_out(page, "6")
    publish = page.get_by_role("button", name="Publish this draft")
    page.get_by_label(LIMIT).fill("5")
    expect(publish).to_be_hidden()
    page.get_by_label(LIMIT).fill("6")
    expect(publish).to_be_visible()


def test_in_the_hand_a_trial_leads_to_its_figures(chromium: Browser, furnished: Installation) -> None:
    with window(chromium, PHONE) as phone:
        sign_in(phone, furnished.address, "priya@northwind.example")
        phone.goto(furnished.address + BENCH)
        try_out(phone, "3")
        expect(phone.get_by_text("4 fewer than live").first).to_be_in_viewport()
        expect(phone.get_by_role("button", name="Publish this draft")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_trial_of_a_file_that_stands_open_leads_to_its_figures(
    chromium: Browser, furnished: Installation, width: int
) -> None:
    with window(chromium, width) as screen:
        sign_in(screen, furnished.address, "priya@northwind.example")
        screen.goto(furnished.address + BENCH)
        # As long as the file of a real program: its box is as high as a box gets.
        type_draft(screen, "at_least: 9", "at_least: 8" + "  # why this score\n" * 60)
        screen.locator("#bench-draft").get_by_role("button", name="Try it").last.click()
        expect(screen.get_by_text("Your draft over what partners answered")).to_be_in_viewport(ratio=1)
        expect(screen.get_by_text("Cases opened", exact=True).first).to_be_in_viewport(ratio=1)
        expect(screen.get_by_role("button", name="Publish this draft")).to_be_in_viewport(ratio=1)


def test_a_tried_draft_is_published_in_sight_of_its_figures_and_offered_no_more(
    page: Page, furnished: Installation
) -> None:
    try_out(page, "5")
    publish = page.get_by_role("button", name="Publish this draft")
    expect(publish).to_be_in_viewport(ratio=1)
    expect(page.get_by_label(LIMIT)).to_be_in_viewport(ratio=1)
    publish.click()
    expect(page.get_by_text("Published. The new alerts are in force.")).to_be_visible()
    expect(page.get_by_label(LIMIT)).to_have_value("5")
    expect(page.get_by_text(LEFT)).to_be_hidden()
    try_out(page, "7")  # the other tests begin with this one
    publish.click()
    expect(page.get_by_label(LIMIT)).to_have_value("7")
