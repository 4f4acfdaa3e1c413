"""The timeline of a case says when a target was missed: at that instant, once, whoever was there to see it."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import reading, service
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import (
    ALERTS,
    World,
    call,
    case,
    close,
    joined,
    merge,
    open_case,
    pause,
    publish,
    reopen,
    resume,
    split,
    staff_actor,
    tick,
    undo,
    world,
)
from tests.alerts.site import browser, staff, words
from tests.directory import builders as directory


def missed(of: World, one: CaseView) -> list[tuple[str, datetime]]:
    """What was missed when, as the page of a case tells it."""
    return [(target, at) for target, at, _ in missed_by(of, one)]


def missed_by(of: World, one: CaseView) -> list[tuple[str, datetime, str]]:
    """The same, each with the reference of the case that missed it; empty where that is this one."""
    with of.engine.work.read() as view:
        told = reading.case_detail(view, reading.case_views(view, [one.id])[one.id]).together
    return [(entry.detail["of"], entry.at, entry.case_ref) for entry in told if entry.kind == "missed"]


def test_a_missed_target_stands_at_its_instant_whether_or_not_a_worker_was_there(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of)
    of.later(days=30)
    first, last = ("contact", opened.contact_due_at), ("settlement", opened.resolve_due_at)
    assert missed(of, opened) == [first, last]
    tick(of)
    assert missed(of, opened) == [first, last]
    call(of, opened)
    assert missed(of, opened) == [first, last]
    page = words(browser(engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert page.count("The first contact became overdue") == page.count("Settling became overdue") == 1


def test_what_is_done_in_time_or_never_owed_was_not_missed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    called, quick, thanked = open_case(of), open_case(of, partner=of.brisk), open_case(of, 10)
    call(of, called)
    close(of, quick)
    of.later(days=30)
    assert missed(of, called) == [("settlement", called.resolve_due_at)]
    assert missed(of, quick) == missed(of, thanked) == []


def test_a_clock_that_stands_still_misses_nothing(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    pause(of, opened)
    of.later(days=30)
    assert missed(of, opened) == []
    resume(of, opened)
    assert missed(of, opened) == []
    of.later(days=30)
    later = case(of, opened.id)
    assert missed(of, opened) == [("contact", later.contact_due_at), ("settlement", later.resolve_due_at)]


def test_new_due_times_take_no_miss_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    call(of, opened)
    of.later(days=30)
    close(of, opened)
    of.later(days=1)
    reopen(of, opened)
    of.later(hours=1)
    assert missed(of, opened) == [("settlement", opened.resolve_due_at)]
    again = case(of, opened.id)
    of.later(days=30)
    assert missed(of, opened) == [
        ("settlement", opened.resolve_due_at),
        ("contact", again.due_at),
        ("settlement", again.resolve_due_at),
    ]


def test_whoever_is_given_a_case_by_another_clock_moves_no_due_time_and_no_miss(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    kei = directory.staff(sqlite_engine, "kei@ours.example", name="Kei Mori", time_zone="Asia/Tokyo")
    opened = open_case(of)
    of.later(days=2)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, kei.id)
    given = case(of, opened.id)
    assert (given.due_at, given.resolve_due_at) == (opened.due_at, opened.resolve_due_at)
    of.later(days=30)
    assert missed(of, opened) == [("contact", opened.contact_due_at), ("settlement", opened.resolve_due_at)]


def test_a_merged_case_brings_its_misses_along(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first = open_case(of)
    of.later(days=2)
    second = open_case(of, touchpoint="training.held")
    merge(of, first, second)
    of.later(minutes=1)
    assert missed(of, second) == [("contact", first.contact_due_at)]
    assert second.opened_at - first.contact_due_at < timedelta(days=2)


def test_a_miss_stands_once_under_the_case_whose_it_was(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    late = open_case(of)
    of.later(hours=2)
    called = open_case(of, touchpoint="training.held")
    call(of, called)
    of.later(days=2)
    merge(of, late, called)
    of.later(minutes=1)
    assert missed(of, called) == [("contact", late.contact_due_at)]
    with sqlite_engine.work.read() as view:
        told = reading.case_detail(view, case(of, called.id)).together
    assert [entry.case_ref for entry in told if entry.kind == "missed"] == [late.ref]


def test_a_part_has_the_time_that_the_whole_had_and_misses_nothing_before_it_stood_alone(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    whole = open_case(of)
    of.later(hours=1)
    late = joined(of)
    of.later(hours=1)
    pause(of, whole)
    of.later(days=14)
    resume(of, whole)
    of.later(minutes=5)
    part = split(of, whole, late)
    assert part.contact_due_at > of.now + timedelta(hours=4)
    assert part.resolve_due_at > case(of, whole.id).resolve_due_at
    assert missed(of, part) == missed(of, whole) == []
    of.later(days=30)
    assert missed(of, part) == [("contact", part.contact_due_at), ("settlement", part.resolve_due_at)]


def test_a_part_tells_what_the_whole_and_what_was_merged_into_it_missed_until_then(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    whole = open_case(of)
    of.later(hours=1)
    other = open_case(of, touchpoint="training.held")
    of.later(days=2)
    late = joined(of)
    merge(of, other, whole)
    of.later(minutes=5)
    part = split(of, whole, late)
    of.later(minutes=1)
    before = [("contact", whole.contact_due_at, whole.ref), ("contact", other.contact_due_at, other.ref)]
    assert missed_by(of, part) == before
    assert missed(of, part) == missed(of, whole)
    of.later(days=30)
    own = [("contact", part.contact_due_at, ""), ("settlement", part.resolve_due_at, "")]
    assert missed_by(of, part) == [*before, *own]
    page = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{part.ref}").text)
    assert page.count("The first contact became overdue") == 3


def test_a_part_of_a_case_that_was_opened_again_has_its_time_from_then_on(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    whole = open_case(of)
    of.later(hours=1)
    late = joined(of)
    close(of, whole)
    of.later(days=20)
    again = reopen(of, whole)
    of.later(minutes=5)
    part = split(of, whole, late)
    assert (part.contact_due_at, part.resolve_due_at) == (again.due_at, again.resolve_due_at)
    assert missed(of, part) == []


def test_a_closing_that_was_taken_back_gives_a_part_no_time_anew(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    whole = open_case(of)
    of.later(hours=1)
    late = joined(of)
    call(of, whole)
    contacted = case(of, whole.id).contacted_at
    of.later(days=2)
    close(of, whole)
    undo(of, whole)
    of.later(minutes=5)
    part = split(of, whole, late)
    assert part.contacted_at == contacted
    assert part.resolve_due_at < whole.resolve_due_at + timedelta(hours=24)


def test_a_contact_that_nobody_owed_was_not_missed_by_a_part(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    whole = open_case(of)
    call(of, whole)
    of.later(hours=1)
    late = joined(of)
    of.later(days=2)
    part = split(of, whole, late)
    assert (part.left, part.contact_due_at) == (timedelta(hours=8), part.due_at)
    assert part.resolve_due_at == whole.resolve_due_at + timedelta(hours=1)
    of.later(minutes=1)
    assert missed(of, part) == []
    of.later(days=1)
    assert missed(of, part) == [("contact", part.contact_due_at)]


def test_where_nobody_is_named_for_missed_times_the_case_leads_to_where_somebody_is_or_says_who_can(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik = directory.staff(of.engine, "henrik@ours.example", "program_owner", name="Henrik Solberg")
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    opened = open_case(of)
    of.later(days=30)

    def shown(member: StaffView) -> str:
        page = browser(sqlite_engine, staff(member)).get(f"/cases/{opened.ref}").text
        return page.partition('id="told"')[2].partition("</section>")[0]

    for steers in (henrik, priya):
        assert '<a href="/program/alerts/bench">Name somebody for cases from now on</a>' in shown(steers)
        assert "Who can name somebody" not in shown(steers)
    assert "Who can name somebody for cases from now on: Henrik Solberg, Priya Raman." in words(shown(of.dana))
    assert "/program/alerts/bench" not in shown(of.dana)
    publish(sqlite_engine, ALERTS + "escalation: [{after_hours: 4, to: 'team:Alliances'}]\n")
    for member in (henrik, of.dana):
        told = words(shown(member))
        assert "when the case was opened, the alerts of this program named nobody for that." in told
        assert "an name somebody" not in told
        assert "Name somebody" not in told
