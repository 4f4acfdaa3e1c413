"""Silences: no case opens for a while, alerts are recorded all the same, and the author hears once before it lapses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from alerts.silences import mail as silence_mail
from alerts.silences import views as silence_views
from alerts.silences import writing as silences
from alerts.silences.silencing import Heard, Silence, silence_of
from alerts.silences.writing import NewSilence
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import (
    ALERTS,
    World,
    announce,
    answer,
    changed,
    open_case,
    react,
    rows,
    staff_actor,
    take_in,
    world,
)
from tests.alerts.site import browser, program, staff, token, words
from tests.directory import builders as directory

NORMAL = ALERTS.replace("    severity: high\n", "")
"""The highest severity is always heard; here a low score is of normal severity."""

T0 = datetime(2026, 3, 9, 12, tzinfo=UTC)


def keep_quiet(of: World, member: StaffView | None = None, **wanted: Any) -> UUID:
    member = member or of.dana
    asked = {
        "partner": "acme",
        "touchpoint": "",
        "rule": "",
        "until_at": of.now + timedelta(days=3),
        "reason": "Outage.",
    }
    with of.engine.work.begin(actor=staff_actor(member)) as uow:
        return silences.add_silence(uow, staff(member), NewSilence(**(asked | wanted)))


def end(of: World, silence_id: UUID, member: StaffView) -> None:
    with of.engine.work.begin(actor=staff_actor(member)) as uow:
        silences.end_silence(uow, staff(member), silence_id)


def counts(of: World) -> tuple[int, int, int]:
    """Alerts that opened or joined a case, alerts that were kept quiet, and mails to staff."""
    return len(rows(of, "alert")), len(rows(of, "silenced_alert")), len(rows(of, "mail"))


# ---- decided purely


@pytest.mark.parametrize(
    ("alert", "quiet"),
    [
        ({}, True),
        ({"at": T0}, True),  # from the instant on
        ({"at": T0 - timedelta(seconds=1)}, False),  # an answer from before it
        ({"at": T0 + timedelta(hours=1)}, False),  # at its end it is over
        ({"severity": "high"}, False),  # the gravest always goes through
        ({"touchpoint": "deal.closed"}, False),
        ({"rule": "call"}, False),
        ({"partner_id": UUID(int=2)}, False),
        ({"partner_id": UUID(int=3)}, True),  # the same company by another key
    ],
)
def test_a_silence_covers_what_it_names_while_it_lasts(alert: dict[str, Any], quiet: bool) -> None:
    silence = Silence(UUID(int=9), {UUID(int=1), UUID(int=3)}, "deal.approved", "low", T0, T0 + timedelta(hours=1))
    heard = {"partner_id": UUID(int=1), "touchpoint": "deal.approved", "rule": "low", "severity": "normal"}
    heard |= {"at": T0 + timedelta(minutes=30)} | alert
    assert (silence_of([silence], Heard(**heard)) is silence) is quiet


# ---- taken in


def test_what_is_kept_quiet_is_recorded_and_opens_nothing(engine: Engine) -> None:
    of = world(engine, NORMAL)
    silence_id = keep_quiet(of)
    take_in(of, answer(of, 3))
    assert counts(of) == (0, 1, 0)
    assert rows(of, "casework") == []
    [kept] = rows(of, "silenced_alert")
    assert (kept.silence_id, kept.rule, kept.numbers) == (silence_id, "low", {"score": 3, "below": 7})
    take_in(of, answer(of, 3, partner=of.brisk))  # another partner is heard
    assert counts(of)[:2] == (1, 1)
    with engine.work.read() as view:
        [shown] = silence_views.list_silences(view, staff(of.dana), in_force=True).rows
        assert (shown.alerts, shown.about, shown.may_end) == (1, "Acme", True)
        [alert] = silence_views.silenced_alerts(view, staff(of.dana), [silence_id])[silence_id]
        assert "Low score" in alert.why


def test_the_highest_severity_always_goes_through(engine: Engine) -> None:
    of = world(engine)
    keep_quiet(of)
    take_in(of, answer(of, 3))  # severity high
    take_in(of, answer(of, 10))  # severity low
    assert counts(of)[:2] == (1, 1)


def test_an_open_case_is_not_joined_either(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    opened = open_case(of, 3)
    keep_quiet(of)
    take_in(of, answer(of, 2))
    assert counts(of)[:2] == (1, 1)
    [row] = rows(of, "casework")
    assert (row.id, row.revision) == (opened.id, 1)


def test_an_answer_from_before_the_silence_is_heard_however_late_it_is_taken_in(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    announce(of, answer(of, 3))
    of.later(minutes=1)
    keep_quiet(of)
    announce(of, answer(of, 3, touchpoint="training.held"))
    of.later(days=4)  # it lapsed before anybody took the answers in
    react(of)
    assert counts(of)[:2] == (1, 1)


def test_the_same_answers_meet_the_same_silences_when_they_are_taken_in_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    silence_id = keep_quiet(of)
    of.later(hours=1)
    during = answer(of, 3)
    of.later(hours=1)
    end(of, silence_id, of.dana)
    after = answer(of, 2)
    take_in(of, during, after)
    assert counts(of)[:2] == (1, 1)
    assert rows(of, "silenced_alert")[0].response_id == during.response_id
    take_in(of, changed(of, during, 2))  # a rule fires once on a response, whether it was heard or not
    assert counts(of)[:2] == (1, 1)


def test_an_alias_is_kept_quiet_with_its_company(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.merge_partners(uow, of.brisk.id, of.acme.id)
    keep_quiet(of)
    take_in(of, answer(of, 3, partner=of.brisk))
    assert counts(of)[:2] == (0, 1)


def test_a_silence_lapses_by_itself(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    keep_quiet(of)
    of.later(days=3)
    take_in(of, answer(of, 3))
    assert counts(of)[:2] == (1, 0)


# ---- who may


def test_an_alliance_manager_silences_their_partners_and_an_owner_of_the_program_everything(engine: Engine) -> None:
    of = world(engine, NORMAL)
    olga = directory_owner(engine)
    with pytest.raises(Invalid) as foreign:
        keep_quiet(of, partner="brisk")
    with pytest.raises(Invalid) as absent:
        keep_quiet(of, partner="nowhere")
    assert foreign.value.faults == absent.value.faults  # somebody else's partner reads like one that never was
    with pytest.raises(Invalid) as whole:
        keep_quiet(of, partner="", touchpoint="deal.approved")
    assert whole.value.faults[0].pointer == "/partner"
    brisk = keep_quiet(of, olga, partner="brisk")
    with pytest.raises(NotFound):
        end(of, brisk, of.dana)
    end(of, brisk, olga)
    with pytest.raises(Conflict):
        end(of, brisk, olga)


def directory_owner(engine: Engine) -> StaffView:
    return directory.staff(engine, "olga@ours.example", "program_owner", name="Olga Rey", time_zone="Europe/Rome")


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"until_at": None}, "/until"),
        ({"until_at": datetime(2026, 3, 9, tzinfo=UTC)}, "/until"),  # past
        ({"until_at": datetime(2026, 6, 8, tzinfo=UTC)}, "/until"),  # 91 days away
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": "a\x00b"}, "/reason"),
        ({"partner": "", "touchpoint": ""}, "/partner"),
        ({"touchpoint": "nowhere"}, "/touchpoint"),
        ({"rule": "nothing"}, "/rule"),
    ],
)
def test_a_silence_without_end_reason_or_object_is_refused(
    sqlite_engine: Engine, wanted: dict[str, Any], pointer: str
) -> None:
    of = world(sqlite_engine, NORMAL)
    with pytest.raises(Invalid) as caught:
        keep_quiet(of, directory_owner(sqlite_engine), **wanted)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert rows(of, "silence") == []


def test_a_rule_of_the_highest_severity_is_never_said_to_be_quiet(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)  # here a low score is of severity high
    client = browser(sqlite_engine, staff(of.dana))
    form = {"partner": "acme", "rule": "low", "until": "2026-03-12", "reason": "They move house."}
    answered = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert answered.status_code == 422
    assert "“Low score” are of the highest severity, which is always heard: it cannot be silenced." in words(
        answered.text
    )
    assert rows(of, "silence") == []
    keep_quiet(of, rule="praise")


def test_rules_that_are_always_heard_are_not_offered(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    page = browser(sqlite_engine, staff(of.dana)).get("/silences").text
    offered = re.findall(r'<option value="([^"]+)"', page[page.index('name="rule"') : page.index('name="until"')])
    assert "low" not in offered
    assert "praise" in offered
    assert "Rules of the highest severity (high) are always heard" in words(page)


def test_the_same_is_kept_quiet_once_at_a_time(engine: Engine) -> None:
    of = world(engine, NORMAL)
    first = keep_quiet(of, rule="low")
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.merge_partners(uow, of.brisk.id, of.acme.id)
    for again in ("acme", "brisk"):  # one company by another key
        with pytest.raises(Invalid) as twice:
            keep_quiet(of, directory_owner(engine) if again == "brisk" else None, partner=again, rule="low")
        [fault] = twice.value.faults
        assert fault.pointer == "/partner"
        assert "This is kept quiet already: Acme, rule “Low score”, by Dana Keller until Thu 12 Mar" in fault.detail
    keep_quiet(of, rule="call")
    keep_quiet(of)  # every rule is another thing than one
    end(of, first, of.dana)
    keep_quiet(of, rule="low")
    of.later(days=3)  # what lapsed stands in nobody's way
    keep_quiet(of, rule="low")


def test_four_who_keep_the_same_quiet_at_one_moment_make_one_silence(engine: Engine) -> None:
    of = world(engine, NORMAL)
    at_once = Barrier(4)

    def keep(rule: str) -> str:
        at_once.wait()
        try:
            keep_quiet(of, rule=rule)
        except Invalid as refused:
            return refused.faults[0].pointer
        return "kept"

    for rule in ("low", "call", ""):
        with ThreadPoolExecutor(4) as people:
            assert sorted(people.map(keep, [rule] * 4)) == ["/partner", "/partner", "/partner", "kept"]
    assert len(rows(of, "silence")) == 3


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_whoever_began_before_another_does_not_keep_the_same_quiet_after_it(engine: Engine) -> None:
    of = world(engine, NORMAL)
    wanted = NewSilence("acme", "", "low", of.now + timedelta(days=3), "Outage.")
    with engine.work.begin(actor=staff_actor(of.dana)) as began:
        of.later(seconds=1)
        keep_quiet(of, rule="low")
        with pytest.raises(Invalid):
            silences.add_silence(began, staff(of.dana), wanted)


# ---- the warning


def warnings(of: World) -> list[Any]:
    return [row for row in rows(of, "mail") if row.kind == silences.MAIL_KIND]


def danas(of: World, key: str) -> str:
    """The key of one more partner of Dana's."""
    directory.owned(of.engine, of.dana, directory.partner(of.engine, key))
    return key


def test_four_workers_warn_the_author_once_a_day_before(engine: Engine) -> None:
    of = world(engine, NORMAL)
    for number in range(5):
        keep_quiet(of, partner=danas(of, f"partner-{number}"))
    keep_quiet(of, until_at=of.now + timedelta(hours=20))  # whoever said so this morning still knows
    of.later(days=1, hours=23)
    assert silences.warn_of_lapsing(engine.work) == 0
    of.later(hours=1)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: silences.warn_of_lapsing(engine.work), range(4)))
    assert len(warnings(of)) == 5
    of.later(hours=5)
    assert silences.warn_of_lapsing(engine.work) == 0
    with engine.work.read() as view:
        messages = silence_mail.render(engine, view, list(queue.due(view, 10)))
    assert all(isinstance(message, Message) for message in messages.values())
    assert {message.recipient.email for message in messages.values() if isinstance(message, Message)} == {
        "dana@ours.example"
    }
    [subject] = {message.subject for message in messages.values() if isinstance(message, Message)}
    assert subject.startswith("A silence of yours lapses")


def test_nobody_is_warned_of_a_silence_that_was_ended(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    first, second = keep_quiet(of), keep_quiet(of, partner=danas(of, "partner-2"))
    end(of, first, of.dana)
    of.later(days=2)
    assert silences.warn_of_lapsing(sqlite_engine.work) == 1
    end(of, second, of.dana)
    with sqlite_engine.work.read() as view:
        [withdrawn] = silence_mail.render(sqlite_engine, view, list(queue.due(view, 10))).values()
    assert isinstance(withdrawn, Withdrawn)


# ---- pages and API


def test_the_page_keeps_quiet_says_so_and_ends_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get("/silences?partner=acme").text
    assert 'value="acme"' in page
    form = {"partner": "acme", "until": "2026-03-12", "reason": "They move house.", "csrf_token": token(page)}
    assert client.post("/silences", data={**form, "reason": ""}).status_code == 422
    assert client.post("/silences", data=form).status_code == 303
    assert "No alert kept quiet so far" in words(client.get("/silences").text)
    take_in(of, answer(of, 3))
    shown = words(client.get("/silences").text)
    assert "They move house." in shown
    assert "1 alert kept quiet" in shown
    of_partner = client.get("/partners/acme").text
    assert 0 < of_partner.index("Alerts are kept quiet") < of_partner.index('id="cases"')
    [row] = rows(of, "silence")
    assert row.until_at == datetime(2026, 3, 12, 8, tzinfo=UTC)  # nine in Rome
    assert client.post(f"/silences/{row.id}/end", data={"csrf_token": form["csrf_token"]}).status_code == 303
    assert "ended by Dana Keller" in words(client.get("/silences").text)
    assert "They move house." not in client.get("/partners/acme").text


@pytest.mark.parametrize("typed", ["2026-02-31", "31/02/2026"])
def test_a_day_that_no_calendar_has_is_called_that_and_stays_as_it_was_typed(sqlite_engine: Engine, typed: str) -> None:
    of = world(sqlite_engine, NORMAL)
    client = browser(sqlite_engine, staff(of.dana))
    form = {"partner": "acme", "until": typed, "reason": "They move."}
    answered = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert answered.status_code == 422
    assert "There is no such day. Give one, such as 2026-03-10." in words(answered.text)
    assert "Choose until when." not in words(answered.text)
    [shown] = re.findall(r'<input type="(\w+)" id="until" value="([^"]*)"', answered.text)
    assert shown == ("text", typed), "browsers empty a date field that holds no date"
    assert "They move." in answered.text


def test_somebody_elses_silence_is_not_shown(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, NORMAL)
    silence_id = keep_quiet(of, reason="A secret between Acme and us.")
    luis = browser(sqlite_engine, staff(of.luis))
    page = luis.get("/silences").text
    assert "secret" not in page
    luis.post(f"/silences/{silence_id}/end", data={"csrf_token": token(page)})
    assert rows(of, "silence")[0].ended_at is None
    with sqlite_engine.work.read() as view:
        assert silence_views.find_silence(view, staff(of.luis), silence_id) is None
        assert silence_views.find_silence(view, EVERYTHING, silence_id) is not None


def test_programs_keep_quiet_too(engine: Engine) -> None:
    of = world(engine, NORMAL)
    client = browser(engine, program("cases:read", "cases:write"))
    body = {"partner": "acme", "until": "2026-03-11T09:00:00Z", "reason": "Outage of the portal."}
    made = client.post("/api/v1/silences", json=body)
    assert made.status_code == 201
    take_in(of, answer(of, 3))
    read = client.get(f"/api/v1/silences/{made.json['id']}").json
    assert (read["alerts"], read["silenced_alerts"][0]["rule"], read["in_force"]) == (1, "low", True)
    assert [row["id"] for row in client.get("/api/v1/silences?in_force=1&partner=acme").json["data"]] == [read["id"]]
    assert "API key CRM" in words(browser(engine, staff(of.dana)).get("/silences").text)
    ended = client.post(f"/api/v1/silences/{read['id']}/end").json
    assert (ended["in_force"], ended["ended_by"]) == (False, "CRM")
    assert client.get("/api/v1/silences?in_force=1").json["data"] == []
    for wrong, pointer in (({**body, "until": "soon"}, "/until"), ({**body, "x": "y"}, "/x"), ({}, "/partner")):
        answered = client.post("/api/v1/silences", json=wrong)
        assert answered.status_code == 422
        assert answered.json["errors"][0]["pointer"] == pointer
