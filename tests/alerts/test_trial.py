"""A draft of the alerts over recorded answers: with the live file it does what live did, as of every instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts import service
from alerts.clocks.spans import open_at, spans_of
from alerts.definitions import AlertFile, AlertProgram
from alerts.routing.capacity import Capacity
from alerts.trial.tallies import loads
from alerts.trial.trying import try_out
from alerts.trial.views import RaisedCase, Trial
from feedback_engine.directory.service import AbsenceInput, assign_owner, set_absence
from feedback_engine.foundation.definitions import load, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys.events import ResponseSubmitted
from tests.alerts.builders import ALERTS, OFFICE, World, answer, changed, rows, staff_actor, take_in, world
from tests.alerts.recorded import record

START = datetime(2026, 1, 1, tzinfo=UTC)
RICH = (
    ALERTS.replace(
        "otherwise: team:Alliances",
        """otherwise: team:Alliances
  children:
    - match: {kind: thanks}
      to: rota:desk""",
    )
    + "rotas:\n  desk: {members: [dana@ours.example, luis@ours.example]}\n"
)


def draft(text: str = ALERTS) -> AlertProgram:
    """A program of alerts that nobody has published."""
    written = parse(AlertFile, load(text, name="alerts/draft.yaml")).model_dump(mode="json", exclude_none=True)
    calendars = {"office": OFFICE, "tokyo": {**OFFICE, "time_zone": "Asia/Tokyo"}}
    return AlertProgram.model_validate({**written, "calendars": calendars, "calendar": "office"})


def tried(of: World, text: str = ALERTS) -> Trial:
    with of.engine.work.read() as reading:
        return try_out(reading, draft(text), START, of.now + timedelta(seconds=1))


def said(of: World, score: int | None, **how: Any) -> ResponseSubmitted:
    """An answer that is kept, and taken in a little later."""
    event = answer(of, score, **how)
    record(of, event)
    of.later(minutes=3)
    take_in(of, event)
    of.later(hours=5)
    return event


def opened_by(of: World, event: ResponseSubmitted) -> UUID:
    """The case of an answer."""
    return next(row.case_id for row in rows(of, "alert") if row.response_id == event.response_id)


def a_busy_month(of: World) -> None:
    """Cases that open, are joined, close, reopen and are given away; turns, a change of mind, an owner who leaves."""
    work, dana = of.engine.work, staff_actor(of.dana)
    first = said(of, 3)
    said(of, 2, touchpoint="deal.closed", wants_contact=True)  # joins: one group, and the call joins the recovery
    service.close(work, dana, opened_by(of, first), outcome="not_settled", root_cause="late")
    said(of, 1)  # the first is closed: a case of its own
    for _ in range(3):
        said(of, 10, partner=of.brisk)  # turns of the desk, each in one open case
        service.close(work, dana, rows(of, "casework")[-1].id, outcome="thanked")
    mind = said(of, 8, touchpoint="deal.closed", partner=of.brisk)
    again = changed(of, mind, 4)
    record(of, again)
    take_in(of, again)
    of.later(minutes=5)
    with work.begin(actor=SYSTEM) as uow:
        assign_owner(uow, of.brisk.id, of.dana.id)
    service.dismiss(work, dana, opened_by(of, again), reason="mistaken")
    service.undo(work, dana, opened_by(of, again))
    of.later(minutes=5)
    said(of, 2, touchpoint="deal.approved", partner=of.brisk)  # joins again: the dismissal was taken back
    service.close(work, dana, opened_by(of, again), outcome="settled", root_cause="late")
    said(of, 5, partner=of.brisk)  # Dana's now
    with work.begin(actor=SYSTEM) as uow:
        today = of.now.date()
        away = AbsenceInput(from_on=today, until_on=today + timedelta(days=5), deputy=of.luis.id)
        set_absence(uow, of.dana.id, away)
    said(of, 0, touchpoint="ticket.closed")  # Luis stands in for Dana
    service.assign(work, dana, rows(of, "casework")[-1].id, of.dana.id)  # by hand: no business of the routes
    of.later(days=9)
    said(of, 0, touchpoint="training.held")  # and Dana is back


def test_the_live_file_over_what_it_lived_through_does_the_same(engine: Engine) -> None:
    of = world(engine, RICH)
    a_busy_month(of)
    before = {table: rows(of, table) for table in ("alert", "casework", "case_entry", "notification", "rota_turn")}
    trial = tried(of, RICH)
    assert trial.differences == ()
    assert len(trial.draft) == len(trial.live) == len(before["alert"]) >= 12
    assert sum(alert.opened for alert in trial.draft) == len(before["casework"]) >= 8
    holders = [(alert.case.opened_by, alert.case.kind, alert.case.holder_id) for alert in trial.draft if alert.opened]
    assert sorted(holders) == sorted(
        (alert.case.opened_by, alert.case.kind, alert.case.holder_id) for alert in trial.live if alert.opened
    )
    assert {of.dana.id, of.luis.id} == {holder for *_, holder in holders}
    # Nothing was written.
    assert {table: rows(of, table) for table in before} == before


@dataclass(frozen=True)
class Change:
    """A change of the file, and what it makes of the month: pairs of (where, why), with their number."""

    old: str
    new: str
    expected: dict[tuple[str, str], int]


CHANGES = (
    Change("below: 7", "below: 8", {}),  # nobody gave a 7
    Change("below: 7", "below: 9", {}),  # the 8 that became a 4 raises one alert on both sides
    Change("at_least: 9", "at_least: 8", {("only_draft", "rule_changed"): 1}),
    Change("below: 7", "below: 4", {("only_live", "rule_changed"): 2, ("case", "rule_changed"): 1}),  # no 4, no 5
    Change("key: praise", "key: applause", {("only_draft", "rule_added"): 3, ("only_live", "rule_removed"): 3}),
    Change("to: rota:desk", "to: team:Alliances", {("holder", "routes_changed"): 3}),
    Change("groups: {deals: [deal.approved, deal.closed]}\n", "", {("case", "groups_changed"): 3}),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.new.strip() or "no groups")
def test_a_change_of_the_file_shows_where_it_would_have_mattered_and_why(sqlite_engine: Engine, change: Change) -> None:
    of = world(sqlite_engine, RICH)
    a_busy_month(of)
    assert change.old in RICH
    trial = tried(of, RICH.replace(change.old, change.new))
    counted: dict[tuple[str, str], int] = {}
    for each in trial.differences:
        counted[each.what, each.cause] = counted.get((each.what, each.cause), 0) + 1
    assert counted == change.expected
    assert trial.unexplained == ()


def test_a_case_that_only_the_draft_opens_counts_as_settled_when_its_time_is_over(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 8)
    said(of, 8)  # the same day: joins
    of.later(days=30)
    said(of, 8)  # 40 working hours are over
    trial = tried(of, ALERTS.replace("below: 7", "below: 9"))
    assert [alert.opened for alert in trial.draft] == [True, False, True]
    assert trial.live == ()


def test_a_case_from_before_the_period_is_joined(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 3)
    begins = of.now
    said(of, 2)
    with of.engine.work.read() as reading:
        trial = try_out(reading, draft(), begins, of.now)
    assert trial.differences == ()
    assert [(alert.opened, alert.case.before) for alert in trial.draft] == [(False, True)]


def test_a_case_that_reaches_nobody_but_the_last_resort_is_listed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 3)
    trial = tried(of, ALERTS.replace("to: partner_owner", "to: touchpoint_owner"))
    [found] = trial.unroutable
    assert (found.to, found.passed, found.team_id) == ("team:Alliances", ("touchpoint_owner",), of.team)
    assert tried(of).unroutable == ()


def test_an_answer_whose_words_were_erased_is_explained(sqlite_engine: Engine) -> None:
    mentions = "{condition: comment_mentions, words: {en: [price]}}"
    text = ALERTS.replace("{condition: score_below, question: recommend, below: 7}", mentions)
    of = world(sqlite_engine, text)
    event = answer(of, 9).model_copy(update={"has_comment": True, "language": "en"})
    record(of, event, comment="The price is too high")
    take_in(of, event)
    assert tried(of, text).differences == ()
    with of.engine.work.begin(actor=SYSTEM) as uow:
        from feedback_engine.directory import service as directory
        from surveys import response_store

        directory.erase_person(uow, of.ana.person)
        response_store.blank_texts(uow, [of.ana.id])
    assert {(each.what, each.cause) for each in tried(of, text).differences} == {("only_live", "words_gone")}


# ---- pure


@dataclass(frozen=True)
class Line:
    kind: str
    at: datetime
    detail: dict[str, Any]


def _at(hour: int) -> datetime:
    return datetime(2026, 3, 9, hour, tzinfo=UTC)


OPEN, CLOSED = {"before": {"state": "new"}}, {"before": {"state": "closed"}}


@pytest.mark.parametrize(
    ("open_now", "lines", "spans"),
    [
        (True, [], [(8, None)]),
        (False, [("closed", 10, OPEN)], [(8, 10)]),
        (True, [("closed", 10, OPEN), ("reopened", 12, CLOSED)], [(8, 10), (12, None)]),
        (True, [("closed", 10, OPEN), ("undone", 11, {"entry": "closed"})], [(8, 10), (11, None)]),
        (
            False,
            [("closed", 10, OPEN), ("reopened", 12, CLOSED), ("undone", 13, {"entry": "reopened"})],
            [(8, 10), (12, 13)],
        ),
        (True, [("undone", 9, {"entry": "assigned"})], [(8, None)]),  # opens and closes nothing
        (True, [("merged", 9, {})], [(8, None)]),  # another case was merged into this one
        (False, [("merged", 9, {}), ("dismissed", 10, {})], [(8, 10)]),
        (False, [("closed", 10, {})], [(8, 10)]),  # from before entries kept what they changed
        (True, [("closed", 10, OPEN), ("partner_disputed", 12, CLOSED)], [(8, 10), (12, None)]),
    ],
)
def test_a_timeline_says_when_a_case_was_open(
    open_now: bool, lines: Sequence[tuple[str, int, dict[str, Any]]], spans: Sequence[tuple[int, int | None]]
) -> None:
    found = spans_of(_at(8), open_now, [Line(kind, _at(hour), detail) for kind, hour, detail in lines])
    assert found == tuple((_at(start), None if end is None else _at(end)) for start, end in spans)


def test_a_case_is_open_from_its_first_instant_to_just_before_its_last() -> None:
    spans = ((_at(8), _at(10)), (_at(12), None))
    assert [open_at(spans, _at(hour)) for hour in (7, 8, 9, 10, 11, 12, 20)] == [0, 1, 1, 0, 0, 1, 1]


def test_weeks_in_which_somebody_gets_more_than_they_can_do_are_marked() -> None:
    dana, luis, team = (UUID(int=number) for number in (1, 2, 3))
    blank = RaisedCase(UUID(int=9), "", UUID(int=8), "deal.closed", "recovery", _at(8), None, None, None, None, ())
    # Sunday 23:30 in Rome is 22:30 UTC: still the week before.
    sunday = datetime(2026, 3, 8, 22, 30, tzinfo=UTC)
    cases = [
        *(replace(blank, owner_id=dana, opened_at=_at(hour)) for hour in (8, 9, 10)),
        replace(blank, owner_id=dana, opened_at=sunday),
        replace(blank, owner_id=luis),
        *(replace(blank, team_id=team) for _ in range(50)),
    ]
    period = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
    found = loads(cases, cases[:1], period, "Europe/Rome", {dana: 2, luis: 2})
    told = {load.holder_id: [(week.monday, week.cases, week.over) for week in load.weeks] for load in found}
    first, second = date(2026, 3, 2), date(2026, 3, 9)
    assert told == {
        dana: [(first, 1, False), (second, 3, True)],
        luis: [(first, 0, False), (second, 1, False)],
        team: [(first, 0, False), (second, 50, False)],  # a team has no hours of its own
    }
    assert found[0].holder_id == dana
    assert [(load.weeks_over, load.live) for load in found] == [(1, 1), (0, 0), (0, 0)]


def test_capacity_is_that_of_the_person_else_that_of_everybody() -> None:
    said = Capacity.model_validate({"cases_a_week": 4, "people": {"Dana@Ours.example": 2}})
    assert (said.of("dana@ours.example"), said.of("luis@ours.example"), Capacity().of("luis@ours.example")) == (
        2,
        4,
        10,
    )
