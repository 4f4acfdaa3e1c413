"""Where a mediator and an escalation contact find what was brought to them without the mail."""

from __future__ import annotations

from functools import partial

from alerts.settling import mediation
from feedback_engine.app import pages
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import staff_actor
from tests.alerts.settled import close_again, closed, say, steering, world
from tests.alerts.site import browser, staff, words


def test_a_mediator_finds_the_mediation_on_monday_and_in_the_inbox_until_they_say_what_they_find(
    engine: Engine,
) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    mediator = browser(engine, staff(henrik))
    counted = partial(pages.unread_counts, engine, staff(henrik))
    assert counted() == {"inbox": 0}
    say(of, browser(engine, None), shut, "no")
    assert counted() == {"inbox": 1}
    monday = mediator.get("/my").text
    assert "Mediate with Acme" in words(monday)
    assert "Say what you find by Wed 11 Mar, 09:12" in words(monday)
    assert f'href="/cases/{shut.ref}/mediation"' in monday
    inbox = mediator.get("/inbox?view=brought").text
    assert "Brought to me 1" in words(inbox)
    assert "Say what you find by Wed 11 Mar, 09:12" in words(inbox)
    assert f'href="/cases/{shut.ref}/mediation"' in inbox
    of.later(days=3)
    assert "Your finding was due Wed 11 Mar, 09:12" in words(mediator.get("/my").text)
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert counted() == {"inbox": 0}
    assert "Mediate with Acme" not in words(mediator.get("/my").text)
    assert "Brought to me 0" in words(mediator.get("/inbox?view=brought").text)


def test_an_escalation_is_found_by_whom_it_came_to_and_counted_once(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    shut = closed(of)
    partner = browser(engine, None)
    say(of, partner, shut, "no")
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    say(of, partner, close_again(of, shut), "no")
    assert pages.unread_counts(engine, staff(priya)) == {"inbox": 1}
    client = browser(engine, staff(priya))
    monday = words(client.get("/my").text)
    assert "Take up the conflict with Acme" in monday
    assert "Settle it with their escalation contact" in monday
    assert f'href="/cases/{shut.ref}?view=brought"' in client.get("/inbox?view=brought").text
