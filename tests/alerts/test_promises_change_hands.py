"""Promises go along when partners change hands or somebody leaves: none is unowned, and no clock moves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from alerts import service
from alerts.handover import duties
from alerts.promises import ticking as promise_ticking
from alerts.service import Transfer
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import Duties
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import builders as build
from tests.alerts.site import browser, staff, words
from tests.alerts.test_transfers import OF_CLOCKS, casework, digests, many, rendered
from tests.directory import builders

OF_PROMISES = ("due_at", "warn_at", "rung", "wakes_at", "promised_at", "promised_by_id", "text", "state")


def promise(of: build.World, case_id: Any, text: str, day: int = 12) -> None:
    service.promise(of.engine.work, build.staff_actor(of.luis), case_id, text, date(2026, 3, day))


def promises(of: build.World) -> dict[Any, Any]:
    return {row.id: row for row in build.rows(of, "promise")}


def test_sixty_partners_seventeen_cases_and_nine_promises_change_owner(engine: Engine) -> None:
    of = build.world(engine)
    partners = many(of, 60, 19, of.luis)
    opened = sorted(casework(of))
    for number, case_id in enumerate(opened[:9]):
        promise(of, case_id, f"Promise {number}", 10 + number % 4)
    of.later(days=1, hours=5)
    while promise_ticking.tick(engine.work):
        pass
    for case_id in opened[:2]:  # their promises live on without them
        service.close(engine.work, build.staff_actor(of.luis), case_id, outcome="settled", root_cause="late")
    before, cases_before = promises(of), casework(of)
    assert {row.rung for row in before.values()} == {0, 1}  # some were warned of, some not
    with engine.work.read() as view:
        preview = duties.preview_transfer(view, Transfer(of.dana.id, of.luis.id))
    assert (len(preview.partners), len(preview.cases), len(preview.promises)) == (61, 17, 9)
    mails = len(digests(of))

    assert service.transfer(engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id)) == Duties(61, 17, 9)

    after, cases_after = promises(of), casework(of)
    assert {row.owner_id for row in after.values()} == {of.dana.id}
    assert {row.owner_id for row in cases_after.values() if row.state != "closed"} == {of.dana.id}
    for promise_id, row in before.items():
        assert [getattr(after[promise_id], name) for name in OF_PROMISES] == [getattr(row, n) for n in OF_PROMISES]
    for case_id, row in cases_before.items():
        assert [getattr(cases_after[case_id], name) for name in OF_CLOCKS] == [getattr(row, n) for n in OF_CLOCKS]
    with engine.work.read() as view:
        owners = directory.owners_of(view, [each.id for each in partners], view.now)
    assert (len(owners), {owner.id for owner in owners.values()}) == (60, {of.dana.id})  # none unowned

    assert len(digests(of)) == mails + 1
    [mail] = rendered(of)
    assert mail.subject == "Yours from now on: 61 partners, 17 open cases, 9 promises"
    assert all(f": Promise {number}\nPromised by Luis Ferro, due " in mail.text for number in range(9))
    assert service.transfer(engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id)) == Duties()
    assert len(digests(of)) == mails + 1


def test_whoever_took_over_is_told_of_what_falls_due_and_nobody_else(engine: Engine) -> None:
    of = build.world(engine)
    promise(of, build.open_case(of, partner=of.brisk).id, "A demo")
    service.transfer(engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id))
    of.later(days=5)
    while promise_ticking.tick(engine.work):
        pass
    told = [row.recipient_id for row in build.rows(of, "notification") if row.news == "promise_overdue"]
    assert told == [of.dana.id]


def test_the_owner_before_keeps_their_promises_with_their_cases(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    promise(of, build.open_case(of, partner=of.brisk).id, "A demo")
    moved = service.transfer(sqlite_engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id, open_cases="finish"))
    assert moved == Duties(1, 0, 0)
    assert {row.owner_id for row in promises(of).values()} == {of.luis.id}


def test_a_colleagues_promise_stays_with_the_colleague(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    opened = build.open_case(of)  # Dana's
    promise(of, opened.id, "A demo")  # by Luis
    assert service.transfer(sqlite_engine.work, SYSTEM, Transfer(of.luis.id, of.dana.id)) == Duties(1, 1, 0)
    third = builders.staff(sqlite_engine, "third@ours.example")
    assert service.transfer(sqlite_engine.work, SYSTEM, Transfer(third.id, of.luis.id)) == Duties(2, 1, 1)


def test_who_has_only_a_promise_to_keep_leaves_with_a_successor(engine: Engine) -> None:
    of = build.world(engine)
    third = builders.staff(engine, "third@ours.example", name="Thea Holm")
    opened = build.open_case(of)
    service.promise(engine.work, build.staff_actor(third), opened.id, "A demo", date(2026, 3, 12))
    with engine.work.read() as view:
        assert duties.duties_of(view, third.id) == Duties(0, 0, 1)
    with pytest.raises(Conflict, match="0 partners, has 0 open cases and 1 promise to keep"):
        service.close_account(engine.work, SYSTEM, third.id)
    assert service.close_account(engine.work, SYSTEM, third.id, of.luis.id) == Duties(0, 0, 1)
    [row] = promises(of).values()
    assert (row.owner_id, row.promised_by_id) == (of.luis.id, third.id)
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Thea Holm promised it, Mon 9 Mar" in page
    assert "now with Luis Ferro" in page
    assert [mail.subject for mail in rendered(of)] == ["Yours from now on: 1 promise"]


def test_pages_count_the_promises_that_go_along(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    ada = builders.staff(sqlite_engine, "ada@ours.example", "admin")
    promise(of, build.open_case(of, partner=of.brisk).id, "A demo")
    client = browser(sqlite_engine, staff(ada))
    preview = client.get("/transfers", query_string={"from": str(of.luis.id), "to": str(of.dana.id)}).text
    assert "1 partner · 1 open case · 1 promise" in words(preview)
    assert "Brisk : A demo" in words(preview)
