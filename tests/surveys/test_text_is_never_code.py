"""Whatever somebody writes, or an event says, stays text: on the page, in the mail, on the receipt."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from uuid import UUID

import pytest

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.message import as_bytes
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import program as programs
from surveys.invitation_mail import Occasion, compose
from surveys.invitations import plan_invitations
from surveys.samples import PreviewLinks
from surveys.wording import Happened, Recipient, word
from tests.surveys import builders as build

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ 7*7 }}{% for x in () %}",
    "{event.__class__} {0.__init__} %(x)s ${7*7}",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u2066",
    "<!--#exec cmd='ls'--><![CDATA[x]]>",
    "&lt;script&gt; &#x3c;script&#x3e;",
]
LINE_BREAKS = "a@b.example\r\nBcc: everybody@c.example"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_contact_writes_is_shown_as_it_was_written(sqlite_engine: Engine, payload: str) -> None:
    world = build.world(sqlite_engine)
    invitation = build.invite(world)
    client = build.browser(sqlite_engine)
    typed = build.answer(world, client, invitation, better=payload, call="yes", call__phone=payload)
    assert typed.status_code == 422
    receipt = client.get(build.answer(world, client, invitation, recommend="3", better=payload).location)
    changing = client.get(world.paths(invitation).survey())
    for page in (typed, receipt, changing):
        assert _only_as_text(page.text, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_an_event_says_is_shown_as_it_was_said(sqlite_engine: Engine, payload: str) -> None:
    world = build.world(sqlite_engine)
    event_id = _event_saying(world, payload)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        (invitation,) = plan_invitations(uow, [build.plan(world, event_id)])
    client = build.browser(sqlite_engine)
    (mail,) = build.send_mail(world)
    text, html = build.parts(mail)
    pages = [client.get(world.paths(invitation).survey()).text, client.get(world.paths(invitation).stop()).text, html]
    assert all(_only_as_text(page, payload) for page in pages)
    assert payload in text
    assert "\n" not in str(mail["Subject"])


def test_no_value_smuggles_a_header_into_the_mail(sqlite_engine: Engine) -> None:
    """Intake refuses line breaks in attributes, imports clean names; should one come through, it is one line here."""
    world = build.world(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        program = programs.current(reading)
    recipient = Recipient(
        world.contact._replace(name=LINE_BREAKS),
        world.partner,
        replace(world.owner, name=LINE_BREAKS),
        Happened(sqlite_engine.clock.now(), {"deal": LINE_BREAKS}),
    )
    wording = word(build.survey(), program, recipient)
    occasion = Occasion("Deal", sqlite_engine.clock.now())
    message = compose(wording, recipient, occasion, PreviewLinks("http://x.example", "s", "en"), "p@northwind.example")
    assert message.subject == "a@b.example Bcc: everybody@c.example approved: how did we do?"
    wire = as_bytes(message, message_id="1@x.example", at=sqlite_engine.clock.now())
    assert b"\r\nBcc:" not in wire


def test_what_a_link_preselects_is_only_ever_one_of_the_answers(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    path = world.paths(build.invite(world)).survey()
    client = build.browser(sqlite_engine)
    for payload in (*PAYLOADS, "11", "-1", "7 "):
        page = client.get(path, query_string={"a": payload, "l": payload})
        assert page.status_code == 200
        assert " checked" not in page.text
        assert payload not in page.text or payload in ("11", "-1")


def _event_saying(world: build.World, words: str) -> UUID:
    return build.event(world, 7, deal=words)


def _only_as_text(page: str, payload: str) -> bool:
    """The payload is there, and nowhere but as escaped text."""
    shown = page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    return escape(payload) in shown and (escape(payload) == payload or payload not in page)
