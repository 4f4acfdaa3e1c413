"""The search of the frame finds the case of an event by what that event calls itself, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import SQLModel

from alerts import service
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import published
from tests.alerts.builders import World, answer, case, open_case, rows, staff_actor, take_in, world
from tests.alerts.recorded import record
from tests.alerts.site import browser, staff, words
from tests.directory import builders as directory
from tests.surveys import builders as surveys


def case_about(of: World, event: Mapping[str, Any], partner: Mapping[str, Any] | None = None) -> CaseView:
    """The case of an answer about an event that pinned these attributes of its own, and of its partner."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        version = published.publish(uow, surveys.survey())
    said = answer(of, 3, touchpoint="ticket.closed").model_copy(update={"survey_version": version})
    record(of, said)
    [asked] = [row for row in rows(of, "invitation") if row.id == said.invitation_id]
    row = {
        "shard": asked.shard,
        "id": asked.event_id,
        "partner_id": asked.partner_id,
        "source": "crm",
        "external_id": str(asked.event_id),
        "event_key": 7,
        "type": "ticket.closed",
        "at": of.now,
        "received_at": of.now,
        "attributes": {"event": event, "partner": {"attributes": partner or {}}, "contact": {}},
        "replayed": False,
    }
    with of.engine.work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(SQLModel.metadata.tables["touchpoint_event"].insert().values(row))
    take_in(of, said)
    [alert] = [row for row in rows(of, "alert") if row.response_id == said.response_id]
    return case(of, alert.case_id)


@pytest.mark.parametrize("reference", ["TK-90210", "tk-90210"])
def test_a_case_is_found_by_what_its_event_calls_itself(engine: Engine, reference: str) -> None:
    of = world(engine)
    about = case_about(of, {"reference": reference})
    found = browser(engine, staff(of.dana)).get("/find?q=TK-90210")
    assert found.location == f"/cases/{about.ref}"


def test_a_case_is_found_by_a_reference_that_came_as_a_number(engine: Engine) -> None:
    of = world(engine)
    about = case_about(of, {"reference": 90210})
    assert browser(engine, staff(of.dana)).get("/find?q=90210").location == f"/cases/{about.ref}"
    assert browser(engine, staff(of.dana)).get("/find?q=9021").location == "/partners?q=9021"


def test_an_attribute_of_the_partner_that_is_called_reference_is_no_events_reference(engine: Engine) -> None:
    of = world(engine)
    case_about(of, {"product": "Mail"}, {"reference": "TK-90210"})
    assert browser(engine, staff(of.dana)).get("/find?q=TK-90210").location == "/partners?q=TK-90210"


def test_a_number_that_a_case_and_an_event_have_leads_to_the_case_and_names_the_other(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    numbered = open_case(of, 3)
    number = numbered.ref.removeprefix("C-")
    about = case_about(of, {"reference": number})
    client = browser(sqlite_engine, staff(of.dana))
    led = client.get(f"/find?q={number}", follow_redirects=True)
    assert led.request.path == f"/cases/{numbered.ref}"
    assert f'<a href="/cases/{about.ref}">Case {about.ref} is about {number}</a>' in led.text
    lena = directory.staff(sqlite_engine, "lena@ours.example", role="program_owner")
    directory.partner(sqlite_engine, "numbered", name=f"{number} Systems")
    led = browser(sqlite_engine, staff(lena)).get(f"/find?q={number}", follow_redirects=True)
    assert led.request.path == "/partners"
    assert f"Case {numbered.ref} has this number" in words(led.text)
    assert f"Case {about.ref} is about {number}" in words(led.text)


def test_of_several_cases_of_one_event_the_open_one_is_shown_and_the_other_is_named(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    before = case_about(of, {"reference": "TK-90210"})
    service.dismiss(sqlite_engine.work, staff_actor(of.dana), before.id, reason="test")
    about = case_about(of, {"reference": "TK-90210"})
    led = browser(sqlite_engine, staff(of.dana)).get("/find?q=TK-90210", follow_redirects=True)
    assert led.request.path == f"/cases/{about.ref}"
    assert f"Case {before.ref} is about TK-90210" in words(led.text)


def test_a_name_is_found_however_its_accents_were_typed(sqlite_engine: Engine) -> None:
    world(sqlite_engine)
    lena = directory.staff(sqlite_engine, "lena@ours.example", role="program_owner")
    directory.partner(sqlite_engine, "rene", name="Ren\u00e9 Fils")
    led = browser(sqlite_engine, staff(lena)).get("/find", query_string={"q": "Rene\u0301"})
    assert led.location == "/partners/rene"


def test_a_case_whose_event_is_called_by_its_own_number_is_named_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    number = open_case(of, 3, touchpoint="ticket.closed").ref.removeprefix("C-")
    joined = case_about(of, {"reference": number})
    led = browser(sqlite_engine, staff(of.dana)).get(f"/find?q={number}", follow_redirects=True)
    assert (joined.ref, led.request.path) == (f"C-{number}", f"/cases/C-{number}")
    assert "is about" not in words(led.text)


def test_what_nobody_is_called_or_the_reader_may_not_see_is_said_to_be_none_of_all_that_is_looked_for(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    stranger = directory.staff(sqlite_engine, "stranger@ours.example", name="Ines Abt")
    for sought in ("TK-1", opened.ref):
        found = browser(sqlite_engine, staff(stranger)).get(f"/find?q={sought}", follow_redirects=True)
        assert f"No case, partner, contact or event that you may see is called “{sought}”." in words(found.text)
    mine = browser(sqlite_engine, staff(of.dana)).get("/find?q=Acme", follow_redirects=True)
    assert "is called" not in words(mine.text)


def test_a_reference_with_noughts_before_it_leads_to_its_case_and_says_nothing_of_a_merge(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    for path in (f"/find?q=C-000{opened.ref[2:]}", f"/cases/c-000{opened.ref[2:]}"):
        led = client.get(path, follow_redirects=True)
        assert led.request.path == f"/cases/{opened.ref}"
        assert "was merged into this case" not in led.text


def test_what_is_sought_fits_into_the_message_that_says_it_was_not_found(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    found = browser(sqlite_engine, staff(of.dana)).get("/find", query_string={"q": "x" * 5000})
    assert len(found.headers.get("Set-Cookie", "")) < 4000
    assert len(found.location) < 300
