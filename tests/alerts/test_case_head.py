"""What the head of a case says beside its clock."""

from __future__ import annotations

from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, call, close, open_case, pause, world
from tests.alerts.site import browser, staff, words


def head(of: World, opened: CaseView) -> str:
    """The words at the top of the page of a case, as Dana reads it, before its deeds."""
    page = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
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
