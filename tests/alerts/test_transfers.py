"""Partners change hands with their open cases: nothing is unowned, no clock moves, one mail tells of it all."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from alerts import service
from alerts.handover import duties, transfer_mail
from alerts.service import Transfer
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.absences import AbsenceInput
from feedback_engine.directory.reading import Duties
from feedback_engine.directory.views import ContactView, PartnerView, StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts import builders as build
from tests.alerts import settled
from tests.alerts.site import browser, program, staff, token, words
from tests.directory import builders

OF_CLOCKS = ("due_at", "warn_at", "contact_due_at", "resolve_due_at", "resolve_warn_at", "rung", "wakes_at", "calendar")


def many(of: build.World, count: int, with_case: int, owner: StaffView) -> list[PartnerView]:
    """So many partners of one owner, the first ones with an open case each."""
    engine = of.engine
    with engine.work.begin(actor=SYSTEM) as uow:
        made = [
            each.view
            for each in directory_service.upsert_partners(
                uow, [directory_service.PartnerInput(key=f"p{n}", name=f"Partner {n:02}") for n in range(count)]
            )
        ]
        directory_service.assign_owners(uow, [(partner.id, owner.id) for partner in made])
    for partner in made[:with_case]:
        ask(of, partner)
    return made


def ask(of: build.World, partner: PartnerView) -> None:
    """An open case of a partner, from a contact of its own."""
    contact = builders.contact(of.engine, partner, f"ana@{partner.key}.example")
    event = build.answer(of, 3)
    build.take_in(of, with_partner(event, partner, contact))


def with_partner(event: Any, partner: PartnerView, contact: ContactView) -> Any:
    shard = ids.shard_of(partner.id)
    return event.model_copy(
        update={
            "partner_id": partner.id,
            "contact_id": contact.id,
            "response_id": ids.new_id(shard),
            "invitation_id": ids.new_id(shard),
        }
    )


def casework(of: build.World) -> dict[Any, Any]:
    return {row.id: row for row in build.rows(of, "casework")}


def digests(of: build.World) -> list[Any]:
    return [row for row in build.rows(of, "mail") if row.kind == "case-transfer"]


def rendered(of: build.World) -> list[Message]:
    """The mails of transfers as they would leave now."""
    of.later(minutes=6)
    with of.engine.work.read() as view:
        mails = [mail for mail in queue.due(view, 100) if mail.kind == "case-transfer"]
        found = transfer_mail.render(of.engine, view, mails).values()
    return [message for message in found if isinstance(message, Message)]


def test_sixty_partners_with_seventeen_open_cases_change_owner(engine: Engine) -> None:
    of = build.world(engine)
    partners = many(of, 60, 17, of.luis)
    before, start = casework(of), of.now
    mails_before = len(build.rows(of, "mail"))
    of.later(days=1)
    with engine.work.read() as view:
        preview = duties.preview_transfer(view, Transfer(of.dana.id, of.luis.id))
    assert (len(preview.partners), len(preview.cases), preview.unsent) == (61, 17, 0)  # Brisk is his too
    moved = service.transfer(engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id))
    assert moved == Duties(61, 17)

    with engine.work.read() as view:
        owners = directory.owners_of(view, [each.id for each in partners], view.now)
        assert {owner.id for owner in owners.values()} == {of.dana.id}
        assert len(owners) == 60  # none unowned
        history = directory.ownership_history(view, partners[0].id)
    assert [(each.staff.id, each.from_at, each.to_at) for each in history] == [
        (of.dana.id, of.now, None),
        (of.luis.id, start, of.now),
    ]
    after = casework(of)
    assert {row.owner_id for row in after.values()} == {of.dana.id}
    for case_id, row in before.items():
        assert [getattr(after[case_id], name) for name in OF_CLOCKS] == [getattr(row, name) for name in OF_CLOCKS]
        assert after[case_id].revision == row.revision + 1
    entries = [row for row in build.rows(of, "case_entry") if row.kind == "transferred"]
    assert {row.case_id for row in entries} == before.keys()
    assert {row.detail["before"]["owner_id"] for row in entries} == {str(of.luis.id)}

    assert len(digests(of)) == len(build.rows(of, "mail")) - mails_before == 1
    [mail] = rendered(of)
    assert mail.recipient.email == "dana@ours.example"
    assert mail.subject == "Yours from now on: 61 partners, 17 open cases"
    assert all(f"C-{row.number} " in mail.text for row in before.values())
    named = [partner.name in mail.text for partner in sorted(partners, key=lambda each: each.name)]
    assert (named.count(True), "and 31 more" in mail.text) == (29, True)  # Brisk is the first of thirty
    assert service.transfer(engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id)) == Duties()  # again: nothing is left
    assert len(digests(of)) == 1


def test_more_than_a_hundred_partners_move_in_parts_and_are_told_of_once(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    partners = many(of, 230, 3, of.luis)
    assert service.transfer(sqlite_engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id)) == Duties(231, 3)
    with sqlite_engine.work.read() as view:
        owners = directory.owners_of(view, [each.id for each in partners], view.now)
    assert {owner.id for owner in owners.values()} == {of.dana.id}
    assert len(owners) == 230
    assert [mail.subject for mail in rendered(of)] == ["Yours from now on: 231 partners, 3 open cases"]


def test_the_owner_before_ends_what_is_open_when_it_is_left_to_them(engine: Engine) -> None:
    of = build.world(engine)
    case = build.open_case(of)
    moved = service.transfer(engine.work, SYSTEM, Transfer(of.luis.id, of.dana.id, open_cases="finish"))
    assert moved == Duties(1, 0)
    owner = build.case(of, case.id).owner
    assert owner is not None
    assert owner.id == of.dana.id
    with engine.work.read() as view:
        assert directory.partners_owned_by(view, of.dana.id) == []


def test_a_case_that_was_given_to_somebody_else_stays_with_them(engine: Engine) -> None:
    of = build.world(engine)
    case = build.open_case(of)
    third = builders.staff(engine, "third@ours.example")
    service.assign(engine.work, SYSTEM, case.id, third.id)
    assert service.transfer(engine.work, SYSTEM, Transfer(of.luis.id, of.dana.id)) == Duties(1, 0)
    owner = build.case(of, case.id).owner
    assert owner is not None
    assert owner.id == third.id


def test_chosen_partners_move_whoever_owns_them(engine: Engine) -> None:
    of = build.world(engine)
    third = builders.staff(engine, "third@ours.example")
    wanted = Transfer(third.id, partner_ids=(of.acme.id, of.brisk.id))
    assert service.transfer(engine.work, SYSTEM, wanted) == Duties(2, 0)
    with engine.work.read() as view:
        assert set(directory.partners_owned_by(view, third.id)) == {of.acme.id, of.brisk.id}


def test_a_wrong_transfer_is_refused_before_anything_moves(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    viewer = builders.staff(sqlite_engine, "vera@ours.example", "viewer")
    for wanted, refusal in (
        (Transfer(of.dana.id, of.dana.id), Invalid),  # to themselves
        (Transfer(of.dana.id), Invalid),  # nothing named
        (Transfer(viewer.id, of.dana.id), Invalid),  # who only looks
        (Transfer(of.acme.id, of.dana.id), NotFound),  # nobody
        (Transfer(viewer.id, of.dana.id, (of.brisk.id,)), Invalid),
        (Transfer(of.luis.id, of.dana.id, (of.acme.id, of.brisk.id)), None),  # Brisk is Luis's already
    ):
        if refusal is None:
            assert service.transfer(sqlite_engine.work, SYSTEM, wanted) == Duties(1, 0)
            continue
        with pytest.raises(refusal):
            service.transfer(sqlite_engine.work, SYSTEM, wanted)
    third = builders.staff(sqlite_engine, "third@ours.example")
    with pytest.raises(Conflict):
        service.transfer(sqlite_engine.work, SYSTEM, Transfer(third.id, of.dana.id, (of.acme.id,)))  # it is Luis's now


def mediated(of: build.World, giver: StaffView, partner: PartnerView) -> tuple[Any, StaffView]:
    """A case of this partner in a mediation that goes on, and whoever mediates in it."""
    ask(of, partner)
    [row] = [each for each in build.rows(of, "casework") if each.partner_id == partner.id]
    letter = service.Letter("It waited.", "It does not any more.")
    act = build.staff_actor(giver)
    service.close(of.engine.work, act, row.id, outcome="settled", root_cause="late", letter=letter)
    shut = build.case(of, row.id)
    settled.say(of, browser(of.engine, None), shut, "no")
    [step] = [each for each in build.rows(of, "ladder_step") if each.case_id == row.id]
    with of.engine.work.read() as view:
        return shut, directory.staff_by_id(view, [step.staff_id])[step.staff_id]


def test_a_transfer_in_parts_is_foreseen_to_be_refused_and_moves_nothing(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    settled.steering(of)
    partners = sorted(many(of, 130, 0, of.dana), key=lambda partner: partner.id)
    case, mediator = mediated(of, of.dana, partners[-1])  # in the last part
    wanted = Transfer(mediator.id, of.dana.id)
    told = f"They mediate in {case.ref}; choose somebody else."
    with pytest.raises(Invalid, match=told), sqlite_engine.work.read() as view:
        duties.preview_transfer(view, wanted)
    with pytest.raises(Invalid, match=told):
        service.transfer(sqlite_engine.work, SYSTEM, wanted)
    with sqlite_engine.work.read() as view:
        assert len(directory.partners_owned_by(view, of.dana.id)) == 131
    body = {"from": of.dana.email, "to": mediator.email}
    answer = browser(sqlite_engine, program("partners:write")).post("/api/v1/transfers?dry_run=1", json=body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [(fault["pointer"], fault["detail"]) for fault in answer.json["errors"]] == [("/to", told)]
    page = browser(sqlite_engine, staff(of.dana)).get("/transfers", query_string={"to": str(mediator.id)}).text
    assert f'<a href="#to">{told}</a>' in page
    assert "What would move to" not in page
    left = Transfer(mediator.id, of.dana.id, open_cases="finish")  # the case stays with Dana
    assert service.transfer(sqlite_engine.work, SYSTEM, left) == Duties(131, 0)


def test_a_case_says_beforehand_that_it_cannot_go_to_a_deputy_who_mediates_in_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    settled.steering(of)
    case, mediator = mediated(of, of.luis, of.brisk)
    service.assign(sqlite_engine.work, SYSTEM, case.id, of.dana.id)
    other = build.open_case(of, 3)
    away = AbsenceInput(from_on=date(2026, 3, 9), until_on=date(2026, 3, 12), deputy=mediator.id)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.set_absence(uow, of.dana.id, away)
    client = browser(sqlite_engine, staff(of.dana))
    warned = f"{mediator.name} mediates in {case.ref}: hand it to somebody else. Hand them to {mediator.name}"
    assert f"You have 2 open cases. {warned}" in words(client.get("/account").text)
    page = client.get("/handover").text
    named = f"given to {mediator.name} it stays yours, anybody else can have it."
    assert words(page).count(f"{mediator.name} mediates in this case: {named}") == 1
    chosen = re.findall(r'name="case" value="([^"]+)" form="handing"( checked)?', page)
    assert sorted(chosen) == sorted([(case.ref, ""), (other.ref, " checked")])
    form = {"csrf_token": token(page), "to": str(mediator.id), "case": [other.ref]}
    after = words(client.get(client.post("/handover", data=form).location).text)
    assert f"1 case is with {mediator.name} now." in after
    assert f"{case.ref}: " not in after, "nothing was refused"
    kept = client.post("/handover", data={**form, "case": [case.ref]}).location  # ticked all the same
    assert f"{case.ref}: " in words(client.get(kept).text)
    assert build.case(of, case.id).owner == of.dana
    left = f"You have 1 open case. {mediator.name} mediates in {case.ref}: hand it to somebody else. Hand it over"
    assert left in words(client.get("/account").text)


def test_an_account_is_not_closed_in_part_when_its_successor_mediates_in_one_of_its_cases(
    sqlite_engine: Engine,
) -> None:
    of = settled.world(sqlite_engine)
    settled.steering(of)
    many(of, 130, 0, of.dana)
    case, mediator = mediated(of, of.luis, of.brisk)
    service.assign(sqlite_engine.work, SYSTEM, case.id, of.dana.id)
    with pytest.raises(Invalid, match=f"They mediate in {case.ref}") as refused:
        service.close_account(sqlite_engine.work, SYSTEM, of.dana.id, mediator.id)
    assert [fault.pointer for fault in refused.value.faults] == ["/successor"]
    with sqlite_engine.work.read() as view:
        assert len(directory.partners_owned_by(view, of.dana.id)) == 131


# ---- an account is closed


def test_who_has_partners_or_open_cases_leaves_only_with_a_successor(engine: Engine) -> None:
    of = build.world(engine)
    own, elsewhere = build.open_case(of), build.open_case(of, partner=of.brisk)
    service.assign(engine.work, SYSTEM, elsewhere.id, of.dana.id)
    with pytest.raises(Conflict, match="1 partner and has 2 open cases"):
        service.close_account(engine.work, SYSTEM, of.dana.id)
    with engine.work.read() as view:
        assert directory.staff_by_id(view, [of.dana.id])[of.dana.id].active
    before = casework(of)
    assert service.close_account(engine.work, SYSTEM, of.dana.id, of.luis.id) == Duties(1, 2)
    after = casework(of)
    assert {after[each.id].owner_id for each in (own, elsewhere)} == {of.luis.id}
    for case_id, row in before.items():
        assert [getattr(after[case_id], name) for name in OF_CLOCKS] == [getattr(row, name) for name in OF_CLOCKS]
    with engine.work.read() as view:
        assert not directory.staff_by_id(view, [of.dana.id])[of.dana.id].active
        assert directory.partners_owned_by(view, of.dana.id) == []
    assert len(digests(of)) == 1


def test_who_has_only_an_open_case_needs_a_successor_too(engine: Engine) -> None:
    of = build.world(engine)
    case = build.open_case(of)
    third = builders.staff(engine, "third@ours.example")
    service.assign(engine.work, SYSTEM, case.id, third.id)
    with pytest.raises(Conflict, match="1 open case"):
        service.close_account(engine.work, SYSTEM, third.id)
    with pytest.raises(Invalid):
        service.close_account(engine.work, SYSTEM, third.id, third.id)
    assert service.close_account(engine.work, SYSTEM, third.id, of.dana.id) == Duties(0, 1)


def test_a_refused_closing_moves_nothing(engine: Engine) -> None:
    of = build.world(engine)
    ada = builders.staff(engine, "ada@ours.example", "admin")
    builders.owned(engine, ada, of.acme)
    build.open_case(of)
    with pytest.raises(Conflict, match="last administrator"):
        service.close_account(engine.work, SYSTEM, ada.id, of.luis.id)
    with engine.work.read() as view:
        assert directory.partners_owned_by(view, ada.id) == [of.acme.id]
    assert {row.owner_id for row in casework(of).values()} == {ada.id}


# ---- what is told


def test_webhooks_hear_of_each_case_and_the_receiver_of_all_at_once(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.add_endpoint(uow, "CRM", "https://crm.example/hooks", allow_private=True)
    many(of, 3, 2, of.luis)
    service.transfer(sqlite_engine.work, build.staff_actor(of.luis), Transfer(of.dana.id, of.luis.id))
    told = [row.channel for row in build.rows(of, "notification") if row.news == "transferred"]
    assert told == ["webhook", "webhook"]
    assert len(digests(of)) == 1


def test_who_takes_over_by_their_own_hand_needs_no_mail(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    actor = Actor("staff", str(of.dana.id), of.dana.name)
    service.transfer(sqlite_engine.work, actor, Transfer(of.dana.id, of.luis.id))
    assert digests(of) == []


def test_the_mail_is_written_in_the_language_of_its_reader(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    gia = builders.staff(sqlite_engine, "gia@ours.example", locale="it", name="Gia")
    many(of, 2, 1, of.luis)
    service.transfer(sqlite_engine.work, SYSTEM, Transfer(gia.id, of.luis.id))
    assert [mail.subject for mail in rendered(of)] == ["Da ora a Lei: 3 partner, 1 caso aperto"]


# ---- pages and API


def test_an_alliance_manager_hands_over_their_own_partners_only(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    case = build.open_case(of)
    client = browser(sqlite_engine, staff(of.dana))
    asked = {"to": str(of.luis.id), "from": str(of.luis.id), "cases": "move"}  # whatever the address says of `from`
    page = client.get("/transfers", query_string=asked)
    assert page.status_code == 200
    assert "1 partner · 1 open case" in words(page.text)
    assert case.ref in page.text
    foreign = client.get("/transfers", query_string={**asked, "partners": "brisk"})
    absent = client.get("/transfers", query_string={**asked, "partners": "nowhere"})
    assert "“nowhere”: There is no such partner" in absent.text
    assert words(foreign.text).replace("brisk", "") == words(absent.text).replace("nowhere", "")
    answer = client.post("/transfers", data={**asked, "csrf_token": token(page.text)})
    assert answer.status_code == 303
    with sqlite_engine.work.read() as view:
        assert directory.partners_owned_by(view, of.dana.id) == []


def test_programs_look_first_and_hand_over_then(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    case = build.open_case(of)
    client = browser(sqlite_engine, program("partners:write"))
    body = {"from": "dana@ours.example", "to": "luis@ours.example"}
    foreseen = client.post("/api/v1/transfers?dry_run=1", json=body)
    assert foreseen.json == {
        "dry_run": True,
        "to": "luis@ours.example",
        "open_cases_are": "moved",
        "partners": ["acme"],
        "open_cases": [case.ref],
        "promises": [],
        "unsent_invitations": 0,
        "asked_in_the_old_name": [],
    }
    with sqlite_engine.work.read() as view:
        assert directory.partners_owned_by(view, of.dana.id) == [of.acme.id]
    assert client.post("/api/v1/transfers", json=body).json == {
        "dry_run": False,
        "partners": 1,
        "open_cases": 1,
        "promises": 0,
    }
    for wrong, pointer in (
        ({"from": "dana@ours.example"}, "/to"),
        ({"to": "nobody@ours.example"}, "/to"),
        ({**body, "open_cases": "drop"}, "/open_cases"),
        ({**body, "partners": "acme"}, "/partners"),
        ({**body, "clocks": "reset"}, "/clocks"),
    ):
        answer = client.post("/api/v1/transfers", json=wrong)
        assert answer.status_code == 422
        assert answer.json is not None
        assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]


def test_the_timeline_says_who_handed_the_case_over(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    case = build.open_case(of)
    service.transfer(sqlite_engine.work, build.staff_actor(of.dana), Transfer(of.luis.id, of.dana.id))
    page = browser(sqlite_engine, staff(of.luis)).get(f"/cases/{case.ref}").text
    assert "Dana Keller handed the partner over, and this case with it, to Luis Ferro" in words(page)


def test_nothing_is_unowned_between_the_parts_of_a_large_transfer(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    partners = many(of, 150, 2, of.luis)
    found = SQLModel.metadata.tables["ownership"]
    service.transfer(sqlite_engine.work, SYSTEM, Transfer(of.dana.id, of.luis.id))
    with sqlite_engine.work.read() as view:
        rows = view.connection.execute(
            select(found).where(found.c.partner_id.in_([each.id for each in partners]))
        ).all()
    ends = {row.partner_id: row.to_at for row in rows if row.to_at is not None}
    begins = {row.partner_id: row.from_at for row in rows if row.to_at is None}
    assert ends == begins
    assert len(ends) == 150
    assert of.now - min(begins.values()) < timedelta(days=1)
