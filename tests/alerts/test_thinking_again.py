"""A partner may think again until somebody goes on with the case; neither time nor a change of roles does."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest

from alerts import service
from alerts.settling import mediation
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import builders
from tests.alerts.builders import World, case, rows, staff_actor
from tests.alerts.settled import closed, director, find, link, mediated, say, steering, tick, told, world
from tests.alerts.site import browser, words
from tests.alerts.test_escalated_who_go import _brought
from tests.alerts.test_mediators_who_go import becomes_a_viewer, leaves
from tests.directory import builders as directory


def kinds(of: World, shut: CaseView) -> list[str]:
    """The lines of the timeline."""
    return [row.kind for row in rows(of, "case_entry") if row.case_id == shut.id]


def is_offered(of: World, shut: CaseView) -> bool:
    """Whether the partner's page has a form."""
    return "Change my answer" in browser(of.engine, None).get(link(of, shut)).text


@pytest.mark.parametrize("goes", [leaves, becomes_a_viewer])
@pytest.mark.parametrize("verdict", ["yes", "partly"])
def test_whoever_it_came_to_is_gone_and_nobody_follows(engine: Engine, goes: Callable[..., None], verdict: str) -> None:
    of, _, priya, shut = _brought(engine)
    goes(engine, priya)
    tick(of)
    assert kinds(of, shut)[-1] == "warned"
    assert is_offered(of, shut)
    say(of, browser(engine, None), shut, verdict, "We talked meanwhile.")
    after = case(of, shut.id)
    assert (after.is_open, after.settlement) == ((False, "confirmed") if verdict == "yes" else (True, "partly"))
    tick(of)
    assert len(told(of, "holder_gone")) == 2  # once each


def test_somebody_else_was_chosen_to_mediate(engine: Engine) -> None:
    of, henrik, _, shut = mediated(engine)
    olga = directory.staff(engine, "olga@ours.example", "program_owner", name="Olga Lind")
    becomes_a_viewer(engine, henrik)
    tick(of)
    assert kinds(of, shut)[-2:] == ["warned", "mediation_began"]
    assert told(of, "mediation_began") == [henrik.id, olga.id]
    say(of, browser(engine, None), shut, "yes")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.ladder_rung) == ("closed", "confirmed", 1)
    assert [row.ended_at for row in rows(of, "ladder_step")] == [of.now]


def test_the_clock_of_the_case_ran_on(engine: Engine) -> None:
    of, _, _, shut = mediated(engine)
    of.later(days=5)
    while builders.tick(of):
        pass
    tick(of)
    since = kinds(of, shut)[kinds(of, shut).index("mediation_began") + 1 :]
    assert {"warned", "escalated"} & set(since)
    assert is_offered(of, shut)
    say(of, browser(engine, None), shut, "yes", "It came.")
    after = case(of, shut.id)
    assert (after.state, after.settlement) == ("closed", "confirmed")
    of.later(days=9)
    before = kinds(of, shut)
    builders.tick(of)
    tick(of)
    assert kinds(of, shut) == before  # its clock stands


def _finds(of: World, shut: CaseView) -> None:
    [step] = [row for row in rows(of, "ladder_step") if row.ended_at is None]
    find(of, next(row for row in rows(of, "staff") if row.id == step.staff_id), shut)


def _states(of: World, shut: CaseView) -> None:
    mediation.give_statement(of.engine.work, staff_actor(of.dana), shut.id, "We called.")


def _calls(of: World, shut: CaseView) -> None:
    service.log_contact(of.engine.work, staff_actor(of.dana), shut.id)


def _notes(of: World, shut: CaseView) -> None:
    service.note(of.engine.work, staff_actor(of.dana), shut.id, "On it.")


def _closes(of: World, shut: CaseView) -> None:
    _finds(of, shut)
    service.close(of.engine.work, staff_actor(of.dana), shut.id, outcome="settled", root_cause="late", letter=None)


def _gets_worse(of: World, shut: CaseView) -> None:
    builders.open_case(of, 1)


@pytest.mark.parametrize("goes_on", [_finds, _states, _calls, _notes, _closes, _gets_worse])
def test_once_something_was_done_it_is_too_late_whatever_time_did_besides(
    sqlite_engine: Engine, goes_on: Callable[[World, CaseView], None]
) -> None:
    of, _, _, shut = mediated(sqlite_engine)
    path = link(of, shut)
    goes_on(of, shut)
    of.later(days=5)
    while builders.tick(of):
        pass
    tick(of)
    before = kinds(of, shut), case(of, shut.id).state
    page = browser(sqlite_engine, None).post(path, data={"verdict": "yes", "words": "It is fine."})
    assert page.status_code == 409
    assert "You wrote: “It is fine.”" in unescape(words(page.text))
    assert (kinds(of, shut), case(of, shut.id).state) == before


def test_what_was_taken_back_at_once_is_as_if_nobody_had_done_it(engine: Engine) -> None:
    of = world(engine)
    steering(of)
    director(of)
    shut = closed(of)
    say(of, browser(engine, None), shut, "no", "Nobody called.")
    service.assign(engine.work, staff_actor(of.dana), shut.id, of.luis.id)
    assert not is_offered(of, shut)
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    assert is_offered(of, shut)
    say(of, browser(engine, None), shut, "yes", "They did, in the end.")
    after = case(of, shut.id)
    assert (after.state, after.settlement, after.owner) == ("closed", "confirmed", of.dana)
