"""Cases are merged and split: nothing is lost, no clock begins anew, and taking it back restores every row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts import reading, service, store
from alerts.casework import history
from alerts.store import CaseFilter
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, answer, case, open_case, rows, staff_actor, take_in, world
from tests.directory import builders as directory

TABLES = ("casework", "alert", "alert_home", "mention")
"""What a merge or split may change; timelines, notifications and the audit log only grow."""


def snapshot(of: World) -> dict[str, list[dict[str, Any]]]:
    """Whole tables, apart from the revision that every step of a case raises and the ids of pointers."""
    drop = {"casework": {"revision"}, "alert_home": {"id"}}
    return {
        name: sorted(
            (
                {key: value for key, value in row._mapping.items() if key not in drop.get(name, ())}
                for row in rows(of, name)
            ),
            key=lambda row: str(row.get("id") or row["alert_id"]),
        )
        for name in TABLES
    }


def alerts_of(of: World, *cases: CaseView) -> list[list[UUID]]:
    with of.engine.work.read() as view:
        found = reading.alerts_of_cases(view, [each.id for each in cases])
    return [[alert.id for alert in found.get(each.id, ())] for each in cases]


def told(of: World, one: CaseView) -> list[str]:
    """Kinds of the lines that the page of a case shows, with the case of those that are another's."""
    with of.engine.work.read() as view:
        detail = reading.case_detail(view, reading.case_views(view, [one.id])[one.id])
    return [f"{entry.case_ref}:{entry.kind}" if entry.case_ref else entry.kind for entry in detail.together]


def two(of: World) -> tuple[CaseView, CaseView]:
    """Two cases of Acme, the second an hour later and due later."""
    first = open_case(of, 3)
    of.later(hours=1)
    return first, open_case(of, 2, touchpoint="training.held")


def test_a_merged_case_goes_into_the_one_that_stays_with_all_it_holds(engine: Engine) -> None:
    of = world(engine)
    first, second = two(of)
    dana = staff_actor(of.dana)
    service.note(engine.work, dana, first.id, "They waited nine days.")
    of.later(minutes=1)
    service.merge(engine.work, dana, first.id, second.id, expected=2)
    gone, stays = case(of, first.id), case(of, second.id)
    assert (gone.state, gone.outcome) == ("closed", "merged")
    assert (stays.state, stays.owner, stays.severity) == ("new", second.owner, "high")
    assert (stays.due_at, stays.contact_due_at, stays.resolve_due_at) == (
        first.due_at, first.contact_due_at, first.resolve_due_at,
    )  # fmt: skip
    assert (stays.score, stays.opened_at) == (2, second.opened_at)  # the later answer; nothing begins anew
    assert [len(each) for each in alerts_of(of, gone, stays)] == [0, 2]
    assert sorted(told(of, stays)) == sorted([f"{first.ref}:opened", f"{first.ref}:noted", "opened", "merged"])
    assert told(of, stays)[0] == f"{first.ref}:opened"
    with engine.work.read() as view:
        for known_as in (first.ref, str(first.id)):
            assert reading.get_visible_case(view, EVERYTHING, known_as).ref == second.ref
        [response] = {row.response_id for row in rows(of, "alert") if row.case_id == first.id}
        assert reading.responses_with_case(view, [response]) == {response: second.id}
        progress = reading.progress_of(view, response)
        assert progress is not None
        assert progress.closed_at is None  # whoever waits for an answer is not told that it is over


def test_what_a_merged_case_still_owed_is_owed_by_the_one_that_stays(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    dana, second = staff_actor(of.dana), open_case(of, touchpoint="training.held")
    service.log_contact(sqlite_engine.work, dana, second.id)
    of.later(minutes=5)
    first = open_case(of)
    service.merge(sqlite_engine.work, dana, first.id, second.id)
    stays = case(of, second.id)
    assert stays.awaits_contact
    assert (stays.due_at, stays.contact_due_at) == (first.contact_due_at, first.contact_due_at)
    service.log_contact(sqlite_engine.work, dana, second.id)
    assert case(of, second.id).due_at == second.resolve_due_at


@pytest.mark.parametrize("by_survivor", [True, False])
def test_taking_a_merge_back_restores_every_row(engine: Engine, by_survivor: bool) -> None:
    of = world(engine)
    first, second = two(of)
    dana = staff_actor(of.dana)
    service.snooze(engine.work, dana, second.id, of.now + timedelta(days=1))
    before = snapshot(of)
    service.merge(engine.work, dana, first.id, second.id)
    assert snapshot(of) != before
    with engine.work.read() as view:
        stays = reading.get_undoable_case(view, EVERYTHING, second.ref if by_survivor else first.ref)
    service.undo(engine.work, dana, stays.id)
    assert snapshot(of) == before
    with pytest.raises(Conflict):
        service.undo(engine.work, dana, stays.id)


def test_a_merge_of_a_while_ago_or_of_somebody_else_stands(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = two(of)
    service.merge(sqlite_engine.work, staff_actor(of.dana), first.id, second.id)
    with pytest.raises(Conflict):
        service.undo(sqlite_engine.work, staff_actor(of.luis), second.id)
    of.later(minutes=2)
    with pytest.raises(Conflict, match="a while ago"):
        service.undo(sqlite_engine.work, staff_actor(of.dana), second.id)


def test_what_comes_next_on_a_merged_matter_joins_the_case_that_stays(engine: Engine) -> None:
    of = world(engine)
    first, second = two(of)
    service.merge(engine.work, staff_actor(of.dana), first.id, second.id)
    assert open_case(of, 1).id == second.id  # the touchpoint of the merged one
    assert open_case(of, 1, touchpoint="training.held").id == second.id
    assert len(rows(of, "casework")) == 2


def test_partners_that_are_one_by_an_alias_merge_their_cases_too(engine: Engine) -> None:
    of = world(engine)
    first, second = open_case(of, 3), open_case(of, 2, partner=of.brisk, touchpoint="training.held")
    dana = staff_actor(of.dana)
    with pytest.raises(Invalid, match="another partner"):
        service.merge(engine.work, dana, first.id, second.id)
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.merge_partners(uow, of.acme.id, of.brisk.id)
    before = snapshot(of)
    service.merge(engine.work, dana, first.id, second.id)
    assert [len(each) for each in alerts_of(of, first, second)] == [0, 2]
    service.undo(engine.work, dana, second.id)
    assert snapshot(of) == before


def test_a_merge_that_makes_no_sense_is_refused_in_words(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    work, dana = sqlite_engine.work, staff_actor(of.dana)
    first, second = two(of)
    praise = open_case(of, 10)
    with pytest.raises(Invalid, match="same case"):
        service.merge(work, dana, first.id, first.id)
    with pytest.raises(Invalid, match="lighter kind"):
        service.merge(work, dana, first.id, praise.id)
    service.merge(work, dana, praise.id, first.id)
    with pytest.raises(Conflict, match="open cases"):
        service.merge(work, dana, praise.id, second.id)
    service.pause(work, dana, first.id, reason="awaiting_partner", text="They look for it.")
    with pytest.raises(Invalid, match="stands still"):
        service.merge(work, dana, second.id, first.id)


def test_a_thank_you_that_goes_into_a_recovery_hurries_nobody(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    praise = open_case(of, 10)
    of.later(days=8)
    bad = open_case(of, 3)
    assert praise.due_at < bad.due_at
    service.merge(sqlite_engine.work, staff_actor(of.dana), praise.id, bad.id)
    assert (case(of, bad.id).due_at, case(of, bad.id).resolve_due_at) == (bad.due_at, bad.resolve_due_at)


def test_nobody_works_on_a_case_that_was_merged(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = two(of)
    dana = staff_actor(of.dana)
    service.merge(sqlite_engine.work, dana, first.id, second.id)
    for act in (service.reopen, service.note):
        with pytest.raises(Conflict, match="merged into another"):
            act(sqlite_engine.work, dana, first.id, "Still here?")


def test_a_case_that_was_split_off_is_closed_and_reopened_beside_the_other(engine: Engine) -> None:
    of = world(engine)
    opened, alerts = joined(of, 3, 2)
    dana = staff_actor(of.dana)
    new_id = service.split(engine.work, dana, opened.id, [alerts[1].id])
    service.close(engine.work, dana, new_id, outcome="settled", root_cause="late")
    service.reopen(engine.work, dana, new_id, "It came back.")
    service.close(engine.work, dana, opened.id, outcome="settled", root_cause="late")
    service.reopen(engine.work, dana, opened.id, "That one, too.")
    assert [row.state for row in rows(of, "casework")] == ["reopened", "reopened"]


def test_both_owners_hear_of_a_merge_and_whoever_did_it_does_not(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = two(of)
    service.assign(sqlite_engine.work, SYSTEM, first.id, of.luis.id)
    third = directory.staff(sqlite_engine, "third@ours.example", role="program_owner")
    service.merge(sqlite_engine.work, staff_actor(third), first.id, second.id)
    mails = [row for row in rows(of, "notification") if row.channel == "email" and row.news in ("merged", "closed")]
    told = {(row.recipient_id, row.news, row.case_id) for row in mails}
    assert told == {(of.dana.id, "merged", second.id), (of.luis.id, "closed", first.id)}


# ---- splits


def joined(of: World, *scores: int) -> tuple[CaseView, list[Any]]:
    """One case with an alert for each score, an hour apart; and the alerts."""
    opened = open_case(of, scores[0])
    for score in scores[1:]:
        of.later(hours=1)
        assert open_case(of, score).id == opened.id
    return case(of, opened.id), sorted(rows(of, "alert"), key=lambda row: row.answered_at)


def test_alerts_split_off_become_a_case_counted_from_their_own_time(engine: Engine) -> None:
    of = world(engine)
    opened, alerts = joined(of, 3, 2, 1)
    dana = staff_actor(of.dana)
    of.later(hours=1)
    new_id = service.split(engine.work, dana, opened.id, [alerts[1].id, alerts[2].id], expected=3)
    new, stays = case(of, new_id), case(of, opened.id)
    assert alerts_of(of, stays, new) == [[alerts[0].id], [alerts[1].id, alerts[2].id]]
    assert new.opened_at == alerts[1].raised_at
    assert new.contact_due_at == opened.contact_due_at + timedelta(hours=1)  # of eight working hours, from 11:12 on
    assert (stays.due_at, stays.resolve_due_at) == (opened.due_at, opened.resolve_due_at)
    assert (stays.score, new.score, new.state, new.owner) == (3, 1, "new", opened.owner)
    assert told(of, new) == [f"{opened.ref}:opened", f"{opened.ref}:joined", f"{opened.ref}:joined", "split"]
    service.note(engine.work, dana, stays.id, "Later.")
    assert f"{opened.ref}:noted" not in told(of, new)
    assert told(of, stays) == ["opened", "joined", "joined", "split", "noted"]
    assert open_case(of, 0).id == stays.id  # the group is still that of the case it was split off


def test_what_was_done_before_an_answer_came_is_not_done_for_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    dana = staff_actor(of.dana)
    service.log_contact(sqlite_engine.work, dana, opened.id)
    of.later(hours=1)
    open_case(of, 1)
    late = max(rows(of, "alert"), key=lambda row: row.answered_at)
    new = case(of, service.split(sqlite_engine.work, dana, opened.id, [late.id]))
    assert (new.state, new.contacted_at, new.awaits_contact) == ("new", None, True)
    assert new.left == timedelta(hours=8)


def test_what_was_merged_and_split_off_again_knows_where_it_came_from(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = two(of)
    dana = staff_actor(of.dana)
    service.merge(sqlite_engine.work, dana, first.id, second.id)
    [its_alert] = [row.id for row in rows(of, "alert") if row.case_id == first.id]
    of.later(minutes=1)
    new = case(of, service.split(sqlite_engine.work, dana, second.id, [its_alert]))
    assert (new.touchpoint, new.due_at, new.score) == (first.touchpoint, first.due_at, 3)
    assert told(of, new) == [f"{first.ref}:opened", f"{second.ref}:opened", f"{second.ref}:merged", "split"]


def test_taking_a_split_back_restores_every_row_there_was(engine: Engine) -> None:
    of = world(engine)
    opened, alerts = joined(of, 3, 2)
    dana = staff_actor(of.dana)
    before = snapshot(of)
    new_id = service.split(engine.work, dana, opened.id, [alerts[1].id])
    service.undo(engine.work, dana, opened.id)
    after = snapshot(of)
    added = [row for row in after["casework"] if row["id"] == new_id]
    # Its number was given out: it stays, ended, and leads to the case it came from.
    assert [(row["outcome"], row["merged_into_id"]) for row in added] == [("merged", opened.id)]
    after["casework"] = [row for row in after["casework"] if row["id"] != new_id]
    assert after == before
    assert alerts_of(of, opened) == [[alerts[0].id, alerts[1].id]]
    with engine.work.read() as view:
        assert reading.get_visible_case(view, EVERYTHING, str(new_id)).id == opened.id


def test_a_split_that_was_worked_on_cannot_be_taken_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened, alerts = joined(of, 3, 2)
    dana = staff_actor(of.dana)
    new_id = service.split(sqlite_engine.work, dana, opened.id, [alerts[1].id])
    service.note(sqlite_engine.work, dana, new_id, "Mine.")
    with pytest.raises(Conflict):
        service.undo(sqlite_engine.work, dana, opened.id)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], "Choose alerts of this case"),
        ([0, 1], "One alert at least has to stay"),
        ([2], "Choose alerts of this case"),  # of another case
    ],
)
def test_a_split_that_makes_no_sense_is_refused_in_words(
    sqlite_engine: Engine, chosen: Sequence[int], words: str
) -> None:
    of = world(sqlite_engine)
    opened, alerts = joined(of, 3, 2)
    open_case(of, 3, touchpoint="training.held")
    alerts += [row for row in rows(of, "alert") if row.touchpoint == "training.held"]
    dana = staff_actor(of.dana)
    with pytest.raises(Invalid, match=words):
        service.split(sqlite_engine.work, dana, opened.id, [alerts[number].id for number in chosen])
    service.close(sqlite_engine.work, dana, opened.id, outcome="settled", root_cause="late")
    with pytest.raises(Conflict, match="closed"):
        service.split(sqlite_engine.work, dana, opened.id, [alerts[0].id])


def test_a_part_does_not_alarm_again_of_what_the_whole_alarmed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened, alerts = joined(of, 3, 2)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        store.change_case(uow, opened.id, 2, {"rung": 1, "revision": 3})
    of.later(hours=24)
    service.split(sqlite_engine.work, staff_actor(of.dana), opened.id, [alerts[1].id])
    [new] = [row for row in rows(of, "casework") if row.split_from_id]
    assert new.rung == 1


def test_whoever_is_to_be_called_is_not_asked_while_the_case_that_stays_is_open(engine: Engine) -> None:
    of = world(engine)
    first, second = two(of)
    dana = staff_actor(of.dana)
    person = rows(of, "alert")[0].person
    service.merge(engine.work, dana, first.id, second.id)
    with engine.work.read() as view:
        assert reading.open_case_persons(view, [person]) == {person}
    service.close(engine.work, dana, second.id, outcome="settled", root_cause="late")
    with engine.work.read() as view:
        assert reading.open_case_persons(view, [person]) == set()


def test_two_who_merge_the_same_pair_both_ways_do_not_both_win(engine: Engine) -> None:
    of = world(engine)
    first, second = two(of)
    service.merge(engine.work, staff_actor(of.dana), first.id, second.id, expected=1)
    with pytest.raises(Conflict):
        service.merge(engine.work, staff_actor(of.luis), second.id, first.id, expected=1)


def test_a_changed_answer_of_a_merged_case_is_noted_on_the_one_that_stays(engine: Engine) -> None:
    from tests.alerts.builders import changed

    of = world(engine)
    event = answer(of, 3)
    take_in(of, event)
    [first] = rows(of, "casework")
    second = open_case(of, 2, touchpoint="training.held")
    service.merge(engine.work, staff_actor(of.dana), first.id, second.id)
    take_in(of, changed(of, event, 5))
    noted = [row.case_id for row in rows(of, "case_entry") if row.kind == "score_changed"]
    assert noted == [second.id]


def test_the_list_of_a_merged_case_leads_to_the_one_that_stays(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = two(of)
    service.merge(sqlite_engine.work, staff_actor(of.dana), first.id, second.id)
    with sqlite_engine.work.read() as view:
        page = reading.list_cases(view, CaseFilter(EVERYTHING, "team"))
        assert [each.id for each in page.rows] == [second.id]
        assert history.together(view, store.case_by_id(view, first.id), (), ()) == ()
