"""Merging and splitting on the page of a case and by programs: what is offered, what is refused, where it leads."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import case, open_case, rows, world
from tests.alerts.site import browser, program, staff, token, words

SCOPES = ("cases:read", "cases:write", "alerts:read")


def send(client: FlaskClient, ref: str, form: str, revision: int, **typed: Any) -> Any:
    page = client.get(f"/cases/{ref}").text
    return client.post(f"/cases/{ref}/{form}", data={"csrf_token": token(page), "revision": revision, **typed})


def post(client: FlaskClient, path: str, body: Any, tag: str | None = "*") -> Any:
    return client.post(f"/api/v1{path}", json=body, headers={} if tag is None else {"If-Match": tag})


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json.get("errors", [])]


def test_a_case_is_merged_on_its_page_and_taken_back_on_the_one_that_stays(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    foreign = open_case(of, 3, partner=of.brisk)
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get(f"/cases/{first.ref}").text
    assert f'value="{second.ref}" selected' in page  # there is no other
    assert foreign.ref not in page
    refused = send(client, first.ref, "merge", 1)
    assert (refused.status_code, "Name the case that stays" in refused.text) == (422, True)
    for unseen in (foreign.ref, "C-99999"):
        answer = send(client, first.ref, "merge", 1, **{"merge-into": unseen})
        assert (answer.status_code, "no such case among those you may see" in answer.text) == (422, True)
    done = send(client, first.ref, "merge", 1, **{"merge-into": second.ref})
    assert (done.status_code, done.location) == (303, f"/cases/{second.ref}")
    shown = client.get(done.location).text
    assert "The cases are one now." in shown
    assert f"merged {first.ref} into this case" in words(shown)
    led = client.get(f"/cases/{first.ref}?view=mine")
    assert (led.status_code, led.location) == (303, f"/cases/{second.ref}?view=mine")
    assert f"{first.ref} was merged into this case." in words(client.get(led.location).text)
    undone = client.post(f"/cases/{second.ref}/undo", data={"csrf_token": token(shown), "revision": 2})
    # Back to the case that was on the screen when it was merged, which says what was taken back.
    assert (undone.status_code, undone.location) == (303, f"/cases/{first.ref}")
    assert f"The merge was taken back: {first.ref} and {second.ref} are two cases again." in words(
        client.get(undone.location).text
    )
    assert case(of, first.id).is_open
    assert client.get(f"/cases/{first.ref}").status_code == 200


def test_merging_is_offered_where_there_is_another_case_and_says_why_it_cannot_be_done(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))

    def said() -> str:
        return words(client.get(f"/cases/{first.ref}").text)

    assert ">Merge<" not in client.get(f"/cases/{first.ref}").text
    second = open_case(of, 10, touchpoint="training.held")
    assert "The other case is of a lighter kind, and this one’s clock would be lost." in said()
    third = open_case(of, 2, touchpoint="deal.lost")
    assert f'value="{third.ref}" selected' in client.get(f"/cases/{first.ref}").text
    assert "lighter kind" not in said()
    paused = send(client, first.ref, "pause", 1, **{"pause-reason": "awaiting_partner", "pause-text": "They are away."})
    assert paused.status_code == 303
    assert "The clock of one of them stands still. Let it go on first, then merge." in said()
    assert second.ref in said()


def test_somebody_who_read_an_old_state_is_told_what_changed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    client = browser(sqlite_engine, staff(of.dana))
    send(client, first.ref, "note", 1, **{"note-text": "Wait for me."})
    answer = send(client, first.ref, "merge", 1, **{"merge-into": second.ref})
    assert (answer.status_code, "Wait for me." in answer.text) == (409, True)
    assert case(of, first.id).is_open


def test_alerts_are_split_off_on_the_page(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    assert "Split" not in words(client.get(f"/cases/{opened.ref}").text)  # a single alert cannot be split
    of.later(hours=1)
    open_case(of, 2)
    offered = re.findall(r'name="split-alerts"[^>]*>([^<]*)<', client.get(f"/cases/{opened.ref}").text)
    assert ["3/10" in offered[0], "2/10" in offered[1], "“" in offered[0]] == [True, True, True]
    assert [each.startswith("Ana Silva · ") for each in offered] == [True, True]
    alerts = sorted(rows(of, "alert"), key=lambda row: row.answered_at)
    chosen = [str(alert.id) for alert in alerts]
    refused = send(client, opened.ref, "split", 2, **{"split-alerts": chosen})
    kept = re.findall(r'name="split-alerts" [^>]*checked>', refused.text)  # it comes back as it was typed
    assert (refused.status_code, len(kept)) == (422, 2)
    assert "One alert at least has to stay" in refused.text
    done = send(client, opened.ref, "split", 2, **{"split-alerts": chosen[1:]})
    [new] = [row for row in rows(of, "casework") if row.split_from_id]
    assert (done.status_code, done.location) == (303, f"/cases/C-{new.number}")
    shown = client.get(done.location).text
    assert f"split this case off {opened.ref}, with 1 alert" in words(shown)
    form = {"csrf_token": token(shown), "revision": 3}
    assert client.post(f"/cases/{opened.ref}/undo", data=form).location == f"/cases/{opened.ref}"
    assert client.get(f"/cases/C-{new.number}").location == f"/cases/{opened.ref}"


def test_the_forms_say_what_both_cases_show_of_one_answer_and_which_contact_is_owed_still(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    torn = "Where alerts on one answer go apart, both cases show that answer"
    open_case(of, 2)
    assert torn not in words(client.get(f"/cases/{opened.ref}").text)
    open_case(of, 1, wants_contact=True)
    shown = client.get(f"/cases/{opened.ref}").text
    assert f"{torn}; the wish to be called goes with its own alert." in words(shown)
    assert words(shown).count("1/10") > 1
    wishes = [str(row.id) for row in rows(of, "alert") if row.kind == "callback"]
    new = send(client, opened.ref, "split", 3, **{"split-alerts": wishes}).location
    assert "a first contact that either still owes is owed" in words(client.get(new).text)


def test_the_list_from_which_a_merge_or_a_split_began_is_the_one_it_leads_back_to(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    client, place = browser(sqlite_engine, staff(of.dana)), "?view=team&sort=waiting"
    form = {"csrf_token": token(client.get(f"/cases/{first.ref}{place}").text), "revision": 1, "merge-into": second.ref}
    merged = client.post(f"/cases/{first.ref}/merge{place}", data=form)
    assert merged.location == f"/cases/{second.ref}{place}"
    shown = client.get(merged.location).text
    assert '/inbox?view=team&amp;sort=waiting">‹' in shown
    alerts = [str(row.id) for row in rows(of, "alert")][:1]
    form = {"csrf_token": token(shown), "revision": 2, "split-alerts": alerts}
    parted = client.post(f"/cases/{second.ref}/split{place}", data=form)
    assert parted.location.endswith(place)
    undone = client.post(f"/cases/{second.ref}/undo{place}", data={"csrf_token": token(shown), "revision": 3})
    assert undone.location == f"/cases/{second.ref}{place}"


def test_a_viewer_merges_nothing(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    client = browser(sqlite_engine, staff(replace(of.dana, role="viewer")))
    form = {"merge-into": second.ref, "revision": 1, "csrf_token": token(client.get("/account").text)}
    assert client.post(f"/cases/{first.ref}/merge", data=form).status_code == 403
    assert case(of, first.id).is_open


def test_programs_merge_and_split_under_the_etag(engine: Engine) -> None:
    of = world(engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    client = browser(engine, program(*SCOPES))
    path, body = f"/cases/{first.ref}/merge", {"into": second.ref}
    assert post(client, path, body, None).status_code == 428
    assert post(client, path, body, '"7"').status_code == 412
    for wrong, where in (({}, ["/into"]), ({"into": 7}, ["/into"]), ({"into": "C-99999"}, ["/into"]),
                         ({"into": first.ref}, ["/into"]), ({**body, "x": 1}, ["/x"])):  # fmt: skip
        answer = post(client, path, wrong)
        assert (answer.status_code, pointers(answer)) == (422, where), wrong
    merged = post(client, path, body, '"1"')
    assert (merged.status_code, merged.json["ref"], merged.headers["ETag"]) == (200, second.ref, '"2"')
    assert [alert["rule"] for alert in merged.json["alerts"]] == ["low", "low"]
    assert [entry.get("case") for entry in merged.json["timeline"]][:1] == [first.ref]
    assert "before" not in merged.json["timeline"][-1]["detail"]
    assert client.get(f"/api/v1/cases/{first.ref}").json["ref"] == second.ref
    assert client.get(f"/api/v1/cases/{first.id}").json["ref"] == second.ref

    alert_id = merged.json["alerts"][0]["id"]
    for wrong in ({}, {"alerts": "all"}, {"alerts": ["x"]}, {"alerts": []}, {"alerts": [str(first.id)]}):
        answer = post(client, f"/cases/{second.ref}/split", wrong)
        assert (answer.status_code, pointers(answer)) == (422, ["/alerts"]), wrong
    act = {"action": "split", "alerts": [alert_id]}
    split = post(client, f"/cases/{second.ref}/actions", act, '"2"')
    assert (split.status_code, split.json["revision"], len(split.json["alerts"])) == (200, 1, 1)
    assert client.get(f"/api/v1/alerts/{alert_id}").json["case_id"] == split.json["id"]
    assert post(client, f"/cases/{second.ref}/actions", {"action": "undo"}, '"3"').status_code == 200
    assert client.get(f"/api/v1/alerts/{alert_id}").json["case_id"] == str(second.id)


def test_the_cases_of_a_partner_are_those_of_its_company(engine: Engine) -> None:
    of = world(engine)
    refs = {open_case(of, 3).ref, open_case(of, 3, partner=of.brisk).ref}
    client = browser(engine, program(*SCOPES))
    assert len(client.get("/api/v1/cases?partner=acme").json["data"]) == 1
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.merge_partners(uow, of.acme.id, of.brisk.id)
    for key in ("acme", "brisk"):
        assert {row["ref"] for row in client.get(f"/api/v1/cases?partner={key}").json["data"]} == refs
