"""The map, a touchpoint and the button: what they show, to whom, and what the button records."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.service import ContactInput, PartnerInput
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.slots import Slots
from journeys import reading as journeys
from tests.conftest import START
from tests.journeys.builders import draft, publish
from tests.journeys.site import browser, site, staff
from tests.journeys.test_record_events import count, record

PROGRAM = {
    "languages": ["en", "it"],
    "five_ws": {"who": {"en": "48 partners", "it": "48 partner"}, "what": "speed", "when": "a day on", "where": "desk"},
    "personas": {"operations": {"name": {"en": "Operations", "it": "Operativo"}, "roles": ["operations"]}},
}


@pytest.fixture
def partner_id(sqlite_engine: Engine) -> UUID:
    """A partner with a contact, a map and a program in force."""
    publish(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        versions.activate(uow, "program", "program", versions.publish(uow, "program", "program", PROGRAM))
        partner = service.upsert_partner(uow, PartnerInput(key="acme", name="Acme"))
        service.upsert_contact(uow, sqlite_engine.keys, partner, ContactInput(email="ana@acme.example", name="Ana"))
    return partner.id


def test_the_map_shows_stages_touchpoints_and_the_five_ws(sqlite_engine: Engine, partner_id: UUID) -> None:
    record(sqlite_engine, draft(), draft(index=1, id="2"))
    page = browser(sqlite_engine, staff("viewer")).get("/journeys").text
    for words in ("Onboarding completed", "Ticket closed", "48 partners", "Operations", "1 is missing"):
        assert words in page
    assert page.count("0 % surveyed: blind spot") == 1  # QBR held asks nobody
    assert page.count("2 events in 90 days") == 2  # both touchpoints of the type
    assert 'href="/journeys/partner/ticket.closed"' in page


@pytest.mark.parametrize("path", ["/journeys", "/journeys?view=table", "/journeys?persona=operations&view=table"])
def test_map_and_table_show_the_same_touchpoints(sqlite_engine: Engine, partner_id: UUID, path: str) -> None:
    page = browser(sqlite_engine, staff()).get(path).text
    shown = set(re.findall(r'href="/journeys/partner/([^"]+)"', page))
    assert shown == {"onboarding.completed", "ticket.closed", "escalation.closed", "qbr.held"}


def test_a_higher_floor_puts_its_figures_on_the_card(sqlite_engine: Engine, partner_id: UUID) -> None:
    slots = Slots()
    slots.add("touchpoint.card", lambda touchpoint: Markup("<b>NPS of {}</b>").format(touchpoint))
    client = site(sqlite_engine, staff(), slots).test_client()
    for path in ("/journeys", "/journeys?view=table"):
        assert "<b>NPS of ticket.closed</b>" in client.get(path).text


def test_the_map_is_read_in_italian(sqlite_engine: Engine, partner_id: UUID) -> None:
    page = browser(sqlite_engine, staff(locale="it")).get("/journeys").text
    for words in ("Percorso del partner", "Avvio completato", "48 partner", "Operativo", "punto cieco"):
        assert words in page


def test_without_a_map_the_page_says_what_is_next(sqlite_engine: Engine) -> None:
    page = browser(sqlite_engine, staff()).get("/journeys").text
    assert "No journey is in force yet" in page
    assert "5 are missing" in page


def test_a_touchpoint_is_told_in_words_with_its_events(sqlite_engine: Engine, partner_id: UUID) -> None:
    record(sqlite_engine, draft(id="T-17"))
    page = browser(sqlite_engine, staff()).get("/journeys/partner/ticket.closed").text
    for words in ("ticket.closed", "24 hours later", "the survey", "T-17", "Acme", "product", "curl http"):
        assert words in page


def test_the_example_to_paste_happens_now_at_a_partner_to_somebody_who_is_asked(
    sqlite_engine: Engine, partner_id: UUID
) -> None:
    page = unescape(browser(sqlite_engine, staff()).get("/journeys/partner/onboarding.completed").text)
    sent = json.loads(page.partition("-d '")[2].partition("'</code>")[0])
    assert (sent["subject"], sent["time"]) == ("acme", f"{sqlite_engine.clock.now():%Y-%m-%dT%H:%M:%SZ}")
    assert sent["data"]["contact"]["role"] == "operations"


def test_a_condition_is_told_in_words_beside_the_expression(sqlite_engine: Engine, partner_id: UUID) -> None:
    page = browser(sqlite_engine, staff()).get("/journeys/partner/escalation.closed").text
    assert "“urgent” is yes<br><code" in page
    assert ">event.urgent</code>" in page
    page = browser(sqlite_engine, staff(locale="it")).get("/journeys/partner/escalation.closed").text
    assert "“urgent” è sì<br>" in page


def test_a_survey_goes_by_the_name_that_a_higher_floor_gives_it(sqlite_engine: Engine, partner_id: UUID) -> None:
    slots = Slots()
    slots.add("survey.name", lambda survey: f"Title of {survey}")
    client = site(sqlite_engine, staff(), slots).test_client()
    assert "the survey Title of support" in client.get("/journeys/partner/ticket.closed").text
    assert ">Title of support</td>" in client.get("/journeys?view=table").text


def test_the_example_of_a_touchpoint_works_as_it_stands(sqlite_engine: Engine, partner_id: UUID) -> None:
    import json

    from journeys.sources import EventDraft, cloudevents

    page = browser(sqlite_engine, staff()).get("/journeys/partner/onboarding.completed").text
    example = page.split("-d &#39;")[1].split("&#39;</code>")[0].replace("&#34;", '"')
    assert isinstance(cloudevents.read_one(json.dumps(json.loads(example)).encode()), EventDraft)


@pytest.mark.parametrize("path", ["/journeys/partner/nothing", "/journeys/other/ticket.closed"])
def test_a_touchpoint_that_is_not_there_is_not_found(sqlite_engine: Engine, partner_id: UUID, path: str) -> None:
    assert browser(sqlite_engine, staff()).get(path).status_code == 404


def test_events_of_foreign_partners_are_not_shown(sqlite_engine: Engine, partner_id: UUID) -> None:
    record(sqlite_engine, draft(id="T-17"))
    page = browser(sqlite_engine, staff("alliance_manager")).get("/journeys/partner/ticket.closed").text
    assert "T-17" not in page
    assert "Acme" not in page


# ---- by hand


def send(client: FlaskClient, partner_id: UUID, **fields: str) -> int:
    """Fill the form in as a person does, and press Record; the status of the answer."""
    page = client.get(f"/partner/{partner_id}/event").text
    hidden = dict(re.findall(r'name="(csrf_token|event_id)" value="([^"]+)"', page))
    form = {"touchpoint": "qbr.held", "contact": "", "date": START.date().isoformat(), **hidden, **fields}
    return client.post(f"/partner/{partner_id}/event", data=form).status_code


def events(engine: Engine, partner_id: UUID) -> list[journeys.EventView]:
    with engine.work.read() as reading:
        return journeys.events_of_partner(reading, partner_id)


def test_the_partner_page_offers_the_button(sqlite_engine: Engine, partner_id: UUID) -> None:
    for role, offered in (("program_owner", True), ("viewer", False)):
        page = browser(sqlite_engine, staff(role)).get("/partners/acme").text
        assert (f"/partner/{partner_id}/event" in page) is offered


def test_pressing_record_records_what_the_form_says(sqlite_engine: Engine, partner_id: UUID) -> None:
    with sqlite_engine.work.read() as reading:
        (contact,) = directory.contacts_of(reading, [partner_id])[partner_id]
    assert send(browser(sqlite_engine, staff()), partner_id, contact=str(contact.id)) == 303
    (event,) = events(sqlite_engine, partner_id)
    assert (event.type, event.source, event.at, event.contact_id) == ("qbr.held", "by hand", START, contact.id)


def test_a_past_day_stands_for_its_noon_there(sqlite_engine: Engine, partner_id: UUID) -> None:
    assert send(browser(sqlite_engine, staff()), partner_id, date="2026-03-02") == 303
    (event,) = events(sqlite_engine, partner_id)
    assert event.at.isoformat() == "2026-03-02T11:00:00+00:00"  # noon in Rome
    assert event.contact_id is None


def test_pressed_twice_it_is_one_event(sqlite_engine: Engine, partner_id: UUID) -> None:
    client = browser(sqlite_engine, staff())
    same = {"event_id": str(UUID(int=7))}
    assert [send(client, partner_id, **same) for _ in range(2)] == [303, 303]
    assert count(sqlite_engine, "touchpoint_event") == 1
    assert "recorded already" in client.get("/partners/acme").text


@pytest.mark.parametrize(
    "fields",
    [
        {"touchpoint": ""},
        {"touchpoint": "nothing"},
        {"contact": str(UUID(int=5))},  # of somebody else
        {"date": ""},
        {"date": "soon"},
        {"date": "1889-01-01"},
        {"date": (START.date() + timedelta(days=1)).isoformat()},
    ],
)
def test_a_form_that_says_nothing_sound_is_shown_again(
    sqlite_engine: Engine, partner_id: UUID, fields: dict[str, str]
) -> None:
    assert send(browser(sqlite_engine, staff()), partner_id, **fields) == 422
    assert count(sqlite_engine, "touchpoint_event") == 0


def test_a_foreign_partner_is_not_found(sqlite_engine: Engine, partner_id: UUID) -> None:
    client = browser(sqlite_engine, staff("alliance_manager"))
    assert client.get(f"/partner/{partner_id}/event").status_code == 404
    assert client.get(f"/partner/{UUID(int=3)}/event").status_code == 404


def test_today_is_today_where_the_reader_is(sqlite_engine: Engine, partner_id: UUID) -> None:
    page = browser(sqlite_engine, staff()).get(f"/partner/{partner_id}/event").text
    assert f'max="{date(2026, 3, 9).isoformat()}"' in page
