"""The ledger for programs, the sampling pages for staff, and `explain` on the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from feedback_engine.app.cli import main
from feedback_engine.app.factory import create_app
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import ApiPrincipal, StaffPrincipal
from surveys.asking_again import roles_asked_nowhere
from surveys.web import decisions
from tests.conftest import START
from tests.directory import builders as directory
from tests.surveys.lane import Lane, event, open_lane, touchpoint

PROGRAM = ApiPrincipal(UUID(int=1), "crm", frozenset({"decisions:read"}))
OWNER = StaffPrincipal(UUID(int=2), "Priya", "priya@northwind.example", "program_owner", time_zone="Europe/Lisbon")
SAMPLING = {
    "hold": True,
    "random_share": {"rate": 0.5, "by": "partner.tier", "rates": {"gold": 1.0}},
    "quarantine": [{"since_asked_days": 30}, {"since_declined_days": 90, "scope": "any_survey"}],
    "contact_frequency": {"asks": 4, "window_days": 180},
    "account_cap": {"asks": 12, "window_days": 30, "family": True},
    "send_window": {"days": ["mon", "tue", "wed", "fri"], "hours": "09:00-17:00"},
}


@pytest.fixture
def lane(sqlite_engine: Engine) -> Lane:
    return decided(Lane(sqlite_engine))


def decided(lane: Lane) -> Lane:
    """Ana of Acme was asked once and refused twice; Ben of Beta was asked."""
    lane.apply({"quarantine": {"since_asked_days": 30}})
    for number in range(3):
        lane.happen(event(number, lane.engine.clock.now()))
    lane.happen(event("b", lane.engine.clock.now(), subject="beta", email="ben@beta.example"))
    lane.decide()
    return lane


def client(lane: Lane, principal: ApiPrincipal | StaffPrincipal) -> FlaskClient:
    """Somebody who opens pages or calls the API."""
    return create_app(
        lane.engine,
        blueprints=[decisions.blueprint(lane.engine, lane.lane.open_cases)],
        api=[decisions.api(lane.engine)],
        load_principal=lambda request: principal,
    ).test_client()


def listed(lane: Lane, **query: Any) -> list[dict[str, Any]]:
    answer = client(lane, PROGRAM).get("/api/v1/decisions", query_string=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["data"]
    return found


def test_roles_that_no_touchpoint_asks_are_found_before_they_are_imported(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        assert roles_asked_nowhere(reading, ["Astronaut"]) == []  # no program is in force, so nothing is known
    lane.apply({}, [touchpoint(personas=["buyer"]), touchpoint("demo.held", personas=["engineer"], survey=None)])
    with sqlite_engine.work.read() as reading:
        assert roles_asked_nowhere(reading, ["Buyer", "engineer", "Astronaut"]) == ["engineer", "Astronaut"]


@pytest.mark.parametrize(("query", "numbers"), [
    ({}, [4, 3, 2, 1]),
    ({"email": "Ana@Acme.example"}, [3, 2, 1]),  # the person, however the address is written
    ({"email": "nobody@acme.example"}, []),
    ({"outcome": "drop"}, [3, 2]),
    ({"touchpoint": "ticket.closed"}, [4, 3, 2, 1]),
    ({"touchpoint": "other"}, []),
    ({"email": "ben@beta.example", "outcome": "drop"}, []),
])  # fmt: skip
def test_the_ledger_is_filtered(lane: Lane, query: dict[str, str], numbers: list[int]) -> None:
    assert [each["seq"] for each in listed(lane, **query)] == numbers


def test_the_ledger_is_found_by_event(lane: Lane) -> None:
    (row, *_) = lane.decisions()
    assert [each["id"] for each in listed(lane, event_id=str(row.event_id))] == [str(row.id)]


def test_a_walk_by_cursor_gives_the_full_set_once(lane: Lane) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = client(lane, PROGRAM).get("/api/v1/decisions", query_string=query).json
        seen += [each["seq"] for each in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [4, 3, 2, 1]


@pytest.mark.parametrize(("query", "pointer"), [
    ({"event_id": "1"}, "/event_id"),
    ({"outcome": "asked"}, "/outcome"),
    ({"email": "nobody"}, "/email"),
    ({"limit": "0"}, "/limit"),
    ({"cursor": "x"}, "/cursor"),
    ({"cursor": "WyJhIl0"}, "/cursor"),  # ["a"]: well formed, but not a number
])  # fmt: skip
def test_a_wrong_filter_is_refused_with_its_pointer(lane: Lane, query: dict[str, str], pointer: str) -> None:
    answer = client(lane, PROGRAM).get("/api/v1/decisions", query_string=query)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]


def test_the_ledger_needs_its_scope(lane: Lane) -> None:
    other = ApiPrincipal(UUID(int=1), "crm", frozenset({"events:write"}))
    assert client(lane, other).get("/api/v1/decisions").status_code == 403


def test_the_rules_in_force_stand_in_sentences(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    special = touchpoint("deal.won", personas=["buyer"], sampling={"hold": False})
    lane.apply(SAMPLING, [touchpoint(), special, touchpoint("qbr.held", survey=None)])
    page = client(lane, OWNER).get("/sampling").text
    for sentence in (
        "Never ask people who opted out, complained or cannot be reached.",
        "Drop events older than 14 days.",
        "Ask a random share of the events by tier (gold: 100\N{NO-BREAK SPACE}%), and 50\N{NO-BREAK SPACE}% of all",
        "Leave at least 30 days between two asks of one person, all surveys together; otherwise drop.",
        "Leave people alone for 90 days after they declined; otherwise drop.",
        "Ask nobody more than 4 times in 180 days; otherwise drop.",
        "Ask each group of companies at most 12 times in 30 days; otherwise wait",
        "Send Monday to Wednesday 09:00–17:00, Friday 09:00–17:00, in the reader’s time.",
        "Ask only Buyer.",
        "Off here: On hold.",
        "nobody is asked there: qbr.held",
    ):
        assert sentence in page


def test_a_condition_stands_in_words_where_there_are_words_for_it(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    plain = touchpoint("deal.won", condition="partner.tier == 'gold'")
    more = touchpoint("deal.lost", condition="partner.key.matches('^A')")
    lane.apply(SAMPLING, [touchpoint(), plain, more])
    page = client(lane, OWNER).get("/sampling").text
    assert "Ask only if the partner’s tier is “gold”.<br><code" in page
    assert ">partner.tier == &#39;gold&#39;</code>" in page
    assert 'Ask only if <code class="break">partner.key.matches(&#39;^A&#39;)</code>' in page


def test_the_page_counts_what_became_of_events(lane: Lane) -> None:
    page = " ".join(client(lane, OWNER).get("/sampling").text.split())
    assert 'Asked</th><td class="num">2' in page
    assert 'Not asked: Gap between asks</th><td class="num">2' in page


def test_a_person_is_explained_on_a_page(lane: Lane) -> None:
    page = client(lane, OWNER).get("/sampling/explain", query_string={"email": "ana@acme.example"}).text
    assert "was not asked: asked less than a minute before; the gap is 30 days" in page
    assert "May be asked again" in page
    assert "from 8 Apr 2026, 10:12" in page  # summer time in Lisbon by then


@pytest.mark.parametrize(("query", "said"), [
    ({}, "Every decision about a person"),
    ({"email": "nobody@acme.example"}, "Nobody is known under this address"),
    ({"email": "nobody"}, "exactly one @"),
    ({"email": "ana@acme.example", "at": "soon"}, "Write a time like"),
    ({"email": "ana@acme.example", "at": "0001-01-01T00:00:00+14:00"}, "is out of range"),
    ({"email": "ana@acme.example", "at": "9999-12-31T23:59:59-14:00"}, "is out of range"),
    ({"email": "ana@acme.example", "at": "0001-01-01T00:00:00Z"}, "is out of range"),  # rules look back
    ({"email": "ana@acme.example", "at": "9999-12-31T23:59:59Z"}, "This date is out of range"),
    ({"email": "ana@acme.example", "at": "2026-03-01 08:00"}, "Nothing was decided about this person yet"),
    ({"email": "<script>alert(1)</script>@acme.example"}, "&lt;script&gt;"),
])  # fmt: skip
def test_the_page_says_what_it_found_or_needs(lane: Lane, query: dict[str, str], said: str) -> None:
    answer = client(lane, OWNER).get("/sampling/explain", query_string=query)
    assert answer.status_code == 200
    assert said in answer.text


def test_an_alliance_manager_is_told_only_about_their_own_partners(lane: Lane) -> None:
    dana = directory.staff(lane.engine, "dana@northwind.example")
    directory.owned(lane.engine, dana, lane.partner("acme"))
    reader = StaffPrincipal(dana.id, "Dana", dana.email, "alliance_manager")
    browser = client(lane, reader)
    assert "was not asked" in browser.get("/sampling/explain?email=ana@acme.example").text
    assert "Nobody is known" in browser.get("/sampling/explain?email=ben@beta.example").text


# ---- the command line


@pytest.fixture
def run(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """Calls the command line on an installation like the one above, whose schema came by migration."""
    url = f"sqlite:///{tmp_path}/installed.db"
    shutil.copyfile(migrated_sqlite, tmp_path / "installed.db")
    lane = decided(open_lane(tmp_path / "installed.db", START))
    lane.contact(lane.partner("acme"), "new@acme.example")
    settings = {"FEEDBACK_ENGINE_DATABASE_URL": url, "FEEDBACK_ENGINE_VAR_DIR": str(tmp_path / "var")}
    yield lambda *arguments: CliRunner(env=settings).invoke(main, list(arguments))
    lane.engine.database.dispose()


def test_explain_tells_each_decision_rule_by_rule(run: Callable[..., Result]) -> None:
    told = run("explain", "ana@acme.example", "--at", "2026-03-10T00:00:00Z")
    assert told.exit_code == 0, told.output
    assert "was not asked: asked less than a minute before; the gap is 30 days" in told.stdout
    assert "Smallest change that would have asked them" in told.stdout
    assert "from 8 Apr 2026, 09:12" in told.stdout
    assert len([line for line in told.stdout.splitlines() if "Gap between asks" in line]) == 3


def test_explain_gives_programs_every_decision_and_when_somebody_may_be_asked_again(run: Callable[..., Result]) -> None:
    document = orjson.loads(run("explain", "ana@acme.example", "--at", "2026-03-10T00:00:00Z", "--json").stdout)
    assert [each["outcome"] for each in document["decisions"]] == ["drop", "drop", "invite"]
    assert [each["at"] for each in document["may_be_asked_again"]] == ["2026-04-08T09:12:00Z"]


@pytest.mark.parametrize(("arguments", "said"), [
    (("nobody@acme.example",), "No partner has a contact with the address"),
    (("nobody",), "exactly one @"),
    (("ana@acme.example", "--at", "soon"), "write a time like"),
    (("ana@acme.example", "--at", "0001-01-01T00:00:00+14:00"), "write a time like"),
    (("ana@acme.example", "--at", "9999-12-31T23:59:59-14:00"), "write a time like"),
    (("ana@acme.example", "--at", "9999-12-31T23:59:59Z"), "write a time like"),
])  # fmt: skip
def test_explain_refuses_with_one_clear_sentence(
    run: Callable[..., Result], arguments: tuple[str, ...], said: str
) -> None:
    told = run("explain", *arguments)
    assert told.exit_code == 1
    assert said in told.stderr
    assert "Traceback" not in told.output


def test_explain_without_decisions_says_so(run: Callable[..., Result]) -> None:
    told = run("explain", "new@acme.example")
    assert "Nothing was decided about this person yet." in told.stdout
    assert "ticket.closed: at once, if something happens there" in told.stdout


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("", "Give this contact a role on the contact page, or send a role with the event."),
        ("accountant", "No touchpoint in force asks people in this role."),
    ],
)
def test_whom_no_touchpoint_asks_is_told_what_to_do_about_it(sqlite_engine: Engine, role: str, says: str) -> None:
    lane = Lane(sqlite_engine)
    lane.apply({"quarantine": {"since_asked_days": 30}}, [touchpoint(personas=["buyer"])])
    acme = directory.partner(sqlite_engine, "acme")
    directory.contact(sqlite_engine, acme, "eve@acme.example", role=role)
    page = client(lane, OWNER).get("/sampling/explain?email=eve@acme.example").text
    assert says in page
    assert ("No touchpoint in force" in page) is bool(role)
