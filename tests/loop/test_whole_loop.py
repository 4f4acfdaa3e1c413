"""The whole loop as people live it: an event by HTTP, a mail, a tap on a phone, a case, a call, a theme, a change."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from alerts import service as alerts
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.browser.people import answer, panel, sign_in
from tests.browser.screen import DESK, PHONE, window
from tests.directory import builders
from tests.installation import Installation, cloud_event
from tests.servers import Heard

pytestmark = pytest.mark.browser

COMMENT = "Nine days for a yes. By then the customer had signed with somebody else."
PARTNERS = {"tagus": "Tagus Freight", "kestrel": "Kestrel Networks", "baltic": "Baltic Edge"}
CAUSE = "Decision took too long"


def test_an_unhappy_answer_becomes_a_case_a_theme_and_an_initiative(
    chromium: Browser, installation: Installation
) -> None:
    dana, henrik = _people(installation)
    key = installation.api_key("events:write", "decisions:read")
    secret = _listen(installation)
    with window(chromium, PHONE) as phone, window(chromium, DESK) as desk:
        sign_in(desk, installation.address, dana.email)
        for number, partner in enumerate(PARTNERS, start=1):
            _ask(installation, key, number, partner)
            answer(phone, installation.letters(_email(partner))[-1], 3, COMMENT)
            installation.settle()
            if number == 1:
                _check_alert(installation, dana, secret)
            _call_and_close(desk, installation, partner)
        _ask(installation, key, 4, "vela")
        answer(phone, installation.letters(_email("vela"))[-1], 10, "Everything worked.")
        installation.settle()
        desk.goto(f"{installation.address}/my")
        expect(panel(desk, "Say thank you")).to_contain_text("Vela Cloudworks")
    with window(chromium, DESK) as page:
        sign_in(page, installation.address, henrik.email)
        _check_overview(page)
        _accept_theme(page, installation)


# ---- the steps


def _people(installation: Installation) -> tuple[StaffView, StaffView]:
    """Dana answers for every partner, Henrik for the program."""
    dana = installation.staff("Dana Keller", "alliance_manager")
    henrik = installation.staff("Henrik Solberg", "program_owner")
    for key, name in {**PARTNERS, "vela": "Vela Cloudworks"}.items():
        partner = builders.partner(installation.engine, key, name=name, kind="channel", tier="Gold")
        builders.contact(installation.engine, partner, _email(key), name="Inês Carvalho", role="sales manager")
        builders.owned(installation.engine, dana, partner)
    return dana, henrik


def _email(partner: str) -> str:
    return f"ines@{partner}.example"


def _listen(installation: Installation) -> str:
    """Let another program hear of cases; its secret."""
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        made = alerts.add_endpoint(uow, "CRM", installation.hooks.url, allow_private=True)
    return made.secret


def _ask(installation: Installation, key: str, number: int, partner: str) -> None:
    """Something happens to a partner; the decision is in the ledger and the mail leaves after the hold, not before."""
    event = cloud_event(number, partner, _email(partner), installation.clock.now())
    receipt = installation.post_event(key, event)
    installation.settle()
    event_id = receipt["items"][0]["event_id"]
    decided = installation.get("/api/v1/decisions", key, event_id=event_id)["data"]
    assert [(each["outcome"], each["partner"], each["contact"]) for each in decided] == [
        ("invite", partner, _email(partner))
    ]
    assert {verdict["verdict"] for verdict in decided[0]["verdicts"]} == {"pass"}
    assert installation.letters(_email(partner)) == []
    installation.later(minutes=61)
    assert len(installation.letters(_email(partner))) == 1


def _check_alert(installation: Installation, dana: StaffView, secret: str) -> None:
    """The owner has a mail with the words, and the other program a signed message with none."""
    [mail] = installation.letters(dana.email)
    assert "Tagus Freight" in str(mail["Subject"])
    assert COMMENT in mail.as_bytes().decode("utf-8", "replace").replace("=\n", "") or COMMENT in str(
        mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    )
    [heard] = installation.hooks.heard
    assert heard.headers["webhook-signature"] == _signature(secret, heard)
    message = orjson.loads(heard.body)
    assert message["type"] == "case.opened"
    assert (message["data"]["partner"], message["data"]["score"]) == ("tagus", 3)
    assert COMMENT.encode() not in heard.body


def _signature(secret: str, heard: Heard) -> str:
    """The signature as a receiver computes it by the Standard Webhooks specification."""
    signed = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return "v1," + b64encode(digest).decode()


def _call_and_close(page: Page, installation: Installation, partner: str) -> None:
    """The owner finds the case on the Monday page, logs the call and closes the case with its cause."""
    page.goto(f"{installation.address}/my")
    page.locator('main a[href*="/cases/"]', has_text=PARTNERS[partner]).click()
    expect(page.locator("blockquote").first).to_contain_text(COMMENT)
    installation.later(minutes=10)
    page.locator("summary", has_text="Log call").click()
    page.get_by_role("radio", name="Talked").first.check()
    page.get_by_label("What was said").fill("They accept a decision in three days.")
    page.get_by_role("button", name="Save the contact").click()
    expect(panel(page, "Timeline")).to_contain_text("They accept a decision in three days.")
    page.locator("summary", has_text="Close").click()
    page.get_by_role("radio", name="Settled").first.check()
    page.locator("#close-root_cause").select_option(label=CAUSE)
    page.get_by_label("What we found").fill("One reviewer was on leave.")
    page.get_by_label("What we did").fill("The deal desk now answers within three days.")
    page.get_by_role("button", name="Close the case").click()
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    installation.settle()


def _check_overview(page: Page) -> None:
    """Three detractors and one promoter: NPS -50, with its interval and the number of answers."""
    figure = page.locator("main")
    expect(figure).to_contain_text("−50")
    expect(figure).to_contain_text("n = 4")
    expect(figure).to_contain_text("few answers")


def _accept_theme(page: Page, installation: Installation) -> None:
    """The theme becomes an initiative that stands with its three cases, its department and who is accountable."""
    page.goto(f"{installation.address}/initiatives")
    page.get_by_role("link", name=CAUSE).first.click()
    expect(page.get_by_label("Department")).to_have_value("Deal desk")
    page.get_by_label("What shall change?").fill("Deal desk decides in 3 days")
    page.get_by_label("The problem, in a few words").fill("Partners lose customers while they wait.")
    page.get_by_label("Accountable").select_option(label="Henrik Solberg")
    page.get_by_role("button", name="Accept as an initiative").click()
    page.wait_for_url("**/initiatives/I-1")
    for words in ("Deal desk", "Henrik Solberg", *PARTNERS.values()):
        expect(page.locator("main")).to_contain_text(words)
