"""Rules that look back: what they fire on, and that neither lateness nor the size of a batch changes it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from alerts import reading
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import use_locale
from surveys.events import ResponseSubmitted
from tests.alerts.builders import World, announce, answer, changed, react, rows, take_in, world
from tests.alerts.recorded import record
from tests.alerts.site import browser, program
from tests.alerts.test_raising import make_engine
from tests.directory import builders as directory

__all__ = ["make_engine"]

LOOKING_BACK = """
rules:
  - {key: drop, name: {en: Fell, it: Caduta}, severity: high, when: {condition: score_drop, by: 3}}
  - {key: company, name: Company fell, when: {condition: score_drop, by: 4, against: company}}
  - {key: many, name: Many, when: {condition: several_detractors, at_least: 2, within_days: 30}}
  - key: words
    name: Words
    kind: callback
    when:
      condition: comment_mentions
      themes: [{key: price, name: {en: prices, it: i prezzi}, words: {en: [expensive]}}]
routes: {otherwise: team:Alliances}
"""


def commented(event: ResponseSubmitted, language: str = "en") -> ResponseSubmitted:
    return event.model_copy(update={"has_comment": True, "language": language})


def test_a_drop_is_told_in_the_readers_language(engine: Engine) -> None:
    of = world(engine, LOOKING_BACK)
    before = answer(of, 9)
    of.later(days=30)
    now = answer(of, 5, touchpoint="training.held")
    record(of, before, now)
    take_in(of, now)
    found = {row.rule: row for row in rows(of, "alert")}
    assert set(found) == {"drop", "company"}
    assert found["drop"].numbers == {"score": 5, "before": 9, "by": 3}
    called = browser(engine, program("alerts:read")).get("/api/v1/alerts").json["data"]
    assert "The rule “Fell” fired: 5 after the 9 they gave last. Severity: high." in {each["why"] for each in called}


def test_a_comment_leaves_only_the_number_of_its_theme(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, LOOKING_BACK)
    event = commented(answer(of, 8))
    record(of, event, comment="Far too expensive for what it is")
    take_in(of, event)
    [alert] = rows(of, "alert")
    assert (alert.reason, alert.numbers) == ("mentions_theme", {"theme": 0})
    assert "xpensive" not in repr([rows(of, table) for table in ("alert", "casework", "case_entry", "outbox")])
    with sqlite_engine.work.read() as view, use_locale("it"):
        told = reading.list_alerts(view).rows[0].why
    assert told == "È scattata la regola «Words»: il commento riguarda i prezzi. Gravità: normale."


def test_what_is_not_needed_is_not_fired(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, LOOKING_BACK)
    event = commented(answer(of, 8), "it")
    record(of, event, comment="Far too expensive")  # no Italian words are given
    take_in(of, event)
    assert rows(of, "alert") == []


def history(of: World, seed: int) -> list[ResponseSubmitted]:
    """Answers and changes of three people at two partners over some weeks, kept and still to be announced."""
    draw = random.Random(seed)
    cy = directory.contact(of.engine, of.acme, "cy@acme.example")
    events: list[ResponseSubmitted] = []
    for _ in range(12):
        of.later(hours=draw.randint(1, 200))
        if events and draw.random() < 0.3 and type(events[-1]) is ResponseSubmitted:
            event = changed(of, events[-1], draw.randint(0, 10))
        else:
            event = answer(of, draw.randint(0, 10), partner=draw.choice([of.acme, of.acme, of.brisk]))
            if event.partner_id == of.acme.id and draw.random() < 0.5:
                event = event.model_copy(update={"contact_id": cy.id})
            of.answers[event.response_id] = event
        events.append(event)
    return events


def picture(of: World, events: list[ResponseSubmitted]) -> list[tuple[int, str, str]]:
    """Which rule fired on which answer, with its numbers; answers by their place."""
    places = {event.response_id: place for place, event in reversed(list(enumerate(events)))}
    return sorted((places[row.response_id], row.rule, str(row.numbers)) for row in rows(of, "alert"))


@pytest.mark.parametrize("seed", range(4))
def test_neither_lateness_nor_the_size_of_a_batch_changes_what_fires(
    seed: int, make_engine: Callable[[str], Engine]
) -> None:
    pictures = []
    for name in ("at once", "late and whole", "late and single"):
        of = world(make_engine(name.replace(" ", "-")), LOOKING_BACK)
        events = history(of, seed)
        for event in events if name == "at once" else ():
            record(of, event)
            take_in(of, event)
        if name != "at once":
            record(of, *events)
            announce(of, *events)
            react(of, 500 if "whole" in name else 1)
        pictures.append(picture(of, events))
    assert pictures[0] == pictures[1] == pictures[2]
    assert pictures[0], "a history in which nothing fires compares nothing"
