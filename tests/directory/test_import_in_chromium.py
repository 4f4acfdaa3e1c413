"""The import as a person sees it: the messy workbook in few actions, on a phone and at a desk, free of barriers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import panel, sign_in
from tests.browser.screen import DESK, PHONE, Scheme, barriers, fits, window
from tests.data import make_messy_workbook as messy
from tests.installation import Installation, running

pytestmark = pytest.mark.browser


def looks_right(page: Page) -> None:
    """What must hold on every page of the import. A press may still lead away: first expect what the new page shows."""
    assert barriers(page) == []
    assert fits(page)


def choose_file(page: Page, path: Path) -> None:
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload").click()


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_the_messy_workbook_comes_in_by_four_actions(
    sqlite_url: str, tmp_path: Path, chromium: Browser, width: int, scheme: Scheme
) -> None:
    rows = messy.make_rows()
    workbook = messy.write_workbook(tmp_path / "Partner 2026.xlsx", rows)
    as_csv = messy.write_csv(tmp_path / "Partner 2026.csv", rows)
    with running(sqlite_url, tmp_path) as installation, window(chromium, width, scheme, free_of_policy=True) as page:
        _prepare(installation, page)
        page.goto(f"{installation.address}/import")
        looks_right(page)

        choose_file(page, workbook)  # 1 the file, 2 upload
        expect(page.get_by_label("Account Mgr")).to_have_value("partner.owner")
        looks_right(page)
        page.get_by_role("button", name="Looks right").click()  # 3 the columns are right
        expect(panel(page, "12 rows cannot be imported whole").get_by_role("listitem")).to_have_count(12)
        expect(panel(page, "9 duplicates").get_by_role("listitem")).to_have_count(9)
        expect(panel(page, "Owners")).to_contain_text("Tom Nobody")
        looks_right(page)
        page.get_by_role("button", name="Import now").click()  # 4 yes
        expect(panel(page, "What was written")).to_contain_text("400 added, 0 changed")
        looks_right(page)

        page.goto(f"{installation.address}/import")
        choose_file(page, as_csv)
        expect(page.get_by_text("was imported before")).to_be_visible()
        page.get_by_role("button", name="Looks right").click()
        expect(page.get_by_text("The register already says all that this file says.")).to_be_visible()
        looks_right(page)


def test_a_file_that_is_no_list_is_refused_where_it_was_chosen(
    sqlite_url: str, tmp_path: Path, chromium: Browser
) -> None:
    (tmp_path / "title.csv").write_text("Our partners\n")
    with running(sqlite_url, tmp_path) as installation, window(chromium, PHONE, free_of_policy=True) as page:
        _prepare(installation, page)
        page.goto(f"{installation.address}/import")
        choose_file(page, tmp_path / "title.csv")
        expect(page.get_by_role("alert")).to_contain_text("Only one row holds text")
        looks_right(page)


def _prepare(installation: Installation, page: Page) -> None:
    for name, _ in messy.STAFF:
        installation.staff(name, "alliance_manager")
    priya = installation.staff("Priya Raman", "program_owner")
    sign_in(page, installation.address, priya.email)
