"""What a partner's receipt tells of the case that the answer opened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from alerts import handlers, reading, service, web
from alerts.views import ProgressView
from feedback_engine.app.factory import create_app
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import Actor, Work
from feedback_engine.foundation.web.slots import Slots
from surveys.events import ResponseSubmitted
from surveys.web import blueprint
from tests.alerts import builders
from tests.alerts.site import words
from tests.clocks import WalkingClock
from tests.directory import builders as directory
from tests.surveys import builders as surveys


def _site(engine: Engine) -> FlaskClient:
    slots = Slots()
    web.fill_slots(engine, slots)
    pages = [blueprint(engine), web.blueprint(engine, lambda signs: ())]
    return create_app(engine, blueprints=pages, load_principal=lambda request: None, slots=slots).test_client()


@pytest.mark.parametrize(
    ("score", "language", "told"),
    [
        (2, "en", ["Dana Keller has been told, and will be in touch before Tuesday 10 March 2026", "Contacted"]),
        (10, "en", ["Read", "What changed"]),
        (2, "it", ["Dana Keller è al corrente e si farà sentire prima di", "Letta", "Contatto"]),
    ],
)
def test_a_receipt_tells_what_happens_next(sqlite_engine: Engine, score: int, language: str, told: list[str]) -> None:
    shown = _receipt(sqlite_engine, score, language, [])
    for part in told:
        assert part in shown
    assert ("Contacted" in shown) == ("Contacted" in told)


def test_a_receipt_follows_the_work_on_the_case(sqlite_engine: Engine) -> None:
    read = _receipt(sqlite_engine, 2, "en", [service.acknowledge])
    assert "Read Dana Keller, Monday 9 March 2026" in read
    assert "Before Tuesday 10 March 2026" in read


def test_a_receipt_after_the_call_promises_no_call(sqlite_engine: Engine) -> None:
    called = _receipt(sqlite_engine, 2, "en", [service.log_contact])
    assert "has been told" not in called
    assert "Contacted Monday 9 March 2026" in called


def test_an_answer_that_joined_a_case_was_neither_read_nor_followed_by_a_call_before_it_came(
    sqlite_engine: Engine,
) -> None:
    of = builders.world(sqlite_engine)
    opened = builders.open_case(of, 3)
    service.log_contact(sqlite_engine.work, builders.staff_actor(of.dana), opened.id)
    of.later(hours=1)
    second = builders.answer(of, 2)
    builders.take_in(of, second)

    def progress() -> ProgressView:
        with sqlite_engine.work.read() as view:
            found = reading.progress_of(view, second.response_id)
        assert found is not None
        return found

    before = progress()
    assert (before.read_at, before.contacted_at, before.reader) == (None, None, "")
    assert before.contact_due_at == builders.case(of, opened.id).resolve_due_at
    of.later(hours=1)
    service.log_contact(sqlite_engine.work, builders.staff_actor(of.dana), opened.id)
    after = progress()
    assert (after.read_at, after.contacted_at, after.reader) == (of.now, of.now, "Dana Keller")


def test_a_call_with_somebody_else_of_the_case_is_none_with_whoever_answered(sqlite_engine: Engine) -> None:
    of = builders.world(sqlite_engine)
    katrin = directory.contact(sqlite_engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    anas, hers = builders.answer(of, 3), builders.answer(of, 2).model_copy(update={"contact_id": katrin.id})
    for event in (anas, hers):
        builders.take_in(of, event)
    [row] = builders.rows(of, "casework")

    def reached() -> list[datetime | None]:
        with sqlite_engine.work.read() as view:
            found = [reading.progress_of(view, each.response_id) for each in (anas, hers)]
        return [each.contacted_at for each in found if each is not None]

    assert reached() == [None, None]
    service.log_contact(sqlite_engine.work, builders.staff_actor(of.dana), row.id, contact_id=of.ana.id)
    called = of.now
    assert reached() == [called, None]
    of.later(hours=1)
    service.log_contact(sqlite_engine.work, builders.staff_actor(of.dana), row.id, contact_id=katrin.id)
    assert reached() == [called, of.now]


@pytest.mark.parametrize("clock", [MovedClock, WalkingClock], indirect=True)
def test_a_receipt_names_who_read_it_and_not_who_has_the_case_since(sqlite_engine: Engine) -> None:
    mei = directory.staff(sqlite_engine, "mei@ours.example", name="Mei Tanaka")

    def hand_over(work: Work, actor: Actor, case_id: UUID) -> None:
        service.assign(work, actor, case_id, mei.id)

    read = _receipt(sqlite_engine, 2, "en", [service.acknowledge, hand_over])
    assert "Read Dana Keller, Monday 9 March 2026" in read
    assert "Mei Tanaka has been told, and will be in touch" in read
    # Who may see the answer is one thing, who has read it another.
    assert "Can be seen by Dana Keller and the partner team at Northwind" in read


def _receipt(engine: Engine, score: int, language: str, acts: list[object]) -> str:
    of = surveys.world(engine, language=language)
    builders.publish(engine)
    surveys.subscribe(engine, ResponseSubmitted)
    client, invitation = _site(engine), surveys.invite(of)
    receipt = surveys.answer(of, client, invitation, recommend=str(score)).location
    surveys.react(engine, handlers.raise_alerts, ResponseSubmitted)
    for act in acts:
        [row] = surveys.rows(engine, "casework")
        act(engine.work, builders.staff_actor(of.owner), row.id)  # type: ignore[operator]
    return words(client.get(receipt).text)
