"""The mail to whoever is given a case whose conflict is in somebody's hand says whose call it is, as the page does."""

from __future__ import annotations

import pytest

from alerts import service
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import staff_actor
from tests.alerts.settled import letters, mediated
from tests.alerts.test_escalation_contacts import escalated
from tests.alerts.test_mediators_who_go import becomes_a_viewer
from tests.directory import builders as directory
from tests.surveys.builders import parts


@pytest.mark.parametrize("rung", [2, 3])
@pytest.mark.parametrize("is_brought", [True, False])
def test_the_mail_of_a_given_case_says_whose_call_it_is(sqlite_engine: Engine, rung: int, is_brought: bool) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    if rung == 3:
        escalated(of, henrik, shut)
    if not is_brought:
        directory.staff(sqlite_engine, "ada@ours.example", "admin", name="Ada")
        becomes_a_viewer(sqlite_engine, henrik if rung == 2 else priya)
    service.assign(sqlite_engine.work, staff_actor(of.dana), shut.id, of.luis.id)
    [mail] = [mail for mail in letters(of, "luis@ours.example") if "is yours now" in str(mail["Subject"])]
    whose = {2: "Mediator’s call by", 3: "Escalation contact’s call by"}[rung] if is_brought else "Contact by"
    for text in parts(mail):
        assert f"{whose}:" in text
        assert text.count("call by:") + text.count("Contact by:") == 1
