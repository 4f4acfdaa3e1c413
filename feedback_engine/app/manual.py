"""The pages `/docs`: the documents that come with the engine, to be read beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, allow

FOLDER = Path(__file__).resolve().parents[1] / "docs"
_FIRST = ("operating", "events", "alerts", "benchmarks", "changelog")
"""The order of the list; whatever else there is follows by name."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its address, its title, what it is about in one sentence, and its text without the title."""

    key: str
    title: str
    about: str
    text: str


def blueprint() -> Blueprint:
    """The list of documents and each of them, for anybody on staff."""
    pages = Blueprint("manual", __name__, template_folder="templates")

    @pages.get("/docs")
    @allow(SIGNED_IN)
    def documents() -> str:
        return render_template("app/documents.html", documents=list(read_all().values()))

    @pages.get("/docs/<key>")
    @allow(SIGNED_IN)
    def document(key: str) -> str:
        found = read_all().get(key)
        if found is None:
            raise NotFound(gettext("There is no such document. Look for it in the list."))
        return render_template("app/document.html", document=found, body=as_html(found.text))

    return pages


@cache
def read_all() -> Mapping[str, Document]:
    """Every document that is shipped, by key, in the order of the list."""
    found = [_read(path) for path in FOLDER.glob("*.md")]
    return {each.key: each for each in sorted(found, key=_place)}


def _place(document: Document) -> tuple[int, str]:
    return (_FIRST.index(document.key) if document.key in _FIRST else len(_FIRST), document.key)


def _read(path: Path) -> Document:
    heading, _, text = path.read_text(encoding="utf-8").strip().partition("\n")
    about = " ".join(text.strip().split("\n\n")[0].replace("`", "").split())
    return Document(path.stem.lower(), heading.lstrip("# "), about, text)


def as_html(text: str) -> Markup:
    """Markdown as a page of ours: HTML in it stays text, and wide parts scroll by themselves."""
    return Markup(_markdown().render(text, {}))  # the reader escapes everything, HTML in the text as well


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


class _Renderer(RendererHTML):
    """HTML with the parts of our pages. Whatever may scroll has a name and can be reached by keys."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._scrolling(env, f"<pre><code>{escape(tokens[idx].content)}</code></pre>")

    code_block = fence

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._region(env) + "<table>"

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        # A corner without words heads nothing.
        return f"<{_tag(tokens[idx + 1], 'th')}{_side(tokens[idx])}>"

    def th_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"</{_tag(tokens[idx - 1], 'th')}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<td{_side(tokens[idx])}>"

    def _scrolling(self, env: Any, inner: str) -> str:
        return f"{self._region(env)}{inner}</div>"

    def _region(self, env: Any) -> str:
        env["regions"] = env.get("regions", 0) + 1
        return f'<div class="scroll" tabindex="0" role="region" aria-label="Example {env["regions"]}">'


def _tag(content: Token, tag: str) -> str:
    return tag if content.content.strip() else "td"


def _side(cell: Token) -> str:
    """The class of a cell whose column stands at the end; our pages allow no style on an element."""
    return ' class="num"' if "right" in str(cell.attrs.get("style", "")) else ""
