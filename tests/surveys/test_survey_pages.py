"""The list of surveys, their versions, and previews that send nothing."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from feedback_engine.app.factory import create_app
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import ApiPrincipal, StaffPrincipal
from feedback_engine.foundation.web.slots import Slots
from surveys import published, samples
from surveys.web import api, blueprint, fill_slots
from tests.surveys import builders as build


def staff(world: build.World) -> StaffPrincipal:
    return StaffPrincipal(world.owner.id, "Dana Keller", "dana@northwind.example", "viewer", None, "en", "Europe/Rome")


def test_surveys_are_listed_with_what_they_ask_and_where(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    page = build.words(build.browser(sqlite_engine, staff(world)).get("/surveys").text)
    assert "deal-registration" in page
    assert "Deal registration approved, Yearly relationship" in page
    assert "English, Italian" in page
    assert "NPS, 0 to 10" in page
    assert "own words" in page
    assert "· the program itself" in page, "whoever published it: no person, and no name of a program"


def test_a_survey_goes_by_its_title_where_people_meet_it(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    slots = Slots()
    fill_slots(sqlite_engine, slots)
    client = build.browser(sqlite_engine, staff(world))
    launch = build.words(client.get("/launch").text)
    assert "Your deal" in launch
    assert "deal-registration" not in launch
    with client.application.test_request_context("/"):
        assert "deal-registration</a>" not in slots.show("survey.name", survey="deal-registration")
        assert slots.show("survey.name", survey="absent") == ""


def test_each_version_stays_readable(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    build.later(sqlite_engine, hours=1)
    newer = build.survey(build.SURVEY.replace("What should we do differently?", "What should change?"))
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        version = published.publish(uow, newer, comment="Shorter")
    client = build.browser(sqlite_engine, staff(world))
    page = client.get("/surveys/deal-registration").text
    assert "What should change?" in page
    assert "Shorter" in page
    assert version[7:15] in page
    old = client.get("/surveys/deal-registration", query_string={"version": world.version}).text
    assert "What should we do differently?" in old
    assert client.get("/surveys/absent").status_code == 404
    assert client.get("/surveys/deal-registration?version=sha256:none").status_code == 404


def test_the_preview_shows_the_page_and_cannot_be_sent(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    client = build.browser(sqlite_engine, staff(world))
    page = client.get("/surveys/deal-registration/page?l=it&a=4")
    assert "<bdi>‹deal›</bdi> approvata" in page.text
    assert 'value="4" checked' in page.text
    assert 'method="post"' not in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert client.post("/surveys/deal-registration/page").status_code == 405


def test_a_preview_is_shown_in_the_readers_language_where_it_is_asked_in_it(sqlite_engine: Engine) -> None:
    client = build.browser(sqlite_engine, replace(staff(build.world(sqlite_engine)), locale="it"))
    assert "/surveys/deal-registration/page?l=it" in client.get("/surveys/deal-registration").text


def test_whoever_looks_at_a_preview_is_called_in_their_own_zone(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        owner = replace(world.owner, time_zone="Europe/Rome")
        assert samples.sample_recipient(reading, build.survey(build.SURVEY), owner=owner).zone == "Europe/Rome"


def test_words_for_what_an_event_does_not_say_stand_in_the_preview_too(sqlite_engine: Engine) -> None:
    build.world(sqlite_engine)
    survey = build.survey(
        build.SURVEY.replace("registration {event.deal}", "registration")
        .replace("La registrazione {event.deal}", "La registrazione")
        .replace("{event.deal} approvata", "{event.deal|La registrazione} approvata")
    )
    with sqlite_engine.work.read() as reading:
        assert samples.sample_event(reading, survey).attributes == {}


def test_the_preview_uses_what_the_latest_event_said(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    build.event(world, 5)
    mail = build.browser(sqlite_engine, staff(world)).get("/surveys/deal-registration/mail")
    assert "DR-2295 approved: how did we do?" in mail.text
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert "/s/" not in mail.text


def test_previews_are_for_staff_only(sqlite_engine: Engine) -> None:
    build.world(sqlite_engine)
    client = build.browser(sqlite_engine)
    for path in ("/surveys", "/surveys/deal-registration/page", "/surveys/deal-registration/mail", "/waves", "/launch"):
        assert client.get(path).status_code == 303


def test_the_page_of_a_partner_shows_what_its_people_said(engine: Engine) -> None:
    world = build.world(engine)
    slots = Slots()
    fill_slots(engine, slots)
    site = create_app(engine, blueprints=[blueprint(engine)], load_principal=lambda request: staff(world), slots=slots)
    with site.test_request_context("/"):
        assert "Nobody there was asked yet." in slots.show("partner.page", partner_id=world.partner.id)
    client = build.browser(engine)
    build.answer(world, client, build.invite(world, 1), recommend="3", better="Slow <b>")
    build.invite(world, 2)
    with site.test_request_context("/"):
        shown = slots.show("partner.page", partner_id=world.partner.id)
    assert "Deal registration approved" in shown
    assert "Slow &lt;b&gt;" in shown
    assert "asked 2 times in 90 days, 1 answered" in shown


def test_programs_read_asks_and_answers_page_by_page(engine: Engine) -> None:
    world = build.world(engine)
    client = build.browser(engine)
    for number in range(1, 4):
        build.answer(world, client, build.invite(world, number), recommend=str(number), better=f"Comment {number}")
    key = ApiPrincipal(UUID(int=7), "BI", frozenset({"responses:read", "invitations:read"}))
    programs = create_app(engine, blueprints=[], api=[api(engine)], load_principal=lambda request: key).test_client()
    first = programs.get("/api/v1/responses?limit=2&partner=acme").get_json()
    second = programs.get("/api/v1/responses", query_string={"limit": 2, "cursor": first["next_cursor"]}).get_json()
    rows = first["data"] + second["data"]
    assert [row["answers"][0]["score"] for row in rows] == [3, 2, 1]
    assert second["next_cursor"] is None
    assert rows[0]["partner"] == "acme"
    assert rows[0]["contact"] == "ines@acme.example"
    assert programs.get(f"/api/v1/responses/{rows[0]['id']}").get_json() == rows[0]
    asks = programs.get("/api/v1/invitations?touchpoint=deal.approved").get_json()["data"]
    assert [ask["disposition"] for ask in asks] == ["1.1"] * 3
    assert programs.get(f"/api/v1/invitations/{asks[0]['id']}").get_json() == asks[0]
    wrong = programs.get("/api/v1/responses?partner=absent")
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "/partner")
    assert programs.get(f"/api/v1/responses/{asks[0]['id']}").status_code == 404
