"""A page filled into a letter is, sign by sign, the page that its templates draw for that reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_engine.foundation.engine import Engine
from surveys.web.doors import Door
from surveys.web.letters import Letters, gap, read_letter
from surveys.web.survey_page import Page, draw, draw_fresh, open_page
from surveys.wording import Happened, word
from tests.surveys import builders as build

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"], exclude_characters="{}"), max_size=30)
MakePage = Callable[..., Page]


@pytest.fixture
def make_page(sqlite_engine: Engine) -> Iterator[MakePage]:
    """Makes the page of one invitation for contacts of any name, phone, zone and language; inside a request."""
    world = build.world(sqlite_engine)
    invitation = build.invite(world)
    door = Door(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        token = world.paths(invitation).survey().removeprefix("/s/")
        visit = door.visit(reading, door.open("survey", token))
        assert visit is not None
        found = open_page(door, reading, visit, "")
    assert found is not None
    page = found

    def make(name: str, phone: str, zone: str, language: str, owner: str, deal: str) -> Page:
        contact = page.recipient.contact._replace(name=name, phone=phone, time_zone=zone, language=language)
        of_ours = replace(world.owner, name=owner) if owner else None
        happened = Happened(sqlite_engine.clock.now(), {"deal": deal})
        recipient = replace(page.recipient, contact=contact, owner=of_ours, happened=happened)
        return replace(page, recipient=recipient, wording=word(page.wording.survey, page.wording.program, recipient))

    with build.app(sqlite_engine).test_request_context("/"):
        yield make


LETTERS = Letters()
"""Shared by all examples, so that most of them are filled into a letter that was drawn for somebody else."""


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=NAMES,
    phone=st.sampled_from(["", "+39 06 1234567", "12"]),
    zone=st.sampled_from(["Europe/Rome", "Asia/Tokyo", "America/New_York"]),
    language=st.sampled_from(["en", "it", "de", "ar", ""]),
    owner=NAMES,
    deal=NAMES,
    tapped=st.sampled_from(["", "0", "7", "10", "11", "x"]),
)
def test_a_letter_says_what_the_templates_say(
    make_page: MakePage, name: str, phone: str, zone: str, language: str, owner: str, deal: str, tapped: str
) -> None:
    page = make_page(name, phone, zone, language, owner, deal)
    preselected = page.wording.survey.first_question.preselect(tapped)
    g.style_hashes = ()
    plain = draw(page, preselected, tapped=preselected)
    allowed, g.style_hashes = g.style_hashes, ()
    assert draw_fresh(page, LETTERS, preselected) == plain
    assert set(g.style_hashes) == set(allowed)


def test_another_program_makes_every_letter_anew(make_page: MakePage) -> None:
    page, letters = make_page("Ana", "", "Europe/Rome", "en", "Dana", "DR-1"), Letters()
    before = draw_fresh(page, letters, {})
    renamed = replace(page.wording, program=replace(page.wording.program, name="Southwind"))
    after = draw_fresh(replace(page, wording=renamed), letters, {})
    assert "Southwind" in after
    assert "Southwind" not in before


def test_a_text_that_looks_like_a_gap_stays_a_text(make_page: MakePage) -> None:
    page = make_page("Ana", "", "Europe/Rome", "en", "Dana", "DR-1")
    odd = replace(page.wording, program=replace(page.wording.program, name="North\ue000name\ue001wind"))
    drawn = draw_fresh(replace(page, wording=odd), Letters(), {})
    assert "North\ue000name\ue001wind" in drawn


def test_every_word_that_is_filled_in_is_escaped() -> None:
    letter = read_letter(f"<p>{gap('name')} and {gap('event.Deal_2')}</p>", ())
    assert letter.fill({"name": "<b>", "event.Deal_2": "\"'&"}) == "<p>&lt;b&gt; and &#34;&#39;&amp;</p>"
