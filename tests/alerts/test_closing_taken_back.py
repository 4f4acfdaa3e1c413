"""A closing that was taken back fills the form that closes the case anew: nothing has to be written twice."""

from __future__ import annotations

import re
from html import unescape

from alerts import service
from alerts.casework.flow import Close, Reopen
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import rows, staff_actor
from tests.alerts.settled import DID, FOUND, closed, world
from tests.alerts.site import browser, staff, words


def filled(page: str, name: str) -> str:
    """What stands in a text field of a page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None, name
    return unescape(found[1]).strip()


def test_whoever_takes_a_closing_back_finds_it_in_the_form_as_it_was_sent(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    client = browser(engine, staff(of.dana))
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    page = client.get(f"/cases/{shut.ref}").text
    assert (filled(page, "close-found"), filled(page, "close-did")) == (FOUND, DID)
    assert re.search(r'name="close-outcome" value="settled"[^>]* checked', page)
    assert re.search(r'<option value="late" selected', page)


def test_a_closing_that_was_taken_back_fills_the_form_until_the_case_is_closed_anew(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    of.later(minutes=5)
    service.act(engine.work, staff_actor(of.dana), shut.id, Close("settled", "late", "Quietly."))
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    page = browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    assert (filled(page, "close-found"), filled(page, "close-text")) == ("", "Quietly.")
    # Whether to ask is decided anew: who closed many at once, where nobody is asked, takes that back to ask.
    assert re.search(r'<input[^>]* checked[^>]*name="close-tell"', page)
    service.act(engine.work, staff_actor(of.dana), shut.id, Close("settled", "late"))
    of.later(days=2)
    service.reopen(engine.work, staff_actor(of.dana), shut.id, "I forgot something.")
    page = browser(engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
    assert (filled(page, "close-text"), filled(page, "close-found")) == ("", "")


def test_a_letter_that_was_taken_back_before_it_left_is_not_shown_as_written(engine: Engine) -> None:
    of = world(engine)
    shut = closed(of)
    client = browser(engine, staff(of.dana))
    assert "What we wrote" in words(client.get(f"/cases/{shut.ref}").text)
    service.undo(engine.work, staff_actor(of.dana), shut.id)
    shown = words(client.get(f"/cases/{shut.ref}").text)
    assert "What we wrote" not in shown
    assert "Is it settled?" not in shown


def test_a_closing_that_stands_again_waits_as_long_as_it_would_have(engine: Engine) -> None:
    of = world(engine, hold_minutes=60)
    shut = closed(of)
    [due_at] = [row.due_at for row in rows(of, "mail") if row.kind == "case-closing"]
    of.later(minutes=10)
    service.act(engine.work, staff_actor(of.luis), shut.id, Reopen("By mistake."))
    of.later(seconds=10)
    service.undo(engine.work, staff_actor(of.luis), shut.id)
    asked = [row.due_at for row in rows(of, "mail") if row.kind == "case-closing" and row.state == "queued"]
    assert asked == [due_at]
