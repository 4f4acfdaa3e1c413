"""The receipt: what was said, what comes of it, until when it may be changed."""

from __future__ import annotations

from feedback_engine.app.factory import create_app
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.slots import Slots
from surveys.web import blueprint
from tests.surveys import builders as build


def test_the_receipt_tells_what_was_said_and_hides_the_phone_number(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    client = build.browser(engine)
    sent = build.answer(
        world, client, invitation, recommend="4", better="Too slow.\nReally.", call="yes", call__time="09-12"
    )
    page = client.get(sent.location)
    words = build.words(page.text)
    assert "Thank you, Inês." in words
    assert "You gave a 4." in words
    assert "4 of 10" in words
    assert "Too slow.\nReally." in page.text
    assert "You asked to be called: 09:00 to 12:00, on the number ending in 142." in words
    assert "91 000" not in page.text
    assert "Change my answer until Thursday 12 March 2026, 09:12" in words
    assert "Can be seen by Dana Keller and the partner team at Northwind, with your name." in words


def test_after_72_hours_the_receipt_stays_but_offers_no_change(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    client = build.browser(engine)
    receipt = build.answer(world, client, invitation, recommend="4").location
    build.later(engine, hours=72)
    page = client.get(receipt)
    assert page.status_code == 200
    assert "Change my answer" not in page.text


def test_there_is_no_receipt_without_an_answer(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    path = world.links.path("receipt", invitation, 0)
    assert build.browser(engine).get(path).status_code == 404


def test_higher_floors_show_what_came_of_it(engine: Engine) -> None:
    world = build.world(engine)
    slots = Slots()
    slots.add("receipt.promise", lambda **named: f"Dana will call <today> {named['zone']}")
    app = create_app(engine, blueprints=[blueprint(engine)], load_principal=lambda request: None, slots=slots)
    client = app.test_client()
    page = client.get(build.answer(world, client, build.invite(world), recommend="4").location)
    assert "Dana will call &lt;today&gt; Europe/Lisbon" in page.text
