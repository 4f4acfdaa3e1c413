"""Whole files: history in its order and once, nothing beneath later decisions, live only while it is fresh."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading
from journeys.events import TouchpointReached
from journeys.history import OF_STRANGERS, Record
from journeys.service import ContactDraft, EventDraft, ImportReport, Rejected, import_history, import_live
from journeys.sources import csv_table
from tests.conftest import START
from tests.journeys.builders import CARPENTRIES, MAP, draft, mapping, publish
from tests.journeys.test_record_events import ASKING, announced, count, event, record

WORKSHOPS = Path(__file__).parents[1] / "data" / "carpentries" / "all_workshops.csv"
PAST = START - timedelta(days=400)


def past(number: int, **changes: object) -> EventDraft:
    """The event `number` days after the beginning of the past."""
    values: dict[str, object] = {"index": number, "id": str(number), "at": PAST + timedelta(days=number)}
    return draft(**(values | changes))


def nothing_decided(_reading: Reading, _partners: Collection[UUID], _at: datetime) -> set[UUID]:
    return set()


def history(engine: Engine, records: list[Record], *, dry_run: bool = False) -> ImportReport:
    return import_history(
        engine.work, SYSTEM, records, keys=engine.keys, later_decisions=nothing_decided, dry_run=dry_run
    )


@pytest.fixture(autouse=True)
def _with_a_map(engine: Engine) -> None:
    engine.work.subscribers[TouchpointReached] = (ASKING,)
    publish(engine)


def test_history_is_announced_by_time_source_and_id_whatever_its_order(engine: Engine) -> None:
    names = [("b", "1"), ("a", "2"), ("a", "1")]
    same_instant = [past(5, index=10 + n, source=source, id=name) for n, (source, name) in enumerate(names)]
    drafts = [past(number) for number in range(5)] + same_instant
    random.Random(7).shuffle(drafts)
    history(engine, list(drafts))
    reached = announced(engine)
    assert all(one.replayed for one in reached)
    told = [event(engine, one.event_id) for one in reached]
    assert [(view.at, view.source, view.external_id) for view in told] == sorted(
        (view.at, view.source, view.external_id) for view in told
    )
    assert [view.external_id for view in told[-3:]] == ["1", "2", "1"]


def test_a_second_import_changes_nothing_and_says_so(engine: Engine) -> None:
    drafts: list[Record] = [past(number) for number in range(300)]
    first = history(engine, drafts)
    again = history(engine, drafts)
    assert (first.counts["accepted"], first.changed_nothing) == (300, False)
    assert (again.counts["duplicate"], again.changed_nothing) == (300, True)
    assert len(announced(engine)) == count(engine, "touchpoint_event") == 300


def test_the_workshops_become_the_ledger(engine: Engine) -> None:
    publish(engine, MAP.replace("event: qbr.held", "event: workshop.held\n        attributes: {tag: string}"))
    with WORKSHOPS.open("rb") as stream:
        report = history(engine, list(csv_table.read(stream, mapping(CARPENTRIES))))
    assert report.counts["accepted"] == 1869
    assert report.problems == []
    # Those with a country, which is not declared; and those of partners that nobody knew.
    assert 1837 in report.warnings.values()
    assert OF_STRANGERS in report.warnings
    assert count(engine, "partner") == count(engine, "contact") == 492
    assert len(announced(engine)) == 1869


def test_partners_with_later_decisions_are_refused_and_the_others_imported(engine: Engine) -> None:
    record(engine, draft(id="today", subject="acme"), draft(id="too", subject="bolt"))
    with engine.work.read() as reading:
        ids = {partner.id: key for key, partner in directory.partners_by_key(reading, ["acme", "bolt"]).items()}
    decided = {"acme": PAST + timedelta(days=3), "bolt": PAST - timedelta(days=3)}

    def later(_reading: Reading, partners: Collection[UUID], at: datetime) -> set[UUID]:
        return {one for one in partners if decided[ids[one]] > at}

    records: list[Record] = [past(1), past(9), past(2, subject="bolt", index=2), past(4, subject="new", index=4)]
    report = import_history(engine.work, SYSTEM, records, keys=engine.keys, later_decisions=later)
    assert report.counts["accepted"] == 2
    assert [(problem.index, problem.pointer) for problem in report.problems] == [(1, "/subject"), (9, "/subject")]
    assert "Import history first, before the first wave and the first live event" in report.problems[0].detail


def test_what_is_recorded_already_does_not_make_a_partner_late(engine: Engine) -> None:
    records: list[Record] = [past(number) for number in range(3)]
    history(engine, records)

    def everybody(_reading: Reading, partners: Collection[UUID], _at: datetime) -> set[UUID]:
        return set(partners)

    report = import_history(engine.work, SYSTEM, records, keys=engine.keys, later_decisions=everybody)
    assert report.counts["duplicate"] == 3


def test_history_does_not_overwrite_what_is_known_of_a_contact(engine: Engine) -> None:
    record(engine, draft(id="today", contact=ContactDraft("ana@acme.example", role="director")))
    old = past(1, contact=ContactDraft("ana@acme.example", role="trainee", name="Ana"))
    new = past(2, contact=ContactDraft("ben@acme.example", role="sales"))
    later = past(3, contact=ContactDraft("ben@acme.example", role="operations"))
    history(engine, [old, new, later])
    with engine.work.read() as reading:
        partner = directory.get_partner(reading, "acme")
        contacts = directory.contacts_of(reading, [partner.id])[partner.id]
    assert {contact.email: (contact.role, contact.name) for contact in contacts} == {
        "ana@acme.example": ("director", ""),
        "ben@acme.example": ("sales", ""),
    }
    pinned = [event(engine, one.event_id).attributes["contact"]["role"] for one in announced(engine)][-3:]
    assert pinned == ["trainee", "sales", "operations"]  # the ledger tells how it was


@pytest.mark.parametrize(
    "refused",
    [
        past(1, at=None),  # the past has a time
        past(1, at=START + timedelta(hours=1)),  # and is over
        Rejected(1, "/id", "no id"),
    ],
)
def test_what_is_no_history_is_reported_and_the_rest_imported(engine: Engine, refused: Record) -> None:
    report = history(engine, [refused, past(2)])
    assert (report.counts["accepted"], report.counts["rejected"]) == (1, 1)
    assert report.problems[0].index == 1


def test_a_dry_run_records_nothing(engine: Engine) -> None:
    report = history(engine, [past(1), past(2)], dry_run=True)
    assert report.counts["accepted"] == 2
    assert count(engine, "touchpoint_event") == count(engine, "audit") == 0


def test_old_events_are_not_imported_as_live_by_mistake(engine: Engine) -> None:
    stale = draft(type="qbr.held", at=START - timedelta(days=15))
    fresh = draft(id="2", at=START - timedelta(days=15))  # tickets may be 30 days old
    records: list[Record] = [stale, fresh]
    with pytest.raises(Invalid, match="1 of 2 events are older than 14 days"):
        import_live(engine.work, SYSTEM, records, keys=engine.keys)
    assert count(engine, "touchpoint_event") == 0
    report = import_live(engine.work, SYSTEM, records, keys=engine.keys, allow_old=True)
    assert report.counts["accepted"] == 2
    assert not any(one.replayed for one in announced(engine))


def test_progress_is_told_after_each_batch(engine: Engine) -> None:
    told: list[int] = []
    drafts: list[Record] = [past(number % 300, id=str(number), index=number) for number in range(600)]
    import_live(engine.work, SYSTEM, drafts, keys=engine.keys, allow_old=True, progress=told.append)
    assert sum(told) == 600
    assert len(told) > 1
