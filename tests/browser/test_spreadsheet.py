"""From a spreadsheet, no shell: a messy workbook becomes a tested wave, then a real one, by few actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from feedback_engine.app import first_run
from tests.browser.people import body_of, panel, there
from tests.browser.screen import DESK, window
from tests.data import make_messy_workbook as messy
from tests.directory import builders as directory
from tests.installation import PASSWORD, Installation, running

pytestmark = pytest.mark.browser

MOST_ACTIONS = 40
REFUSED = "12 rows cannot be imported whole"
WAVE = "Spring reading"
MEANT = {"Sales", "Vertriebsleiter", "Responsabile acquisti"}
"""The roles of the list that the starter's sales and operations are known by; its CTOs are asked elsewhere."""


@dataclass
class Hand:
    """Somebody at a screen; each thing they press, write, choose or pick counts."""

    page: Page
    actions: int = 0

    def press(self, name: str, role: str = "button") -> None:
        self.actions += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def write(self, label: str, words: str) -> None:
        self.actions += 1
        self.page.get_by_label(label, exact=True).fill(words)

    def write_beginning(self, label: str, words: str) -> None:
        """As `write`, for a field whose label goes on with a hint."""
        self.actions += 1
        self.page.get_by_label(label).first.fill(words)

    def choose(self, label: str, option: str) -> None:
        self.actions += 1
        select = self.page.get_by_label(label, exact=True)
        value = select.locator("option", has_text=option).first.get_attribute("value")
        select.select_option(value)

    def pick(self, label: str, file: Path) -> None:
        self.actions += 1
        self.page.get_by_label(label, exact=True).set_input_files(file)

    def go_to(self, place: str) -> None:
        """Follow the navigation; what stands under More takes one press more."""
        link = there(self.page).get_by_role("navigation").get_by_role("link", name=place, exact=True)
        if not link.is_visible():
            self.actions += 1
            self.page.get_by_text("More", exact=True).click()
        self.actions += 1
        link.click()


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation just started: a draft of the starter program, and those who may sign in."""
    with running(sqlite_url, tmp_path) as made:
        first_run.prepare(made.engine)
        made.staff("Henrik Solberg", "program_owner", team=directory.team(made.engine, "Alliances"))
        for name, _ in messy.STAFF:
            made.staff(name, "alliance_manager")
        yield made


@pytest.mark.parametrize("kind", ["workbook", "windows-1252"])
def test_a_messy_spreadsheet_becomes_a_tested_wave_and_a_real_one(
    chromium: Browser, installation: Installation, tmp_path: Path, kind: str
) -> None:
    rows = messy.make_rows()
    contacts = len({str(row[7]).casefold() for row in rows.body}) - messy.BAD_ADDRESS_COUNT
    workbook = messy.write_workbook(tmp_path / "Partner 2026.xlsx", rows)
    as_csv = messy.write_csv(tmp_path / "Partner 2026.csv", rows)
    first, again = (workbook, as_csv) if kind == "workbook" else (as_csv, workbook)
    with window(chromium, DESK) as page:
        hand = Hand(page)
        _sign_in(hand, installation)
        _import(hand, first)
        _test_a_wave(hand, installation, contacts)
        _launch(hand)
        _send_for_real(hand, installation, rows)
        print(f"{kind}: {hand.actions} actions")
        assert hand.actions <= MOST_ACTIONS
        _upload_again(Hand(page), installation, again)


def _sign_in(hand: Hand, installation: Installation) -> None:
    hand.page.goto(installation.address)
    hand.write("E-mail", "henrik@northwind.example")
    hand.write("Password", PASSWORD)
    hand.press("Sign in")


def _import(hand: Hand, file: Path) -> None:
    """Every column is understood, and each row that is refused says why and what to do."""
    hand.go_to("Import")
    hand.pick("File", file)
    hand.press("Upload")
    hand.press("Looks right")
    refused = panel(hand.page, REFUSED).get_by_role("listitem")
    expect(refused).to_have_count(messy.BAD_ADDRESS_COUNT)
    for number in range(messy.BAD_ADDRESS_COUNT):
        wrong, remedy = _sentences(refused.nth(number))
        assert wrong != remedy
    expect(panel(hand.page, "9 duplicates").get_by_role("listitem")).to_have_count(messy.DUPLICATE_COUNT)
    hand.press("Import now")
    expect(panel(hand.page, "What was written")).to_contain_text("400 added, 0 changed")


def _sentences(row: Locator) -> tuple[str, str]:
    """What is wrong with a row of the spreadsheet, and its remedy."""
    expect(row.locator("p")).to_have_count(2)
    wrong, remedy = (row.locator("p").nth(number).inner_text() for number in range(2))
    assert wrong.strip()
    assert remedy.strip()
    return wrong, remedy


def _test_a_wave(hand: Hand, installation: Installation, contacts: int) -> None:
    """The wave is sent to whoever made it, as its readers would get it."""
    hand.press("Make a wave")
    hand.write("Name of the wave", WAVE)
    hand.choose("Touchpoint and its survey", "Quarterly review held")
    hand.press("Make the wave")
    expect(hand.page.get_by_text(f"{contacts} contacts were chosen.")).to_be_visible()
    hand.press("Send a test")
    installation.settle()
    [test] = installation.letters("henrik@northwind.example")
    assert str(test["Subject"]).startswith("[Test] ")
    assert "How likely are you to recommend" in body_of(test, "plain")
    hand.press("Let owners confirm")


def _launch(hand: Hand) -> None:
    """All that is needed is there, so the program may go live."""
    hand.go_to("Launch")
    hand.press("Open: Give mail a sender and a postal address", "link")
    hand.write_beginning("Sender’s e-mail", "partners@northwind.example")
    hand.write_beginning("Postal address", "Northwind, Kade 12, Rotterdam")
    hand.press("Save")
    hand.go_to("Launch")
    expect(panel(hand.page, "Before partners are asked")).not_to_contain_text("needed")
    hand.press("Begin the test")
    hand.press("Go live")
    expect(panel(hand.page, "The program is in the state “live”")).to_be_visible()


def _send_for_real(hand: Hand, installation: Installation, rows: messy.MessyRows) -> None:
    """The real wave: an hour in the hold, then one mail for each contact of the touchpoint's personas."""
    hand.go_to("Waves")
    hand.press(WAVE, "link")
    hand.press("Send the wave")
    installation.settle()
    before = len(installation.mails.taken)
    installation.later(minutes=61)
    meant = {str(row[7]).casefold() for row in rows.body if row[11] in MEANT and "contact" in str(row[7])}
    assert sorted(mail.recipient.casefold() for mail in installation.mails.taken[before:]) == sorted(meant)
    hand.page.reload()
    expect(panel(hand.page, "What became of it")).to_contain_text(f"Mailed{len(meant)}")


def _upload_again(hand: Hand, installation: Installation, file: Path) -> None:
    """The same list in its other form changes nothing."""
    hand.go_to("Import")
    hand.pick("File", file)
    hand.press("Upload")
    hand.press("Looks right")
    expect(panel(hand.page, "Nothing to change")).to_be_visible()
