"""The first page of a new installation names three steps and what is done of them, until the program is live."""

from __future__ import annotations

from flask.testing import FlaskClient

from feedback_engine.app import first_run
from feedback_engine.app.factory import create_app
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.insights import web
from feedback_engine.insights.starting import first_steps
from surveys import service as surveys
from tests.directory import builders as directory
from tests.surveys import builders as build


def home(engine: Engine) -> FlaskClient:
    priya = directory.staff(engine, "priya@northwind.example", name="Priya Raman")
    principal = StaffPrincipal(priya.id, priya.name, priya.email, "program_owner")
    app = create_app(engine, blueprints=[web.blueprint(engine)], load_principal=lambda request: principal)
    return app.test_client()


def done(engine: Engine) -> list[bool]:
    with engine.work.read() as reading:
        return [step.done for step in first_steps(reading)]


def test_a_new_installation_is_greeted_by_three_steps_and_no_empty_figures(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    page = home(sqlite_engine).get("/").text
    for words in (
        "Import your partners",
        "Send yourself a test",
        "Go live",
        "0 of 3 done",
        "2 things are still needed",
    ):
        assert words in page
    assert "step 1" in page
    assert "1 Import your partners" not in page, "one number is enough"
    assert "No answers yet" not in page
    for path in ("/import", "/waves", "/launch"):
        assert f'href="{path}"' in page


def test_each_step_that_was_taken_is_said_to_be_done(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    assert done(sqlite_engine) == [False, False, False]
    directory.contact(sqlite_engine, directory.partner(sqlite_engine, "acme"), "ana@acme.example")
    assert done(sqlite_engine) == [True, False, False]
    with sqlite_engine.work.read() as reading:
        draft = surveys.read_draft(reading, "Test", "deal.registration_decided", surveys.read_audience({}))
        everybody = surveys.candidates(reading)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        key = surveys.create_wave(uow, draft, everybody)
        surveys.send_test(uow, surveys.get_wave(uow, key), "priya@northwind.example")
    assert done(sqlite_engine) == [True, True, False]


def test_once_live_the_steps_are_gone_even_in_a_pause(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    browser = home(sqlite_engine)
    build.state(sqlite_engine, "test")
    assert "Three steps" in browser.get("/").text
    for state in ("live", "paused"):
        build.state(sqlite_engine, state)
        page = browser.get("/").text
        assert "Three steps" not in page
        assert "No answers yet" in page
