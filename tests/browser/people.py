"""What people do in the browser: a partner answers a mail, somebody on staff signs in."""

from __future__ import annotations

import re
from email.message import EmailMessage

from playwright.sync_api import Locator, Page, expect

from tests.installation import PASSWORD

PATH = re.compile(r"https?://[^\s\"'<>]+")


def there(page: Page) -> Page:
    """The page once it is whole and its script has run; a press is over as soon as the next page begins to come."""
    page.wait_for_load_state("domcontentloaded")
    return page


def body_of(mail: EmailMessage, subtype: str) -> str:
    """The plain or the HTML part of a mail."""
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


def links_of(mail: EmailMessage) -> list[str]:
    """Every address that a mail holds, in either part and in its headers, each once."""
    texts = [body_of(mail, "plain"), body_of(mail, "html"), str(mail["List-Unsubscribe"] or "")]
    return list(dict.fromkeys(address for text in texts for address in PATH.findall(text.replace("&amp;", "&"))))


def tap(page: Page, mail: EmailMessage, score: int) -> None:
    """Open a mail as its reader does and tap a score; the survey page opens with it chosen."""
    page.set_content(body_of(mail, "html"))
    page.locator(f'a[href$="a={score}"]').click()
    expect(page.get_by_role("radio", name=str(score), exact=True)).to_be_checked()


def answer(page: Page, mail: EmailMessage, score: int, comment: str = "") -> None:
    """Tap a score in a mail, write a comment, press Send; the receipt opens."""
    tap(page, mail, score)
    page.get_by_role("textbox").first.fill(comment)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/r/**")


def sign_in(page: Page, address: str, email: str) -> None:
    """Sign in by password; the first page of the role opens."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/sign-in"))


def panel(page: Page, heading: str) -> Locator:
    """The panel of a staff page that stands under a heading."""
    return page.locator("section.panel").filter(has=page.get_by_role("heading", name=heading, exact=True))
