"""Going live: what must be in place first, which states follow which, and who may change them."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from alerts.routing.fallback import last_resort
from feedback_engine.app.factory import create_app
from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from feedback_engine.foundation.web.access import StaffPrincipal
from surveys import launching
from surveys.web import blueprint
from tests.alerts.builders import publish as publish_alerts
from tests.directory import builders as directory
from tests.surveys import builders as build


def checks(engine: Engine) -> dict[str, bool]:
    with engine.work.read() as reading:
        return {check.step: check.done for check in launching.checklist(reading)}


def test_an_empty_installation_has_everything_to_do(engine: Engine) -> None:
    assert set(checks(engine).values()) == {False}


def test_a_program_in_order_lacks_only_its_test_wave(engine: Engine) -> None:
    build.world(engine)
    assert checks(engine) == {
        "partners": True,
        "owners": True,
        "survey": True,
        "sender": True,
        "five_ws": True,
        "test": False,
    }


def test_what_is_missing_is_named(engine: Engine) -> None:
    build.world(engine)
    directory.contact(engine, directory.partner(engine, "lonely"), "eve@lonely.example")
    build.program(engine, five_ws={"who": "Partners", "why": " "}, postal_address="")
    found = checks(engine)
    assert (found["owners"], found["sender"], found["five_ws"]) == (False, False, False)
    with engine.work.read() as reading:
        open_ws = next(check for check in launching.checklist(reading) if check.step == "five_ws")
    assert open_ws.names == ("what", "when", "where", "why")


@pytest.mark.parametrize("mode", ["draft", "test", "live", "paused"])
def test_a_fallback_that_reaches_nobody_is_needed_in_every_state(sqlite_engine: Engine, mode: str) -> None:
    world = build.world(sqlite_engine, mode=mode)
    publish_alerts(sqlite_engine)
    principal = _principal(world.owner.id, "admin")
    app = create_app(
        sqlite_engine,
        blueprints=[blueprint(sqlite_engine, fallback_of=last_resort)],
        load_principal=lambda request: principal,
    )
    page = app.test_client().get("/launch").text
    assert "Nobody is in it: team Alliances." in page
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        found = launching.checklist(uow, last_resort)
        [line] = [check for check in found if check.step == "fallback"]
        assert (line.essential, line.done) == (True, False)
        if mode == "test":
            with pytest.raises(Invalid):
                launching.change_state(uow, "live", found)
    team = directory.team(sqlite_engine, "Alliances")
    directory.staff(sqlite_engine, "mei@northwind.example", team=team)
    assert "team Alliances: 1 person" in app.test_client().get("/launch").text


@pytest.mark.parametrize(
    ("present", "wanted", "allowed"),
    [
        ("draft", "test", True),
        ("draft", "live", False),  # never without a test
        ("test", "live", True),
        ("test", "draft", True),
        ("live", "paused", True),
        ("live", "draft", False),
        ("paused", "live", True),
        ("live", "live", True),  # pressed twice
    ],
)
def test_states_follow_each_other(engine: Engine, present: str, wanted: str, allowed: bool) -> None:
    build.world(engine, mode=present)
    with engine.work.begin(actor=SYSTEM) as uow:
        found = launching.checklist(uow)
        if allowed:
            launching.change_state(uow, wanted, found)
            assert program_state.current(uow) == wanted
        else:
            with pytest.raises(Conflict):
                launching.change_state(uow, wanted, found)


def test_a_program_with_an_essential_line_open_does_not_go_live(engine: Engine) -> None:
    build.world(engine, mode="test")
    build.program(engine, five_ws={})
    with engine.work.begin(actor=SYSTEM) as uow, pytest.raises(Invalid):
        launching.change_state(uow, "live", launching.checklist(uow))


def test_the_page_shows_the_list_and_only_owners_may_move_the_program(engine: Engine) -> None:
    world = build.world(engine, mode="test")
    owner = build.browser(engine, _principal(world.owner.id, "program_owner"))
    page = owner.get("/launch").text
    assert "5 of 6 done" in page
    assert "Go live" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    viewer = build.browser(engine, _principal(world.owner.id, "viewer"))
    assert "Go live" not in viewer.get("/launch").text
    assert owner.post("/launch/state", data={"csrf_token": token[1], "state": "live"}).status_code == 303
    assert "Pause the program" in owner.get("/launch").text
    refused = owner.post("/launch/state", data={"csrf_token": token[1], "state": "draft"})
    assert refused.status_code == 303
    assert "changed meanwhile" in owner.get("/launch").text
    with engine.work.read() as reading:
        assert program_state.current(reading) == "live"


def test_somebody_whose_name_is_engine_is_not_taken_for_the_program(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine, mode="test")
    with sqlite_engine.work.begin(actor=Actor("staff", str(world.owner.id), SYSTEM.name)) as uow:
        program_state.change(uow, "live", "by hand")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "paused", "by itself")
    page = build.browser(sqlite_engine, _principal(world.owner.id, "program_owner")).get("/launch").text
    assert ">engine · by hand<" in page
    assert ">the program itself · by itself<" in page


@pytest.mark.parametrize(("hold", "asks_first"), [(0, True), (60, False)])
def test_without_a_hold_going_live_is_confirmed_with_the_number_of_contacts(
    sqlite_engine: Engine, hold: int, asks_first: bool
) -> None:
    world = build.world(sqlite_engine, mode="test")
    build.program(sqlite_engine, hold_minutes=hold)
    page = build.browser(sqlite_engine, _principal(world.owner.id, "program_owner")).get("/launch").text
    assert ('<summary role="button">Go live</summary>' in page) == asks_first
    assert ("the rules may ask 1 contact." in page) == asks_first
    assert ("Go live</button>" in page) == (not asks_first)


def _principal(staff_id: UUID, role: str) -> StaffPrincipal:
    return StaffPrincipal(staff_id, "Priya Raman", "x@northwind.example", role, None, "en", "Europe/Rome")
