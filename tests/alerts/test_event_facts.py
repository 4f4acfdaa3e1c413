"""What the page of a case says of the event that an answer is about: its attributes, as the journey map names them."""

from __future__ import annotations

from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_found_by_reference import case_about
from tests.journeys import builders as journeys

MAP = """
journey: support
name: Support
stages:
  - key: resolution
    name: Resolution
    touchpoints:
      - key: ticket.closed
        name: Ticket closed
        event: ticket.closed
        survey: support
        attributes:
          reference: string
          priority_class: string
          days_open: {type: double, name: {en: Days it took, it: Giorni trascorsi}}
"""


def test_attributes_are_named_as_the_map_names_them_in_the_readers_language(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    journeys.publish(sqlite_engine, MAP)
    said = {"reference": "TK-1", "priority_class": "P2", "days_open": 1.5, "seen_before": True}
    about = case_about(of, said)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{about.ref}").text)
    assert "Days it took 1.5 Priority class P2 Reference TK-1 Seen before yes" in shown
    shown = words(browser(sqlite_engine, staff(of.dana, "it")).get(f"/cases/{about.ref}").text)
    assert "Giorni trascorsi 1,5 Priority class P2 Riferimento TK-1 Seen before sì" in shown


def test_an_event_of_a_touchpoint_that_no_map_knows_keeps_its_own_names(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    about = case_about(of, {"days_open": 1.5})
    assert "Days open 1.5" in words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{about.ref}").text)
