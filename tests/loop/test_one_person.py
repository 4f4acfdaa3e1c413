"""One human with one address at two partners is one person to quarantine and to suppression; owners have dates."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from tests.browser.people import links_of
from tests.directory import builders
from tests.installation import Installation, cloud_event

SHARED = "ines@freelance.example"


@pytest.fixture
def key(on_sqlite: Installation) -> str:
    for partner in ("tagus", "kestrel"):
        made = builders.partner(on_sqlite.engine, partner, name=partner.title(), kind="channel")
        builders.contact(on_sqlite.engine, made, SHARED, role="sales manager")
    return on_sqlite.api_key("events:write", "decisions:read")


def _decided(installation: Installation, key: str, number: int, partner: str) -> tuple[str, list[str]]:
    """The outcome of an event at a partner, and the rules that refused it."""
    receipt = installation.post_event(key, cloud_event(number, partner, SHARED, installation.clock.now()))
    installation.settle()
    event_id = receipt["items"][0]["event_id"]
    [decision] = installation.get("/api/v1/decisions", key, event_id=event_id)["data"]
    return decision["outcome"], [each["rule"] for each in decision["verdicts"] if each["verdict"] == "refuse"]


def test_who_was_asked_at_one_partner_is_in_quarantine_at_the_other(on_sqlite: Installation, key: str) -> None:
    assert _decided(on_sqlite, key, 1, "tagus") == ("invite", [])
    on_sqlite.later(hours=2)  # the mail leaves; one that came too late would ask nobody
    on_sqlite.later(days=28, hours=22)
    assert _decided(on_sqlite, key, 2, "kestrel") == ("drop", ["quarantine"])
    on_sqlite.later(days=2)
    assert _decided(on_sqlite, key, 3, "kestrel") == ("invite", [])


def test_who_unsubscribes_at_one_partner_is_not_asked_at_the_other(on_sqlite: Installation, key: str) -> None:
    _decided(on_sqlite, key, 1, "tagus")
    on_sqlite.later(hours=2)
    [mail] = on_sqlite.letters(SHARED)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [one_click] = [link for link in links_of(mail) if "/u/" in link]
    answer = requests.post(one_click, {"List-Unsubscribe": "One-Click"}, timeout=30, allow_redirects=False)
    assert answer.status_code == 200
    on_sqlite.later(days=60)
    assert _decided(on_sqlite, key, 2, "kestrel") == ("drop", ["suppressed"])


def test_a_transferred_partner_shows_who_owned_it_when(on_sqlite: Installation) -> None:
    admin = on_sqlite.staff("Priya Raman", "admin", time_zone="UTC")
    dana, luis = on_sqlite.staff("Dana Keller", "alliance_manager"), on_sqlite.staff("Luis Ferro", "alliance_manager")
    tagus = builders.partner(on_sqlite.engine, "tagus", name="Tagus Freight")
    builders.owned(on_sqlite.engine, dana, tagus)
    on_sqlite.clock.advance(timedelta(days=40))  # 9 March > 18 April
    browser = on_sqlite.signed_in(admin.email)
    on_sqlite.press(browser, f"/partner/{tagus.id}/owner", owner=str(luis.id))
    page = browser.get(f"{on_sqlite.address}/partners/tagus", timeout=30).text
    periods = page[page.index('id="owners"') :].replace("\u00a0", " ")
    for words in ("Dana Keller", "9 Mar 2026", "18 Apr 2026", "Luis Ferro"):
        assert words in periods
