"""The page `/program` on the real publishing: a new version, whole or not at all, unless files manage the program."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from flask import render_template_string
from flask.testing import FlaskClient

import surveys.web
from feedback_engine.app import first_run, program, program_files
from feedback_engine.app.factory import create_app
from feedback_engine.directory.program_definitions import (
    STARTER_POSTAL_ADDRESS,
    is_placeholder_sender,
)
from feedback_engine.directory.web import program_pages
from feedback_engine.foundation import program_state, versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.foundation.web.slots import Slots
from surveys import launching
from surveys.asking_again import roles_asked_nowhere
from tests.directory import builders as directory

GIVEN = {
    "sender/email": "priya@northwind.example",
    "postal_address": "Kade 12, 3011 Rotterdam",
    "test_addresses": "priya@northwind.example",
    "hold_minutes": "5",
}


def browser(engine: Engine, role: str = "program_owner") -> FlaskClient:
    priya = directory.staff(engine, f"{role}@northwind.example", name="Priya Raman")
    principal = StaffPrincipal(priya.id, priya.name, priya.email, role)
    pages = program_pages.blueprint(engine, partial(program.change_program, engine.work))
    slots = Slots()
    surveys.web.fill_slots(engine, slots)
    return create_app(
        engine, blueprints=[pages, surveys.web.blueprint(engine)], load_principal=lambda request: principal, slots=slots
    ).test_client()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def fill(client: FlaskClient, page: str = "", **fields: str) -> tuple[int, str]:
    page = page or client.get("/program").text
    form = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version"), **fields}
    answer = client.post("/program", data=form)
    return answer.status_code, answer.text


def done(engine: Engine) -> dict[str, bool]:
    with engine.work.read() as reading:
        return {check.step: check.done for check in launching.checklist(reading)}


def versions_of(engine: Engine, kind: str, key: str) -> list[str]:
    with engine.work.read() as reading:
        return [activation.by for activation in versions.history(reading, kind, key)]


def test_the_placeholders_are_those_of_the_starter() -> None:
    starter = program.load_starter().program
    assert is_placeholder_sender(starter.sender.email)
    assert starter.postal_address == STARTER_POSTAL_ADDRESS


def test_a_new_installation_does_not_go_live_in_the_name_of_nobody_until_the_form_was_filled(
    sqlite_engine: Engine,
) -> None:
    first_run.prepare(sqlite_engine)
    directory.contact(sqlite_engine, directory.partner(sqlite_engine, "acme"), "ana@acme.example")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "test")
    client = browser(sqlite_engine)
    page = client.get("/launch").text
    assert "partners@example.com" in page
    assert 'href="/program"' in page
    assert not done(sqlite_engine)["sender"]
    client.post("/launch/state", data={"csrf_token": hidden(page, "csrf_token"), "state": "live"})
    assert "finish the open lines" in client.get("/launch").text

    assert fill(client, **GIVEN)[0] == 303
    assert done(sqlite_engine)["sender"]
    client.post("/launch/state", data={"csrf_token": hidden(page, "csrf_token"), "state": "live"})
    with sqlite_engine.work.read() as reading:
        assert program_state.current(reading) == "live"


def test_saving_publishes_one_new_version_that_deciding_and_mailing_read(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    assert fill(client, **GIVEN)[0] == 303
    assert versions_of(sqlite_engine, "program", "program") == ["Priya Raman", "first start"]
    assert versions_of(sqlite_engine, "plan", "plan") == ["Priya Raman", "first start"], "the hold is part of the plan"
    assert len(versions_of(sqlite_engine, "survey", "sales_cycle")) == 1
    assert fill(client, **GIVEN)[0] == 303
    assert len(versions_of(sqlite_engine, "program", "program")) == 2, "the same again is no new version"
    page = client.get("/program").text
    assert "priya@northwind.example" in page
    assert "Still the starter" not in page


def test_a_wrong_field_is_told_at_its_field_and_nothing_is_published(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    status, page = fill(client, **{**GIVEN, "hold_minutes": "soon", "five_ws/why/it": "x" * 10_001})
    assert status == 422
    assert 'id="hold_minutes-error"' in page
    assert 'href="#five_ws-why-it"' in page
    assert re.search(r"<details open><summary>[^<]*Italian", page), "what is wrong does not hide"
    assert "Kade 12, 3011 Rotterdam" in page, "what was typed is kept"
    assert len(versions_of(sqlite_engine, "program", "program")) == 1


def test_two_people_at_once_do_not_undo_each_other(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    opened = client.get("/program").text
    assert fill(client, **GIVEN)[0] == 303
    status, page = fill(client, opened, name="Another name")
    assert status == 409
    assert "meanwhile" in page
    assert len(versions_of(sqlite_engine, "program", "program")) == 2


def test_a_program_of_files_is_read_only_on_screen_and_says_which_file_to_change(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    opened = client.get("/program").text
    program_files.write_folder(tmp_path / "program", program_files.starter_texts())
    program.publish(sqlite_engine.work, SYSTEM, program.load_folder(tmp_path / "program"))
    page = client.get("/program").text
    assert "Change <code>program.yaml</code> in your program folder" in page
    assert "<textarea" not in page
    assert "Geschäftsführer" in page
    with sqlite_engine.work.read() as reading:
        version = versions.in_force(reading, "program", "program")
    assert version is not None
    opened = re.sub(r'name="version" value="[^"]+"', f'name="version" value="{version.version}"', opened)
    status, page = fill(client, opened, **GIVEN)
    assert status == 409
    assert "managed by files" in page
    assert len(versions_of(sqlite_engine, "program", "program")) == 2


def test_what_was_changed_on_screen_is_exported_as_files_that_say_so(sqlite_engine: Engine, tmp_path: Path) -> None:
    first_run.prepare(sqlite_engine)
    assert fill(browser(sqlite_engine), **GIVEN)[0] == 303
    with sqlite_engine.work.read() as reading:
        program.export(reading, tmp_path / "out")
        again = program.load_folder(tmp_path / "out")
        assert program.find_changes(reading, again) == []
    text = (tmp_path / "out" / "program.yaml").read_text()
    assert "managed_by: screen" in text
    assert "hold_minutes: 5" in text
    assert "priya@northwind.example" in text


def import_notice(client: FlaskClient, *roles: str) -> str:
    """What the surveys say on the review of an import that brings these roles."""
    with client.application.test_request_context("/import"):
        return render_template_string('{{ slot("import.review", roles=roles) }}', roles=dict.fromkeys(roles, 2))


TITLES = ["CEO", "Einkauf", "geschäftsführer", "Responsabile acquisti", "Vertriebsleiterin", "Support engineer"]


def test_the_starter_asks_people_with_german_and_italian_titles(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        assert roles_asked_nowhere(reading, [*TITLES, "Astronaut"]) == ["Astronaut"]


def test_a_role_that_nobody_asks_is_given_to_a_persona_on_screen(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    assert 'href="/program#roles"' in import_notice(client, "Astronaut")
    page = client.get("/program").text
    assert 'id="roles"' in page
    field = re.search(r'name="personas/technical/roles"[^>]*>\n([^<]*)</textarea>', page)
    assert field
    assert fill(client, **{"personas/technical/roles": unescape(field[1]) + "\r\nAstronaut"})[0] == 303
    with sqlite_engine.work.read() as reading:
        assert roles_asked_nowhere(reading, ["astronaut", *TITLES]) == []
    assert versions_of(sqlite_engine, "plan", "plan") == ["Priya Raman", "first start"]
    assert "Astronaut" not in import_notice(client, "Astronaut")


def test_an_import_says_how_many_contacts_have_a_role_of_no_persona_and_who_asks_them(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    told = unescape(import_notice(client, "Astronaut", "Diver", "CEO"))
    assert "4 contacts have roles that belong to no persona of the program: Astronaut (2), Diver (2)." in told
    assert "no touchpoint asks them" in told
    assert 'class="notice"' in told, "nothing is wrong with the file"
    assert import_notice(client, "CEO").strip() == ""


def test_an_import_names_each_unknown_role_once_and_says_how_many_more_there_are(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine)
    assert "4 contacts have roles that belong to no persona of the program: Diver (4)." in import_notice(
        client, "Diver", " DIVER"
    )
    told = import_notice(client, *[f"Diver {n}" for n in range(45)])
    assert "Diver 26 (2) and 25 more. They are imported" in told
    assert "Diver 29 (2) and one more." in import_notice(client, *[f"Diver {n}" for n in range(10, 31)])


def test_a_role_with_signs_of_a_page_is_shown_as_it_stands(sqlite_engine: Engine) -> None:
    first_run.prepare(sqlite_engine)
    told = import_notice(browser(sqlite_engine), "R&D <b>diver</b>", "{n} divers")
    assert "R&amp;D &lt;b&gt;diver&lt;/b&gt; (2), {n} divers (2)." in told


@pytest.mark.parametrize("role", ["alliance_manager", "viewer"])
def test_only_program_owners_open_the_form(sqlite_engine: Engine, role: str) -> None:
    first_run.prepare(sqlite_engine)
    client = browser(sqlite_engine, role)
    assert client.get("/program").status_code == 403
    assert 'href="/program"' not in client.get("/launch").text
