"""What the head of a case says beside its clock."""

from __future__ import annotations

import pytest

from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import ALERTS, World, call, close, open_case, pause, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_silences import keep_quiet
from tests.journeys import builders as journeys

OWNERS_MEDIATE = ALERTS + "settling: {mediator: [role:alliance_manager]}\n"


def head(of: World, opened: CaseView, reader: StaffView | None = None) -> str:
    """The words at the top of the page of a case, as Dana reads it unless somebody else is named, before its deeds."""
    page = browser(of.engine, staff(reader or of.dana)).get(f"/cases/{opened.ref}").text
    return words(page.partition("<article")[2].partition('class="act"')[0])


def test_while_the_first_contact_is_owed_the_head_says_by_when_the_case_is_to_be_settled(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    assert "Contact by Tue 10 Mar, 10:12" in head(of, opened)
    assert "Settle by Mon 16 Mar, 10:12" in head(of, opened)
    of.later(days=2)
    assert "Contact was due Tue 10 Mar, 10:12" in head(of, opened)
    assert "Settle by Mon 16 Mar, 10:12" in head(of, opened)
    of.later(days=7)
    assert "Settling was due Mon 16 Mar, 10:12" in head(of, opened)
    pause(of, opened)
    assert "Mon 16 Mar" not in head(of, opened)


def test_the_time_to_settle_stands_in_the_head_once(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    call(of, opened)
    assert head(of, opened).count("Settle by Mon 16 Mar, 10:12") == 1
    close(of, opened)
    assert "Settle by" not in head(of, opened)
    of.later(hours=1)
    thanks = open_case(of, 10)
    assert "Thank by" in head(of, thanks)
    assert "Settle by" not in head(of, thanks)


# ---- a silence


def test_the_head_says_that_alerts_are_kept_quiet_until_when_and_why(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    assert "kept quiet" not in head(of, opened)
    keep_quiet(of)
    assert "Alerts are kept quiet until Thu 12 Mar, 10:12: Acme. Outage." in head(of, opened)
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    assert '<a href="/silences"><q dir="auto">Outage.</q></a>' in page
    of.later(days=4)
    assert "kept quiet" not in head(of, opened)  # it is over


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"touchpoint": "ticket.closed"}, True),
        ({"touchpoint": "qbr.held"}, False),
        ({"rule": "call"}, False),  # an alert of that rule opened no case here
        ({"partner": "", "touchpoint": "ticket.closed"}, True),
        ({"partner": "brisk"}, False),
    ],
)
def test_only_a_silence_of_alerts_like_those_of_the_case_is_said(
    sqlite_engine: Engine, wanted: dict[str, str], said: bool
) -> None:
    of = world(sqlite_engine)
    journeys.publish(sqlite_engine)
    opened = open_case(of, touchpoint="ticket.closed")
    keep_quiet(of, settled.steering(of)[0], **wanted)
    assert ("kept quiet" in head(of, opened)) is said


def test_a_silence_of_a_partner_is_said_to_those_who_may_see_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine, OWNERS_MEDIATE)
    mediated = settled.denied(of)
    keep_quiet(of)
    assert "kept quiet" in head(of, mediated)
    assert "Acme" in head(of, mediated, of.luis)  # he mediates, and sees nothing else of this partner
    assert "kept quiet" not in head(of, mediated, of.luis)
