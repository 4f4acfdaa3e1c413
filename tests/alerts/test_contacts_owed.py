"""Where cases were merged and split, clock, worker, figures and timeline agree about who is still to be called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerts import reading, service
from alerts.figures import store as figures_store
from alerts.figures.casework import figures_of
from alerts.figures.reading import case_lines
from alerts.reading import EVERYTHING
from alerts.views import CaseView
from feedback_engine.directory.views import ContactView
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import (
    ALERTS,
    World,
    answer,
    call,
    case,
    close,
    joined,
    merge,
    open_case,
    pause,
    reopen,
    resume,
    rows,
    split,
    staff_actor,
    take_in,
    tick,
    undo,
    world,
)
from tests.alerts.site import browser, staff, words
from tests.alerts.test_meetings import TALK, invite
from tests.alerts.test_misses import missed
from tests.alerts.threads import live_world, write
from tests.clocks import WalkingClock
from tests.directory import builders as directory

START = datetime(2026, 1, 1, tzinfo=UTC)
ALARMING = ALERTS + "escalation: [{after_hours: 0, to: team:Alliances}]\n"


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
    call(of, whole)
    of.later(hours=1)
    return whole, joined(of)


def test_a_part_owes_a_contact_from_the_split_on_where_the_whole_owed_none(engine: Engine) -> None:
    of = world(engine, ALARMING)
    whole, late = joined_after_a_call(of)
    of.later(days=2)
    part = split(of, whole, late)
    of.later(minutes=1)
    tick(of)
    assert (part.left, told(of, part), contact_met(of, part)) == (timedelta(hours=8), [], None)
    of.later(days=1)
    tick(of)
    assert (missed(of, part), told(of, part)) == ([("contact", part.contact_due_at)], ["contact"])
    assert contact_met(of, part) is False


def by_call(of: World, whole: CaseView, whom: ContactView) -> None:
    service.log_contact(of.engine.work, staff_actor(of.dana), whole.id, contact_id=whom.id)


def by_letter(of: World, whole: CaseView, whom: ContactView) -> None:
    write(of, whole)  # goes to whoever answered last


def by_invitation(of: World, whole: CaseView, whom: ContactView) -> None:
    invite(of, whole, replace(TALK, guest_id=whom.id))


@pytest.mark.parametrize("clock", [MovedClock, WalkingClock], indirect=True)
@pytest.mark.parametrize("reach", [by_call, by_letter, by_invitation])
@pytest.mark.parametrize("is_of_the_part", [True, False])
def test_a_contact_with_somebody_of_the_rest_is_none_of_a_part(
    engine: Engine, reach: Callable[[World, CaseView, ContactView], None], is_of_the_part: bool
) -> None:
    of = live_world(engine)
    katrin = directory.contact(engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    whole = open_case(of)
    answered = []
    for whom in (of.ana, katrin) if is_of_the_part else (katrin, of.ana):
        of.later(hours=1)
        take_in(of, answer(of).model_copy(update={"contact_id": whom.id}))
        answered.append((whom, rows(of, "alert")[-1].id))
    reach(of, whole, answered[-1][0])
    part = split(of, whole, {alert for whom, alert in answered if whom is katrin})
    assert (part.awaits_contact, part.state) == ((False, "in_progress") if is_of_the_part else (True, "acknowledged"))


def test_a_call_of_which_nobody_says_with_whom_is_one_of_a_part_too(engine: Engine) -> None:
    of = world(engine)
    katrin = directory.contact(engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    whole = open_case(of)
    take_in(of, answer(of).model_copy(update={"contact_id": katrin.id}))
    service.log_contact(engine.work, staff_actor(of.dana), whole.id)
    part = split(of, whole, {rows(of, "alert")[-1].id})
    assert (part.awaits_contact, part.state) == (False, "in_progress")


def test_a_part_that_has_to_be_settled_before_it_owes_a_contact_shows_that_time(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    whole, late = joined_after_a_call(of)
    of.later(days=6, hours=22)
    part = split(of, whole, late)
    assert of.now < part.due_at == part.resolve_due_at < part.contact_due_at
    of.later(hours=4)
    tick(of)
    assert missed(of, part) == [("settlement", part.resolve_due_at)]
    assert (told(of, part), contact_met(of, part)) == (["settlement"], None)
    of.later(days=2)
    both = [("settlement", part.resolve_due_at), ("contact", part.contact_due_at)]
    assert (missed(of, part), contact_met(of, part)) == (both, False)
    call(of, part)
    tick(of)
    assert (missed(of, part), contact_met(of, part)) == (both, False)
    assert told(of, part) == ["settlement"]


def test_a_part_of_shorter_terms_is_not_over_before_the_whole_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    whole = open_case(of)
    of.later(hours=1)
    late = joined(of, 8, wants_contact=True)  # a callback has 24 hours, a recovery 40
    of.later(hours=1)
    call(of, whole)
    of.later(days=3, hours=2)
    part = split(of, whole, late)
    assert (part.kind, part.resolve_due_at, part.due_at) == ("callback", whole.resolve_due_at, whole.resolve_due_at)
    tick(of)
    assert (missed(of, part), told(of, part)) == ([], [])
    of.later(days=7)
    tick(of)
    assert missed(of, part) == [("settlement", whole.resolve_due_at)]
    assert told(of, part) == ["settlement"]


def test_a_part_of_a_case_that_owes_a_contact_anew_does_not_alarm_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    whole, late = joined_after_a_call(of)
    close(of, whole)
    of.later(minutes=5)
    reopen(of, whole)
    of.later(days=1, hours=2)
    tick(of)
    assert told(of, whole) == ["contact"]
    part = split(of, whole, late)
    tick(of)
    assert (part.due_at, told(of, part)) == (case(of, whole.id).due_at, [])


def test_the_main_deed_is_the_call_while_it_is_owed_and_then_to_close(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)

    def main() -> list[str]:
        page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
        return re.findall(r'<summary role="button" data-key="\w">([^<]+?) *<', page)

    assert main() == ["Log call"]
    call(of, opened)
    assert main() == ["Close"]
    of.later(hours=1)
    joined(of)
    assert main() == ["Log call"]


# ---- merged


def due_sooner(of: World) -> tuple[CaseView, CaseView]:
    """A case that was called about too late and is to be settled soon, and one to be called about after that."""
    soon = open_case(of)
    of.later(days=2)
    call(of, soon)
    of.later(days=4, hours=22)
    fresh = open_case(of, touchpoint="training.held")
    assert case(of, soon.id).resolve_due_at < fresh.contact_due_at
    return soon, fresh


def test_a_merge_into_a_case_that_is_due_sooner_owes_no_contact_and_improves_no_figure(engine: Engine) -> None:
    of = world(engine, ALARMING)
    soon, fresh = due_sooner(of)
    assert contact_met(of, soon) is False
    stays = merge(of, fresh, soon)
    assert (stays.awaits_contact, stays.due_at) == (False, soon.resolve_due_at)
    of.later(days=5)
    tick(of)
    assert told(of, stays) == ["settlement"]
    assert missed(of, stays) == [("contact", soon.contact_due_at), ("settlement", soon.resolve_due_at)]
    assert contact_met(of, stays) is False


def test_a_case_that_another_which_is_due_sooner_goes_into_counts_to_the_end_too(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    soon, fresh = due_sooner(of)
    stays = merge(of, soon, fresh)
    assert (stays.awaits_contact, stays.due_at, stays.contact_due_at) == (
        False, soon.resolve_due_at, fresh.contact_due_at,
    )  # fmt: skip
    page = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{stays.ref}").text)
    assert "Settle by" in page
    assert "Contact by" not in page
    of.later(hours=3)
    tick(of)
    assert told(of, stays) == ["settlement"]
    call(of, stays)
    tick(of)
    assert told(of, stays) == ["settlement"]  # what was told once is not told again for the call


def test_a_pause_shifts_the_contact_and_not_to_the_end(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    soon, fresh = due_sooner(of)
    merge(of, soon, fresh)
    pause(of, fresh)
    of.later(days=1)
    later = resume(of, fresh)
    assert later.contact_due_at == fresh.contact_due_at + timedelta(days=1)
    assert (later.due_at, later.awaits_contact) == (soon.resolve_due_at + timedelta(days=1), False)


def test_a_contact_that_a_merge_brought_is_missed_by_the_case_that_stays(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    called, waiting = open_case(of), open_case(of, touchpoint="training.held")
    call(of, called)
    merge(of, waiting, called)
    of.later(minutes=1)
    assert contact_met(of, called) is True
    of.later(days=2)
    tick(of)
    assert (missed(of, called), told(of, called)) == ([("contact", waiting.contact_due_at)], ["contact"])
    assert contact_met(of, called) is False
    call(of, called)
    assert contact_met(of, called) is False


def test_a_contact_that_was_missed_before_a_merge_goes_along(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    late, called = open_case(of), open_case(of, touchpoint="training.held")
    call(of, called)
    of.later(days=2)
    merge(of, late, called)
    call(of, called)
    assert contact_met(of, called) is False


def test_a_call_about_the_other_case_since_one_was_opened_is_the_contact_that_it_owed(engine: Engine) -> None:
    of = world(engine, ALARMING)
    owed, called = open_case(of), open_case(of, touchpoint="training.held")
    of.later(minutes=5)
    call(of, called)
    stays = merge(of, owed, called)
    assert (stays.awaits_contact, stays.due_at, stays.contacted_at) == (False, owed.resolve_due_at, of.now)
    of.later(days=2)
    tick(of)
    assert (missed(of, stays), told(of, stays), contact_met(of, stays)) == ([], [], True)


def test_it_is_the_contact_of_the_case_that_stays_too_until_the_merge_is_taken_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    owed, called = open_case(of), open_case(of, touchpoint="training.held")
    of.later(minutes=5)
    call(of, called)
    stays = merge(of, called, owed)
    assert (stays.awaits_contact, stays.due_at, stays.contacted_at) == (False, owed.resolve_due_at, of.now)
    back = undo(of, stays)
    assert (back.awaits_contact, back.due_at, back.contacted_at) == (True, owed.due_at, None)


def test_a_call_about_the_other_case_before_one_was_opened_again_leaves_it_owed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    called, again = open_case(of, touchpoint="training.held"), open_case(of)
    close(of, again)
    of.later(minutes=5)
    call(of, called)
    of.later(minutes=5)
    again = reopen(of, again)
    stays = merge(of, again, called)
    assert (stays.awaits_contact, stays.due_at) == (True, again.due_at)


def test_a_call_about_the_other_case_that_came_too_late_stays_late_in_a_merge(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    late, called = open_case(of), open_case(of, touchpoint="training.held")
    of.later(days=2)
    call(of, called)
    stays = merge(of, late, called)
    assert (stays.awaits_contact, contact_met(of, stays)) == (False, False)


# ---- opened again


def reopened(of: World, after: timedelta, *, called: bool) -> CaseView:
    """A case that was closed at once, with a call or without, and opened again later."""
    opened = open_case(of)
    if called:
        call(of, opened)
    close(of, opened)
    of.later(seconds=after.total_seconds())
    return reopen(of, opened)


def test_a_case_that_was_closed_without_a_call_owes_one_anew_when_it_is_opened_again(engine: Engine) -> None:
    of = world(engine, ALARMING)
    again = reopened(of, timedelta(days=5), called=False)
    assert (again.contact_due_at, contact_met(of, again)) == (again.due_at, None)
    assert again.contact_due_at > of.now
    with engine.work.read() as view:
        progress = reading.progress_of(view, rows(of, "alert")[0].response_id)
    assert progress is not None
    assert progress.contact_due_at == again.due_at
    of.later(minutes=5)
    call(of, again)
    assert (contact_met(of, again), missed(of, again)) == (True, [])


def test_a_case_that_is_opened_again_and_not_called_about_misses_the_new_time(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    again = reopened(of, timedelta(days=5), called=False)
    of.later(days=4)
    assert (contact_met(of, again), missed(of, again)) == (False, [("contact", again.contact_due_at)])


def test_a_contact_that_was_missed_before_a_case_was_closed_stays_missed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    opened = open_case(of)
    of.later(days=2)
    close(of, opened)
    reopen(of, opened)
    assert contact_met(of, opened) is False
    of.later(minutes=5)
    call(of, opened)
    assert (contact_met(of, opened), missed(of, opened)) == (False, [("contact", opened.contact_due_at)])


def test_a_call_that_came_too_late_is_not_in_time_because_the_case_is_opened_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    opened = open_case(of)
    of.later(days=2)
    call(of, opened)
    close(of, opened)
    of.later(days=1)
    reopen(of, opened)
    assert (case(of, opened.id).contact_due_at, contact_met(of, opened)) == (opened.contact_due_at, False)


def test_a_case_that_is_opened_again_after_a_call_misses_the_contact_that_it_owes_anew(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    again = reopened(of, timedelta(days=5), called=True)
    of.later(minutes=5)
    assert (contact_met(of, again), missed(of, again)) == (True, [])
    of.later(days=4)
    assert (missed(of, again), contact_met(of, again)) == ([("contact", again.due_at)], False)
    call(of, again)
    assert contact_met(of, again) is False


def test_the_receipt_of_a_merged_case_names_the_time_by_which_its_clock_waits_for_the_call(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine, ALARMING)
    again = reopened(of, timedelta(days=30), called=True)
    of.later(hours=2)
    fresh = open_case(of, touchpoint="training.held")
    assert again.due_at < fresh.due_at
    stays = merge(of, again, fresh)
    assert stays.awaits_contact
    with sqlite_engine.work.read() as view:
        progress = reading.progress_of(view, fresh.response_id)
    assert progress is not None
    assert (progress.contacted_at, progress.contact_due_at) == (None, stays.due_at)


def test_a_reopening_that_is_taken_back_gives_the_contact_its_time_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    again = reopened(of, timedelta(days=5), called=False)
    back = undo(of, again)
    assert back.contact_due_at < back.opened_at + timedelta(days=2)
    assert contact_met(of, back) is False


def test_a_case_whose_contact_was_made_brings_none_into_a_merge(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    again = reopened(of, timedelta(days=30), called=True)
    fresh = open_case(of, touchpoint="training.held")
    merge(of, again, fresh)
    assert case(of, fresh.id).contact_due_at == fresh.contact_due_at
    of.later(minutes=5)
    call(of, fresh)
    assert (contact_met(of, fresh), missed(of, fresh)) == (True, [])


# ---- paused


def test_a_pause_takes_no_missed_contact_out_of_the_figures(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    opened = open_case(of)
    of.later(days=5)
    assert contact_met(of, opened) is False
    pause(of, opened)
    assert (contact_met(of, opened), missed(of, opened)) == (False, [("contact", opened.contact_due_at)])


def test_a_call_in_a_pause_that_began_in_time_is_in_time(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    opened = open_case(of)
    of.later(hours=1)
    pause(of, opened)
    of.later(days=5)
    call(of, opened)
    assert (contact_met(of, opened), missed(of, opened)) == (True, [])
    of.later(hours=1)
    resume(of, opened)
    assert (contact_met(of, opened), missed(of, opened)) == (True, [])


def test_a_call_in_a_pause_that_began_too_late_is_too_late(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALARMING)
    opened = open_case(of)
    of.later(days=2)
    pause(of, opened)
    of.later(days=1)
    call(of, opened)
    resume(of, opened)
    assert (contact_met(of, opened), missed(of, opened)) == (False, [("contact", opened.contact_due_at)])
