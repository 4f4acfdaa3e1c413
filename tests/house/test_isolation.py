"""Alliance managers of another team learn and change nothing: every page, search, list and form, from the URL map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import SQLModel
from werkzeug.test import TestResponse

from alerts import reading as cases
from feedback_engine.foundation.ids import new_reference_id
from feedback_engine.foundation.web.access import StaffPrincipal, rule_of
from journeys import reading as journeys
from surveys import reading as surveys
from tests.furnished import COMMENT, NOT_PAGES, PEOPLE, addresses_of, email_of, furnish
from tests.installation import PASSWORD, Installation, running

OWNER, FOREIGN, READER, STEERING = "dana", "luis", "aoife", "henrik"
"""Dana answers for the partners; Luis has her role, and no team; Aoife may read all and change nothing; Henrik owns the
program."""

SEARCHES = ("", "?q=tagus", "?q=ines", "?q=nine+working", "?view=team&q=alder", "?view=closed", "?owner={dana}")
"""What is put behind every address, whether the page knows it or not."""

BEHIND_A_LINK = ("/s/", "/r/", "/u/", "/c/", "/sign-in", "/sign-out", "/style")
"""Pages of partners, who hold the link; the way in and out; and the style guide, which invents its partners."""

SHARED = ("draft_wave", "sent_wave")
"""What everybody may open, and in which they find their own partners."""

OWN = ("/account", "/views")
"""Forms that concern whoever sends them and nobody else."""

NOTED = {"audit", "sign_in_attempt", "session", "staff", "saved_view"}
"""Tables in which a refused try may be noted, or in which everybody keeps their own things."""

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_ACTION = re.compile(r'\b(?:form)?action="([^"]*)"')
_INPUT = re.compile(r"<input\b([^>]*)>")
_TEXTAREA = re.compile(r'<textarea\b[^>]*name="([^"]+)"')
_SELECT = re.compile(r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option\b[^>]*value="([^"]+)"')
_NAMED = {name: re.compile(rf'\b{name}="([^"]*)"') for name in ("name", "value", "type")}
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


@dataclass(frozen=True)
class Form:
    """A form as a page shows it, every field filled with something that it would take."""

    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class House:
    """A furnished installation, its web application, and what nobody of another team may read."""

    installation: Installation
    app: Flask
    names: Mapping[str, str]
    secrets: tuple[str, ...]

    def somebody(self, name: str) -> FlaskClient:
        """A browser in which a member of staff has signed in."""
        client = self.app.test_client()
        form = {"email": f"{name}@northwind.example", "password": PASSWORD}
        place = {"REMOTE_ADDR": f"10.1.0.{len(name) + ord(name[0])}"}
        assert client.post("/sign-in", data=form, environ_overrides=place).status_code == 303
        return client

    def addresses(self, method: str = "GET") -> Iterator[str]:
        """Every example address of every route that staff may take."""
        for route in sorted(self.app.url_map.iter_rules(), key=lambda route: route.rule):
            rule = rule_of(self.app.view_functions[route.endpoint])
            if method not in (route.methods or ()) or rule is None or rule.kind == "scope":
                continue
            if not route.rule.startswith((*NOT_PAGES, *BEHIND_A_LINK)):
                yield from addresses_of(route.rule, self.names)

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table that partners, cases and answers live in."""
        with self.installation.engine.work.read() as reading:
            return {
                name: sorted(repr(tuple(row)) for row in reading.connection.execute(select(table)))
                for name, table in SQLModel.metadata.tables.items()
                if name not in NOTED
            }


SeenBy = Callable[[str], Mapping[str, TestResponse]]


@pytest.fixture(scope="module")
def house(blank_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("isolation")
    (folder / "test.db").write_bytes(blank_sqlite.read_bytes())
    with running(f"sqlite:///{folder}/test.db", folder, mail="folder") as installation:
        names = furnish(installation)
        app = installation.app.web()
        app.config["WTF_CSRF_ENABLED"] = False
        partners = [secret for key, name, *_ in PEOPLE for secret in (name, email_of(key))]
        refs = [value for name, value in names.items() if name.endswith("_case")]
        yield House(installation, app, names, (*partners, *refs, COMMENT[:30]))


@pytest.fixture(scope="module")
def seen_by(house: House) -> SeenBy:
    """What somebody sees at each address; of four people everything is looked at once."""

    @cache
    def pages(name: str) -> Mapping[str, TestResponse]:
        client = house.somebody(name)
        return {address: client.get(address) for address in house.addresses()}

    return pages


@pytest.fixture(scope="module")
def owners_pages(seen_by: SeenBy) -> Mapping[str, str]:
    """What the owner sees at each address."""
    return {address: page.text for address, page in seen_by(OWNER).items()}


@pytest.fixture(scope="module")
def owners_forms(owners_pages: Mapping[str, str]) -> Mapping[tuple[str, ...], Form]:
    """The forms on them, each once, by address and fields."""
    return {
        (form.action, *sorted(form.fields)): form
        for address, page in owners_pages.items()
        for form in _forms(page, address)
        if not form.action.startswith((*BEHIND_A_LINK, *OWN))
    }


def test_the_owner_reads_what_the_others_must_not(house: House, owners_pages: Mapping[str, str]) -> None:
    """The words looked for are really there: else the next test could not fail."""
    shown = "".join(unescape(page) for page in owners_pages.values())
    assert [secret for secret in house.secrets if secret not in shown] == []


def test_no_page_list_or_search_tells_another_team_anything(house: House) -> None:
    luis, leaks = house.somebody(FOREIGN), []
    for address in house.addresses():
        for search in SEARCHES:
            path = address.partition("?")[0] + search.format(**house.names) if search else address
            answer = luis.get(path)
            told = unescape(answer.text) if answer.status_code < 400 else unescape(_TOKEN.sub("", answer.text))
            asked = unescape(path)
            leaks += [(path, secret) for secret in house.secrets if secret in told and secret not in asked]
    assert leaks == []


def test_what_an_event_calls_itself_leads_to_its_case_whoever_may_see_it_and_nobody_else(house: House) -> None:
    ref = house.names["open_case"]
    with house.installation.engine.work.read() as reading:
        case = cases.get_visible_case(reading, cases.EVERYTHING, ref)
        response = surveys.response_detail(reading, case.response_id)  # type: ignore[arg-type]
        event = journeys.events_by_id(reading, [response.event_id])[response.event_id]
    own = event.attributes["event"]["reference"]
    for hand, typed, leads_to in (
        (OWNER, own, f"/cases/{ref}"),
        (OWNER, f" {own.lower()} ", f"/cases/{ref}"),
        (OWNER, own[:-1], f"/partners?q={own[:-1]}"),
        (READER, own, f"/cases/{ref}"),
        (FOREIGN, own, f"/partners?q={own}"),
        (FOREIGN, "DR-999999", "/partners?q=DR-999999"),
    ):
        assert house.somebody(hand).get("/find", query_string={"q": typed}).location == leads_to, (hand, typed)


@pytest.mark.parametrize("hand", [FOREIGN, READER])
def test_no_form_of_the_owner_works_in_another_hand(
    house: House, owners_forms: Mapping[tuple[str, ...], Form], hand: str
) -> None:
    other, forms = house.somebody(hand), owners_forms.values()
    assert len(forms) > 20
    before = house.rows()
    statuses = {form.action: other.post(form.action, data=form.fields).status_code for form in forms}
    assert {action: status for action, status in statuses.items() if status >= 500} == {}
    after = house.rows()
    assert [name for name, rows in after.items() if rows != before[name]] == []


@pytest.mark.parametrize(("hand", "role"), [(OWNER, "alliance_manager"), (READER, "viewer")])
def test_no_page_shows_a_form_to_whose_role_it_is_refused(house: House, seen_by: SeenBy, hand: str, role: str) -> None:
    reader = StaffPrincipal(new_reference_id(), hand, f"{hand}@northwind.example", role)
    routes, refused = house.app.url_map.bind(""), set()
    for address, page in seen_by(hand).items():
        for form in _forms(page.text, address):
            endpoint, _ = routes.match(urlsplit(form.action).path, method="POST")
            rule = rule_of(house.app.view_functions[endpoint])
            if rule is not None and not rule.admits(reader):
                refused.add((address, form.action))
    assert sorted(refused) == []


@pytest.mark.parametrize("hand", [OWNER, FOREIGN, READER, STEERING])
def test_no_page_leads_its_reader_where_they_are_refused(house: House, seen_by: SeenBy, hand: str) -> None:
    client, leading = house.somebody(hand), dict[str, str]()
    open_to = {urlsplit(address).path for address, page in seen_by(hand).items() if page.status_code == 200}
    for address, page in seen_by(hand).items():
        links = _LINK.findall(page.text) if page.status_code == 200 else ()
        leading |= {urlsplit(unescape(link)).path: address for link in links if not link.startswith(BEHIND_A_LINK)}
    assert len(leading) > 20
    followed = {(leading[link], link): client.get(link).status_code for link in leading if link not in open_to}
    assert {way: status for way, status in followed.items() if status >= 400} == {}


def test_a_foreign_thing_answers_like_one_that_is_not_there(
    house: House, owners_forms: Mapping[tuple[str, ...], Form]
) -> None:
    luis, different = house.somebody(FOREIGN), []
    for form in owners_forms.values():
        path = urlsplit(form.action).path
        nowhere = _absent(path, house.names)
        if nowhere != path:
            answers = [luis.post(target, data=form.fields) for target in (path, nowhere)]
            foreign, absent = [(answer.status_code, _TOKEN.sub("", answer.text)) for answer in answers]
            different += [] if foreign == absent else [(path, foreign[0], absent[0])]
    assert different == []


def test_in_the_hand_of_the_owner_the_same_forms_do_work(house: House) -> None:
    """Else what kept the others out may have been a field. Stands last: it changes what the others look at."""
    dana, answers = house.somebody(OWNER), []
    for form in _forms(dana.get(f"/cases/{house.names['open_case']}").text, ""):
        answers.append(dana.post(form.action, data=form.fields).status_code)
    assert answers.count(303) >= 3


def _absent(path: str, names: Mapping[str, str]) -> str:
    """The same address with things that nobody made in place of those that are there."""
    for name, value in names.items():
        if name in SHARED:
            continue
        absent = "C-999999" if name.endswith("_case") else str(new_reference_id())
        path = re.sub(rf"(?<=/){re.escape(value)}(?=/|$)", absent, path)
    return path


def _forms(page: str, address: str) -> Iterator[Form]:
    """The forms of a page that change something, each field with a value that it offers or would take."""
    for attributes, inside in _FORM.findall(page):
        if 'method="post"' not in attributes:
            continue
        fields = {}
        for text in _INPUT.findall(inside):
            found = {name: unescape(match[1]) for name, pattern in _NAMED.items() if (match := pattern.search(text))}
            if found.get("name") and found.get("type") != "file":
                fields[found["name"]] = found.get("value") or "2026-04-01"
        fields |= dict.fromkeys(_TEXTAREA.findall(inside), "Said by somebody else")
        for name, options in _SELECT.findall(inside):
            choices = _OPTION.findall(options)
            fields[name] = unescape(choices[-1]) if choices else ""
        for action in {*_ACTION.findall(attributes), *_ACTION.findall(inside)} or {address}:
            target = urlsplit(unescape(action) or address)
            yield Form(target.path + (f"?{target.query}" if target.query else ""), fields)
