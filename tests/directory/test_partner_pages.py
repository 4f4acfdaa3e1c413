"""Partners and contacts on screen: who sees them, who changes them, what odd names do."""

from __future__ import annotations

import re
from html import unescape

import pytest

from feedback_engine.directory import reading, service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders
from tests.directory.site import post, signed_in, site, without_token


def test_an_alliance_manager_finds_only_their_own_partners(sqlite_engine: Engine) -> None:
    mine, foreign = builders.partner(sqlite_engine, "mine"), builders.partner(sqlite_engine, "foreign")
    dana = builders.staff(sqlite_engine)
    builders.owned(sqlite_engine, dana, mine)
    contact = builders.contact(sqlite_engine, foreign)
    browser = signed_in(sqlite_engine, site(sqlite_engine), dana)
    shown = browser.get("/partners").text
    assert ("/partners/mine" in shown, "/partners/foreign" in shown) == (True, False)
    absent = without_token(browser.get("/partners/absent").text)
    for path in ("/partners/foreign", f"/partners/{foreign.id}"):
        answer = browser.get(path)
        assert (answer.status_code, without_token(answer.text)) == (404, absent.replace("absent", "foreign"))
    assert browser.get(f"/partner/{foreign.id}/contacts").status_code == 404
    assert browser.get(f"/contacts/{contact.id}").status_code == 404


def test_the_list_says_how_many_there_are_and_how_many_of_them_fit(sqlite_engine: Engine) -> None:
    for key in ("acme", "brisk", "cargo"):
        builders.partner(sqlite_engine, key, name=key.capitalize())
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="viewer"))
    assert '<span class="muted">3 partners</span>' in browser.get("/partners").text
    assert '<span class="muted">1 of 3 partners</span>' in browser.get("/partners?q=brisk").text
    builders.partner(sqlite_engine, "northwind", name="Northwind", side="ours")
    nothing = browser.get("/partners?q=nowhere").text
    assert '<span class="muted">0 of 3 partners</span>' in nothing
    assert re.search(r'No partner fits.*<a[^>]* href="/partners"[^>]*>Show all</a>', nothing, re.DOTALL)


def test_our_own_company_is_no_partner_and_stands_below_the_list(sqlite_engine: Engine) -> None:
    builders.partner(sqlite_engine, "acme", name="Acme")
    builders.partner(sqlite_engine, "northwind", name="Northwind", side="ours")
    page = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="viewer")).get("/partners")
    assert '<span class="muted">1 partner</span>' in page.text
    listed, _, below = page.text.partition("</table>")
    assert "Northwind" not in listed
    assert re.search(r'Our own company: <a href="/partners/northwind">Northwind</a>', below)


def test_a_language_is_named_in_that_of_the_reader(sqlite_engine: Engine) -> None:
    builders.contact(sqlite_engine, builders.partner(sqlite_engine, "acme"), language="en")
    reader = builders.staff(sqlite_engine, role="viewer", locale="it")
    assert ">Inglese</span>" in signed_in(sqlite_engine, site(sqlite_engine), reader).get("/partners/acme").text


@pytest.mark.parametrize(
    "key",
    ["acme", "a/b", "a b", "straße ☃", "50%", "x?y#z", "..", "a//b", "/a", "a/", "new", "<script>", "'\"", "a\\b"],
)
def test_a_partner_of_any_key_has_a_page_that_its_path_leads_to(sqlite_engine: Engine, key: str) -> None:
    partner = builders.partner(sqlite_engine, key, name="Odd one")
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="viewer"))
    path = reading.partner_path(partner)
    assert f'href="{path}"' in unescape(browser.get("/partners").text)
    page = browser.get(path)
    assert (page.status_code, "<h1>Odd one</h1>" in page.text) == (200, True)


@pytest.mark.parametrize("path", ["/partners/a%00b", "/partners?q=%00", "/partners?kind=%00", "/partners?owner=%00"])
def test_a_nul_in_an_address_finds_nothing_and_breaks_nothing(engine: Engine, path: str) -> None:
    browser = signed_in(engine, site(engine), builders.staff(engine, role="viewer"))
    assert browser.get(path).status_code in (200, 404)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WyIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAiXQ"])
def test_a_cursor_that_is_not_ours_is_refused(sqlite_engine: Engine, cursor: str) -> None:
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="viewer"))
    assert browser.get(f"/partners?cursor={cursor}").status_code == 422


def test_what_people_type_is_text_and_never_code(sqlite_engine: Engine) -> None:
    attack = "<script>alert(1)</script>\"'{{7*7}}"
    partner = builders.partner(sqlite_engine, "acme", name=attack, tier=attack[:60], attributes={attack[:60]: attack})
    builders.contact(sqlite_engine, partner, name=attack, role=attack)
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="program_owner"))
    for path in ("/partners", "/partners/acme", f"/partner/{partner.id}/edit"):
        shown = browser.get(path).text
        assert ("<script>" in shown, "alert(1)" in shown, "{{7*7}}" in shown) == (False, True, True)


def test_attributes_are_written_as_people_do(sqlite_engine: Engine) -> None:
    attributes = {"revenue": 133500.0, "strategic": True, "seats": 12000}
    builders.partner(sqlite_engine, "acme", attributes=attributes)
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="viewer"))
    shown = browser.get("/partners/acme").text
    for told in ("133,500", "yes", "12000"):
        assert f'<dd class="break">{told}</dd>' in shown


def test_a_program_owner_adds_a_partner_and_gives_it_an_owner(sqlite_engine: Engine) -> None:
    dana, app = builders.staff(sqlite_engine), site(sqlite_engine)
    browser = signed_in(sqlite_engine, app, builders.staff(sqlite_engine, "olga@ours.example", "program_owner"))
    fields = {"key": "C-1", "name": "Acme", "kind": "channel", "side": "theirs", "time_zone": "Europe/Lisbon"}
    added = post(browser, "/partner/new", **fields)
    assert (added.status_code, added.headers["Location"]) == (303, "/partners/C-1")
    again = post(browser, "/partner/new", **fields)
    assert (again.status_code, "There is already a partner with this key" in again.text) == (422, True)
    with sqlite_engine.work.read() as now:
        partner = reading.get_partner(now, "C-1")
    given = post(browser, f"/partner/{partner.id}/owner", page="/partners/C-1", owner=str(dana.id))
    assert given.status_code == 303
    assert "dana" in browser.get("/partners/C-1").text
    assert signed_in(sqlite_engine, app, dana).get("/partners/C-1").status_code == 200


def test_a_wrong_field_comes_back_with_what_was_typed(sqlite_engine: Engine) -> None:
    partner = builders.partner(sqlite_engine)
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, role="program_owner"))
    answer = post(browser, f"/partner/{partner.id}/edit", name="Kept words", time_zone="Lisboa", parent_key="acme")
    assert answer.status_code == 422
    assert "Kept words" in answer.text
    assert 'href="#time_zone"' in answer.text


def test_a_contact_is_added_changed_marked_and_stopped(sqlite_engine: Engine) -> None:
    partner, dana = builders.partner(sqlite_engine), builders.staff(sqlite_engine)
    builders.owned(sqlite_engine, dana, partner)
    browser = signed_in(sqlite_engine, site(sqlite_engine), dana)
    adding = f"/partner/{partner.id}/contacts"
    assert 'href="#email"' in post(browser, adding, email="ana@acme", name="Ana").text
    assert post(browser, adding, email="ana@acme.example", name="Ana Bell", role="Sales").status_code == 303
    with sqlite_engine.work.read() as now:
        [contact] = reading.contacts_of(now, [partner.id])[partner.id]
    page = f"/contacts/{contact.id}"
    assert post(browser, page, name="Ana Bell", role="Buyer", language="it").status_code == 303
    for act, seen in [("left", "They are back"), ("back", "Stop asking them"), ("stop", "Asked not to be asked")]:
        assert post(browser, f"{page}/{act}", page=page).status_code == 303
        assert seen in browser.get(page).text
    assert "Buyer" in browser.get("/partners/acme").text
    with sqlite_engine.work.read() as now:
        [stop] = reading.suppressed(now, [contact.person])[contact.person]
    assert post(browser, f"{page}/lift", page=page, suppression=str(stop.id)).status_code == 303
    with sqlite_engine.work.read() as now:
        assert reading.suppressed(now, [contact.person]) == {}


def test_a_stop_of_another_person_cannot_be_lifted_from_here(sqlite_engine: Engine) -> None:
    mine, foreign = builders.partner(sqlite_engine, "mine"), builders.partner(sqlite_engine, "foreign")
    dana = builders.staff(sqlite_engine)
    builders.owned(sqlite_engine, dana, mine)
    ana = builders.contact(sqlite_engine, mine, "ana@mine.example")
    ben = builders.contact(sqlite_engine, foreign, "ben@foreign.example")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, ben.person, service.ALL, "opted_out")
    with sqlite_engine.work.read() as now:
        [stop] = reading.suppressed(now, [ben.person])[ben.person]
    browser = signed_in(sqlite_engine, site(sqlite_engine), dana)
    post(browser, f"/contacts/{ana.id}/lift", page=f"/contacts/{ana.id}", suppression=str(stop.id))
    with sqlite_engine.work.read() as now:
        assert reading.suppressed(now, [ben.person]) != {}


@pytest.mark.parametrize("role", ["viewer", "alliance_manager"])
def test_who_may_only_look_is_offered_no_forms_and_refused_them(sqlite_engine: Engine, role: str) -> None:
    partner, reader = builders.partner(sqlite_engine), builders.staff(sqlite_engine, role=role)
    if role == "alliance_manager":
        builders.owned(sqlite_engine, reader, partner)
    browser = signed_in(sqlite_engine, site(sqlite_engine), reader)
    page = browser.get("/partners/acme").text
    assert "Change owner" not in page
    assert browser.get(f"/partner/{partner.id}/edit").status_code == 403
    assert browser.get("/partner/new").status_code == 403
    assert browser.get("/admin").status_code == 403
    assert ("Add a contact" in page) is (role == "alliance_manager")


def test_the_page_of_a_partner_shows_who_owned_it_and_its_family(sqlite_engine: Engine) -> None:
    builders.partner(sqlite_engine, "holding", name="Holding Ltd")
    partner = builders.partner(sqlite_engine, "acme", name="Acme", parent_key="holding", time_zone="Europe/Lisbon")
    dana = builders.staff(sqlite_engine, name="Dana")
    luis = builders.staff(sqlite_engine, "luis@ours.example", name="Luis")
    builders.owned(sqlite_engine, dana, partner)
    builders.owned(sqlite_engine, luis, partner)
    manager = signed_in(sqlite_engine, site(sqlite_engine), luis)
    page = manager.get("/partners/acme").text
    assert ("Dana" in page, "Luis" in page, "09:12" in page) == (True, True, True)  # half past nine in UTC is Lisbon's
    assert ("Holding Ltd" in page, 'href="/partners/holding"' in page) == (True, False)  # not theirs to open


def test_one_person_at_several_partners_is_seen_on_each_of_their_pages(sqlite_engine: Engine) -> None:
    keys = ("mine", "also", "foreign")
    mine, also, foreign = (builders.partner(sqlite_engine, key, name=key.title()) for key in keys)
    dana = builders.staff(sqlite_engine)
    for partner in (mine, also):
        builders.owned(sqlite_engine, dana, partner)
    here, there, unseen = (builders.contact(sqlite_engine, at, "ana@acme.example") for at in (mine, also, foreign))
    shown = signed_in(sqlite_engine, site(sqlite_engine), dana).get(f"/contacts/{here.id}").text
    assert f'href="/contacts/{there.id}"' in shown
    assert f"/contacts/{unseen.id}" not in shown
    assert "Foreign" not in shown
    assert "And at 1 other partner." in shown
    priya = builders.staff(sqlite_engine, "priya@ours.example", "program_owner")
    assert "Foreign" in signed_in(sqlite_engine, site(sqlite_engine), priya).get(f"/contacts/{here.id}").text
    alone = builders.contact(sqlite_engine, mine, "ben@acme.example")
    assert "elsewhere" not in signed_in(sqlite_engine, site(sqlite_engine), priya).get(f"/contacts/{alone.id}").text
