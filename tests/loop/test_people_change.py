"""People change: who takes over, leaves or moves, and two partners that turn out to be one; in a running house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import requests

from alerts import reading as alerts
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.views import PartnerView, StaffView
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.browser.people import links_of
from tests.contents import contents_of
from tests.directory import builders
from tests.installation import HOLD, Installation, cloud_event

OF_MERGES = ("partner_alias", "audit")
"""Tables that tell of a merge; every other row stays as it is."""


@dataclass
class Cast:
    """Dana owns Tagus and Tagus Old, Luis nothing yet; Priya is the admin."""

    house: Installation
    key: str
    dana: StaffView
    luis: StaffView
    tagus: PartnerView
    old: PartnerView
    asked: int = 0

    def ask(self, partner: str, name: str) -> str:
        """Let something happen to somebody; their address. The mail waits in its hold."""
        self.asked += 1
        email = f"{name}@{partner}.example"
        self.house.post_event(self.key, cloud_event(self.asked, partner, email, self.house.clock.now()))
        self.house.settle()
        return email

    def link(self, email: str) -> str:
        """The link to the survey in the last mail to an address."""
        mail = self.house.letters(email)[-1]
        return next(link for link in links_of(mail) if "/s/" in link).partition("?")[0]

    def answer(self, email: str, score: int) -> None:
        """Answer the last mail to an address."""
        assert requests.post(self.link(email), {"q-nps": str(score)}, timeout=30).status_code == 200
        self.house.settle()

    def case_refs(self, partner: PartnerView) -> list[str]:
        with self.house.engine.work.read() as reading:
            return [case.ref for case in alerts.cases_of_partners(reading, [partner.id])]


def cast(house: Installation) -> Cast:
    house.staff("Priya Raman", "admin")
    dana, luis = house.staff("Dana Keller", "alliance_manager"), house.staff("Luis Ferro", "alliance_manager")
    tagus = builders.partner(house.engine, "tagus", name="Tagus Freight", kind="channel")
    old = builders.partner(house.engine, "tagus-old", name="Tagus Old", kind="channel")
    builders.owned(house.engine, dana, tagus, old)
    return Cast(house, house.api_key("events:write", "partners:write", "contacts:write"), dana, luis, tagus, old)


def without_merges(house: Installation) -> object:
    contents = contents_of(house.engine.settings.database_url)
    return {name: content for name, content in contents.items() if name not in OF_MERGES}


def test_two_partners_with_open_cases_and_live_links_are_merged_and_parted(installation: Installation) -> None:
    of = cast(installation)
    said = [of.ask("tagus", "ines"), of.ask("tagus-old", "rui")]
    silent = [of.ask("tagus", "eva"), of.ask("tagus-old", "joao")]
    installation.later(seconds=HOLD.total_seconds())
    for email in said:
        of.answer(email, 2)
    refs = {*of.case_refs(of.tagus), *of.case_refs(of.old)}
    assert len(refs) == 2
    browser = installation.signed_in("priya@northwind.example")
    before = without_merges(installation)

    installation.press(browser, f"/partner/{of.old.id}/merge", into="tagus")
    assert without_merges(installation) == before
    pages = [browser.get(f"{installation.address}/partners/{key}", timeout=30).text for key in ("tagus", "tagus-old")]
    assert [{ref for ref in refs if ref in page} for page in pages] == [refs, refs]
    listed = browser.get(f"{installation.address}/partners", timeout=30).text
    assert ("/partners/tagus-old" in listed, "/partners/tagus" in listed) == (False, True)
    for email in (*said, *silent):
        assert requests.get(of.link(email), timeout=30).status_code == 200

    installation.press(browser, f"/partner/{of.old.id}/unmerge")
    assert without_merges(installation) == before

    installation.press(browser, f"/partner/{of.old.id}/merge", into="tagus")
    for email in silent:
        of.answer(email, 10)
    with installation.engine.work.read() as reading:
        answered = {partner.key for partner in (of.tagus, of.old) if len(of.case_refs(partner)) == 2}
        company = directory.companies_of(reading, [of.old.id])[of.old.id]
    assert answered == {"tagus", "tagus-old"}  # each thank-you at the partner that was asked
    assert company == [of.tagus.id, of.old.id]


def test_the_cap_of_a_company_holds_over_merged_partners_in_a_running_house(installation: Installation) -> None:
    of = cast(installation)
    requests.post(
        f"{installation.address}/api/v1/partners/tagus-old/merge",
        json={"into": "tagus"},
        headers={"Authorization": f"Bearer {of.key}"},
        timeout=30,
    ).raise_for_status()
    emails = [of.ask(("tagus", "tagus-old")[number % 2], f"c{number}") for number in range(7)]
    installation.later(seconds=HOLD.total_seconds())
    asked = [email for email in emails if installation.letters(email)]
    assert asked == emails[:5]  # the starter program asks one company five times in 30 days


def test_mail_that_waits_names_the_new_owner_and_mail_that_left_is_told_to_them(installation: Installation) -> None:
    of = cast(installation)
    early = of.ask("tagus", "ines")
    installation.later(seconds=HOLD.total_seconds())
    late = of.ask("tagus", "eva")
    assert installation.letters(late) == []
    installation.clock.advance(timedelta(minutes=1))
    browser = installation.signed_in("dana@northwind.example")
    page = installation.press(browser, "/transfers", to=str(of.luis.id), cases="move")
    assert "2 partners moved to Luis Ferro." in page.text
    installation.later(seconds=HOLD.total_seconds())
    names = {email: str(installation.letters(email)[0]["Reply-To"]) for email in (early, late)}
    assert "dana@northwind.example" in names[early]
    assert "luis@northwind.example" in names[late]
    assert "Luis Ferro" in str(installation.letters(late)[0]["From"])
    [digest] = installation.letters("luis@northwind.example")
    assert digest["Subject"] == "Yours from now on: 2 partners"
    assert "1 of the partners was asked in the last 30 days" in digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    received = installation.signed_in("luis@northwind.example").get(f"{installation.address}/transfers", timeout=30)
    assert "1 mail went in the name of Dana Keller, who gets the reply" in received.text
    installation.later(days=31)
    received = installation.signed_in("luis@northwind.example").get(f"{installation.address}/transfers", timeout=30)
    assert "in the name of Dana Keller" not in received.text


def test_an_account_with_partners_or_cases_is_closed_only_with_a_successor(installation: Installation) -> None:
    of = cast(installation)
    email = of.ask("tagus", "ines")
    installation.later(seconds=HOLD.total_seconds())
    of.answer(email, 1)
    browser = installation.signed_in("priya@northwind.example")
    page = installation.press(browser, f"/admin/staff/{of.dana.id}/disable")
    assert "answers for 2 partners and has 1 open case; name a successor" in page.text
    with installation.engine.work.read() as reading:
        assert directory.staff_by_id(reading, [of.dana.id])[of.dana.id].active
    page = installation.press(browser, f"/admin/staff/{of.dana.id}/disable", successor=str(of.luis.id))
    assert "2 partners moved. 1 open case went along." in page.text
    with installation.engine.work.read() as reading:
        assert not directory.staff_by_id(reading, [of.dana.id])[of.dana.id].active
        assert set(directory.partners_owned_by(reading, of.luis.id)) == {of.tagus.id, of.old.id}
        [case] = alerts.cases_of_partners(reading, [of.tagus.id])
    assert case.owner is not None
    assert case.owner.id == of.luis.id


def test_what_waits_for_somebody_who_left_is_cancelled_and_their_asks_count_on(installation: Installation) -> None:
    of = cast(installation)
    sent = of.ask("tagus", "ines")
    installation.later(seconds=HOLD.total_seconds())
    waiting = of.ask("tagus", "eva")
    headers = {"Authorization": f"Bearer {of.key}"}
    with installation.engine.work.read() as reading:
        ids = {contact.email: contact.id for contact in directory.contacts_of(reading, [of.tagus.id])[of.tagus.id]}
    for email in (sent, waiting):
        answer = requests.post(
            f"{installation.address}/api/v1/contacts/{ids[email]}/move",
            json={"partner": "tagus-old"},
            headers=headers,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
    installation.later(seconds=HOLD.total_seconds())
    assert installation.letters(waiting) == []
    key = installation.api_key("invitations:read", "decisions:read")
    states = {row["contact"]: (row["state"], row["reason"]) for row in invitations(installation, key)}
    assert states == {sent: ("sent", None), waiting: ("cancelled", "left")}
    # Asked at the one partner, she is in quarantine at the other; who was never written to may be asked there.
    installation.clock.advance(timedelta(days=1))
    again = [at_the_new_partner(of, email) for email in (sent, waiting)]
    assert again == ["drop", "invite"]
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        service.mark_contact_back(uow, ids[sent])
    with installation.engine.work.read() as reading:
        found = directory.find_contact(reading, ids[sent])
    assert found is not None
    assert found.state == "active"


def invitations(installation: Installation, key: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = installation.get("/api/v1/invitations", key)["data"]
    return rows


def at_the_new_partner(of: Cast, email: str) -> str:
    """What is decided about an event of somebody at Tagus Old."""
    of.asked += 1
    event = cloud_event(of.asked, "tagus-old", email, of.house.clock.now())
    receipt = of.house.post_event(of.key, event)
    of.house.settle()
    key = of.house.api_key("decisions:read")
    [decision] = of.house.get("/api/v1/decisions", key, event_id=receipt["items"][0]["event_id"])["data"]
    outcome: str = decision["outcome"]
    return outcome
