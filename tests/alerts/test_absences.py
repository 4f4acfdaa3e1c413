"""Cases of somebody who is away go to the deputy, and the page says so."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from alerts.routing.addressees import people_meant
from feedback_engine.directory import service
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import ALERTS, World, open_case, rows, staff_actor, world
from tests.alerts.site import browser, staff, words
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
