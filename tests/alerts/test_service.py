"""What people do with cases: each action changes the case, writes its line, and is refused when the case has moved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from alerts import reading, service, store
from alerts.events import CaseClosed
from alerts.service import CaseMoved
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from tests.alerts.builders import World, announced, answer, case, open_case, rows, staff_actor, take_in, world
from tests.directory import builders as directory


def _told(of: World) -> list[tuple[str, str]]:
    """The news and the recipient of every mail notification, oldest first."""
    names = {of.dana.id: "dana", of.luis.id: "luis"}
    return [(row.news, names[row.recipient_id]) for row in rows(of, "notification") if row.channel == "email"]


def test_a_case_is_worked_from_alert_to_close(engine: Engine) -> None:
    of = world(engine)
    dana = staff_actor(of.dana)
    opened = open_case(of, 3)
    of.later(hours=1)
    service.acknowledge(engine.work, dana, opened.id, expected=1)
    service.note(engine.work, dana, opened.id, "Ask the deal desk first.", expected=2)
    of.later(hours=1)
    service.log_contact(engine.work, dana, opened.id, text="A good talk.", expected=3)
    contacted = case(of, opened.id)
    service.close(engine.work, dana, opened.id, outcome="settled", root_cause="late", text="Three days.", expected=4)
    closed = case(of, opened.id)

    assert (contacted.state, contacted.contacted_at) == ("in_progress", of.now)
    assert contacted.due_at == opened.resolve_due_at  # the clock of the first contact gives way to that of the end
    assert (closed.state, closed.outcome, closed.root_cause, closed.closed_at) == ("closed", "settled", "late", of.now)
    kinds = [row.kind for row in rows(of, "case_entry")]
    assert kinds == ["opened", "acknowledged", "noted", "contact_logged", "closed"]
    assert [row.revision for row in rows(of, "case_entry")] == [1, 2, 3, 4, 5]
    [event] = announced(of, CaseClosed)
    assert (event.case_id, event.root_cause, event.outcome, event.touchpoint) == (
        opened.id, "late", "settled", "deal.approved",
    )  # fmt: skip


def test_a_call_into_the_void_leaves_the_clock_running(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.log_contact(of.engine.work, staff_actor(of.dana), opened.id, outcome="no_answer")
    tried = case(of, opened.id)
    assert (tried.state, tried.contacted_at, tried.due_at) == ("in_progress", None, opened.contact_due_at)


def test_a_reader_of_an_old_state_is_told_what_changed(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    service.note(engine.work, staff_actor(of.luis), opened.id, "I know them well.", expected=1)
    with pytest.raises(CaseMoved) as caught:
        service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late", expected=1)
    [change] = caught.value.changes
    assert (change.kind, change.actor_name, change.text) == ("noted", "Luis Ferro", "I know them well.")
    assert caught.value.revision == 2
    assert case(of, opened.id).is_open


def test_two_who_decide_on_the_same_state_at_once_do_not_both_win(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    with engine.work.begin(actor=staff_actor(of.luis)) as uow:
        store.change_case(uow, opened.id, 1, {"state": "acknowledged", "revision": 2})
        with pytest.raises(Conflict):
            store.change_case(uow, opened.id, 1, {"state": "acknowledged", "revision": 2})


@pytest.mark.parametrize(
    ("outcome", "root_cause", "pointer"),
    [
        ("settled", None, "/root_cause"),
        ("settled", "the weather", "/root_cause"),
        ("thanked", "late", "/outcome"),
    ],
)
def test_a_recovery_is_closed_with_a_cause_of_the_list(
    sqlite_engine: Engine, outcome: str, root_cause: str | None, pointer: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    with pytest.raises(Invalid) as caught:
        service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome=outcome, root_cause=root_cause)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def test_a_thank_you_needs_no_cause(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 10)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="thanked")
    [event] = announced(of, CaseClosed)
    assert (event.kind, event.root_cause) == ("thanks", None)


def test_a_program_without_causes_can_still_close_its_recoveries(sqlite_engine: Engine) -> None:
    text = "rules: [{key: low, name: L, when: {condition: score_below, below: 7}}]\nroutes: {otherwise: team:Alliances}"
    of = world(sqlite_engine, text)
    opened = open_case(of, 3)
    with of.engine.work.read() as view:
        [only] = reading.root_causes(view)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause=only)
    assert not case(of, opened.id).is_open


def test_a_case_given_to_somebody_is_told_to_them_and_keeps_its_clock(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    service.assign(engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    given = case(of, opened.id)
    assert (given.owner, given.due_at, given.state) == (of.luis, opened.due_at, "new")
    assert _told(of) == [("opened", "dana"), ("assigned", "luis")]


def test_whoever_gives_a_case_to_themselves_is_not_told(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.assign(of.engine.work, staff_actor(of.luis), opened.id, of.luis.id)
    assert _told(of) == [("opened", "dana"), ("given_away", "dana")]


@pytest.mark.parametrize("role", ["viewer", "gone"])
def test_a_case_is_not_given_to_somebody_who_cannot_work_on_it(sqlite_engine: Engine, role: str) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    owner_id: UUID = ids.new_reference_id()
    if role == "viewer":
        owner_id = directory.staff(of.engine, "vera@ours.example", role="viewer").id
    with pytest.raises(Invalid):
        service.assign(of.engine.work, staff_actor(of.dana), opened.id, owner_id)


def test_whoever_acknowledges_a_case_of_nobody_has_it(engine: Engine) -> None:
    of = world(engine)
    directory.staff(engine, "boss@ours.example", role="admin")
    lone = directory.partner(engine, "lone", name="Lone")
    lea = directory.contact(engine, lone, "lea@lone.example")
    take_in(of, answer(of, 2, partner=lone).model_copy(update={"contact_id": lea.id}))
    [row] = rows(of, "casework")
    assert (row.owner_id, row.team_id) == (None, of.team)
    service.acknowledge(engine.work, SYSTEM, row.id)  # a program that acknowledges owns nothing
    assert case(of, row.id).owner is None
    service.log_contact(engine.work, staff_actor(of.luis), row.id)
    assert case(of, row.id).owner == of.luis


# ---- reopening


def _closed(of: World) -> UUID:
    opened = open_case(of, 3)
    service.log_contact(of.engine.work, staff_actor(of.dana), opened.id)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    return opened.id


def test_a_reopened_case_keeps_its_history_and_gets_new_due_times(engine: Engine) -> None:
    of = world(engine)
    case_id = _closed(of)
    first_contact = case(of, case_id).contacted_at
    of.later(days=7)  # the next Monday, 10:12 in Rome
    service.reopen(engine.work, staff_actor(of.dana), case_id, "They called again.")
    again = case(of, case_id)
    assert (again.state, again.outcome, again.root_cause, again.closed_at) == ("reopened", None, None, None)
    assert again.due_at == datetime(2026, 3, 17, 10, 12, tzinfo=ZoneInfo("Europe/Rome"))
    assert (again.contacted_at, again.reopened_count) == (first_contact, 1)
    assert again.awaits_contact
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "contact_logged", "closed", "reopened"]


def test_a_closed_case_is_not_joined_and_not_reopened_beside_its_twin(engine: Engine) -> None:
    of = world(engine)
    case_id = _closed(of)
    twin = open_case(of, 2)
    assert twin.id != case_id
    with pytest.raises(Conflict, match=twin.ref):
        service.reopen(engine.work, staff_actor(of.dana), case_id, "They called again.")


def test_the_database_itself_refuses_a_second_open_case_of_a_group(engine: Engine) -> None:
    of = world(engine)
    case_id = _closed(of)
    open_case(of, 2)
    with pytest.raises(store.TwinOpen), engine.work.begin(actor=staff_actor(of.dana)) as uow:
        store.change_case(uow, case_id, 3, {"state": "reopened", "closed_at": None, "outcome": None})


@pytest.mark.parametrize(
    "act",
    [
        lambda work, actor, case_id: service.acknowledge(work, actor, case_id),
        lambda work, actor, case_id: service.close(work, actor, case_id, outcome="settled", root_cause="late"),
        lambda work, actor, case_id: service.log_contact(work, actor, case_id),
    ],
)
def test_a_closed_case_is_worked_on_no_more(sqlite_engine: Engine, act: object) -> None:
    of = world(sqlite_engine)
    case_id = _closed(of)
    with pytest.raises(Conflict):
        act(of.engine.work, staff_actor(of.dana), case_id)  # type: ignore[operator]


def test_a_case_that_does_not_exist_is_not_found(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    with pytest.raises(NotFound):
        service.note(of.engine.work, Actor("api", "1", "CRM"), ids.new_id(7), "Hello?")


# ---- read doors


def test_only_people_about_to_be_called_are_left_alone_by_sampling(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    open_case(of, 10, partner=of.brisk)
    with engine.work.read() as view:
        assert reading.open_case_persons(view, [of.ana.person, of.bo.person]) == {of.ana.person}
    service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    with engine.work.read() as view:
        assert reading.open_case_persons(view, [of.ana.person, of.bo.person]) == set()
        assert reading.open_case_persons(view, []) == set()


def test_closed_cases_are_found_by_cause_and_touchpoint(engine: Engine) -> None:
    of = world(engine)
    case_id = _closed(of)
    with engine.work.read() as view:
        assert [found.id for found in reading.closed_cases(view, root_cause="late")] == [case_id]
        assert [found.id for found in reading.closed_cases(view, touchpoint="deal.approved")] == [case_id]
        assert reading.closed_cases(view, root_cause="silent") == []
        assert reading.closed_cases(view, root_cause="late", touchpoint="training.held") == []


@pytest.mark.parametrize("ref", ["C-1", "c-999999999", "C-", "1042", "C-99999999999999999999", "", "C-1\n"])
def test_a_reference_that_names_no_case_finds_none(sqlite_engine: Engine, ref: str) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    with of.engine.work.read() as view:
        assert reading.case_by_ref(view, ref) is None


def test_a_case_is_found_by_its_reference(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    with engine.work.read() as view:
        assert reading.case_by_ref(view, opened.ref) == opened
        assert reading.case_by_ref(view, opened.ref.lower()) == opened


def test_the_receipt_follows_the_case(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    steps = []
    for step in (
        lambda: None,
        lambda: service.acknowledge(engine.work, staff_actor(of.dana), opened.id),
        lambda: service.log_contact(engine.work, staff_actor(of.dana), opened.id),
        lambda: service.close(engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late"),
    ):
        step()
        with engine.work.read() as view:
            progress = reading.progress_of(view, opened.response_id)
        assert progress is not None
        steps.append((bool(progress.read_at), bool(progress.contacted_at), bool(progress.closed_at)))
    assert steps == [(False, False, False), (True, False, False), (True, True, False), (True, True, True)]
