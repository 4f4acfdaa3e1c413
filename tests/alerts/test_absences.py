"""Cases of somebody who is away go to the deputy, and the page says so."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from alerts import service as alerts
from alerts.routing.addressees import people_meant
from feedback_engine.directory import service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, open_case, rows, staff_actor, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_closings_told import cleo
from tests.directory import builders as directory


def away(of: World, who: StaffView, deputy: StaffView, *, days: int = 7, from_days: int = 0) -> None:
    """Somebody sets on their account that they are away."""
    first = of.now.date() + timedelta(days=from_days)
    raw = {"from_on": first.isoformat(), "until_on": (first + timedelta(days=days)).isoformat(), "deputy": deputy.id}
    with of.engine.work.begin(actor=staff_actor(who)) as uow:
        service.set_absence(uow, who.id, service.read_absence(raw))


def test_a_case_of_somebody_absent_goes_to_the_deputy(engine: Engine) -> None:
    of = world(engine)
    away(of, of.dana, of.luis)
    case = open_case(of, 2)
    assert case.owner == of.luis
    [row] = rows(of, "casework")
    assert (row.route["to"], row.route["away"]) == ("partner_owner", [str(of.dana.id)])
    [told] = {row.recipient_id for row in rows(of, "notification")}
    assert told == of.luis.id


def test_the_page_says_for_whom_the_deputy_stands_in(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis)
    case = open_case(of, 2)
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{case.ref}").text)
    assert "Dana Keller: away, so it went to Luis Ferro." in shown
    shown = words(browser(sqlite_engine, staff(of.luis, "it")).get(f"/cases/{case.ref}").text)
    assert "Dana Keller: assente, perciò il caso è andato a Luis Ferro." in shown


@pytest.mark.parametrize(
    ("from_days", "days", "owner"),
    [
        (1, 3, "dana"),  # from tomorrow
        (0, 0, "luis"),  # today only
        (-3, 3, "luis"),  # the last day
    ],
)
def test_only_the_days_away_count(sqlite_engine: Engine, from_days: int, days: int, owner: str) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis, from_days=from_days, days=days)
    assert open_case(of, 2).owner == getattr(of, owner)


def test_whoever_is_back_gets_their_cases_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis, days=1)
    of.later(days=2)
    assert open_case(of, 2).owner == of.dana


def test_two_who_stand_in_for_each_other_leave_the_case_to_the_last_resort(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis)
    away(of, of.luis, of.dana)
    case = open_case(of, 2)
    assert (case.owner, case.team_name) == (None, "Alliances")
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{case.ref}").text)
    assert "Passed over: owner of the partner: nobody is there, and nobody stands in." in shown


def test_an_absent_member_of_a_rota_is_left_out_and_named(sqlite_engine: Engine) -> None:
    rotas = "rotas: {desk: {members: [dana@ours.example, luis@ours.example]}}\n"
    of = world(sqlite_engine, ALERTS.replace("  to: partner_owner", "  to: rota:desk") + rotas)
    away(of, of.dana, of.luis)
    case = open_case(of, 2)
    assert case.owner == of.luis
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{case.ref}").text)
    assert "The route rota desk gave it to Luis Ferro." in shown
    assert "rota desk take turns, and Luis Ferro was next." in shown


def test_a_deputy_who_left_means_nobody(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.assign_owners(uow, [(of.brisk.id, of.dana.id)])
        service.disable_staff(uow, of.luis.id)
    assert open_case(of, 2).team_name == "Alliances"


def test_a_deputy_who_only_looks_by_now_gets_no_case(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    away(of, of.dana, of.luis)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.assign_owners(uow, [(of.brisk.id, of.dana.id)])
        service.change_staff(uow, of.luis.id, service.read_staff_change({"role": "viewer"}))
    assert open_case(of, 2).team_name == "Alliances"


def test_a_deputy_who_only_looks_by_now_hears_of_no_escalation(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    olga = directory.staff(sqlite_engine, "olga@ours.example", name="Olga Rey", role="program_owner")
    looker = directory.staff(sqlite_engine, "aoife@ours.example", name="Aoife Byrne", role="viewer")
    away(of, of.dana, of.luis)

    def meant(recipient: str) -> set[UUID]:
        with sqlite_engine.work.read() as reading:
            return set(people_meant(reading, recipient, of.acme.id, "registration.decided"))

    assert meant("partner_owner") == {of.luis.id}
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        service.assign_owners(uow, [(of.brisk.id, of.dana.id)])
        service.change_staff(uow, of.luis.id, service.read_staff_change({"role": "viewer"}))
    assert meant("partner_owner") == {olga.id}
    assert meant("staff:aoife@ours.example") == {looker.id}, "who is named is told, whatever their role"


@pytest.mark.parametrize(
    ("begins", "days", "says"),
    [
        (5, 9, "to Luis Ferro (from 9 Mar 2026 to 13 Mar 2026), to Cleo Park (from 14 Mar 2026 to 16 Mar 2026)."),
        (-3, 4, "to Cleo Park (from 9 Mar 2026 to 10 Mar 2026), to Luis Ferro (from 11 Mar 2026 to 16 Mar 2026)."),
        (-3, 20, "to Cleo Park instead."),  # all the time
    ],
)
def test_who_is_away_reads_who_gets_their_cases_on_which_days(
    sqlite_engine: Engine, begins: int, days: int, says: str
) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    cleo = directory.staff(sqlite_engine, "cleo@ours.example", name="Cleo Park", time_zone="Europe/Rome")
    away(of, of.dana, of.luis)
    away(of, of.luis, cleo, from_days=begins, days=days)
    for path in ("/account", "/my", "/handover"):
        assert f"New cases go {says}" in words(browser(sqlite_engine, staff(of.dana)).get(path).text), path


def test_who_is_away_reads_that_the_stand_in_of_their_deputy_is_away_for_a_day(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    cleo = directory.staff(sqlite_engine, "cleo@ours.example", name="Cleo Park", time_zone="Europe/Rome")
    away(of, of.dana, of.luis, days=4)
    away(of, of.luis, cleo, days=4)
    away(of, cleo, of.dana, from_days=2, days=0)
    shown = words(browser(sqlite_engine, staff(of.dana, "it")).get("/account").text)
    assert (
        "I nuovi casi vanno a Cleo Park (dal 9 mar 2026 al 10 mar 2026), "
        "al destinatario che segue nella loro assegnazione (11 mar 2026), a Cleo Park (dal 12 mar 2026 al 13 mar 2026)."
    ) in shown


@pytest.mark.parametrize(
    ("stand_in", "begins", "says", "owner"),
    [
        (
            "cleo",
            1,
            "New cases go to Luis Ferro (9 Mar 2026), to Cleo Park (from 10 Mar 2026 to 12 Mar",
            "Cleo Park",
        ),
        (
            "dana",
            0,
            "New cases go where their route leads next (from 9 Mar 2026 to 11 Mar 2026), to Luis",
            None,
        ),
    ],
)
def test_where_the_deputy_is_away_too_it_is_said_who_gets_the_cases_and_they_do(
    sqlite_engine: Engine, stand_in: str, begins: int, says: str, owner: str | None
) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    away(of, of.dana, of.luis)
    cleo = directory.staff(of.engine, "cleo@ours.example", name="Cleo Park")
    away(of, of.luis, of.dana if stand_in == "dana" else cleo, days=2, from_days=begins)
    client = browser(sqlite_engine, staff(of.dana))
    for path in ("/account", "/my", "/handover"):
        page = words(client.get(path).text)
        assert says in page, path
        assert page.index("is away in that time, too: choose somebody else.") < page.index(says), path
    of.later(days=begins)
    case = open_case(of, 2, touchpoint="ticket.closed")
    assert (case.owner and case.owner.name) == owner


def test_whoever_stands_in_reads_for_whom_and_when_until_it_is_over(engine: Engine) -> None:
    of = world(engine)
    away(of, of.dana, of.luis, days=2, from_days=3)

    def told(member: StaffView) -> bool:
        days = "from 12 Mar 2026 to 14 Mar 2026"
        page = words(browser(engine, staff(member)).get("/my").text)
        return f"You stand in for Dana Keller ({days}): new cases of theirs come to you." in page

    assert (told(of.luis), told(of.dana)) == (True, False)
    of.later(days=4)
    assert told(of.luis)
    of.later(days=3)
    assert not told(of.luis)


def test_who_stands_in_is_told_as_new_cases_will_go(engine: Engine) -> None:
    of = world(engine)
    third = cleo(of)
    away(of, of.dana, of.luis, days=7)
    away(of, of.luis, third, days=2)
    assert stood_in_for(of, of.luis) == [("Dana Keller", "from 12 Mar 2026 to 16 Mar 2026")]
    assert stood_in_for(of, third) == [
        ("Dana Keller", "from 9 Mar 2026 to 11 Mar 2026"),
        ("Luis Ferro", "from 9 Mar 2026 to 11 Mar 2026"),
    ]
    case = open_case(of, 2)
    assert case.owner == third


def test_nobody_stands_in_where_deputies_are_away_for_one_another_or_the_account_is_closed(engine: Engine) -> None:
    of = world(engine)
    third = cleo(of)
    away(of, of.dana, of.luis)
    away(of, of.luis, of.dana)
    assert stood_in_for(of, of.luis) == stood_in_for(of, of.dana) == []
    away(of, of.dana, third)
    assert [name for name, _ in stood_in_for(of, third)] == ["Dana Keller", "Luis Ferro"]
    alerts.close_account(engine.work, SYSTEM, of.dana.id, of.luis.id)
    assert [name for name, _ in stood_in_for(of, third)] == ["Luis Ferro"]


def stood_in_for(of: World, member: StaffView) -> list[tuple[str, str]]:
    """For whom, and when, somebody reads that they stand in."""
    page = words(browser(of.engine, staff(member)).get("/my").text)
    return re.findall(r"You stand in for (.*?) \((.*?)\): new cases of theirs come to you\.", page)
