"""How a case is settled as people live it: a closing mail, a page without scripts on a phone, no twice, then yes; and a
recovery survey that no cap holds back."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from alerts import reading as alerts
from alerts import service as cases
from alerts.views import CaseView
from feedback_engine.app import program_files
from feedback_engine.directory import service as directory
from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.browser.people import body_of, links_of, sign_in
from tests.browser.screen import DESK, PHONE, barriers, fits, window
from tests.directory import builders
from tests.installation import Installation, cloud_event

ANA = "ines@tagus.example"
RUI = "rui@tagus.example"
COMMENT = "Nine days for a yes. By then the customer had signed with somebody else."

_SETTLING = """
settling:
  mediator: role:program_owner
  escalation: role:admin
  partner_escalation: [managing director]
  recovery: {touchpoint: case.settled, after_days: 14}
"""
_TOUCHPOINT = """
journey: after_cases
name: After a case
stages:
  - key: after
    name: After a case
    touchpoints:
      - key: case.settled
        name: Case settled
        event: case.settled
        survey: recovery
        sampling: {weight: 0.5}
"""
_SURVEY = """
survey: recovery
title: How is it now?
subject: How is it now?
introduction: A while ago something went wrong between us, and you called it settled.
questions:
  - {key: now, type: nps, text: How likely are you to recommend us now?}
thanks: Thank you.
"""


def _publish(installation: Installation) -> None:
    texts = program_files.starter_texts()
    [alert_file] = [name for name in texts if name.startswith("alerts/")]
    texts[alert_file] += _SETTLING
    installation.publish({**texts, "journeys/after_cases.yaml": _TOUCHPOINT, "surveys/recovery.yaml": _SURVEY})


def _people(installation: Installation) -> dict[str, StaffView]:
    engine = installation.engine
    tagus = builders.partner(engine, "tagus", name="Tagus Freight", kind="channel", tier="Gold")
    builders.contact(engine, tagus, ANA, name="Inês Carvalho", role="sales manager")
    builders.contact(engine, tagus, RUI, name="Rui Costa", role="managing director")
    made = {
        "dana": installation.staff("Dana Keller", "alliance_manager", team=builders.team(engine, "Alliances")),
        "henrik": installation.staff("Henrik Solberg", "program_owner"),
        "priya": installation.staff("Priya Raman", "admin"),
    }
    builders.owned(engine, made["dana"], tagus)
    return made


def _case_of_an_unhappy_answer(installation: Installation) -> CaseView:
    key = installation.api_key("events:write")
    installation.post_event(key, cloud_event(1, "tagus", ANA, installation.clock.now()))
    installation.settle()
    installation.later(minutes=61)
    path = _link(installation, "/s/")
    answer = requests.post(installation.address + path, {"q-nps": "3", "q-comment": COMMENT}, timeout=30)
    assert answer.status_code == 200
    installation.settle()
    return _case(installation)


def _case(installation: Installation) -> CaseView:
    with installation.engine.work.read() as view:
        return alerts.list_cases(view, alerts.inbox_filter(view, EVERYTHING, "team")).rows[0]


def _link(installation: Installation, beginning: str) -> str:
    """The path of the last mail's link that begins like this."""
    links = [link for mail in installation.letters(ANA) for link in links_of(mail)]
    return next(urlsplit(link).path for link in reversed(links) if urlsplit(link).path.startswith(beginning))


def _close(desk: Page, installation: Installation, ref: str) -> None:
    """Dana closes the case and writes to Inês; the mail leaves after the hold."""
    desk.goto(f"{installation.address}/cases/{ref}")
    desk.locator("summary", has_text="Close").click()
    desk.get_by_role("radio", name="Settled").first.check()
    desk.locator("#close-root_cause").select_option(label="Decision took too long")
    expect(desk.get_by_label("Write to Inês Carvalho and ask whether it is settled")).to_be_checked()
    desk.get_by_label("What we found").fill("Your request waited six days for one reviewer on leave.")
    desk.get_by_label("What we did").fill("Every registration has a second reviewer after two days.")
    desk.get_by_role("button", name="Close the case").click()
    expect(desk.get_by_text("The case is closed.")).to_be_visible()
    expect(desk.locator("#settled, section", has_text="The mail that asks has not left yet").first).to_be_visible()
    installation.settle()
    installation.later(minutes=61)


def _say(phone: Page, installation: Installation, verdict: str, label: str, words: str) -> None:
    """Inês taps a word in the mail, adds some of her own and presses Send."""
    mail = [each for each in installation.letters(ANA) if "is this settled?" in str(each["Subject"])][-1]
    phone.set_content(body_of(mail, "html"))
    asked = re.compile("You said *3 of 10 for *.?How likely are you to recommend .* in the trade[?]")
    expect(phone.locator("main")).to_contain_text(asked)
    assert '3 of 10 for "How likely' in " ".join(body_of(mail, "plain").split())
    phone.locator(f'a[href$="a={verdict}"]').click()
    expect(phone.get_by_role("radio", name=re.compile(label))).to_be_checked()
    expect(phone.locator("main")).to_contain_text(asked)
    assert fits(phone)
    phone.get_by_role("textbox").fill(words)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("status")).to_contain_text("Thank you")
    assert fits(phone)
    installation.settle()


@pytest.mark.browser
def test_no_twice_brings_a_mediator_then_escalation_and_yes_settles(chromium: Browser, on_sqlite: Installation) -> None:
    people = _people(on_sqlite)
    _publish(on_sqlite)
    ref = _case_of_an_unhappy_answer(on_sqlite).ref
    with (
        window(chromium, PHONE, java_script_enabled=False) as phone,
        window(chromium, DESK) as desk,
        window(chromium, DESK, free_of_policy=True) as neutral,
    ):
        sign_in(desk, on_sqlite.address, people["dana"].email)
        sign_in(neutral, on_sqlite.address, people["henrik"].email)
        _close(desk, on_sqlite, ref)
        _say(phone, on_sqlite, "no", "^No", "Nobody called me.")
        [told] = _told(on_sqlite, people["henrik"], "please mediate")
        _mediate(desk, neutral, on_sqlite, ref, next(link for link in links_of(told) if "/mediation" in link))

        _close(desk, on_sqlite, ref)
        _say(phone, on_sqlite, "no", "^No", "They did not come.")
        on_sqlite.later(minutes=61)
        assert len(_told(on_sqlite, people["henrik"], "please mediate")) == 1
        assert len(_told(on_sqlite, people["priya"], "a conflict has come to you")) == 1
        [appeal] = on_sqlite.letters(RUI)
        assert "could not settle" in str(appeal["Subject"])
        desk.goto(f"{on_sqlite.address}/cases/{ref}")
        settled = desk.locator("section", has=desk.get_by_role("heading", name="Is it settled?"))
        expect(settled).to_contain_text("They did not come.")
        expect(settled).to_contain_text("Priya Raman")
        expect(settled).to_contain_text("Rui Costa, managing director")
        expect(desk.locator("main")).to_contain_text("Step 3 of 3: escalation")
        expect(desk.locator("summary", has_text="Close")).to_be_hidden()  # the call is Priya's, and comes first

        call = {
            "log-contact-outcome": "talked",
            "log-contact-channel": "call",
            "revision": str(_case(on_sqlite).revision),
        }
        on_sqlite.press(on_sqlite.signed_in(people["priya"].email), f"/cases/{ref}/log-contact", **call)
        _close(desk, on_sqlite, ref)
        _say(phone, on_sqlite, "yes", "^Yes", "Now it is.")
        desk.reload()
        expect(settled).to_contain_text("Inês Carvalho says: it is settled.")
        expect(desk.locator("main")).to_contain_text("closed, partner agrees")
        _recover(phone, desk, on_sqlite, ref)


def _told(installation: Installation, member: StaffView, subject: str) -> list[EmailMessage]:
    """The mails to one of our people about something."""
    return [mail for mail in installation.letters(member.email) if subject in str(mail["Subject"])]


def _mediate(desk: Page, neutral: Page, installation: Installation, ref: str, address: str) -> None:
    """Dana gives our statement, Henrik reads both and says what he finds."""
    desk.goto(f"{installation.address}/cases/{ref}/mediation")
    expect(desk.get_by_label("What I find")).to_have_count(0)
    desk.get_by_label("Our statement").fill("I called twice and nobody picked up.")
    desk.get_by_role("button", name="Give the statement").click()
    neutral.goto(address)
    for words in ("Nobody called me.", COMMENT, "I called twice and nobody picked up.", "second reviewer"):
        expect(neutral.locator("main")).to_contain_text(words)
    assert barriers(neutral) == []
    neutral.get_by_label("What I find, and what should be done").fill("Meet in person.")
    neutral.get_by_role("button", name="End the mediation").click()
    expect(neutral.get_by_text("The mediation has ended")).to_be_visible()
    installation.settle()


def _recover(phone: Page, desk: Page, installation: Installation, ref: str) -> None:
    """Fourteen days later Inês is asked how it is now, though she was asked about a deal a moment ago."""
    key = installation.api_key("events:write", "decisions:read")
    installation.later(days=13)
    installation.post_event(key, cloud_event(2, "tagus", ANA, installation.clock.now()))
    installation.settle()
    installation.later(days=1, minutes=2)
    installation.later(days=3)
    decisions = installation.get("/api/v1/decisions", key, touchpoint="case.settled")["data"]
    [decision] = [each for each in decisions if each["outcome"] == "invite"]
    details = {each["rule"]: each["detail"] for each in decision["verdicts"]}
    assert "exempt" in details["quarantine"]
    assert "exempt" in details["account_cap"]
    [mail] = [each for each in installation.letters(ANA) if str(each["Subject"]) == "How is it now?"]
    phone.set_content(body_of(mail, "html"))
    phone.locator('a[href$="a=8"]').click()
    phone.get_by_role("button", name="Send").click()
    installation.settle()
    sign_in(desk, installation.address, "dana@northwind.example")
    desk.goto(f"{installation.address}/cases/{ref}")
    expect(desk.locator("main")).to_contain_text("before 3 > after 8")


@pytest.mark.parametrize("is_taken_back", [True, False])
def test_how_it_is_now_is_asked_though_the_case_was_reopened_for_a_moment_when_that_fell_due(
    on_sqlite: Installation, *, is_taken_back: bool
) -> None:
    people = _people(on_sqlite)
    _publish(on_sqlite)
    opened = _case_of_an_unhappy_answer(on_sqlite)
    dana, work = Actor("staff", str(people["dana"].id), "Dana Keller"), on_sqlite.engine.work
    letter = cases.Letter("Found.", "Done.")
    cases.close(work, dana, opened.id, outcome="settled", root_cause="slow_decision", letter=letter)
    on_sqlite.settle()
    on_sqlite.later(minutes=61)
    assert requests.post(on_sqlite.address + _link(on_sqlite, "/c/"), {"verdict": "yes"}, timeout=30).ok
    said_at = on_sqlite.clock.now()
    on_sqlite.settle()
    on_sqlite.later(seconds=timedelta(days=14).total_seconds() - 20 - (on_sqlite.clock.now() - said_at).total_seconds())
    cases.reopen(work, dana, opened.id, "By mistake.")
    on_sqlite.later(seconds=40)
    if is_taken_back:
        cases.undo(work, dana, opened.id)
    for _ in range(3):
        on_sqlite.later(days=1)
    asked = [mail for mail in on_sqlite.letters(ANA) if str(mail["Subject"]) == "How is it now?"]
    assert len(asked) == int(is_taken_back)


def test_the_suppressed_get_no_recovery_survey(on_sqlite: Installation) -> None:
    people = _people(on_sqlite)
    _publish(on_sqlite)
    opened = _case_of_an_unhappy_answer(on_sqlite)
    dana = Actor("staff", str(people["dana"].id), "Dana Keller")
    letter = cases.Letter("Found.", "Done.")
    cases.close(on_sqlite.engine.work, dana, opened.id, outcome="settled", root_cause="slow_decision", letter=letter)
    on_sqlite.settle()
    on_sqlite.later(minutes=61)
    page = requests.post(on_sqlite.address + _link(on_sqlite, "/c/"), {"verdict": "yes"}, timeout=30)
    assert page.status_code == 200
    with on_sqlite.engine.work.begin(actor=SYSTEM) as uow:
        [contact] = directory.upsert_contacts(
            uow, on_sqlite.engine.keys, [(opened.partner.id, directory.ContactInput(email=ANA))]
        )
        directory.suppress(uow, contact.view.person, directory.ALL, "opted_out")
    on_sqlite.later(days=15)
    key = on_sqlite.api_key("decisions:read")
    [decision] = on_sqlite.get("/api/v1/decisions", key, touchpoint="case.settled")["data"]
    assert (decision["outcome"], decision["rule"]) == ("drop", "suppressed")
    assert not [each for each in on_sqlite.letters(ANA) if str(each["Subject"]) == "How is it now?"]


def test_nobody_outside_makes_an_event_that_no_cap_holds_back(on_sqlite: Installation) -> None:
    _people(on_sqlite)
    _publish(on_sqlite)
    key = on_sqlite.api_key("events:write")
    forged = {**cloud_event(1, "tagus", ANA, on_sqlite.clock.now()), "source": "recovery:case", "type": "case.settled"}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    answer = requests.post(f"{on_sqlite.address}/api/v1/events", json=forged, headers=headers, timeout=30)
    assert answer.status_code in (400, 422)
    assert "the engine's own" in answer.text
