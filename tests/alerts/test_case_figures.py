"""The manager's view: by hand, on its page and by program, and only of the cases that the reader may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerts import service
from alerts.clocks.rests import rests_of
from alerts.figures.casework import CaseLine, figures_of
from alerts.figures.pareto_chart import DESK, PHONE, place
from alerts.figures.reading import document, team_view
from alerts.reading import EVERYTHING
from feedback_engine.directory.guard import Sight
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import World, open_case, staff_actor, world
from tests.alerts.site import browser, program, staff, words
from tests.alerts.test_loops_closed import figure as loops
from tests.directory import builders as directory

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


# ---- figures of cases, by hand


def line(number: int = 1, **fields: object) -> CaseLine:
    """A recovery, opened 100 hours ago, due in contact after 8 and in settlement after 40 hours on the wall."""
    opened = NOW - timedelta(hours=100)
    values: dict[str, object] = {
        "id": UUID(int=number),
        "kind": "recovery",
        "opened_at": opened,
        "contact_due_at": opened + timedelta(hours=8),
        "resolve_due_at": opened + timedelta(hours=40),
        "contacted_at": None,
        "closed_at": None,
        "outcome": None,
        "root_cause": None,
        "reopened": False,
        "paused_at": None,
        "contact_hours": 100.0,
        "settle_hours": 100.0,
    }
    return CaseLine(**{**values, **fields})  # type: ignore[arg-type]


def ended(contact: float, settle: float, cause: str = "late", **fields: object) -> CaseLine:
    opened = NOW - timedelta(hours=100)
    told = {"contacted_at": opened + timedelta(hours=contact), "closed_at": opened + timedelta(hours=settle)}
    told |= {"contact_hours": contact, "settle_hours": settle, "outcome": "settled", "root_cause": cause}  # type: ignore[dict-item]
    return line(**{**told, **fields})


def test_the_figures_of_a_small_world_are_those_by_hand() -> None:
    cases = [
        ended(2, 30),  # both in time
        ended(8, 40),  # both just in time
        ended(9, 41, "silent"),  # both missed
        ended(4, 20, "late", reopened=True),
        line(contacted_at=NOW - timedelta(hours=97), contact_hours=3.0),  # talked, settlement missed
        line(resolve_due_at=NOW + timedelta(hours=1), contact_due_at=NOW + timedelta(hours=1)),  # nothing due yet
        line(paused_at=NOW - timedelta(hours=99)),  # the clock stands still
        ended(0, 10, "late", contacted_at=None, contact_hours=10.0),  # closed, and nobody had called
        ended(1, 2, outcome="dismissed", root_cause=None),  # held nothing
        line(kind="thanks"),
    ]
    found = figures_of(cases, NOW)
    assert (found.cases, found.open, found.set_aside) == (8, 3, 1)
    contact, settle = found.contact_met, found.settle_met
    assert contact is not None
    assert settle is not None
    assert (contact.value, contact.n) == (4 / 6, 6)
    assert (settle.value, settle.n) == (4 / 6, 6)
    assert found.reopened is not None
    assert (found.reopened.value, found.reopened.n) == (1 / 5, 5)
    # Contact: 2, 3, 4, 8, 9 ended, 10, 100, 100 censored. S falls by 1/8: 7/8, 6/8, 5/8, 4/8 at 8, 3/8 at 9.
    assert (found.contact_p50.value, found.contact_p50.n, found.contact_p50.ended) == (8, 8, 5)
    assert found.contact_p90.value is None
    # Settlement: 10, 20, 30, 40, 41 ended, three at 100 censored: 4/8 at 40.
    assert (found.settle_p50.value, found.settle_p50.n) == (40, 8)
    assert [(cause.key, cause.cases, cause.share.value, cause.cumulated) for cause in found.causes] == [
        ("late", 4, 0.8, 0.8),
        ("silent", 1, 0.2, 1.0),
    ]


@pytest.mark.parametrize(
    ("paused_for", "called", "settled"),
    [(93, None, None), (92, 0.0, None), (61, 0.0, None), (60, 0.0, 0.0), (1, 0.0, 0.0)],
)
def test_what_was_missed_before_a_pause_stays_missed_in_it(
    paused_for: int, called: float | None, settled: float | None
) -> None:
    found = figures_of([line(paused_at=NOW - timedelta(hours=paused_for))], NOW)
    shares = [share and share.value for share in (found.contact_met, found.settle_met)]
    assert shares == [called, settled]


def test_no_cases_have_no_figures() -> None:
    found = figures_of([], NOW)
    assert (found.contact_met, found.settle_met, found.reopened, found.causes) == (None,) * 3 + ((),)


def test_causes_are_drawn_the_most_frequent_on_top_and_add_up_to_all() -> None:
    causes = figures_of([*(ended(1, 2) for _ in range(3)), ended(1, 2, "silent")], NOW).causes
    for frame in (DESK, PHONE):
        chart = place(causes, frame)
        assert chart is not None
        reach = frame.right - frame.left
        assert [round((bar.end - frame.left) / reach, 2) for bar in chart.bars] == [0.75, 0.25]
        assert chart.bars[-1].sum_x == frame.right
        assert all(frame.left - 60 < bar.share_x < frame.left or bar.share_x > frame.right for bar in chart.bars)
    assert place((), DESK) is None


class Entry:
    def __init__(self, kind: str, hour: int, entry: str = "") -> None:
        self.kind, self.at, self.detail = kind, NOW.replace(hour=hour), {"entry": entry} if entry else {}


@pytest.mark.parametrize(
    ("entries", "rests"),
    [
        ([], []),
        ([Entry("paused", 8), Entry("resumed", 10)], [(8, 10)]),
        ([Entry("paused", 8)], [(8, 12)]),  # still
        ([Entry("paused", 8), Entry("undone", 9, "paused")], [(8, 9)]),
        # As the columns have it again: due times that were moved by what is taken back stand where they stood.
        ([Entry("paused", 8), Entry("resumed", 9), Entry("undone", 10, "resumed")], [(8, 12)]),
        ([Entry("paused", 8), Entry("closed", 9), Entry("undone", 10, "closed"), Entry("resumed", 11)], [(8, 11)]),
        (
            [
                *(Entry("paused", 6), Entry("closed", 7), Entry("reopened", 8)),
                *(Entry("closed", 9), Entry("undone", 10, "closed")),
            ],
            [(6, 7)],
        ),
        ([Entry("paused", 8), Entry("undone", 9, "snoozed"), Entry("closed", 11)], [(8, 11)]),
    ],
)
def test_pauses_are_left_out(entries: list[Entry], rests: list[tuple[int, int]]) -> None:
    found = rests_of(entries, NOW)
    assert found == [(NOW.replace(hour=start), NOW.replace(hour=end)) for start, end in rests]


# ---- read


def busy(of: World) -> None:
    """Dana's case at Acme: contacted after 2 working hours, an hour of pause, closed. Luis's at Brisk is open."""
    work, dana = of.engine.work, staff_actor(of.dana)
    first = open_case(of, 3).id  # Monday 10:12 in Rome
    open_case(of, 2, partner=of.brisk, touchpoint="deal.approved")
    of.later(hours=2)
    service.log_contact(work, dana, first)
    service.pause(work, dana, first, reason="awaiting_partner", text="They look for the file.")
    of.later(hours=1)
    service.resume(work, dana, first)
    of.later(hours=21)  # Tuesday 10:12: 3.8 hours of Monday were left, 1.2 of Tuesday
    service.close(work, dana, first, outcome="settled", root_cause="late")
    open_case(of, 10)  # a thank-you counts nowhere
    of.later(hours=1)


def test_hours_are_working_hours_without_pauses(engine: Engine) -> None:
    of = world(engine)
    busy(of)
    with engine.work.read() as reading:
        view = team_view(reading, EVERYTHING, reading.now - timedelta(days=7), reading.now)
        told = document(view)
    assert [(team.name, team.figures.cases, team.figures.open) for team in view.teams] == [
        ("Alliances", 1, 0),
        ("", 1, 1),
    ]
    dana = view.teams[0].figures
    assert (dana.contact_p50.value, dana.settle_p50.value) == (2.0, 7.0)
    # Luis has not called for 9 working hours: longer than that, and the target of 8 is missed.
    luis = view.teams[1].figures
    assert (luis.contact_p50.value, luis.contact_p50.n) == (None, 1)
    assert luis.contact_met is not None
    assert luis.contact_met.value == 0
    assert [case.partner.key for case in view.oldest] == ["brisk"]
    assert told["all"]["first_contact_in_time"]["n"] == 2
    assert told["all"]["first_contact_in_time"]["few"] is True
    assert told["teams"][1]["team"] is None


def test_a_reader_sees_the_figures_of_the_cases_they_may_see(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    busy(of)
    viewers = {
        "dana": of.dana,
        "luis": of.luis,
        "aoife": directory.staff(sqlite_engine, "aoife@ours.example", "viewer"),
    }
    seen = {}
    with sqlite_engine.work.read() as reading:
        for name, member in viewers.items():
            sight = Sight(member.id, member.role, member.team_id)
            view = team_view(reading, sight, reading.now - timedelta(days=7), reading.now)
            seen[name] = (view.whole.cases, [case.partner.key for case in view.oldest])
    assert seen == {"dana": (1, []), "luis": (1, ["brisk"]), "aoife": (2, ["brisk"])}


def test_the_page_says_n_interval_and_that_cases_are_few(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik = directory.staff(sqlite_engine, "henrik@ours.example", "program_owner")
    reader = browser(sqlite_engine, staff(henrik))
    assert "No case was opened in these days." in words(reader.get("/team").text)
    busy(of)
    page = words(reader.get("/team?days=30").text)
    assert "First contact in time 50 %" in page
    assert "n = 2 · 9 to 91 % · few cases" in page
    assert "Half are contacted within 2.0 h" in page
    assert "Unhappy partner: first contact within 8 working hours, settled within 40." in page
    assert "Decision late 1 100 %" in page
    at_desk, in_the_hand = "Share Added up Decision late 100 % 100 %", "Decision late 100 % Bars"
    assert at_desk in page, "the share is beside the bar, the sum under its name at the edge"
    assert in_the_hand in page, "the share alone"
    assert "Brisk" in page


def test_a_call_after_work_on_the_last_day_is_told_beside_the_share_that_it_missed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik = directory.staff(sqlite_engine, "henrik@ours.example", "program_owner")
    of.later(hours=21)  # Tuesday 7:12 in Rome, before work: to be contacted by 17:00
    opened = open_case(of, 3).id
    of.later(hours=11)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened)
    page = words(browser(sqlite_engine, staff(henrik)).get("/team").text)
    assert "Half are contacted within 8.0 h" in page
    assert page.count("1 late, reached after work on its last day") == 2  # of all, and of its team
    of.later(days=1)
    late = open_case(of, 2, touchpoint="training.held").id
    of.later(days=2)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), late)
    page = words(browser(sqlite_engine, staff(henrik)).get("/team").text)
    assert page.count("1 late, reached after work on its last day") == 2, "two working days late is no call after work"


def test_programs_read_the_same_figures_by_period(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    busy(of)
    crm = browser(sqlite_engine, program("cases:read"))
    found = crm.get("/api/v1/case-figures?from=2026-03-01T00:00:00Z").json
    assert found["all"]["cases"] == 2
    assert found["all"]["hours_to_first_contact"]["p50"]["value"] == 2.0
    assert crm.get("/api/v1/case-figures?to=2026-03-01T00:00:00Z").json["all"]["cases"] == 0
    backwards, endless = "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from=1900-01-01T00:00:00Z"
    for wrong in ("from=yesterday", backwards, endless):
        refused = crm.get(f"/api/v1/case-figures?{wrong}")
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/from")


def test_thirty_days_are_whole_days_of_which_today_is_the_last(sqlite_engine: Engine) -> None:
    """The overview counts the same days (UTC)."""
    of = world(sqlite_engine)
    henrik = directory.staff(sqlite_engine, "henrik@ours.example", "program_owner")
    reader = browser(sqlite_engine, staff(henrik))
    open_case(of, 3)
    of.later(days=29, hours=23 - of.now.hour)
    assert "Cases opened 9 Mar 2026 – 7 Apr 2026" in words(reader.get("/team?days=30").text)
    of.later(hours=1)
    assert "No case was opened in these days." in words(reader.get("/team?days=30").text)


def test_the_last_quarter_can_be_chosen_and_is_that_of_where_its_reader_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    henrik = directory.staff(sqlite_engine, "henrik@ours.example", "program_owner")
    reader = browser(sqlite_engine, replace(staff(henrik), time_zone="Europe/Rome"))
    of.later(days=22, hours=21 - of.now.hour)
    open_case(of, 3)
    page = reader.get("/team?days=last-quarter").text
    assert "Cases opened 1 Oct 2025 – 31 Dec 2025" in words(page)
    assert "No case was opened in these days." in words(page)
    assert 'href="/team?days=last-quarter" aria-current="true">Last quarter</a>' in page
    of.later(hours=1)  # April in Rome, and March still in UTC
    page = words(reader.get("/team?days=last-quarter").text)
    assert "Cases opened 1 Jan 2026 – 31 Mar 2026" in page
    assert "Cases opened 1 1 still open" in page
    of.later(hours=1)
    open_case(of, 2, touchpoint="training.held")
    assert "Cases opened 1 1 still open" in words(reader.get("/team?days=last-quarter").text), "April is none of it"
    assert "Cases opened 2 2 still open" in words(reader.get("/team?days=30").text)


def test_every_count_of_closed_cases_says_what_it_counts(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    settled.closed(of)
    thanks, dismissed = open_case(of, 10, touchpoint="training.held"), open_case(of, 3, touchpoint="ticket.closed")
    service.close(sqlite_engine.work, staff_actor(of.dana), thanks.id, outcome="thanked")
    service.dismiss(sqlite_engine.work, staff_actor(of.dana), dismissed.id, reason="test")
    of.later(hours=1)
    reader = browser(sqlite_engine, staff(henrik))
    inbox = words(reader.get("/inbox?view=closed").text)
    assert "Closed 3" in inbox
    assert "All that were ever closed: thank-yous, dismissed and merged cases too." in inbox
    for told in (words(reader.get("/team").text), loops(of)):
        assert "Cases closed 1" in told
        assert "Closed in these days, without thank-yous, dismissed or merged cases." in told
