"""Where cases were merged and split, clock, worker, figures and timeline agree about who is still to be called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from alerts import reading, service, ticking
from alerts.figures import store as figures_store
from alerts.figures.casework import figures_of
from alerts.figures.reading import case_lines
from alerts.reading import EVERYTHING
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import ALERTS, World, answer, case, open_case, rows, staff_actor, take_in, world
from tests.alerts.test_misses import missed

START = datetime(2026, 1, 1, tzinfo=UTC)
ALARMING = ALERTS + "escalation: [{after_hours: 0, to: team:Alliances}]\n"


def tick(of: World) -> None:
    """Do what fell due."""
    while ticking.tick(of.engine.work):
        pass


def told(of: World, one: CaseView) -> list[str]:
    """Which targets the worker spoke of, in the lines of the case itself."""
    with of.engine.work.read() as view:
        lines = reading.entries_after(view, one.id, 0)
    return [line.detail["of"] for line in lines if line.kind in ("warned", "escalated")]


def contact_met(of: World, one: CaseView) -> bool | None:
    """Whether the first contact of a case was in time, as the figures count it; None while they count neither."""
    with of.engine.work.read() as view:
        found = [row for row in figures_store.opened_between(view, EVERYTHING, START, of.now) if row.id == one.id]
        share = figures_of(case_lines(view, found), view.now).contact_met
    return None if share is None else share.value == 1


def joined_after_a_call(of: World) -> tuple[CaseView, set[UUID]]:
    """A case whose partner was called at once, and the alert that joined it an hour later."""
    whole = open_case(of)
    service.log_contact(of.engine.work, staff_actor(of.dana), whole.id)
    of.later(hours=1)
    open_case(of)
    return whole, {rows(of, "alert")[1].id}


def test_a_part_owes_a_contact_from_the_split_on_where_the_whole_owed_none(engine: Engine) -> None:
    of = world(engine, ALARMING)
    whole, late = joined_after_a_call(of)
    of.later(days=2)
    part = case(of, service.split(engine.work, staff_actor(of.dana), whole.id, late))
    of.later(minutes=1)
    tick(of)
    assert (part.left, told(of, part), contact_met(of, part)) == (timedelta(hours=8), [], None)
    of.later(days=1)
    tick(of)
    assert (missed(of, part), told(of, part)) == ([("contact", part.contact_due_at)], ["contact"])
    assert contact_met(of, part) is False


def test_a_part_that_has_to_be_settled_before_it_owes_a_contact_shows_that_time(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    whole, late = joined_after_a_call(of)
    of.later(days=6, hours=22)
    part = case(of, service.split(sqlite_engine.work, staff_actor(of.dana), whole.id, late))
    assert of.now < part.due_at == part.resolve_due_at < part.contact_due_at
    of.later(hours=4)
    tick(of)
    assert missed(of, part) == [("settlement", part.resolve_due_at)]
    assert (told(of, part), contact_met(of, part)) == (["settlement"], None)


def test_a_part_of_shorter_terms_is_not_over_before_the_whole_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    work, dana = sqlite_engine.work, staff_actor(of.dana)
    whole = open_case(of)
    of.later(hours=1)
    take_in(of, answer(of, 8, wants_contact=True))  # a callback has 24 hours, a recovery 40
    of.later(hours=1)
    service.log_contact(work, dana, whole.id)
    of.later(days=3, hours=2)
    part = case(of, service.split(work, dana, whole.id, {rows(of, "alert")[1].id}))
    assert (part.kind, part.resolve_due_at, part.due_at) == ("callback", whole.resolve_due_at, whole.resolve_due_at)
    tick(of)
    assert (missed(of, part), told(of, part)) == ([], [])
    of.later(days=7)
    tick(of)
    assert missed(of, part) == [("settlement", whole.resolve_due_at)]
    assert told(of, part) == ["settlement"]


def test_a_part_of_a_case_that_owes_a_contact_anew_does_not_alarm_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    work, dana = sqlite_engine.work, staff_actor(of.dana)
    whole, late = joined_after_a_call(of)
    service.close(work, dana, whole.id, outcome="settled", root_cause="late")
    of.later(minutes=5)
    service.reopen(work, dana, whole.id, "It is back.")
    of.later(days=1, hours=2)
    tick(of)
    assert told(of, whole) == ["contact"]
    part = case(of, service.split(work, dana, whole.id, late))
    tick(of)
    assert (part.due_at, told(of, part)) == (case(of, whole.id).due_at, [])
