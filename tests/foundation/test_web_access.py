"""Every page has a rule, and the rule decides for each kind of reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Blueprint, Flask, Request

from feedback_engine.foundation.errors import NotAllowed
from feedback_engine.foundation.web.access import (
    PUBLIC,
    SIGNED_IN,
    Principal,
    Rule,
    actor,
    current_staff,
    find_staff,
    roles,
    safe_next,
    scope,
)
from tests.foundation.web_site import BASE_URL, api_key, pages, site, staff

OWNERS = roles("program_owner")
WRITES = scope("events:write")


@pytest.mark.parametrize(
    ("rule", "principal", "admitted"),
    [
        (PUBLIC, None, True),
        (SIGNED_IN, None, False),
        (SIGNED_IN, staff("viewer"), True),
        (SIGNED_IN, api_key("events:write"), False),  # a key is no person
        (OWNERS, staff("program_owner"), True),
        (OWNERS, staff("admin"), True),  # an admin may do all that a program owner may
        (OWNERS, staff("viewer"), False),
        (roles("alliance_manager"), staff("admin"), False),  # but is not everybody
        (WRITES, api_key("events:write"), True),
        (WRITES, api_key("events:read"), False),
        (WRITES, staff("admin"), False),  # a cookie must never work for the API, or other sites could use it
        (WRITES, None, False),
    ],
)
def test_a_rule_admits_whom_it_names(rule: Rule, principal: Principal | None, admitted: bool) -> None:
    assert rule.admits(principal) is admitted


@pytest.mark.parametrize("names", [(), ("boss",), ("admin", "superuser")])
def test_a_role_that_does_not_exist_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="roles"):
        roles(*names)


@pytest.mark.parametrize("name", ["events", "events:", ":read", "events:delete"])
def test_a_scope_names_a_resource_and_a_verb(name: str) -> None:
    with pytest.raises(ValueError, match="scope"):
        scope(name)


def _closed(tmp_path: Path, principal: Principal | None, base_url: str = BASE_URL) -> Flask:
    views = pages(("/inbox", OWNERS, lambda: "seen"), ("/api/v1/events", WRITES, lambda: "taken"))
    return site(tmp_path, views, principal=principal, base_url=base_url)


def test_an_unsigned_reader_is_sent_to_sign_in_and_back(tmp_path: Path) -> None:
    answer = _closed(tmp_path, None).test_client().get("/inbox?view=mine&q=a b")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=%2Finbox%3Fview%3Dmine%26q%3Da+b"


def test_what_an_unsigned_reader_posted_is_not_remembered(tmp_path: Path) -> None:
    assert _closed(tmp_path, None).test_client().post("/inbox").location == "/sign-in"


def test_the_way_to_sign_in_keeps_the_path_of_the_site(tmp_path: Path) -> None:
    answer = _closed(tmp_path, None, base_url="https://example.org/px").test_client().get("/px/inbox")
    assert answer.location == "/px/sign-in?next=%2Fpx%2Finbox"


def test_a_wrong_role_sees_a_page_that_says_so(tmp_path: Path) -> None:
    answer = _closed(tmp_path, staff("viewer")).test_client().get("/inbox")
    assert answer.status_code == 403
    assert "Your role does not open this page" in answer.text


def test_a_refusal_speaks_the_language_of_the_staff_member(tmp_path: Path) -> None:
    answer = _closed(tmp_path, staff("viewer", locale="it")).test_client().get("/inbox")
    assert "Il ruolo assegnato non apre questa pagina" in answer.text


def test_a_right_role_sees_the_page(tmp_path: Path) -> None:
    assert _closed(tmp_path, staff("admin")).test_client().get("/inbox").text == "seen"


@pytest.mark.parametrize("named", ["q", "reason", "any"])
def test_the_character_that_no_database_keeps_is_refused_in_every_form_of_staff(tmp_path: Path, named: str) -> None:
    browser = _closed(tmp_path, staff("admin")).test_client()
    values = {named: "a\0b", "other": "fine"}
    answer = browser.post("/inbox", data=values)
    assert answer.status_code == 422
    assert "The character U+0000 cannot be kept" in answer.text


def test_the_api_without_a_key_asks_for_one(tmp_path: Path) -> None:
    answer = _closed(tmp_path, None).test_client().post("/api/v1/events")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"


def test_a_key_that_opens_nothing_is_told_apart_from_none(tmp_path: Path) -> None:
    client = _closed(tmp_path, None).test_client()
    wrong = client.post("/api/v1/events", headers={"Authorization": "Bearer fek_wrong"})
    assert wrong.status_code == 401
    assert wrong.get_json()["detail"] == "This API key is unknown or was revoked."
    assert "Authorization: Bearer" in client.post("/api/v1/events").get_json()["detail"]


def test_a_signed_in_browser_does_not_open_the_api(tmp_path: Path) -> None:
    assert _closed(tmp_path, staff("admin")).test_client().post("/api/v1/events").status_code == 401


def test_a_key_without_the_scope_is_told_which_one_it_lacks(tmp_path: Path) -> None:
    answer = _closed(tmp_path, api_key("events:read")).test_client().post("/api/v1/events")
    assert answer.status_code == 403
    assert "events:write" in answer.json["detail"]  # type: ignore[index]


def test_a_key_with_the_scope_may_write_without_a_form_token(tmp_path: Path) -> None:
    assert _closed(tmp_path, api_key("events:write")).test_client().post("/api/v1/events").text == "taken"


def test_a_view_without_a_rule_keeps_the_site_from_starting(tmp_path: Path) -> None:
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/open", "door", lambda: "open to all")
    with pytest.raises(RuntimeError, match=r"forgotten\.door"):
        site(tmp_path, forgotten)


def test_a_public_page_and_a_file_do_not_ask_who_reads(tmp_path: Path) -> None:
    def explode(request: Request) -> Principal | None:
        raise AssertionError("nobody should ask")

    client = site(tmp_path, pages(("/s/x", PUBLIC, lambda: "survey")), load_principal=explode).test_client()
    assert client.get("/s/x").text == "survey"
    assert client.get("/static/staff.css").status_code == 200


@pytest.mark.parametrize(
    ("principal", "kind", "name"), [(staff(), "staff", "Priya Raman"), (api_key("events:write"), "api", "CRM")]
)
def test_the_audit_log_gets_the_name_of_who_acts(tmp_path: Path, principal: Principal, kind: str, name: str) -> None:
    with site(tmp_path, principal=principal).test_request_context("/"):
        assert (actor().kind, actor().name) == (kind, name)


def test_nobody_is_neither_staff_nor_actor(tmp_path: Path) -> None:
    with site(tmp_path).test_request_context("/"):
        assert find_staff() is None
        with pytest.raises(NotAllowed):
            current_staff()
        with pytest.raises(NotAllowed):
            actor()


@pytest.mark.parametrize(
    ("wish", "goes_to"),
    [
        ("/inbox?view=mine", "/inbox?view=mine"),
        ("", "/"),
        (None, "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),  # a browser reads this as another host
        ("/\\evil.example", "/"),  # and this too
        ("/a\\..\\b", "/"),
        ("/inbox\r\nSet-Cookie: a=b", "/"),
        ("/\t/evil.example", "/"),  # browsers drop tabs
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_never_leads_to_another_site(tmp_path: Path, wish: str | None, goes_to: str) -> None:
    with site(tmp_path).test_request_context("/"):
        assert safe_next(wish, staff("viewer")) == goes_to


@pytest.mark.parametrize(
    ("role", "wish", "goes_to"),
    [
        ("program_owner", "/sampling?days=30", "/sampling?days=30"),
        ("alliance_manager", "/sampling?days=30", "/my"),  # closed to them: they would be greeted by a refusal
        ("viewer", "/sampling", "/"),
        ("alliance_manager", "/", "/my"),
        ("alliance_manager", "/cases/C-1", "/cases/C-1"),
        ("alliance_manager", None, "/my"),
        ("alliance_manager", "//evil.example", "/my"),
        ("alliance_manager", "/no/such/page", "/no/such/page"),  # the page itself says that there is nothing
    ],
)
def test_signing_in_leads_to_the_page_asked_for_or_home_but_to_no_closed_door(
    tmp_path: Path, role: str, wish: str | None, goes_to: str
) -> None:
    app = site(tmp_path, _house(), base_url=f"{BASE_URL}/engine")
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/engine"}):
        below = f"/engine{wish}" if wish and not wish.startswith("//") else wish
        assert safe_next(below, staff(role)) == f"/engine{goes_to}"


@pytest.mark.parametrize(("role", "status"), [("program_owner", 200), ("alliance_manager", 303)])
def test_the_address_of_the_site_leads_everybody_to_the_first_page_of_their_role(
    tmp_path: Path, role: str, status: int
) -> None:
    browser = site(tmp_path, _house(), principal=staff(role)).test_client()
    answer = browser.get("/")
    assert (answer.status_code, answer.headers.get("Location")) == (status, "/my" if status == 303 else None)
    assert browser.get("/sampling").status_code == (200 if status == 200 else 403), "other closed pages stay closed"


def _house() -> Blueprint:
    """A first page for owners, one for everybody, and one more for owners."""
    return pages(
        ("/", OWNERS, lambda: "overview"),
        ("/my", SIGNED_IN, lambda: "mine"),
        ("/sampling", OWNERS, lambda: "rules"),
        ("/cases/<ref>", SIGNED_IN, lambda ref: ref),
        methods=("GET",),
    )
