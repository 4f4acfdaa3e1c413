"""Figures, chips and fields say what they must, each with its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import current_app, flash, redirect, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template

from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.web.access import SIGNED_IN
from feedback_engine.foundation.web.figures import chip_band, chip_words, figure_of
from tests.foundation.web_site import pages, site, staff

Render = Callable[..., str]


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Renders a line that may call any part, for a reader in Rome."""
    app = site(tmp_path, principal=staff())
    imports = '{% from "parts.html" import chip, chips, clock, error_summary, facts, field, figure, when %}'

    def render(line: str, **named: Any) -> str:
        with app.test_request_context("/"):
            return render_template_string(imports + line, **named).strip()

    return render


@pytest.mark.parametrize(
    ("value", "words"),
    [(133500.0, "133,500"), (12000, "12000"), ("DR-1", "DR-1"), (True, "yes"), (False, "no"), ("<b>", "&lt;b&gt;")],
)
def test_an_attribute_is_written_as_people_do(render: Render, value: object, words: str) -> None:
    assert render("{{ value|attribute }}", value=value) == words


@pytest.mark.parametrize(("kept", "shown"), [("", "the program itself"), ("engine", "engine"), ("Dana", "Dana")])
def test_what_nobody_did_the_program_did_itself(render: Render, kept: str, shown: str) -> None:
    assert render("{{ name|actor }}", name=kept) == shown


# ---- figures


@pytest.mark.parametrize(
    ("arguments", "words", "interval", "few"),
    [
        ((25.4, 260, 15.1, 35.2), "+25", "+15 to +35", False),
        ((-25, 12, -63, 23), "−25", "−63 to +23", True),
        ((0, 30, -20, 20), "0", "−20 to +20", False),  # thirty are enough
        ((0, 29, -20, 20), "0", "−20 to +20", True),
        ((0.79, 34, 0.63, 0.9, "share"), "79\N{NO-BREAK SPACE}%", "63 to 90\N{NO-BREAK SPACE}%", False),
        ((5.12, 64, 4.8, 5.4, "ease"), "5.1", "4.8 to 5.4", False),
        (("5.2 h", 55), "5.2 h", "", False),  # a text is shown as it stands
        ((None, 0), "none yet", "", False),  # none is not few
    ],
)
def test_a_figure_comes_with_n_interval_and_a_warning_when_few(
    arguments: tuple[Any, ...], words: str, interval: str, few: bool
) -> None:
    figure = figure_of(*arguments)
    assert (figure.words, figure.interval_words, figure.few) == (words, interval, few)
    assert figure.n_words == f"n = {arguments[1]}"
    assert (figure.bar is None) == (interval == "")


@given(st.floats(-100, 100), st.floats(-150, 150), st.floats(-150, 150))
def test_a_bar_never_leaves_its_axis(value: float, low: float, high: float) -> None:
    bar = figure_of(value, 50, min(low, high), max(low, high)).bar
    assert bar is not None
    assert 0 <= bar.start <= bar.end <= 100
    assert 0 <= bar.dot <= 100


def test_a_bar_is_told_to_those_who_cannot_see_it() -> None:
    figure = figure_of(4.6, 64, -16, 25, label="NPS")
    assert figure.description == "NPS +5, 95 % interval −16 to +25, on a scale from −100 to +100"


def test_a_figure_speaks_italian() -> None:
    with use_locale("it"):
        figure = figure_of(5.12, 64, 4.8, 5.4, "ease")
    assert (figure.words, figure.interval_words) == ("5,1", "da 4,8 a 5,4")


def test_a_scale_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        figure_of(1, scale="furlongs")


# ---- chips


@pytest.mark.parametrize(
    ("score", "out_of", "band", "words"),
    [
        (0, 10, "d", "of 10, detractor"),
        (6, 10, "d", "of 10, detractor"),  # the last detractor
        (7, 10, "a", "of 10, passive"),  # the first passive
        (8, 10, "a", "of 10, passive"),
        (9, 10, "p", "of 10, promoter"),  # the first promoter
        (3, 5, "a", "of 5"),
        (4, 5, "p", "of 5"),  # the top two boxes
        (5, 7, "a", "of 7"),
        (6, 7, "p", "of 7"),
    ],
)
def test_a_chip_has_the_shape_and_the_words_of_its_band(score: int, out_of: int, band: str, words: str) -> None:
    assert chip_band(score, out_of) == band
    assert chip_words(score, out_of) == words


@pytest.mark.parametrize(
    ("score", "out_of", "words"),
    [
        (6, 10, "detractor: 0 to 6 of 10"),
        (7, 10, "passive: 7 to 8 of 10"),
        (9, 10, "promoter: 9 to 10 of 10"),
        (1, 7, "low score: 1 to 3 of 7"),
        (3, 5, "middle score: 3 of 5"),
        (5, 5, "high score: 4 to 5 of 5"),
    ],
)
def test_the_shape_of_a_chip_says_of_which_scores_it_is(render: Render, score: int, out_of: int, words: str) -> None:
    assert f' title="{words}">{score}<' in render(f"{{{{ chip({score}, out_of={out_of}) }}}}")


def test_a_chip_always_shows_its_digit(render: Render) -> None:
    assert render("{{ chip(3) }}") == (
        '<span class="chip d " data-of="10" title="detractor: 0 to 6 of 10">3'
        '<span class="hidden-text"> of 10, detractor</span></span>'
    )
    assert "no score" in render("{{ chip(none) }}")


# ---- fields


FAULTS = [Fault("/promise/by", "Give a date"), Fault("/other", "Wrong too"), Fault("", "As a whole")]


def test_a_wrong_field_is_named_marked_and_explained(render: Render) -> None:
    html = render('{{ field("promise/by", "By", type="date", hint="From today on", faults=faults) }}', faults=FAULTS)
    assert '<label for="promise-by">By</label>' in html
    assert 'name="promise/by" aria-invalid="true" aria-describedby="promise-by-error promise-by-hint"' in html
    assert '<span class="wrong" id="promise-by-error">Give a date</span>' in html
    assert "Wrong too" not in html


def test_the_summary_links_to_the_fields(render: Render) -> None:
    html = render("{{ error_summary(faults) }}", faults=FAULTS)
    assert "3 things need correcting" in html
    assert '<a href="#promise-by">Give a date</a>' in html
    assert "<li>As a whole</li>" in html
    assert render("{{ error_summary(()) }}") == ""


def test_what_was_typed_stays_in_the_field(render: Render) -> None:
    assert 'value="ana@acme.example"' in render('{{ field("email", "E-mail", "ana@acme.example", "email") }}')
    typed = "line one\nline two"
    assert f"\n{typed}</textarea>" in render('{{ field("n", "N", typed, "textarea") }}', typed=typed)
    assert '<option value="2" selected>' in render('{{ field("s", "S", 2, "select", options=[(1, "a"), (2, "b")]) }}')
    assert 'value="2" checked>b' in render('{{ field("r", "R", "2", "radio", options=[(1, "a"), (2, "b")]) }}')


def test_a_password_is_never_written_back(render: Render) -> None:
    assert "hunter2" not in render('{{ field("p", "P", "hunter2", "password") }}')


# ---- times, facts, notices


def test_times_are_shown_in_the_readers_zone_and_no_day_breaks_at_the_end_of_a_line(render: Render) -> None:
    at = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
    html = render("{{ when(at) }} {{ at|date('weekday') }} {{ at|time }} {{ at|time('Europe/Lisbon') }}", at=at)
    day, weekday = "9\u00a0Mar\u00a02026", "Mon\u00a09\u00a0Mar"
    assert render("{{ at|datetime('full') }}", at=at) == "Monday 9\u00a0March\u00a02026, 10:12"
    assert html == f'<time datetime="2026-03-09T09:12:00+00:00">{day}, 10:12</time> {weekday} 10:12 09:12'


def test_a_fact_that_is_not_known_is_left_out(render: Render) -> None:
    assert "Phone" not in render("{{ facts([('Phone', none), ('Deals', 0)]) }}")
    assert "<dd>0</dd>" in render("{{ facts([('Phone', none), ('Deals', 0)]) }}")


def test_a_number_in_a_template_is_written_as_each_reader_reads_it(tmp_path: Path) -> None:
    for locale, number in (("en", "12,034"), ("it", "12.034"), ("en", "12,034")):
        assert number in site(tmp_path, principal=staff(locale=locale)).test_client().get("/style").text


def test_what_was_done_is_told_on_the_next_page_once(tmp_path: Path) -> None:
    def save() -> Any:
        flash("Saved.", "warn")
        return redirect("/style", 303)

    client = site(tmp_path, pages(("/save", SIGNED_IN, save)), principal=staff()).test_client()
    client.get("/save")
    assert '<div class="notice warn" role="status"><p>Saved.</p></div>' in client.get("/style").text
    assert "Saved." not in client.get("/style").text


def test_a_figure_that_stands_in_a_template_is_written_anew_for_each_reader(tmp_path: Path) -> None:
    words = "{{ 1234|number }} {{ 0.357|share(1) }} {{ true|attribute }} {{ 'Europe/Rome'|city }}"
    compiled: list[Template] = []

    def view() -> str:
        if not compiled:
            compiled.append(current_app.jinja_env.from_string(words))
        return compiled[0].render()

    readers = iter([staff(locale="en"), staff(locale="it")])
    client = site(tmp_path, pages(("/p", SIGNED_IN, view)), load_principal=lambda _: next(readers)).test_client()
    assert client.get("/p").text == "1,234 35.7\N{NO-BREAK SPACE}% yes Rome"
    assert client.get("/p").text == "1.234 35,7\N{NO-BREAK SPACE}% sì Roma"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("D-1456 was open.", '<span class="nowrap">D-1456</span> was open.'),
        ("<b>ES-5418</b>", '&lt;b&gt;<span class="nowrap">ES-5418</span>&lt;/b&gt;'),
        ("well-known, A-B, 10-12", "well-known, A-B, 10-12"),  # words and spans may break
    ],
)
def test_a_reference_in_what_somebody_typed_does_not_break(render: Render, typed: str, shown: str) -> None:
    assert render("{{ typed|references }}", typed=typed) == shown
