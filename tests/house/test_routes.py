"""Every route declares who may take it, and that holds: for nobody, for each role, for keys; none ever breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from feedback_engine.directory.scopes import SCOPES
from feedback_engine.foundation.ids import new_reference_id
from feedback_engine.foundation.web.access import Rule, rule_of
from tests.furnished import NOT_PAGES, addresses_of, furnish
from tests.installation import PASSWORD, running

STAFF = {
    "priya": "admin",
    "henrik": "program_owner",
    "dana": "alliance_manager",  # answers for the partners of the examples
    "luis": "alliance_manager",  # answers for none
    "aoife": "viewer",
}
_machines = count(1)
_FORM_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
OF_ONE_PARTNER = (
    "/cases/<ref>",
    "/cases/<ref>/mediation",
    "/contacts/<uuid:contact_id>",
    "/partner/<uuid:partner_id>/contacts",
    "/partner/<uuid:partner_id>/event",
    "/partners/<path:key>",
)
"""Pages about one partner, which an alliance manager finds only if somebody of their team answers for it."""

OF_ONE_READER = ("/import/<uuid:upload_id>", "/import/<uuid:upload_id>/columns")
"""Files that were chosen but not brought in are seen by whoever chose them; in the examples that is Priya."""

WITHOUT_LINK = ("/s/", "/r/", "/u/", "/c/", "/sign-in")
"""Pages that are reached by a link in a mail, or by being asked who one is."""

_LINK = re.compile(r'(?:href|src|action|formaction)="([^"]+)"')
_PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


@dataclass(frozen=True)
class House:
    """The web application of a furnished installation, and how to walk in as somebody."""

    app: Flask
    names: Mapping[str, str]
    keys: Mapping[str, str]

    def somebody(self, name: str) -> FlaskClient:
        """A browser in which a member of staff has signed in; nobody for the empty name."""
        client = self.app.test_client()
        if name:
            # Each sits at a machine of their own, so that the limit on tries at signing in keeps nobody out.
            place = {"REMOTE_ADDR": f"10.0.0.{next(_machines)}"}
            form = {"email": f"{name}@northwind.example", "password": PASSWORD}
            answer = client.post("/sign-in", data=form, environ_overrides=place)
            assert answer.status_code == 303
        return client

    def program(self, scopes: str) -> FlaskClient:
        """A program with a key for all scopes, or for none that any page to read asks for."""
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.keys[scopes]}"
        return client

    def routes(self, method: str) -> Iterator[tuple[Route, Rule]]:
        """The routes that take a method, static files apart, with the rule of each."""
        for route in sorted(self.app.url_map.iter_rules(), key=lambda route: route.rule):
            rule = rule_of(self.app.view_functions[route.endpoint])
            if method in (route.methods or ()) and rule is not None:
                yield route, rule

    def pages(self) -> Iterator[tuple[str, Rule, str]]:
        """Each GET page with its rule and each of its example addresses."""
        for route, rule in self.routes("GET"):
            if not route.rule.startswith(NOT_PAGES):
                yield from ((route.rule, rule, address) for address in addresses_of(route.rule, self.names))


@pytest.fixture(scope="module")
def house(blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("routes")
    (folder / "test.db").write_bytes(blank_sqlite.read_bytes())
    with running(f"sqlite:///{folder}/test.db", folder, mail="folder") as installation:
        names = furnish(installation)
        keys = {"all": installation.api_key(*SCOPES), "none": installation.api_key("webhooks:write")}
        app = installation.app.web()
        app.config["WTF_CSRF_ENABLED"] = False
        yield House(app, names, keys)


def _asks_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 303 and "/sign-in" in answer.location


def test_every_view_declares_its_rule(house: House) -> None:
    views = {name: view for name, view in house.app.view_functions.items() if not name.endswith("static")}
    assert [name for name, view in views.items() if rule_of(view) is None] == []
    assert len(views) > 80


def test_nobody_comes_in_without_signing_in(house: House) -> None:
    stranger = house.somebody("")
    wrong = []
    for method in ("GET", "POST"):
        for route, rule in house.routes(method):
            answer = stranger.open(_filled(route.rule, house.names), method=method)
            if rule.kind == "public":
                right = answer.status_code < 500 and not _asks_to_sign_in(answer)
            else:
                right = answer.status_code == 401 if rule.kind == "scope" else _asks_to_sign_in(answer)
            wrong += [] if right else [(method, route.rule, answer.status_code)]
    assert wrong == []


@pytest.mark.parametrize("name", STAFF)
def test_a_role_opens_its_pages_and_no_other(house: House, name: str) -> None:
    reader, role = house.somebody(name), STAFF[name]
    wrong = []
    for path, rule, address in house.pages():
        status = reader.get(address).status_code
        if path == "/" and role == "alliance_manager":
            right = status == 303  # the address of the site leads them home
        elif rule.kind == "roles" and role not in rule.names:
            right = status == 403
        elif role == "alliance_manager" and path in OF_ONE_PARTNER:
            right = status == (200 if name == "dana" and "bare" not in address else 404)
        elif path in OF_ONE_READER:
            right = status == (200 if name == "priya" else 404)
        else:
            right = status in (200, 303) or (status == 404 and "forged" in address)
        wrong += [] if right else [(address, status)]
    assert wrong == []


def _words(answer: TestResponse) -> str:
    """A page without the token of its forms, which says in which second it was made."""
    return _FORM_TOKEN.sub("", answer.text)


def test_a_foreign_page_says_the_same_as_an_absent_one(house: House) -> None:
    luis, absent = house.somebody("luis"), str(new_reference_id())
    for path in OF_ONE_PARTNER:
        foreign = luis.get(addresses_of(path, house.names)[0])
        nowhere = luis.get(_PART.sub("C-999999" if path.startswith("/cases") else absent, path))
        assert (foreign.status_code, _words(foreign)) == (nowhere.status_code, _words(nowhere)), path


@pytest.mark.parametrize("name", STAFF)
def test_a_role_presses_its_buttons_and_no_other(house: House, name: str) -> None:
    hand, role = house.somebody(name), STAFF[name]
    wrong = []
    for route, rule in house.routes("POST"):
        forbidden = rule.kind == "roles" and role not in rule.names
        if forbidden or (rule.kind != "scope" and name in ("luis", "aoife") and route.rule != "/sign-out"):
            status = hand.post(_filled(route.rule, house.names)).status_code
            wrong += [] if (status == 403 if forbidden else status < 500) else [(route.rule, status)]
    assert wrong == []


def test_a_cookie_opens_no_endpoint_for_programs(house: House) -> None:
    admin = house.somebody("priya")
    answers = {route.rule: admin.get(_filled(route.rule, house.names)).status_code for route in _endpoints(house)}
    assert {path: status for path, status in answers.items() if status != 401} == {}


def test_a_key_opens_what_its_scopes_say_and_no_page(house: House) -> None:
    known, unknown = house.program("all"), house.program("none")
    wrong = []
    for route in _endpoints(house):
        address = _listed(known, route.rule)
        statuses = (known.get(address).status_code, unknown.get(address).status_code)
        wrong += [] if statuses == (200, 403) else [(address, statuses)]
    for path, rule, address in house.pages():
        if rule.kind != "public":
            wrong += [] if _asks_to_sign_in(known.get(address)) else [(path, "opened by a key")]
    assert wrong == []


def test_programs_are_told_of_each_parameter_that_nobody_reads(house: House) -> None:
    program, wrong = house.program("all"), []
    for method in ("GET", "POST"):
        for route, rule in house.routes(method):
            if rule.kind == "scope":
                address = _filled(route.rule, house.names)
                answer = program.open(address, method=method, query_string={"partner_key": "acme", "a/b": "1"})
                named = [fault["pointer"] for fault in (answer.json or {}).get("errors", [])]
                wrong += [] if (answer.status_code, named) == (422, ["/partner_key", "/a~1b"]) else [(address, named)]
    assert wrong == []
    answer = program.get("/api/v1/cases?stat=new")
    assert "cursor, kind, limit, partner, settlement, state" in answer.text


def test_keys_can_be_made_for_the_scopes_that_endpoints_ask_for_and_no_others(house: House) -> None:
    rules = [rule_of(view) for view in house.app.view_functions.values()]
    assert {name for rule in rules if rule and rule.kind == "scope" for name in rule.names} == set(SCOPES)
    page = house.somebody("priya").get("/admin/keys/new").text
    assert re.findall(r'name="scope" value="([^"]+)"', page) == list(SCOPES)
    assert SCOPES[0] == "events:write"
    assert "Sends events" in page


def test_whoever_steers_finds_the_program_in_the_menu(house: House) -> None:
    for name, shown in (("priya", True), ("luis", False)):
        page = house.somebody(name).get("/account").text
        assert ('href="/program"' in page) is shown


def test_an_empty_form_never_breaks_anything(house: House) -> None:
    admin, program = house.somebody("priya"), house.program("all")
    wrong = []
    for route, rule in house.routes("POST"):
        sender = program if rule.kind == "scope" else admin
        if route.rule not in ("/sign-out", "/account"):
            status = sender.post(_filled(route.rule, house.names)).status_code
            wrong += [] if status < 500 and status != 401 else [(route.rule, status)]
    assert wrong == []


def test_every_page_is_led_to_by_a_link_of_another(house: House) -> None:
    admin, addresses = house.somebody("priya"), house.app.url_map.bind("localhost")
    led_to = set()
    for path, _, address in house.pages():
        for link in _LINK.findall(admin.get(address).text):
            found = urlsplit(unescape(link))
            if found.path.startswith("/") and addresses.test(found.path, method="GET"):
                rule, _ = addresses.match(found.path, method="GET", return_rule=True)
                led_to |= {rule.rule} - {path}
    pages = {path for path, _, _ in house.pages() if not path.startswith(WITHOUT_LINK)}
    assert sorted(pages - led_to) == []


def _endpoints(house: House) -> list[Route]:
    return [route for route, rule in house.routes("GET") if rule.kind == "scope"]


def _listed(program: FlaskClient, path: str) -> str:
    """The address of an endpoint; one thing of a list is the first that the list names."""
    part = _PART.search(path)
    if part is None:
        return path
    listing = program.get(path[: part.start()].rstrip("/")).json
    assert listing is not None
    first = listing["data"][0]
    return _PART.sub(str(first["ref" if part[1] == "ref" else "key" if part[1] == "key" else "id"]), path)


def _filled(path: str, names: Mapping[str, str]) -> str:
    """A path with something in place of its variables: what may be changed without harm, else what nobody made."""
    known = {
        "staff_id": names["gone"],
        "partner_id": names["partner_id"],
        "contact_id": names["stopped_contact"],
        "ref": names["open_case"],
        "key": names["draft_wave"],
        "theme_id": names["theme"],
        "form": "note",
        "act": "back",
    }
    return _PART.sub(lambda part: known.get(part[1], str(new_reference_id())), path)
