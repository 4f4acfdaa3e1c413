"""Partners and contacts for programs: upserts, lists, refusals with pointers."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from feedback_engine.directory import service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders
from tests.directory.site import headers, site

ALL = ("partners:read", "partners:write", "contacts:read", "contacts:write")


@pytest.fixture
def api(engine: Engine) -> FlaskClient:
    """A program with a key for everything about partners and contacts."""
    client = site(engine).test_client()
    client.environ_base.update({"HTTP_AUTHORIZATION": headers(engine, *ALL)["Authorization"]})
    return client


def test_a_partner_is_written_and_read_back(api: FlaskClient) -> None:
    acme = {"key": "acme/1", "name": "Acme", "kind": "channel", "attributes": {"seats": 12, "vip": True}}
    statuses = [api.post("/api/v1/partners", json=body) for body in (acme, acme, {**acme, "tier": "gold"})]
    assert [(each.status_code, each.json["status"]) for each in statuses if each.json] == [
        (201, "created"),
        (200, "unchanged"),
        (200, "changed"),
    ]
    read = api.get("/api/v1/partners/acme/1").json
    assert read is not None
    assert (read["key"], read["tier"], read["owner"]) == ("acme/1", "gold", None)
    assert read["attributes"] == acme["attributes"]
    assert api.get(f"/api/v1/partners/{read['id']}").json == read


def test_a_list_is_written_but_for_its_wrong_items(api: FlaskClient) -> None:
    body: list[Any] = [{"key": "a"}, {"key": ""}, 7, {"key": "b", "parent_key": "b"}, {"key": "a", "tier": "gold"}]
    answer = api.post("/api/v1/partners", json=body)
    assert answer.status_code == 200
    assert answer.json is not None
    items = answer.json["items"]
    assert [item["status"] for item in items] == ["created", "rejected", "rejected", "rejected", "changed"]
    assert [item["errors"][0]["pointer"] for item in items if "errors" in item] == ["/key", "", "/parent_key"]
    assert [item["index"] for item in items] == [0, 1, 2, 3, 4]


def test_a_contact_is_written_at_its_partner(api: FlaskClient, engine: Engine) -> None:
    builders.partner(engine)
    ana = {"partner": "acme", "email": "Ana@ACME.example", "name": "Ana", "language": "it"}
    assert api.post("/api/v1/contacts", json=ana).status_code == 201
    [contact] = (api.get("/api/v1/contacts?partner=acme").json or {})["data"]
    assert api.post("/api/v1/contacts", json=ana).json == {"id": contact["id"], "status": "unchanged"}
    assert (contact["email"], contact["partner"], contact["suppressions"]) == ("Ana@acme.example", "acme", [])
    assert "person" not in contact  # the keyed hash is nobody's business
    with engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, engine.keys.person("ana@acme.example"), service.ALL, "opted_out")
    [found] = (api.get("/api/v1/contacts?email=ana@acme.example").json or {})["data"]
    assert [each["cause"] for each in found["suppressions"]] == ["opted_out"]
    assert api.get(f"/api/v1/contacts/{found['id']}").json == found


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"partner": "acme", "email": "ana@acme"}, ["/email"]),
        ({"partner": "nobody", "email": "ana@acme.example"}, ["/partner"]),
        ({"email": "x"}, ["/partner", "/email"]),
        ({"partner": 7, "email": "ana@acme.example", "x": 1}, ["/partner", "/x"]),
        ({"partner": "a\u0000b", "email": "ana@acme.example"}, ["/partner"]),
        ([], [""]),
        ([{}] * 1_001, [""]),
        ("text", [""]),
        (7, [""]),
    ],
)
def test_a_wrong_contact_is_refused_with_pointers(
    api: FlaskClient, engine: Engine, body: Any, pointers: list[str]
) -> None:
    builders.partner(engine)
    answer = api.post("/api/v1/contacts", json=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert [error["pointer"] for error in answer.json["errors"]] == pointers


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", 400),  # ten thousand deep
        (b'{"key": "\\ud800"}', "application/json", 400),  # a lone surrogate
        (b'{"key": NaN}', "application/json", 400),
        (b"key=a", "application/x-www-form-urlencoded", 415),
        (b'{"key": "a"}', "text/plain", 415),
        (b'{"key": "' + b"a" * 2_000_000 + b'"}', "application/json", 413),
        (b'{"key": "a", "attributes": {"n": 1e999}}', "application/json", 400),
        (b'{"key": "a", "attributes": {"n": 99999999999999999999}}', "application/json", 201),  # read as a decimal
        (b'{"key": "a", "attributes": {"n": {"deep": 1}}}', "application/json", 422),
        (b'{"key": "a", "key": "b"}', "application/json", 201),  # JSON lets the last one count
    ],
)
def test_hostile_bodies_are_answered_and_never_break(api: FlaskClient, content: bytes, kind: str, status: int) -> None:
    answer = api.post("/api/v1/partners", data=content, content_type=kind)
    assert answer.status_code == status


@pytest.mark.parametrize("resource", ["partners", "contacts"])
def test_walking_the_cursors_gives_the_full_set(api: FlaskClient, engine: Engine, resource: str) -> None:
    partners = [builders.partner(engine, f"p-{n}") for n in range(11)]
    for partner in partners:
        builders.contact(engine, partner, "ana@x.example")
    walked, cursor = [], ""
    while True:
        page = api.get(f"/api/v1/{resource}?limit=3&cursor={cursor}").json
        assert page is not None
        walked += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(walked) == len(set(walked)) == 11


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/partners?limit=0", 422),
        ("/api/v1/partners?limit=1000", 422),
        ("/api/v1/partners?cursor=x", 422),
        ("/api/v1/contacts?cursor=WyJhIl0", 422),
        ("/api/v1/contacts?partner=nobody", 404),
        ("/api/v1/contacts?email=nobody", 422),
        ("/api/v1/contacts?state=%00", 200),
        ("/api/v1/partners?key=%00", 200),
        ("/api/v1/partners/%00", 404),
        ("/api/v1/partners/nobody", 404),
        ("/api/v1/contacts/00000000-0000-0000-0000-000000000000", 404),
        ("/api/v1/contacts/x", 404),
    ],
)
def test_odd_questions_are_answered_with_problems(api: FlaskClient, path: str, status: int) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    if status != 200:
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/v1/partners", "partners:read"),
        ("POST", "/api/v1/partners", "partners:write"),
        ("GET", "/api/v1/contacts", "contacts:read"),
        ("POST", "/api/v1/contacts", "contacts:write"),
    ],
)
def test_a_key_opens_what_its_scope_names_and_nothing_else(
    sqlite_engine: Engine, method: str, path: str, scope: str
) -> None:
    client = site(sqlite_engine).test_client()
    others = headers(sqlite_engine, *(each for each in ALL if each != scope))
    assert client.open(path, method=method).status_code == 401
    assert client.open(path, method=method, headers={"Authorization": "Bearer fek_x"}).status_code == 401
    assert client.open(path, method=method, headers=others).status_code == 403
    assert client.open(path, method=method, json={}, headers=headers(sqlite_engine, scope)).status_code in (200, 422)
