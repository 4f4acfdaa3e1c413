"""The documents that come with the engine can be read in it, and nothing in them is code."""

from __future__ import annotations

import re

import pytest

from feedback_engine.app import manual, markdown

SHIPPED = sorted(path.stem.lower() for path in manual.FOLDER.glob("*.md"))


def test_every_document_that_is_shipped_is_listed_with_its_title_and_what_it_is_about() -> None:
    found = manual.read_all()
    assert sorted(found) == SHIPPED
    assert all(document.title and document.about for document in found.values())
    assert next(iter(found)) == "operating", "what is needed most comes first"


@pytest.mark.parametrize("key", SHIPPED)
def test_a_document_becomes_html_without_leftovers(key: str) -> None:
    html = str(markdown.as_html(manual.read_all()[key].text))
    prose = re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL)
    assert "```" not in html
    assert not re.search(r"^(#|\||\* |- )", prose, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>\n"),
        ("`<b>`", '<p><code class="whole">&lt;b&gt;</code></p>\n'),
        ("6 % and 12 of 100", "<p>6\u00a0% and 12 of 100</p>\n"),
        (
            "`feedback-engine db check --decisions`",
            '<p><code><span class="whole">feedback-engine</span> db check '
            '<span class="whole">--decisions</span></code></p>\n',
        ),
        (
            "`FEEDBACK_ENGINE_MAIL_TRANSPORT=<b>`",
            "<p><code>FEEDBACK_<wbr>ENGINE_<wbr>MAIL_<wbr>TRANSPORT=&lt;b&gt;</code></p>\n",
        ),
    ],
)
def test_html_in_a_document_stays_text(text: str, html: str) -> None:
    assert markdown.as_html(text) == html


def test_a_table_heads_its_columns_and_carries_no_style() -> None:
    html = markdown.as_html("| |b|\n|-|-:|\n|1|2|\n")
    assert "<td></td>" in html, "an empty corner is no heading"
    assert '<th class="num">b</th>' in html
    assert '<td class="num" data-label="b">2</td>' in html
    assert "style=" not in html


def test_a_table_is_read_on_a_phone_as_well_each_figure_with_the_name_of_its_column() -> None:
    html = markdown.as_html("|series|p50 `ms`|\n|-|-:|\n|one|2|\n|two|3|\n\n|x|\n|-|\n|4|\n")
    assert html.count('<table class="stacked">') == 2
    assert re.findall(r"data-label=\"([^\"]+)\"", html) == ["series", "p50 ms", "series", "p50 ms", "x"]


def test_one_document_leads_to_another() -> None:
    html = markdown.as_html("See [the alert file](alerts.md), [a site](https://a.example/b.md).")
    assert re.findall(r'href="([^"]+)"', html) == ["alerts", "https://a.example/b.md"]


@pytest.mark.parametrize("key", SHIPPED)
def test_what_a_document_leads_to_is_shipped(key: str) -> None:
    found = re.findall(r"\]\(([\w-]+)\.md", manual.read_all()[key].text)
    assert [name for name in found if name not in SHIPPED] == []
    assert re.search(r"(?<!\()\b[a-z]+\.md", manual.read_all()[key].text) is None, "a document is named by its title"


def test_what_may_scroll_has_a_name_and_can_be_reached_by_keys() -> None:
    html = markdown.as_html("```\n<a long line>\n```\n\n|a|b|\n|-|-|\n|1|2|\n")
    named = re.findall(r'<div class="scroll" tabindex="0" role="region" aria-label="([^"]+)">', html)
    assert named == ["Example 1", "Example 2"]
    assert "&lt;a long line&gt;" in html
    assert html.count("<div") == html.count("</div>")
