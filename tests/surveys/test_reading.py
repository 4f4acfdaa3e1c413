"""What higher floors read: last scores, comments, counts, asks; always the revision in force."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert

from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import reading as surveys
from surveys.decision_models import Decision
from tests.directory import builders as directory
from tests.surveys import builders as build


def answered(world: build.World, number: int, **form: str) -> None:
    build.answer(world, build.browser(world.engine), build.invite(world, number), **form)


def test_last_scores_are_newest_first_and_limited_for_each_partner(engine: Engine) -> None:
    world = build.world(engine)
    other = directory.partner(engine, "borealis", name="Borealis")
    eve = directory.contact(engine, other, "eve@borealis.example")
    elsewhere = build.World(engine, other, eve, world.owner, world.version)
    for number, score in enumerate(["3", "9", "7"], 1):
        answered(world, number, recommend=score)
        build.later(engine, minutes=1)
    answered(elsewhere, 9, recommend="10")
    with engine.work.read() as reading:
        found = surveys.last_scores(reading, [world.partner.id, other.id], limit=2)
        assert [score.score for score in found[world.partner.id]] == [7, 9]
        assert [score.score for score in found[other.id]] == [10]
        assert surveys.last_scores(reading, []) == {}


def test_a_changed_answer_counts_once_with_its_last_score(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    client = build.browser(engine)
    build.answer(world, client, invitation, recommend="3", better="Slow")
    build.answer(world, client, invitation, recommend="8", better="Better now")
    with engine.work.read() as reading:
        assert [score.score for score in surveys.last_scores(reading, [world.partner.id])[world.partner.id]] == [8]
        (comment,) = surveys.latest_comments(reading)
        assert (comment.text, comment.score, comment.kind) == ("Better now", 8, "nps")


def test_comments_are_narrowed_by_partner_and_touchpoint(engine: Engine) -> None:
    world = build.world(engine)
    answered(world, 1, recommend="3", better="First")
    build.later(engine, minutes=1)
    answered(world, 2, recommend="3", better="Second")
    with engine.work.read() as reading:
        assert [comment.text for comment in surveys.latest_comments(reading)] == ["Second", "First"]
        assert [comment.text for comment in surveys.latest_comments(reading, limit=1)] == ["Second"]
        assert len(surveys.latest_comments(reading, partner_ids=[world.partner.id], touchpoint="deal.approved")) == 2
        assert surveys.latest_comments(reading, touchpoint="relationship") == []
        assert surveys.latest_comments(reading, partner_ids=[ids.new_id(3)]) == []


def test_responses_of_a_partner_come_newest_first_with_their_event(engine: Engine) -> None:
    world = build.world(engine)
    answered(world, 1, recommend="1")
    build.later(engine, minutes=1)
    answered(world, 2, recommend="2")
    with engine.work.read() as reading:
        found = surveys.responses_of(reading, [world.partner.id])
    assert [response.score.score for response in found if response.score] == [2, 1]
    assert all(response.event_id for response in found)


def test_decisions_are_counted_by_event_and_touchpoint(engine: Engine) -> None:
    world = build.world(engine)
    start = engine.clock.now()
    first, second = build.event(world, 1), build.event(world, 2)
    with engine.work.begin(actor=SYSTEM) as uow:
        rows = [
            _decision(world, first, "defer", seq=1, attempt=1),
            _decision(world, first, "invite", seq=2, attempt=2),  # decided again: still one event
            _decision(world, second, "drop", seq=3, attempt=1),
        ]
        rows[1]["previous_id"] = rows[0]["id"]
        for row in rows:
            uow.connection.execute(insert(Decision), [row])
    build.later(engine, hours=1)
    with engine.work.read() as reading:
        assert surveys.decision_counts(reading, start, engine.clock.now()) == {"deal.approved": (2, 1, 0, 0)}
        assert surveys.decision_counts(reading, engine.clock.now(), engine.clock.now()) == {}


def test_decisions_over_history_are_counted_apart(engine: Engine) -> None:
    world = build.world(engine)
    start = engine.clock.now()
    cases = [("drop", False), ("invite", True), ("drop", True)]
    events = [build.event(world, number) for number in range(len(cases))]
    with engine.work.begin(actor=SYSTEM) as uow:
        for number, (event_id, (outcome, replayed)) in enumerate(zip(events, cases, strict=True), start=1):
            row = _decision(world, event_id, outcome, seq=number, attempt=1)
            uow.connection.execute(insert(Decision), [row | {"replayed": replayed}])
    build.later(engine, hours=1)
    with engine.work.read() as reading:
        assert surveys.decision_counts(reading, start, engine.clock.now()) == {"deal.approved": (1, 0, 2, 1)}


def test_asks_tell_how_they_ended(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world, 1)
    build.send_mail(world)
    with engine.work.read() as reading:
        (ask,) = surveys.invitations_of(reading, [world.partner.id])
    assert ask.disposition is None
    build.later(engine, days=14)
    with engine.work.read() as reading:
        (ask,) = surveys.invitations_of(reading, [world.partner.id])
    assert ask.disposition is not None
    assert ask.disposition.aapor_class == "NC"


def _decision(world: build.World, event_id: UUID, outcome: str, *, seq: int, attempt: int) -> dict[str, object]:
    now = world.engine.clock.now()
    shard = ids.shard_of(world.partner.id)
    return {
        "shard": shard,
        "id": ids.new_id(shard),
        "seq": seq,
        "event_id": event_id,
        "partner_id": world.partner.id,
        "contact_id": world.contact.id,
        "touchpoint": "deal.approved",
        "attempt": attempt,
        "previous_id": None,
        "at": now,
        "outcome": outcome,
        "rule": None if outcome == "invite" else "quarantine",
        "until": now if outcome == "defer" else None,
        "send_at": now if outcome == "invite" else None,
        "replayed": False,
        "plan_version": b"\0" * 32,
        "random_rate": 1.0,
        "inclusion_probability": 1.0,
        "facts": {},
        "verdicts": [],
    }
