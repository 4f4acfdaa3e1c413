"""Administration on screen: staff, teams, API keys."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from feedback_engine.directory import reading, service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders
from tests.directory.site import post, signed_in, site


@pytest.fixture
def admin(sqlite_engine: Engine) -> FlaskClient:
    """The browser of an administrator."""
    ada = builders.staff(sqlite_engine, "ada@ours.example", "admin", name="Ada")
    return signed_in(sqlite_engine, site(sqlite_engine), ada)


def find(engine: Engine, email: str) -> reading.StaffView:
    with engine.work.read() as now:
        found = reading.find_staff_by_email(now, email)
    assert found is not None
    return found


def test_an_administrator_adds_somebody_who_then_signs_in_by_link(admin: FlaskClient, sqlite_engine: Engine) -> None:
    assert post(admin, "/admin/teams", page="/admin", team="North").status_code == 303
    with sqlite_engine.work.read() as now:
        [north] = reading.list_teams(now)
    fields = {"name": "Dana Keller", "role": "alliance_manager", "locale": "en", "time_zone": "Europe/Rome"}
    new = {**fields, "email": "dana@ours.example", "team_id": str(north.id)}
    assert post(admin, "/admin/staff/new", **new).status_code == 303
    assert "already a member of staff" in post(admin, "/admin/staff/new", **new).text
    dana = find(sqlite_engine, "dana@ours.example")
    assert (dana.team_id, dana.time_zone) == (north.id, "Europe/Rome")
    shown = post(admin, f"/admin/staff/{dana.id}/link", page=f"/admin/staff/{dana.id}").text
    link = re.search(r"/sign-in/[\w-]{48}", shown)
    assert link
    browser = site(sqlite_engine).test_client()
    assert post(browser, link[0]).headers["Location"] == "/my"


def test_a_change_of_role_and_team_is_saved(admin: FlaskClient, sqlite_engine: Engine) -> None:
    dana = builders.staff(sqlite_engine, team=builders.team(sqlite_engine, "North"))
    page = f"/admin/staff/{dana.id}"
    fields = {"name": "Dana K.", "role": "viewer", "locale": "it", "time_zone": "UTC", "team_id": ""}
    assert post(admin, page, **fields).status_code == 303
    changed = find(sqlite_engine, dana.email)
    assert (changed.name, changed.role, changed.locale, changed.team_id) == ("Dana K.", "viewer", "it", None)
    assert post(admin, page, **{**fields, "time_zone": "Moon"}).status_code == 422


def test_closing_an_account_with_partners_asks_for_a_successor(admin: FlaskClient, sqlite_engine: Engine) -> None:
    dana, luis = builders.staff(sqlite_engine), builders.staff(sqlite_engine, "luis@ours.example")
    builders.owned(sqlite_engine, dana, builders.partner(sqlite_engine))
    page = f"/admin/staff/{dana.id}"
    assert "1 partner needs a new owner" in admin.get(page).text
    post(admin, f"{page}/disable", page=page)
    assert find(sqlite_engine, dana.email).active
    assert "name a successor" in admin.get(page).text
    post(admin, f"{page}/disable", page=page, successor=str(luis.id))
    assert not find(sqlite_engine, dana.email).active
    with sqlite_engine.work.read() as now:
        assert len(reading.partners_owned_by(now, luis.id)) == 1
    post(admin, f"{page}/enable", page=page)
    assert find(sqlite_engine, dana.email).active


def test_a_key_is_shown_once_and_revoked(admin: FlaskClient, sqlite_engine: Engine) -> None:
    made = post(admin, "/admin/keys/new", name="CRM", scope=["events:write", "partners:read"])
    key = re.search(r"fek_[\w-]+", made.text)
    assert key
    assert made.status_code == 201
    with sqlite_engine.work.read() as now:
        found = service.find_api_key(now, key[0])
    assert found is not None
    assert found.scopes == ("events:write", "partners:read")
    shown = admin.get("/admin").text
    assert ("CRM" in shown, key[0] in shown) == (True, False)
    assert post(admin, f"/admin/keys/{found.id}/revoke", page="/admin").status_code == 303
    with sqlite_engine.work.read() as now:
        assert service.find_api_key(now, key[0]) is None


def test_the_page_says_who_made_a_key_and_names_nobody_for_one_that_nobody_made(
    admin: FlaskClient, sqlite_engine: Engine
) -> None:
    post(admin, "/admin/keys/new", name="CRM", scope=["events:write"])
    assert " by Ada" in admin.get("/admin").text
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.add_api_key(uow, "Warehouse", ["events:write"])
    assert " by the program itself" in admin.get("/admin").text


def test_a_key_without_scopes_is_refused_at_its_fields(admin: FlaskClient) -> None:
    answer = post(admin, "/admin/keys/new", name="CRM")
    assert (answer.status_code, 'href="#scopes"' in answer.text) == (422, True)


@pytest.mark.parametrize("path", ["/admin/staff/new", "/admin/keys/new"])
def test_a_program_owner_looks_at_the_staff_but_changes_nobody(sqlite_engine: Engine, path: str) -> None:
    owner = builders.staff(sqlite_engine, "olga@ours.example", "program_owner")
    browser = signed_in(sqlite_engine, site(sqlite_engine), owner)
    page = browser.get("/admin")
    assert (page.status_code, "Add somebody" in page.text) == (200, False)
    assert browser.get(path).status_code == 403
