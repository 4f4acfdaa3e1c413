"""The deciding lane: who is asked, what is put off and taken up again, and what the state of the program changes."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from feedback_engine.directory import service as directory
from feedback_engine.foundation import outbox
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM, UnitOfWork
from journeys.events import TouchpointReached
from surveys.decision_store import DECISION
from tests.surveys.lane import HANDLER, Lane, day, event, touchpoint

QUARANTINE = {"quarantine": {"since_asked_days": 30}}
WAITING = {"quarantine": {"since_asked_days": 7, "on_hit": "defer"}}


@pytest.fixture
def lane(engine: Engine) -> Lane:
    return Lane(engine)


@pytest.fixture
def quick(sqlite_engine: Engine) -> Lane:
    """The same where the database makes no difference."""
    return Lane(sqlite_engine)


def moved(lane: Lane) -> MovedClock:
    assert isinstance(lane.engine.clock, MovedClock)
    return lane.engine.clock


def test_an_event_is_decided_once_and_asks_its_contact(lane: Lane) -> None:
    version = lane.apply(QUARANTINE)
    now = lane.engine.clock.now()
    (event_id,) = lane.happen(event(1, now - timedelta(hours=1)))
    lane.decide()
    (row,) = lane.decisions()
    (ask,) = lane.invitations()
    assert (row.seq, row.event_id, row.outcome, row.at, row.attempt, row.previous_id) == (
        1, event_id, "invite", now, 1, None,
    )  # fmt: skip
    assert bytes(row.plan_version).hex() == version.removeprefix("sha256:")
    assert (ask.decision_id, ask.send_at, ask.plan_version, ask.state) == (row.id, now, version, "queued")
    assert row.send_at == now


def test_announcing_an_event_twice_decides_it_once(lane: Lane) -> None:
    lane.apply()
    (event_id,) = lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    partner_id = lane.decisions()[0].partner_id
    with lane.engine.work.begin(actor=SYSTEM) as uow:
        uow.emit(TouchpointReached(partner_id=partner_id, event_id=event_id, touchpoints=("ticket.closed",)))
    lane.decide()
    assert len(lane.decisions()) == 1


def test_each_touchpoint_of_an_event_is_decided_for_itself_in_the_order_of_the_map(quick: Lane) -> None:
    both = [touchpoint("first", event="deal.won"), touchpoint("second", event="deal.won")]
    quick.apply(QUARANTINE, both)
    quick.happen(event(1, quick.engine.clock.now(), kind="deal.won"))
    quick.decide()
    assert [(row.touchpoint, row.outcome) for row in quick.decisions()] == [("first", "invite"), ("second", "drop")]


def test_one_person_at_two_partners_is_one_person_to_quarantine(lane: Lane) -> None:
    lane.apply(QUARANTINE)
    now = lane.engine.clock.now()
    lane.happen(event(1, now, subject="acme", email="Ana@Consulting.example"))
    lane.happen(event(2, now, subject="beta", email="ana@consulting.example"))
    lane.decide(limit=1)
    assert lane.outcomes() == [("invite", None), ("drop", "quarantine")]


def test_an_event_without_contact_asks_the_people_the_touchpoint_is_meant_for(quick: Lane) -> None:
    quick.apply({}, [touchpoint(personas=["buyer"])])
    acme = quick.partner()
    for email, role in (("a@acme.example", "Buyer"), ("b@acme.example", "engineer"), ("c@acme.example", "buyer")):
        quick.contact(acme, email, role=role)
    left = quick.contact(acme, "d@acme.example", role="buyer")
    with quick.engine.work.begin(actor=SYSTEM) as uow:
        directory.mark_contact_left(uow, left.id)
    quick.happen(event(1, quick.engine.clock.now(), email=None))
    quick.decide()
    assert quick.outcomes() == [("invite", None), ("invite", None)]


def test_an_event_that_reaches_nobody_leaves_one_record(lane: Lane) -> None:
    lane.apply({}, [touchpoint(personas=["buyer"])])
    lane.happen(event(1, lane.engine.clock.now(), email=None))
    lane.decide()
    (row,) = lane.decisions()
    assert (row.outcome, row.rule, row.contact_id) == ("drop", "persona", None)


def test_suppression_beats_everything_and_covers_its_family_only(quick: Lane) -> None:
    surveys = [{"survey": "support"}, {"survey": "sales"}]
    quick.apply({}, [touchpoint(), touchpoint("deal.won", survey="sales")], surveys)
    ana = quick.contact(quick.partner())
    with quick.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, ana.person, directory.family_scope("support"), "opted_out")
    now = quick.engine.clock.now()
    quick.happen(event(1, now), event(2, now, kind="deal.won"))
    quick.decide()
    assert quick.outcomes() == [("drop", "suppressed"), ("invite", None)]


def test_an_ask_that_was_cancelled_no_longer_counts(lane: Lane) -> None:
    lane.apply(QUARANTINE)
    now = lane.engine.clock.now()
    lane.happen(event(1, now))
    lane.decide()
    lane.mark(lane.invitations(), state="cancelled", reason="taken_back")
    lane.happen(event(2, now))
    lane.decide()
    assert lane.outcomes() == [("invite", None), ("invite", None)]


def test_a_deferred_event_is_decided_again_at_its_instant_however_late_the_worker(lane: Lane) -> None:
    lane.apply(WAITING)
    start = lane.engine.clock.now()
    lane.happen(event(1, start))
    lane.decide()
    moved(lane).advance(timedelta(days=2))
    lane.happen(event(2, lane.engine.clock.now()))
    lane.decide()
    assert lane.outcomes() == [("invite", None), ("defer", "quarantine")]
    assert lane.decide_due() == 0
    moved(lane).set(start + timedelta(days=7, hours=5))
    assert lane.decide_due() == 1
    first, second = lane.decisions()[1:]
    assert (second.previous_id, second.attempt, second.outcome) == (first.id, 2, "invite")
    assert (first.until, second.at) == (start + timedelta(days=7), start + timedelta(days=7))
    # The ask is dated when it could leave, not when the worker was asleep.
    assert second.send_at == start + timedelta(days=7, hours=5)
    assert lane.decide_due() == 0


def test_a_deferred_event_that_became_too_old_is_dropped_with_a_record(quick: Lane) -> None:
    quick.apply({**WAITING, "max_age_days": 3})
    quick.happen(event(1, quick.engine.clock.now()), event(2, quick.engine.clock.now()))
    quick.decide()
    moved(quick).advance(timedelta(days=30))
    quick.decide_due()
    assert quick.outcomes() == [("invite", None), ("defer", "quarantine"), ("drop", "stale")]


def test_deferred_events_that_fell_due_go_before_new_ones(quick: Lane) -> None:
    quick.apply({"account_cap": {"asks": 1, "window_days": 7}})
    start = quick.engine.clock.now()
    quick.happen(event(1, start, email="a@acme.example"), event(2, start, email="b@acme.example"))
    quick.decide()
    moved(quick).set(start + timedelta(days=7))
    quick.happen(event(3, start + timedelta(days=7), email="c@acme.example"))
    quick.decide()
    contacts = [row.contact_id for row in quick.decisions()]
    assert [row.outcome for row in quick.decisions()] == ["invite", "defer", "invite", "defer"]
    assert contacts[2] == contacts[1]


def test_of_those_that_fall_due_together_the_least_recently_heard_role_goes_first(lane: Lane) -> None:
    lane.apply({"hold": True, "account_cap": {"asks": 1, "window_days": 30}})
    acme = lane.partner()
    for role in ("buyer", "engineer"):
        lane.contact(acme, f"{role}@acme.example", role=role)
        lane.contact(acme, f"{role}-2@acme.example", role=role)
    start = lane.engine.clock.now()
    lane.happen(event(1, start, email="buyer@acme.example"))
    lane.decide()
    lane.mark(lane.invitations(), answered_at=start)
    # Long after that ask, both wait for their cases; the buyers have been heard, the engineers have not.
    moved(lane).advance(timedelta(days=40))
    later = lane.engine.clock.now()
    lane.in_case = {contact.person for contact in lane.contacts(acme)}
    lane.happen(event(2, later, email="buyer-2@acme.example"), event(3, later, email="engineer-2@acme.example"))
    lane.decide()
    lane.in_case = set()
    moved(lane).advance(timedelta(days=1))
    lane.decide_due()
    roles = {contact.id: contact.role for contact in lane.contacts(acme)}
    last = [(roles[row.contact_id], row.outcome) for row in lane.decisions()[-2:]]
    assert last == [("engineer", "invite"), ("buyer", "defer")]


def _defer_for_a_case(lane: Lane) -> None:
    lane.apply({"hold": True})
    ana = lane.contact(lane.partner())
    lane.in_case = {ana.person}
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()


def test_an_open_case_defers_day_by_day_until_it_is_closed(quick: Lane) -> None:
    _defer_for_a_case(quick)
    moved(quick).advance(timedelta(days=1))
    quick.decide_due()
    quick.in_case = set()
    moved(quick).advance(timedelta(days=1))
    quick.decide_due()
    assert quick.outcomes() == [("defer", "hold"), ("defer", "hold"), ("invite", None)]


def test_a_worker_that_slept_for_days_takes_every_step_it_missed(quick: Lane) -> None:
    _defer_for_a_case(quick)
    moved(quick).advance(timedelta(days=3))
    assert quick.decide_due() == 3
    assert [row.attempt for row in quick.decisions()] == [1, 2, 3, 4]
    times = [row.at for row in quick.decisions()]
    assert [later - sooner for sooner, later in pairwise(times)] == [timedelta(days=1)] * 3


def test_a_deferred_event_is_decided_by_the_plan_in_force_at_its_instant(quick: Lane) -> None:
    old = quick.apply(WAITING)
    start = quick.engine.clock.now()
    quick.happen(event(1, start), event(2, start))
    quick.decide()
    moved(quick).advance(timedelta(days=8))
    quick.apply({**WAITING, "random_share": 0.0})
    quick.decide_due()
    again = quick.decisions()[-1]
    assert (again.at, again.outcome, bytes(again.plan_version).hex()) == (
        start + timedelta(days=7), "invite", old.removeprefix("sha256:"),
    )  # fmt: skip


def test_history_is_decided_at_its_own_time_and_mails_nobody(lane: Lane) -> None:
    lane.apply(QUARANTINE, hold_minutes=60, state="draft")
    lane.happen(event(1, day(-700)), event(2, day(-680)), event(3, day(-670)), mode="history")
    lane.decide()
    assert [(row.at, row.outcome, row.replayed) for row in lane.decisions()] == [
        (day(-700), "invite", True),
        (day(-680), "drop", True),
        (day(-670), "invite", True),
    ]
    assert [(ask.state, ask.send_at) for ask in lane.invitations()] == [
        ("recorded", day(-700)),
        ("recorded", day(-670)),
    ]


def test_deferred_history_is_decided_between_the_events_in_whose_midst_it_falls_due(lane: Lane) -> None:
    lane.apply({**WAITING, "max_age_days": 30})
    lane.happen(*(event(number, day(number)) for number in (1, 2, 9, 20)), mode="history")
    lane.decide(limit=1)
    assert [(row.at, row.outcome) for row in lane.decisions()] == [
        (day(1), "invite"),
        (day(2), "defer"),
        (day(8), "invite"),  # the second event, a week after the first ask
        (day(9), "defer"),
        (day(15), "invite"),
        (day(20), "defer"),
    ]


def test_deferred_history_waits_until_no_more_of_it_comes(quick: Lane) -> None:
    quick.apply({**WAITING, "max_age_days": 30})
    quick.happen(event(1, day(-300)), event(2, day(-299)), mode="history")
    quick.decide()
    moved(quick).advance(timedelta(minutes=9))
    assert quick.decide_due() == 0
    moved(quick).advance(timedelta(minutes=2))
    assert quick.decide_due() == 1
    assert quick.invitations()[-1].state == "recorded"


def test_history_knows_only_what_was_known_then(quick: Lane) -> None:
    quick.apply({"hold": True})
    ana = quick.contact(quick.partner())
    quick.in_case = {ana.person}
    with quick.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, ana.person, directory.ALL, "opted_out")
    quick.happen(event(1, day(-300)), mode="history")
    quick.decide()
    assert quick.outcomes() == [("invite", None)]


def test_a_draft_decides_nothing_and_keeps_the_events(quick: Lane) -> None:
    quick.apply(state="draft")
    quick.happen(event(1, quick.engine.clock.now()))
    quick.decide()
    quick.state("live")
    quick.decide()
    assert quick.outcomes() == []
    assert quick.parked() == []


def test_a_pause_puts_off_and_the_end_of_it_takes_up_again(quick: Lane) -> None:
    quick.apply(state="paused")
    quick.happen(event(1, quick.engine.clock.now()))
    quick.decide()
    quick.state("live")
    moved(quick).advance(timedelta(days=1))
    quick.decide_due()
    assert quick.outcomes() == [("defer", "hold"), ("invite", None)]


@pytest.mark.parametrize("limit", [1, 1000])
def test_in_a_test_whom_nobody_mails_is_not_counted_as_asked(quick: Lane, limit: int) -> None:
    quick.apply({"account_cap": {"asks": 1, "window_days": 30}}, state="test")
    now = quick.engine.clock.now()
    quick.happen(event(1, now), event(2, now, email="tester@northwind.example"), event(3, now, email="c@acme.example"))
    quick.decide(limit=limit)
    assert [row.outcome for row in quick.decisions()] == ["invite", "invite", "defer"]
    assert [ask.state for ask in quick.invitations()] == ["cancelled", "queued"]


def test_a_touchpoint_without_a_survey_leaves_a_record(quick: Lane) -> None:
    quick.apply({}, [touchpoint(survey=None)])
    quick.happen(event(1, quick.engine.clock.now()))
    quick.decide()
    assert quick.outcomes() == [("drop", "condition")]


def test_asks_of_a_family_count_together(lane: Lane) -> None:
    lane.apply({"account_cap": {"asks": 1, "window_days": 30, "family": True}})
    lane.partner("group")
    lane.partner("north", parent_key="group")
    lane.partner("south", parent_key="group")
    now = lane.engine.clock.now()
    lane.happen(event(1, now, subject="north", email="a@north.example"))
    lane.decide()
    lane.happen(event(2, now, subject="south", email="b@south.example"), event(3, now, subject="other"))
    lane.decide()
    assert lane.outcomes() == [("invite", None), ("defer", "account_cap"), ("invite", None)]


def test_the_ledger_refuses_every_change(lane: Lane) -> None:
    lane.apply()
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    (row,) = lane.decisions()
    mine = (DECISION.c.shard == row.shard, DECISION.c.id == row.id)
    for statement in (update(DECISION).where(*mine).values(outcome="drop"), delete(DECISION).where(*mine)):
        with pytest.raises(DBAPIError, match="append-only"), lane.engine.work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(statement)


def test_a_worker_that_lost_the_lane_writes_nothing(lane: Lane) -> None:
    lane.apply(WAITING)
    lane.happen(event(1, lane.engine.clock.now()), event(2, lane.engine.clock.now()))
    handler = outbox.Handler(HANDLER, lane.lane.decide, (TouchpointReached,))

    def lost(uow: UnitOfWork) -> None:
        raise Conflict("The lease deciding has passed to another worker.")

    assert outbox.deliver(lane.engine.work, handler, fence=lost) == 0
    assert lane.decisions() == []
    lane.decide()
    moved(lane).advance(timedelta(days=8))
    with pytest.raises(Conflict):
        lane.lane.decide_due(lane.engine.work, lost)
    assert len(lane.decisions()) == 2


def test_without_a_plan_events_wait(quick: Lane) -> None:
    quick.apply()
    quick.happen(event(1, quick.engine.clock.now()))
    other = Lane(quick.engine)
    with quick.engine.work.begin(actor=SYSTEM) as uow:
        uow.connection.exec_driver_sql("DROP TRIGGER activation_no_delete")
        uow.connection.exec_driver_sql("DELETE FROM activation WHERE kind = 'plan'")
    other.decide()
    assert other.decisions() == []
    assert other.parked() == []
    other.apply({"random_share": 1})
    moved(quick).advance(timedelta(hours=2))
    other.decide()
    assert other.outcomes() == [("invite", None)]


@pytest.mark.parametrize("by_family", [False, True])
def test_asks_of_merged_partners_count_as_those_of_one_company(lane: Lane, by_family: bool) -> None:
    lane.apply({"account_cap": {"asks": 1, "window_days": 30, "family": by_family}})
    north, south = lane.partner("north"), lane.partner("south")
    with lane.engine.work.begin(actor=SYSTEM) as uow:
        directory.merge_partners(uow, south.id, north.id)
    now = lane.engine.clock.now()
    lane.happen(event(1, now, subject="south", email="a@south.example"))
    lane.decide()
    lane.happen(event(2, now, subject="north", email="b@north.example"), event(3, now, subject="other"))
    lane.decide()
    assert lane.outcomes() == [("invite", None), ("defer", "account_cap"), ("invite", None)]
    with lane.engine.work.begin(actor=SYSTEM) as uow:
        directory.undo_merge(uow, south.id)
    lane.happen(event(4, now, subject="north", email="c@north.example"))
    lane.decide()
    assert lane.outcomes()[-1] == ("invite", None)


def test_merged_partners_met_in_one_batch_count_together_too(quick: Lane) -> None:
    quick.apply({"account_cap": {"asks": 1, "window_days": 30}})
    north, south = quick.partner("north"), quick.partner("south")
    with quick.engine.work.begin(actor=SYSTEM) as uow:
        directory.merge_partners(uow, south.id, north.id)
    now = quick.engine.clock.now()
    quick.happen(
        event(1, now, subject="north", email="a@north.example"), event(2, now, subject="south", email="b@south.example")
    )
    quick.decide()
    assert quick.outcomes() == [("invite", None), ("defer", "account_cap")]
