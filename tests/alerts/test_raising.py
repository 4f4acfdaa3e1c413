"""Answers become alerts and cases: whose they are, by when, and that no order of work changes what comes of them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from alerts.events import CaseOpened
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation import ids
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.keys import load as load_keys
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM, Work
from tests.alerts.builders import (
    ALERTS,
    World,
    announce,
    announced,
    answer,
    changed,
    open_case,
    react,
    rows,
    take_in,
    world,
)
from tests.directory import builders as directory


def test_a_low_score_opens_a_case_for_the_partners_owner(engine: Engine) -> None:
    of = world(engine)
    case = open_case(of, 3)
    assert (case.kind, case.severity, case.state, case.score) == ("recovery", "high", "new", 3)
    assert case.owner == of.dana
    # Monday 10:12 in Rome: eight working hours later it is Tuesday 10:12.
    assert case.contact_due_at == datetime(2026, 3, 10, 10, 12, tzinfo=ZoneInfo("Europe/Rome"))
    assert case.resolve_due_at == datetime(2026, 3, 16, 10, 12, tzinfo=ZoneInfo("Europe/Rome"))
    assert case.due_at == case.contact_due_at


def test_an_alert_keeps_the_reason_as_a_code_with_numbers(engine: Engine) -> None:
    of = world(engine)
    case = open_case(of, 3)
    [alert] = rows(of, "alert")
    assert (alert.rule, alert.reason, alert.numbers) == ("low", "score_below", {"score": 3, "below": 7})
    assert alert.case_id == case.id
    assert bytes(alert.person) == of.ana.person


def test_an_opened_case_is_announced(engine: Engine) -> None:
    of = world(engine)
    case = open_case(of, 3)
    [event] = announced(of, CaseOpened)
    assert (event.case_id, event.partner_id, event.owner_id) == (case.id, of.acme.id, of.dana.id)


@pytest.mark.parametrize(
    ("score", "wants_contact", "kinds", "rules"),
    [
        (3, False, ["recovery"], ["low"]),
        (3, True, ["recovery"], ["call", "low"]),  # one call for both
        (10, False, ["thanks"], ["praise"]),
        (10, True, ["callback", "thanks"], ["call", "praise"]),
        (8, True, ["callback"], ["call"]),
        (8, False, [], []),
        (None, True, ["callback"], ["call"]),  # no score at all
    ],
)
def test_an_answer_opens_the_cases_it_asks_for(
    sqlite_engine: Engine, score: int | None, wants_contact: bool, kinds: list[str], rules: list[str]
) -> None:
    of = world(sqlite_engine)
    take_in(of, answer(of, score, wants_contact=wants_contact))
    assert sorted(row.kind for row in rows(of, "casework")) == kinds
    assert sorted(row.rule for row in rows(of, "alert")) == rules


def test_a_second_low_score_of_the_same_matter_joins_the_open_case(engine: Engine) -> None:
    of = world(engine)
    first = open_case(of, 3)
    of.later(hours=1)
    second = open_case(of, 1, touchpoint="deal.closed")  # another touchpoint of the same group
    assert second.id == first.id
    assert (second.score, second.revision) == (1, 2)
    assert second.due_at == first.due_at  # more bad news does not win anybody time
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "joined"]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"touchpoint": "training.held"}, "another matter"),
        ({"partner": "brisk"}, "another partner"),
    ],
)
def test_an_answer_on_something_else_opens_a_case_of_its_own(
    sqlite_engine: Engine, how: dict[str, Any], reason: str
) -> None:
    of = world(sqlite_engine)
    first = open_case(of, 3)
    if "partner" in how:
        how = {"partner": of.brisk}
    assert open_case(of, 3, **how).id != first.id, reason


def test_without_published_alerts_answers_pass_by(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, None)
    take_in(of, answer(of, 0))
    assert not rows(of, "alert")
    assert not rows(of, "outbox")  # settled, not waiting


def test_the_same_answer_announced_twice_is_one_alert(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 2)
    take_in(of, event)
    take_in(of, event)
    assert len(rows(of, "alert")) == 1
    assert [row.kind for row in rows(of, "case_entry")] == ["opened"]


# ---- who


def test_a_partner_without_owner_goes_to_the_last_resort(engine: Engine) -> None:
    of = world(engine)
    lone = directory.partner(engine, "lone", name="Lone")
    lea = directory.contact(engine, lone, "lea@lone.example")
    event = answer(of, 2).model_copy(update={"partner_id": lone.id, "contact_id": lea.id})
    event = event.model_copy(update={"response_id": ids.new_id(ids.shard_of(lone.id))})
    take_in(of, event)
    [row] = rows(of, "casework")
    assert (row.owner_id, row.team_id) == (None, of.team)
    assert row.route["passed"] == ["partner_owner"]


def test_an_owner_who_left_is_passed_over(engine: Engine) -> None:
    of = world(engine)
    directory.staff(engine, "admin@ours.example", role="admin")
    with engine.work.begin(actor=SYSTEM) as uow:
        directory_service.assign_owners(uow, [(of.acme.id, of.luis.id)])
        directory_service.disable_staff(uow, of.dana.id)
        directory_service.assign_owners(uow, [(of.brisk.id, of.luis.id)])
    assert open_case(of, 2).owner == of.luis


def test_numbers_rise_within_a_shard_and_name_it(engine: Engine) -> None:
    of = world(engine)
    first = open_case(of, 3)
    second = open_case(of, 3, touchpoint="training.held")
    shard = ids.shard_of(of.acme.id)
    assert [first.ref, second.ref] == [f"C-{256 + shard}", f"C-{512 + shard}"]


# ---- changed answers


def test_a_better_answer_is_noted_and_the_case_stays(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 3)
    take_in(of, event)
    take_in(of, changed(of, event, 8))
    [row] = rows(of, "casework")
    assert (row.state, row.score, row.revision) == ("new", 8, 2)
    assert rows(of, "case_entry")[-1].detail["scores"] == {"recommend": [3, 8]}


def test_a_worse_answer_on_the_same_side_is_no_second_alert(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 5)
    take_in(of, event)
    take_in(of, changed(of, event, 1))
    assert len(rows(of, "alert")) == 1
    assert [row.kind for row in rows(of, "case_entry")] == ["opened", "score_changed"]


def test_an_answer_that_turns_bad_raises_its_alert_from_then_on(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 8)
    take_in(of, event)
    of.later(hours=2)
    take_in(of, changed(of, event, 2))
    [row] = rows(of, "casework")
    # The clock starts when they said it: Monday 12:12, so Tuesday 12:12.
    assert row.contact_due_at == datetime(2026, 3, 10, 12, 12, tzinfo=ZoneInfo("Europe/Rome"))


def test_praise_taken_back_opens_a_recovery_and_is_noted_on_the_thank_you(engine: Engine) -> None:
    of = world(engine)
    event = answer(of, 10)
    take_in(of, event)
    take_in(of, changed(of, event, 1))
    kinds = {row.id: row.kind for row in rows(of, "casework")}
    assert sorted(kinds.values()) == ["recovery", "thanks"]
    noted = [kinds[row.case_id] for row in rows(of, "case_entry") if row.kind == "score_changed"]
    assert noted == ["thanks"]


# ---- batches


def _stream(of: World, seed: int) -> list[Event]:
    """Answers and changes of two partners, in an order nobody planned."""
    draw = random.Random(seed)
    events: list[Event] = []
    for _ in range(draw.randint(2, 14)):
        earlier = [event for event in events if event.partner_id]
        if earlier and draw.random() < 0.4:
            events.append(changed(of, draw.choice(earlier), draw.randint(0, 10), wants_contact=draw.random() < 0.3))  # type: ignore[arg-type]
        else:
            partner = draw.choice([of.acme, of.brisk])
            touchpoint = draw.choice(["deal.approved", "deal.closed", "training.held"])
            wants = draw.random() < 0.3
            events.append(answer(of, draw.randint(0, 10), partner=partner, touchpoint=touchpoint, wants_contact=wants))
    return events


def _picture(of: World) -> dict[str, list[tuple[Any, ...]]]:
    """All that the handler wrote, without the ids that differ from run to run."""
    number_of = {row.id: row.number for row in rows(of, "casework")}
    told = {of.dana.id: "dana", of.luis.id: "luis"}
    return {
        "casework": sorted(
            (row.number, row.kind, row.touchpoint_group, row.severity, row.state, row.revision, row.score,
             row.wants_contact, row.due_at, told.get(row.owner_id))
            for row in rows(of, "casework")
        ),
        "alert": sorted((number_of[row.case_id], row.rule, row.reason, str(row.numbers)) for row in rows(of, "alert")),
        "case_entry": sorted(
            (number_of[row.case_id], row.revision, row.kind, str(row.detail.get("scores")))
            for row in rows(of, "case_entry")
        ),
        "notification": sorted(
            (number_of[row.case_id], row.revision, row.news, told[row.recipient_id])
            for row in rows(of, "notification")
        ),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_does_what_its_events_do_one_by_one(seed: int, make_engine: Callable[[str], Engine]) -> None:
    pictures = []
    for name, limit in (("whole", 500), ("single", 1), ("threes", 3)):
        of = world(make_engine(name))
        announce(of, *_stream(of, seed))
        react(of, limit)
        pictures.append(_picture(of))
    assert pictures[0] == pictures[1] == pictures[2]


def test_a_batch_in_which_one_case_is_joined_and_another_opens_is_written_with_one_commit(engine: Engine) -> None:
    of = world(engine)
    announce(of, answer(of, 3), answer(of, 2), answer(of, 3, partner=of.brisk))
    with capture_logs() as told:
        react(of)
    assert [line["event"] for line in told] == []
    assert sorted(row.score for row in rows(of, "casework")) == [2, 3]


@pytest.fixture
def make_engine(blank_sqlite: Path, tmp_path: Path, clock: MovedClock) -> Iterator[Callable[[str], Engine]]:
    """Several fresh installations side by side."""
    made: list[Engine] = []

    def make(name: str) -> Engine:
        path = tmp_path / f"{name}.db"
        shutil.copyfile(blank_sqlite, path)
        settings = Settings(database_url=f"sqlite:///{path}", var_dir=tmp_path / "var")
        database = Database(settings.database_url)
        work = Work(database, clock)
        made.append(Engine(settings, clock, database, work, load_keys(work, "test secret")))
        return made[-1]

    yield make
    for engine in made:
        engine.database.dispose()


def test_the_words_of_the_rules_are_not_needed_to_raise_an_alert(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, ALERTS.replace("{en: Low score, it: Punteggio basso}", "Low score"))
    assert open_case(of, 0).kind == "recovery"
