"""The overview counts closed cases by what their partners say, and a no or silence is not left out of the share."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from alerts.web import loops_closed
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.slots import Slots
from tests.alerts.builders import World, open_case
from tests.alerts.settled import closed, letters, say, steering, tick, world
from tests.alerts.site import browser, words


def figure(of: World) -> str:
    """The figure over the last month."""
    slots = Slots()
    loops_closed.fill_slots(of.engine, slots)
    app: Flask = browser(of.engine, None).application
    today = of.now.date()
    with app.test_request_context("/"):
        return words(str(slots.show("overview.figures", first=today.replace(day=1), last=today)))


def _say(of: World, client: FlaskClient, touchpoint: str, verdict: str) -> None:
    say(of, client, closed(of, open_case(of, 3, touchpoint=touchpoint)), verdict)


def test_the_share_that_agrees_counts_every_closing_whose_time_is_over(engine: Engine) -> None:
    of = world(engine)
    steering(of)
    client = browser(engine, None)
    _say(of, client, "ticket.closed", "yes")
    _say(of, client, "deal.lost", "no")
    silent = closed(of)
    closed(of, open_case(of, 2, partner=of.brisk), letter=None)
    assert "1 settled by the partner · 0 unconfirmed · 1 waiting · 1 not asked" in figure(of)
    assert "50 %" in figure(of)  # one yes, one no
    over = "Of 2 closings (a case may have several) whose time to reply is over: "
    over += "1 yes, 1 partly or no, 0 without a reply."
    assert f"{over} A no opens the case again." in figure(of)
    assert "All unconfirmed, of any time" not in figure(of), "there are none"
    letters(of, "ana@acme.example")
    of.later(days=15)
    tick(of)
    assert silent.ref
    assert "1 settled by the partner · 1 unconfirmed · 0 waiting · 1 not asked" in figure(of)
    assert "All unconfirmed, of any time" in figure(of), "the list holds those of other days too"
    assert "33 %" in figure(of)
    assert "n = 3" in figure(of)
