"""Headers, cookies, limits and tokens that keep pages from being used against their reader."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Blueprint, render_template, render_template_string, request, session
from markupsafe import Markup

from feedback_engine.foundation.web.access import PUBLIC, SIGNED_IN, allow
from feedback_engine.foundation.web.security import MEGABYTE, body_limit, rate_limit
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.foundation.web.templating import rich
from tests.foundation.web_site import pages, site, staff

PARTNER_PAGE = '{% extends "partner.html" %}{% block title %}t{% endblock %}{% block content %}<h1>t</h1>{% endblock %}'


def _policy(headers: object) -> dict[str, str]:
    text = str(headers["Content-Security-Policy"])  # type: ignore[index]
    return {name: value for name, _, value in (part.strip().partition(" ") for part in text.split(";"))}


# ---- headers


def test_a_staff_page_may_run_no_inline_style_and_no_inline_script(tmp_path: Path) -> None:
    answer = site(tmp_path, principal=staff()).test_client().get("/style")
    policy = _policy(answer.headers)
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=", answer.text)


def test_only_a_page_that_asks_for_a_script_may_run_one_and_only_ours(tmp_path: Path) -> None:
    page = "<script src=\"{{ script_url('keys.js') }}\" defer></script>"
    views = pages(("/keys", SIGNED_IN, lambda: render_template_string(page)), ("/plain", SIGNED_IN, lambda: "plain"))
    client = site(tmp_path, views, principal=staff()).test_client()
    assert _policy(client.get("/keys").headers)["script-src"] == "'self'"
    assert "script-src" not in _policy(client.get("/plain").headers)


def test_a_partner_page_is_one_request_with_its_style_hashed(tmp_path: Path) -> None:
    view = pages(("/s/x", PUBLIC, lambda: render_template_string(PARTNER_PAGE)))
    answer = site(tmp_path, view).test_client().get("/s/x")
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert len(style) == 1
    digest = b64encode(sha256(style[0].encode()).digest()).decode()
    assert _policy(answer.headers)["style-src"] == f"'sha256-{digest}'"
    assert not re.search(r'<script|<link rel="stylesheet"|<img', answer.text)


@pytest.mark.parametrize("path", ["/style", "/static/staff.css", "/nowhere", "/api/v1/nowhere"])
def test_every_answer_carries_the_headers(tmp_path: Path, path: str) -> None:
    headers = site(tmp_path, principal=staff()).test_client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_pages_are_not_kept_but_files_are(tmp_path: Path) -> None:
    client = site(tmp_path, principal=staff()).test_client()
    assert client.get("/style").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in client.get("/static/staff.css").headers["Cache-Control"]


@pytest.mark.parametrize(("base_url", "promised"), [("https://a.example", True), ("http://a.example", False)])
def test_only_a_site_on_https_promises_to_stay_there(tmp_path: Path, base_url: str, promised: bool) -> None:
    answer = site(tmp_path, principal=staff(), base_url=base_url).test_client().get("/style")
    assert ("Strict-Transport-Security" in answer.headers) is promised


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        ("https://a.example", {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}),
        ("https://a.example/px", {"Secure", "HttpOnly", "SameSite=Lax", "Path=/px"}),
        ("http://127.0.0.1:8700", {"HttpOnly", "SameSite=Lax", "Path=/"}),  # Secure would lose the cookie
    ],
)
def test_the_session_cookie_is_closed(tmp_path: Path, base_url: str, wanted: set[str]) -> None:
    def view() -> str:
        session["name"] = "Priya"
        return "kept"

    answer = site(tmp_path, pages(("/s/x", PUBLIC, view)), base_url=base_url).test_client().get("/s/x")
    flags = {part.strip() for part in answer.headers["Set-Cookie"].split(";")[1:]}
    assert flags == wanted


# ---- forms


def test_a_form_without_its_token_changes_nothing(tmp_path: Path) -> None:
    client = site(tmp_path, pages(("/save", SIGNED_IN, lambda: "saved")), principal=staff()).test_client()
    answer = client.post("/save")
    assert answer.status_code == 400
    assert "Load the page anew" in answer.text


def test_a_form_with_its_token_is_taken(tmp_path: Path) -> None:
    form = "<form method=post>{{ csrf_field() }}</form>"
    view = pages(("/form", SIGNED_IN, lambda: render_template_string(form)), ("/save", SIGNED_IN, lambda: "saved"))
    client = site(tmp_path, view, principal=staff()).test_client()
    token = re.search(r'value="([^"]+)"', client.get("/form").text)
    assert token
    assert client.post("/save", data={"csrf_token": token[1]}).text == "saved"
    assert client.post("/save", data={"csrf_token": token[1] + "x"}).status_code == 400


@pytest.mark.parametrize("path", ["/s/x", "/u/x", "/r/x", "/c/x", "/k/x", "/api/v1/x", "/hooks/x"])
def test_links_and_programs_need_no_form_token(tmp_path: Path, path: str) -> None:
    client = site(tmp_path, pages((path, PUBLIC, lambda: "taken"))).test_client()
    assert client.post(path).text == "taken"


@pytest.mark.parametrize("path", ["/surveys", "/apiary", "/some/s/x"])
def test_a_path_that_only_looks_like_a_link_needs_one(tmp_path: Path, path: str) -> None:
    client = site(tmp_path, pages((path, PUBLIC, lambda: "taken"))).test_client()
    assert client.post(path).status_code == 400


# ---- limits


def _intake() -> Blueprint:
    blueprint = Blueprint("intake", __name__)

    @blueprint.post("/api/v1/small")
    @allow(PUBLIC)
    def small() -> str:
        return str(len(request.get_data()))

    @blueprint.post("/api/v1/large")
    @allow(PUBLIC)
    @body_limit(2 * MEGABYTE)
    def large() -> str:
        return str(len(request.get_data()))

    @blueprint.post("/s/guess")
    @allow(PUBLIC)
    @rate_limit("2 per minute")
    def guess() -> str:
        return "no"

    return blueprint


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/v1/small", MEGABYTE, 200),
        ("/api/v1/small", MEGABYTE + 1, 413),
        ("/api/v1/large", 2 * MEGABYTE, 200),
        ("/api/v1/large", 2 * MEGABYTE + 1, 413),
    ],
)
def test_a_body_over_its_limit_is_refused(tmp_path: Path, path: str, size: int, status: int) -> None:
    assert site(tmp_path, _intake()).test_client().post(path, data=b"x" * size).status_code == status


def test_a_body_over_its_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    declared = {"CONTENT_LENGTH": str(10**12)}
    answer = site(tmp_path, _intake()).test_client().post("/api/v1/small", environ_overrides=declared)
    assert answer.status_code == 413


def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    client = site(tmp_path, _intake()).test_client()
    answers = [client.post("/s/guess") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Wait a minute" in answers[-1].text
    assert "Retry-After" in answers[-1].headers


def test_another_client_may_still_try(tmp_path: Path) -> None:
    client = site(tmp_path, _intake(), trusted_proxies=1).test_client()
    statuses = [
        client.post("/s/guess", headers={"X-Forwarded-For": f"forged, {address}"}).status_code
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")
    ]
    assert statuses == [200, 200, 429, 200]  # the proxy's word counts, what the client wrote before it does not


def test_without_a_trusted_proxy_a_client_cannot_rename_itself(tmp_path: Path) -> None:
    client = site(tmp_path, _intake()).test_client()
    statuses = [
        client.post("/s/guess", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code for number in range(3)
    ]
    assert statuses == [200, 200, 429]


# ---- text is never code


HOSTILE = '"><script>alert(1)</script>'


def test_what_a_reader_typed_stays_text_in_every_part(tmp_path: Path) -> None:
    template = """{% from "parts.html" import act, chip, clock, empty, error_summary, facts, field, figure, notice,
        panel, paging, table, tag, toast %}
        {% call panel(x, link=x, link_words=x) %}{{ x }}{% endcall %}{% call table(x, x) %}<tr></tr>{% endcall %}
        {{ clock("late", x) }}{{ tag(x) }}{{ facts([(x, x)]) }}{{ empty(x, x) }}{{ notice(x, heading=x) }}
        {{ figure(x, 3, label=x, unit=x, notes=(x,)) }}{{ figure(1, 3, 0, 2, label=x) }}{{ toast(x, "/p", {x: x}) }}
        {{ act("/p", x, fields={x: x}, label=x) }}{{ paging("/p?" ~ x, words=x) }}
        {% for type in ("text", "textarea", "select", "radio", "checkbox", "hidden") %}
        {{ field(x, x, x, type, x, options=[(x, x, x)], placeholder=x, attributes={"title": x}) }}{% endfor %}"""
    view = pages(("/p", SIGNED_IN, lambda: render_template_string(template, x=HOSTILE)))
    answer = site(tmp_path, view, principal=staff()).test_client().get("/p")
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_values_in_a_rich_text_are_escaped() -> None:
    assert rich("<b>{who}</b> wrote", who=HOSTILE) == "<b>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</b> wrote"


def test_a_slot_shows_its_fills_in_order_and_escapes_plain_text() -> None:
    slots = Slots()
    slots.add("partner.page", lambda partner: Markup("<p>{}</p>").format(partner))
    slots.add("partner.page", lambda partner: None)
    slots.add("partner.page", lambda partner: HOSTILE)
    assert str(slots.show("partner.page", partner="A&B")).startswith("<p>A&amp;B</p>&#34;&gt;&lt;script")
    assert slots.show("nobody.fills.this") == ""


def test_a_name_nobody_passed_is_a_bug_and_not_a_blank(tmp_path: Path) -> None:
    app = site(tmp_path, pages(("/p", SIGNED_IN, lambda: render_template_string("{{ partnr }}"))), principal=staff())
    assert app.test_client().get("/p").status_code == 500


def test_the_guide_shows_every_part(tmp_path: Path) -> None:
    app = site(tmp_path, principal=staff())
    with app.app_context():
        macros = set(re.findall(r"{% macro (\w+)", (Path(app.template_folder or "") / "parts.html").read_text()))
        shown = (Path(app.template_folder or "") / "guide.html").read_text()
    drawn_by_others = {"interval", "choice"}  # by figure() and by field()
    unseen = {name for name in macros if f"{name}(" not in shown} - drawn_by_others
    assert unseen == set()
    with app.test_request_context("/style"):
        assert render_template("parts.html").strip() == ""  # parts alone put nothing on a page
