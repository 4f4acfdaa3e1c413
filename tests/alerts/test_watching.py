"""Alerts that no answer caused: once on each occasion, whoever looks and however often; and what becomes of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts import handlers, reading, service
from alerts.events import CaseOpened, PromiseOverdue
from alerts.notices import rendering
from alerts.promises import ticking as promise_ticking
from alerts.raising import watching
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.views import PartnerView
from feedback_engine.foundation import outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import builders as build
from tests.alerts.builders import ALERTS, World, open_case, publish, rows, staff_actor
from tests.alerts.recorded import record
from tests.alerts.site import browser, program, staff, token, words

NOTICED = ALERTS.replace(
    "rules:",
    """rules:
  - key: quiet
    name: {en: Gone silent, it: Silenzioso}
    when: {condition: silence, days: 60, at_least: 3}
    kind: callback
  - key: late
    name: {en: Promise overdue, it: Promessa in ritardo}
    when: {condition: promise_overdue}
    severity: low
  - key: people
    name: {en: Too few certified people, it: Poche persone certificate}
    when: {condition: kpi_missed, attribute: certified_people, target: 5, every: month}
  - key: ends
    name: {en: The contract ends, it: Il contratto finisce}
    when: {condition: agreement_date_near, attribute: contract_ends_on, within_days: 30, name: {en: End}}
    kind: callback""",
)


def world(engine: Engine, text: str = NOTICED) -> World:
    engine.work.subscribers |= {PromiseOverdue: ("partners",)}
    return build.world(engine, text)


def look(of: World, *, limit: int = 200) -> None:
    """Let one worker do everything that is due without an answer."""
    while promise_ticking.tick(of.engine.work):
        pass
    react(of)
    while watching.watch(of.engine.work, limit=limit):
        pass


def react(of: World) -> None:
    wanted = outbox.Handler("partners", handlers.look_at_partners, (PromiseOverdue,))
    while outbox.deliver(of.engine.work, wanted):
        pass


def know(of: World, partner: PartnerView, **attributes: Any) -> None:
    """Learn something about a partner."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        wanted = directory_service.PartnerInput(key=partner.key, name=partner.name, attributes=attributes)
        directory_service.upsert_partners(uow, [wanted])


def alerts(of: World) -> list[tuple[str, UUID]]:
    """Rule and partner of every alert that no answer caused, oldest first."""
    return [(row.rule, row.partner_id) for row in rows(of, "alert") if row.occasion is not None]


def cases(of: World) -> list[CaseView]:
    with of.engine.work.read() as view:
        return reading.cases_of_partners(view, [of.acme.id, of.brisk.id])


def answered(of: World, *days_ago: float) -> None:
    """Ana has answered so many days ago, well enough for nobody to act."""
    record(of, *(build.answer(of, 8, at=of.now - timedelta(days=each)) for each in days_ago))


# ---- each condition, once on its occasion


def test_a_partner_that_went_silent_is_called_once_for_each_silence(engine: Engine) -> None:
    of = world(engine)
    answered(of, 50, 80, 110)
    look(of)
    assert alerts(of) == []
    of.later(days=10)
    look(of)
    of.later(days=9)
    look(of)
    assert alerts(of) == [("quiet", of.acme.id)]
    answered(of, 0)  # heard of again, and silent once more
    of.later(days=60)
    look(of)
    assert alerts(of) == [("quiet", of.acme.id)] * 2


def test_a_missed_number_is_told_once_a_month_and_again_in_the_next(engine: Engine) -> None:
    of = world(engine)
    know(of, of.acme, certified_people=3)
    know(of, of.brisk, certified_people=7)
    for _ in range(3):
        look(of)
        of.later(days=1)
    know(of, of.acme, certified_people=2)
    look(of)
    assert alerts(of) == [("people", of.acme.id)]
    of.later(days=30)
    look(of)
    assert alerts(of) == [("people", of.acme.id)] * 2


def test_a_date_is_told_once_and_a_new_one_anew(engine: Engine) -> None:
    of = world(engine)
    know(of, of.acme, contract_ends_on="2026-04-10")  # in 32 days
    look(of)
    assert alerts(of) == []
    for _ in range(4):
        of.later(days=1)
        look(of)
    assert alerts(of) == [("ends", of.acme.id)]
    know(of, of.acme, contract_ends_on="2026-04-12")
    of.later(days=1)
    look(of)
    assert alerts(of) == [("ends", of.acme.id)] * 2


def promised(of: World, about: CaseView, due_on: date = date(2026, 3, 10)) -> None:
    service.promise(of.engine.work, staff_actor(of.dana), about.id, "Send the contract", due_on)


def test_an_overdue_promise_joins_the_case_it_was_made_in_and_is_told_once(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    promised(of, opened)
    of.later(days=3)
    look(of)
    look(of)
    assert alerts(of) == [("late", of.acme.id)]
    [case] = cases(of)
    assert (case.id, case.severity, case.score) == (opened.id, "high", 3)  # the answer's, still
    told = [row.news for row in rows(of, "notification") if row.recipient_id == of.dana.id]
    assert sorted(told) == ["opened", "promise_overdue"]  # and not that an alert joined, for the same reason


def test_an_overdue_promise_of_a_closed_case_opens_one_for_whoever_promised(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, partner=of.brisk)
    promised(of, opened)
    who = staff_actor(of.luis)
    service.close(engine.work, who, opened.id, outcome="settled", root_cause="late")
    of.later(days=3)
    look(of)
    [case, _] = cases(of)
    assert (case.is_open, case.owner.id if case.owner else None) == (True, of.dana.id)
    assert (case.touchpoint, case.severity, case.contact.name if case.contact else "") == (
        "deal.approved",
        "low",
        "Bo Lind",
    )
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{case.ref}").text)
    assert "It went to Dana Keller, who has to keep the promise." in page


def test_new_rules_are_looked_at_at_once_and_old_ones_not_twice(engine: Engine) -> None:
    of = world(engine, ALERTS)
    know(of, of.acme, certified_people=1, contract_ends_on="2026-03-20")
    look(of)
    assert alerts(of) == []
    publish(engine, NOTICED)
    look(of)
    assert sorted(rule for rule, _ in alerts(of)) == ["ends", "people"]
    publish(engine, NOTICED.replace("within_days: 30", "within_days: 60"))
    look(of)
    assert len(alerts(of)) == 2


def test_our_own_company_is_no_partner_to_look_at(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        ours = directory_service.PartnerInput(key="us", name="Us", side="ours", attributes={"certified_people": 1})
        directory_service.upsert_partners(uow, [ours])
    look(of)
    assert alerts(of) == []


# ---- whoever looks


def many(of: World, count: int) -> None:
    """So many partners of Dana's, each with too few certified people and a contract that ends."""
    noted = {"certified_people": 1, "contract_ends_on": "2026-03-20"}
    with of.engine.work.begin(actor=SYSTEM) as uow:
        made = directory_service.upsert_partners(
            uow,
            [directory_service.PartnerInput(key=f"p{n}", name=f"P{n}", attributes=noted) for n in range(count)],
        )
        directory_service.assign_owners(uow, [(each.view.id, of.dana.id) for each in made])


def test_four_workers_notice_everything_once(engine: Engine) -> None:
    of = world(engine)
    many(of, 40)
    opened = open_case(of)
    for _ in range(4):
        promised(of, build.case(of, opened.id))
    of.later(days=3)
    while promise_ticking.tick(engine.work):
        pass

    def work(_: int) -> None:
        for _ in range(60):
            try:
                react(of)
                if not watching.watch(engine.work, limit=7) and not _due(of):
                    return
            except Conflict:
                continue

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    found = alerts(of)
    assert len(found) == len(set(rows_of_occasions(of))) == 84  # 40 of each kind, and 4 promises
    assert len(all_cases(of)) == 41  # a call about the contract joins the recovery of the same partner
    look(of)
    assert len(alerts(of)) == 84
    [progress] = rows(of, "watch_round")
    assert (progress.day, progress.ended_at is not None) == ("2026-03-12", True)


def _due(of: World) -> bool:
    with of.engine.work.read() as view:
        return watching.is_due(view)


def rows_of_occasions(of: World) -> list[tuple[UUID, str, str]]:
    return [(row.partner_id, row.rule, row.occasion) for row in rows(of, "alert") if row.occasion]


def all_cases(of: World) -> list[Any]:
    return list(rows(of, "casework"))


def test_whoever_looks_at_the_same_part_twice_writes_it_once(engine: Engine) -> None:
    of = world(engine)
    know(of, of.acme, certified_people=1)
    with engine.work.read() as view:
        first = watching.look_at(view, [of.acme.id])
        second = watching.look_at(view, [of.acme.id])
    with engine.work.begin(actor=SYSTEM) as uow:
        watching.save(uow, *first)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        watching.save(uow, *second)
    assert len(alerts(of)) == len(all_cases(of)) == 1


def test_an_event_that_comes_twice_notices_once(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    promised(of, opened)
    of.later(days=3)
    while promise_ticking.tick(engine.work):
        pass
    again = PromiseOverdue(partner_id=of.acme.id, case_id=opened.id, promise_id=UUID(int=1), at=of.now)
    with engine.work.begin(actor=SYSTEM) as uow:
        uow.emit(again)
    react(of)
    react(of)
    assert alerts(of) == [("late", of.acme.id)]


def test_a_round_goes_on_where_it_was_broken_off(engine: Engine) -> None:
    of = world(engine)
    many(of, 10)
    assert watching.watch(engine.work, limit=5) == 1
    halfway = len(alerts(of))
    assert 0 < halfway < 20
    assert watching.watch(engine.work, limit=5) == 1
    assert watching.watch(engine.work, limit=5) == 0
    assert len(alerts(of)) == 20
    assert not _due(of)
    of.later(hours=14)  # 23:12 UTC is past midnight in Rome, where the program is at home
    assert _due(of)


def test_after_three_days_of_downtime_nothing_is_told_twice(engine: Engine) -> None:
    of = world(engine)
    know(of, of.acme, contract_ends_on="2026-04-10")
    look(of)
    of.later(days=6)
    look(of)
    of.later(days=3)
    look(of)
    assert alerts(of) == [("ends", of.acme.id)]


# ---- a case without an answer


def silent_case(of: World) -> CaseView:
    know(of, of.acme, certified_people=3)
    look(of)
    [case] = cases(of)
    return case


def test_a_case_without_an_answer_shows_its_reason_everywhere(engine: Engine) -> None:
    of = world(engine)
    case = silent_case(of)
    assert (case.response_id, case.contact, case.score, case.touchpoint_name) == (None, None, None, "The partnership")
    assert case.noticed == "Too few certified people: certified people at 3, with at least 5 agreed"
    reader = browser(engine, staff(of.dana))
    for path in (f"/cases/{case.ref}", "/inbox", "/my", "/partners/acme"):
        assert case.noticed[:89] in words(reader.get(path).text), path
    page = words(reader.get(f"/cases/{case.ref}").text)
    assert "No answer opened this case" in page
    assert "The rule “Too few certified people” fired" in page
    assert "Severity: normal." in page
    assert "Call Acme" in words(reader.get("/my").text) or "Review Acme" in words(reader.get("/my").text)
    italian = words(browser(engine, staff(of.dana, "it")).get(f"/cases/{case.ref}").text)
    assert "Poche persone certificate" in italian


@pytest.mark.parametrize(
    ("form", "typed", "told"),
    [
        ("acknowledge", {}, "Acknowledged."),
        ("dismiss", {"dismiss-reason": "test"}, "The case is acknowledged with it."),
    ],
)
def test_who_acknowledges_a_case_without_an_answer_is_not_told_that_a_partner_sees_it_read(
    sqlite_engine: Engine, form: str, typed: dict[str, str], told: str
) -> None:
    of = world(sqlite_engine)
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{silent_case(of).ref}"
    typed = {"csrf_token": token(client.get(path).text), "revision": "1", **typed}
    page = words(client.get(client.post(f"{path}/{form}", data=typed).location).text)
    assert told in page
    assert "has read it" not in page


def test_programs_read_a_case_and_an_alert_without_an_answer(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    case = silent_case(of)
    client = browser(sqlite_engine, program("cases:read", "alerts:read"))
    shown = client.get(f"/api/v1/cases/{case.ref}").json
    assert (shown["response_id"], shown["contact_id"], shown["touchpoint"]) == (None, None, "")
    [alert] = client.get("/api/v1/alerts").json["data"]
    assert (alert["response_id"], alert["contact_id"], alert["numbers"]) == (None, None, {"value": 3, "target": 5})
    assert client.get(f"/api/v1/alerts/{alert['id']}").json == alert
    [opened] = build.announced(of, CaseOpened)
    assert (opened.response_id, opened.contact_id) == (None, None)


def test_its_mail_names_the_rule_and_says_why(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    case = silent_case(of)
    with sqlite_engine.work.read() as view:
        mails = queue.due(view, 10)
        [mail] = rendering.render(sqlite_engine, view, mails).values()
    assert isinstance(mail, Message)
    assert mail.subject == f"{case.ref} Acme: Too few certified people"
    assert "certified people at 3, with at least 5 agreed. Severity: normal." in mail.text
    assert mail.recipient.email == "dana@ours.example"


def test_an_answer_joins_it_and_then_stands_in_its_place(engine: Engine) -> None:
    of = world(engine, NOTICED.replace("groups: {deals: [deal.approved, deal.closed]}", "groups: {}"))
    case = silent_case(of)
    answer = open_case(of, 2)  # about a touchpoint: a case of its own
    assert answer.id != case.id
    know(of, of.acme, contract_ends_on="2026-03-20")
    of.later(days=1)
    look(of)
    assert len(cases(of)) == 2  # what is about the whole partner came to a case that was open
    assert [entry.kind for entry in rows(of, "case_entry") if entry.kind == "joined"] == ["joined"]


def test_what_is_noticed_later_leaves_the_answer_of_a_case_as_it_is(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3, wants_contact=True)
    know(of, of.acme, certified_people=1)
    look(of)
    after = build.case(of, opened.id)
    shown = ("response_id", "contact", "score", "wants_contact", "noticed", "severity")
    assert [getattr(after, name) for name in shown] == [getattr(opened, name) for name in shown]
    with engine.work.read() as view:
        why = [alert.because for alert in reading.alerts_of_cases(view, [opened.id])[opened.id]]
    assert "certified people at 1, with at least 5 agreed" in why


def test_a_case_without_an_answer_is_worked_like_any_other(engine: Engine) -> None:
    of = world(engine)
    case, dana = silent_case(of), staff_actor(of.dana)
    service.log_contact(engine.work, dana, case.id, text="Two people are in training.")
    service.assign(engine.work, dana, case.id, of.luis.id)
    service.close(engine.work, dana, case.id, outcome="settled", root_cause="silent")
    service.reopen(engine.work, dana, case.id, "They left.")
    service.dismiss(engine.work, dana, case.id, reason="mistaken")
    assert build.case(of, case.id).outcome == "dismissed"
