"""A logged call says with whom it was, where several people answered."""

from __future__ import annotations

from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import case, rows, world
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_case_page import said, shown
from tests.directory import builders as directory


def test_where_several_people_answered_a_call_says_with_whom_first_whoever_asked_for_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    katrin = directory.contact(sqlite_engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    said(of, 4, "Please call.", contact_id=katrin.id, wants_contact=True)
    opened = next(case(of, row.id) for row in rows(of, "casework") if row.kind == "recovery")
    assert 'name="log-contact-contact"' not in shown(of, opened)  # there is nobody else
    of.later(hours=1)
    said(of, 3, "Nobody called back.", touchpoint="deal.closed")
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{opened.ref}"
    page = client.get(path).text
    offered = page.partition('name="log-contact-contact"')[2].partition("</select>")[0]
    assert f'<option value="{katrin.id}" selected>Katrin Lang</option>' in offered
    assert f'<option value="{of.ana.id}">Ana Silva</option>' in offered
    form = {"csrf_token": token(page), "revision": 2, "log-contact-outcome": "talked", "log-contact-channel": "call"}
    refused = client.post(f"{path}/log-contact", data=form | {"log-contact-contact": str(of.bo.id)})
    assert "Choose somebody who answered in this case." in words(refused.text)
    client.post(f"{path}/log-contact", data=form | {"log-contact-contact": str(katrin.id)})
    assert "Dana Keller logged a contact with Katrin Lang: Call, Talked" in words(shown(of, opened))
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.erase_person(uow, katrin.person)
    assert "Dana Keller logged a contact: Call, Talked" in words(shown(of, opened))
