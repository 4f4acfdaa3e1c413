"""Named fields in texts: only declared ones, always escaped, never code."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import piping

ANYTHING = st.text(max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{event.deal} approved", "DR-1 approved"),
        ("{event.none|Your deal} approved", "Your deal approved"),  # other words when it is empty
        ("{event.none} approved", " approved"),
        ("{contact.name}", "Ana"),
        ("no field", "no field"),
    ],
)
def test_a_field_becomes_its_value(text: str, expected: str) -> None:
    assert piping.fill(text, {"event.deal": "DR-1", "contact.name": "Ana"}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{event.deal",  # never closed
        "deal}",
        "{}",
        "{0}",
        "{event.deal!r}",  # str.format's way to an object
        "{event.__class__.__init__}",
        "{{ config }}",  # a template language
        "{% for x in y %}",
        "{contact.email}",  # an address is no field
        "{partner.tier}",
        "{Event.deal}",
        "{event.deal|{event.other}}",
    ],
)
def test_anything_else_in_braces_is_refused(text: str) -> None:
    assert piping.faults_in(text)


def test_a_sound_text_has_no_fault() -> None:
    assert piping.faults_in("{event.deal|Your deal} of {partner.name}, {contact.first_name}") == []


@given(ANYTHING)
def test_a_value_is_never_markup(value: str) -> None:
    html = piping.fill_html("<b>{event.x}</b> & more", {"event.x": value})
    inside = html.removeprefix("&lt;b&gt;").removesuffix("&lt;/b&gt; &amp; more")
    shown = piping.clean(value)
    assert inside == (f"<bdi>{inside[5:-6]}</bdi>" if shown else "")
    assert unescape(inside[5:-6]) == shown
    assert not re.search(r"[<>\"']", inside[5:-6])


@given(ANYTHING, ANYTHING)
def test_a_value_is_put_in_once_and_never_read_again(first: str, second: str) -> None:
    filled = piping.fill("{event.x}|{event.y}", {"event.x": "{event.y}" + first, "event.y": second})
    assert filled == piping.clean("{event.y}" + first) + "|" + piping.clean(second)


@given(ANYTHING)
def test_a_value_stays_on_one_line_and_short(value: str) -> None:
    shown = piping.clean(value)
    assert len(shown) <= 200
    assert not any(ord(sign) < 32 or sign in "\x7f\x85\u2028\u2029" for sign in shown)
